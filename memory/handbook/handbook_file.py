"""The handbook as a Markdown page that a person can read, edit and give back.

    ## behavior_check_parity
    - id: b0123456789abcdef
    - topic: number theory
    - status: active
    - earned: 12 uses, helped 4, hurt 1, 31 tokens saved

    Before factoring, check whether the number is even.

Reading it back changes what was changed in it and nothing else: other words become a new version,
another status retires or restores, a section without a known id is a new behavior, and what is no
longer in it stays as it is. What was earned is shown only: it comes from outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...core.errors import InvalidInput
from ..records.evidence import Source, source_of
from ..records.text import checked_name
from .behavior import STATUSES, Behavior, behavior_name, checked_instruction

if TYPE_CHECKING:
    from ..memory import Memory

_REASON: Final = "a person's edit"
_HEADING: Final = re.compile(r"## +(?=\S)(.*)")
_FIELD: Final = re.compile(r"- (id|topic|status|earned):(.*)")
_INTRODUCTION: Final = """\
# Handbook

Edit names, topics, status (active, candidate, retired) and texts, or add sections; keep the ids.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One behavior as it stands on the page."""

    name: str
    instruction: str
    topic: str
    status: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a page back has changed, by the behaviors' names."""

    added: tuple[str, ...]
    edited: tuple[str, ...]
    status: tuple[str, ...]


async def handbook_markdown(memory: Memory) -> str:
    """All behaviors, retired ones too, as a page; those most likely to help first."""
    behaviors = await memory.handbook.behaviors(status=STATUSES)
    order = {status: i for i, status in enumerate(STATUSES)}
    behaviors.sort(key=lambda behavior: order[behavior.status])
    return "\n".join([_INTRODUCTION, *map(_section_text, behaviors)])


async def read_handbook_markdown(memory: Memory, page: str, *, source: Source | str) -> Reading:
    """Take a page back; see the top of this file. `source` is told for what was changed.

    Raises InvalidInput, before anything is changed, for a page that cannot be read or that gives a
    behavior a name which another one goes by.
    """
    sections, source = list(parse_handbook(page)), source_of(source)
    behaviors = await memory.handbook.behaviors(status=STATUSES)
    known = {b.name: b for b in behaviors} | {b.id: b for b in behaviors}
    _check_names(memory, sections, known)
    added, edited, status = [], [], []
    for section in sections:
        old = known.get(section.id) or known.get(section.name)
        if old is None:
            new = await memory.handbook.add(
                section.name, section.instruction, topic=section.topic, source=source
            )
            added.append(new.name)
        else:
            new = await _edited(memory, old, section, source)
            if new is not old:
                edited.append(new.name)
        if await _set_status(memory, new, section.status):
            status.append(new.name)
    return Reading(tuple(added), tuple(edited), tuple(status))


def parse_handbook(page: str) -> Iterator[Section]:
    """The sections of a page; InvalidInput names the line of a fault."""
    heading, start = "", 0
    lines: list[str] = []
    for number, line in enumerate([*page.replace("\r\n", "\n").split("\n"), "## ."], start=1):
        found = _HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        if heading:
            yield _section(heading, lines, start)
        heading, start, lines = found.group(1).rstrip(), number, []


def _section_text(behavior: Behavior) -> str:
    earned = behavior.credit
    return (
        f"## {behavior.name}\n"
        f"- id: {behavior.id}\n"
        f"- topic: {behavior.topic}\n"
        f"- status: {behavior.status}\n"
        f"- earned: {earned.uses} uses, helped {earned.helped}, hurt {earned.hurt}, "
        f"{earned.tokens_saved:.0f} tokens saved\n\n"
        f"{_escaped(behavior.instruction)}\n"
    )


def _escaped(instruction: str) -> str:
    r"""An instruction that begins like a heading or a field stands behind a backslash."""
    return "\\" + instruction if instruction[0] in "#-\\" else instruction


def _section(heading: str, lines: list[str], number: int) -> Section:
    fields: dict[str, str] = {}
    at = 0
    while at < len(lines) and (not lines[at].strip() or _FIELD.match(lines[at])):
        if found := _FIELD.match(lines[at]):
            fields[found.group(1)] = found.group(2).strip()
        elif fields:
            break
        at += 1
    status = fields.get("status", "candidate")
    if status not in STATUSES:
        raise InvalidInput(f"line {number}: status is one of {', '.join(STATUSES)}, not {status!r}")
    try:
        text = checked_instruction("\n".join(lines[at:]))
        instruction = checked_instruction(text.removeprefix("\\"))
        name = behavior_name(heading)
        topic = checked_name(fields["topic"], "a topic") if fields.get("topic") else ""
    except InvalidInput as fault:
        raise InvalidInput(f"line {number}, {heading!r:.60}: {fault}") from fault
    return Section(name, instruction, topic, status, fields.get("id", ""))


def _check_names(
    memory: Memory, sections: Iterable[Section], known: Mapping[str, Behavior]
) -> None:
    owners: dict[str, str] = {}
    for section in sections:
        old = known.get(section.id) or known.get(section.name)
        holder = memory.handbook.table.behavior(section.name)
        is_taken = old is not None and holder is not None and holder.id != old.id
        owner = old.id if old else ""
        if is_taken or owners.setdefault(section.name, owner) != owner:
            raise InvalidInput(f"two behaviors cannot go by {section.name!r:.80}: rename one")


async def _edited(memory: Memory, old: Behavior, section: Section, source: Source) -> Behavior:
    said = (section.name, section.instruction, section.topic)
    if said == (old.name, old.instruction, old.topic):
        return old
    return await memory.handbook.edit(
        old.id,
        name=section.name,
        instruction=section.instruction,
        topic=section.topic,
        source=source,
    )


async def _set_status(memory: Memory, behavior: Behavior, status: str) -> bool:
    """Retire or restore; nothing makes a candidate of what once was active."""
    if status == behavior.status or status == "candidate":
        return False
    change = memory.handbook.retire if status == "retired" else memory.handbook.restore
    await change(behavior.id, reason=_REASON)
    return True
