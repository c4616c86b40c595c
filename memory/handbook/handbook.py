"""The behavior handbook: short procedural hints, with what each has earned.

Metacognitive Reuse (2509.13237) appends one behavior for every trace and never merges, scores or
retires. Here one that says the same as another is merged into it, one that no validated outcome
backs stays a candidate, and credit comes from outcomes with and without it on problems drawn by
chance.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ...core.errors import InvalidInput
from ..graph.fact import digest
from ..records.change import BEHAVIORS, Change
from ..records.clock import now
from ..records.evidence import Source, source_of, source_value
from ..records.text import checked_name, checked_text, normalized
from ..store.open_namespace import OpenNamespace
from .behavior import (
    Behavior,
    Status,
    Version,
    behavior_id,
    behavior_name,
    checked_instruction,
)
from .credit import is_shown
from .handbook_table import HandbookTable

SAME: Final = 0.8
"""Overlap of two instructions' words from which they say the same without asking anyone."""
ALIKE: Final = 0.35
"""Overlap from which the strategist, where there is one, is asked whether they do."""
_ASKED: Final = 3


class Strategist(Protocol):
    """Who decides whether two behaviors say the same (a role with a model; see agents)."""

    async def is_same(self, new: str, old: str) -> bool:
        """Whether the two, each "name: instruction", give the same advice."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """Which of a problem's behaviors chance shows, and which it holds back, to measure them."""

    problem: str
    shown: tuple[Behavior, ...]
    held_back: tuple[Behavior, ...]


class Handbook:
    """The behaviors of one namespace."""

    def __init__(self, memory: OpenNamespace) -> None:
        self._memory = memory
        self._writing = asyncio.Lock()
        self.table = HandbookTable()

    # -- reading --------------------------------------------------------------------------------

    async def behaviors(
        self, *, topic: str | None = None, status: Iterable[Status] = ("active",)
    ) -> list[Behavior]:
        """Behaviors of a topic (None: any) and status, those most likely to help first."""
        table, wanted = await self._ready(), set(status)
        found = [
            behavior
            for behavior in table
            if behavior.status in wanted
            and (topic is None or normalized(behavior.topic) == normalized(topic))
        ]
        return sorted(found, key=lambda b: (-b.credit.chance, -b.credit.uses, b.name))

    async def behavior(self, name_or_id: str) -> Behavior:
        """One behavior; InvalidInput if there is none of that name or id."""
        found = (await self._ready()).behavior(name_or_id)
        if found is None:
            raise InvalidInput(f"there is no behavior {name_or_id!r:.80}")
        return found

    async def versions(self, name_or_id: str) -> list[Version]:
        """The history of a behavior's words, oldest first, merged ones among them."""
        behavior = await self.behavior(name_or_id)
        return self.table.versions(behavior.id)

    # -- writing --------------------------------------------------------------------------------

    async def add(
        self,
        name: str,
        instruction: str,
        *,
        topic: str = "",
        source: Source | str,
        validated_by: str = "",
        strategist: Strategist | None = None,
    ) -> Behavior:
        """Add a behavior, or merge it into one that says the same; what it is now part of.

        `validated_by` names the validated outcome that backs it (a run whose answer was checked);
        without one it is a candidate. Merging keeps both wordings and all sources.
        """
        [added] = await self.add_all(
            [(name, instruction)],
            topic=topic,
            source=source,
            validated_by=validated_by,
            strategist=strategist,
        )
        return added

    async def add_all(
        self,
        behaviors: Sequence[tuple[str, str]],
        *,
        topic: str = "",
        source: Source | str,
        validated_by: str = "",
        strategist: Strategist | None = None,
        beside: Sequence[Change] = (),
    ) -> list[Behavior]:
        """Add several (name, instruction) as `add` does; what each is now part of, in their order.

        All or none are written, in one transaction with the records `beside` (such as the episode that
        taught them), so that a crash leaves no half of a lesson.
        """
        shared: dict[str, Any] = {
            "topic": checked_name(topic, "a topic") if topic else "",
            "source": source_of(source),
            "validated_by": checked_name(validated_by, "validated_by") if validated_by else "",
        }
        async with self._writing:  # two at once would not see each other's twins
            changes: list[Change] = []
            draft = HandbookTable()
            for name, instruction in behaviors:
                name, instruction = behavior_name(name), checked_instruction(instruction)
                key, name, is_new = await self._place(name, instruction, strategist, draft)
                edit = "add" if is_new else "merge"
                changes.append(_version(key, name, instruction, edit=edit, **shared))
                draft.apply(changes[-1:])
            await self._memory.write([*beside, *changes])
        keys = [change.value["behavior"] for change in changes if change.value]
        return [await self.behavior(key) for key in keys]

    async def edit(
        self,
        name_or_id: str,
        *,
        instruction: str | None = None,
        topic: str | None = None,
        name: str | None = None,
        source: Source | str,
    ) -> Behavior:
        """Change a behavior's words: a new version; the old ones stay in `versions`.

        Raises InvalidInput for a name that another behavior goes by.
        """
        async with self._writing:
            old = await self.behavior(name_or_id)
            version = _version(
                old.id,
                old.name if name is None else self._own_name(name, old),
                old.instruction if instruction is None else checked_instruction(instruction),
                topic=old.topic if topic is None else topic and checked_name(topic, "a topic"),
                edit="edit",
                source=source,
            )
            await self._memory.write([version])
        return await self.behavior(old.id)

    async def rollback(self, name_or_id: str, version: str, *, source: Source | str) -> Behavior:
        """Make an earlier version's words the current ones again (as a new version)."""
        old = await self.behavior(name_or_id)
        wanted = next((v for v in self.table.versions(old.id) if v.id == version), None)
        if wanted is None:
            raise InvalidInput(f"{old.name} has no version {version!r:.80}")
        version_again = _version(
            old.id,
            wanted.name,
            wanted.instruction,
            topic=wanted.topic,
            edit="rollback",
            source=source,
        )
        await self._memory.write([version_again])
        return await self.behavior(old.id)

    async def merge(self, name_or_id: str, into: str, *, source: Source | str) -> Behavior:
        """Merge a behavior into another: their evidence is one from now on, nothing is lost."""
        old, target = await self.behavior(name_or_id), await self.behavior(into)
        if old.id == target.id:
            return target
        await self._record("m", old.id, into=target.id, source=source_value(source_of(source)))
        return await self.behavior(target.id)

    async def retire(self, name_or_id: str, *, reason: str) -> Behavior:
        """Take a behavior out of recall; it can be restored."""
        return await self._set_status(name_or_id, "retired", reason)

    async def restore(self, name_or_id: str, *, reason: str) -> Behavior:
        """Put a retired behavior (or a candidate, on a person's word) into recall."""
        return await self._set_status(name_or_id, "active", reason)

    # -- credit ---------------------------------------------------------------------------------

    def trial(
        self,
        problem: str,
        behaviors: Sequence[Behavior],
        *,
        held_back: float = 0.5,
        seed: str = "",
    ) -> Trial:
        """Let chance decide which of these behaviors are shown on this problem.

        Each is held back with that probability, independently; asked again with the same seed,
        chance says the same. With the run's id as the seed, another attempt at the problem may fall
        in the other arm: such pairs are what `helped` and `hurt` count.
        """
        shown = {
            behavior.id: is_shown(behavior.id, problem, seed=seed, held_back=held_back)
            for behavior in behaviors
        }
        return Trial(
            problem,
            tuple(behavior for behavior in behaviors if shown[behavior.id]),
            tuple(behavior for behavior in behaviors if not shown[behavior.id]),
        )

    async def record(self, trial: Trial, *, correct: bool, tokens: int, run: str = "") -> None:
        """Keep a trial's measured outcome: `correct` as a verifier or a reference answer says.

        With the run's id, the same outcome recorded again (by a later life of the run) counts once.
        """
        if tokens < 0:
            raise InvalidInput(f"tokens {tokens} is negative")
        problem = f"{digest(normalized(checked_text(trial.problem, 'a problem'))):016x}"
        outcomes = [(behavior, True) for behavior in trial.shown]
        outcomes += [(behavior, False) for behavior in trial.held_back]
        source = source_value(Source(run=run))
        changes = [
            _change(
                f"t{digest('t', run, behavior.id, problem):016x}" if run else "t",
                behavior.id,
                problem=problem,
                shown=shown,
                correct=bool(correct),
                tokens=tokens,
                source=source,
            )
            for behavior, shown in outcomes
        ]
        await self._ready()
        await self._memory.write(changes)

    # -- within ---------------------------------------------------------------------------------

    async def _ready(self) -> HandbookTable:
        await self._memory.ready(self.table)
        return self.table

    def _own_name(self, name: str, behavior: Behavior) -> str:
        """A name in canonical form that this behavior may take."""
        name = behavior_name(name)
        holder = self.table.behavior(name)
        if holder is not None and holder.id != behavior.id:
            raise InvalidInput(
                f"another behavior goes by {name!r:.80}: merge the two, or rename it"
            )
        return name

    async def _place(
        self, name: str, instruction: str, strategist: Strategist | None, draft: HandbookTable
    ) -> tuple[str, str, bool]:
        """The id and the name under which a behavior goes, and whether it is a new one.

        `draft` holds what is to be written together with it.
        """
        tables = await self._ready(), draft
        for table in tables:
            if twin := await self._twin(table, name, instruction, strategist):
                return twin.id, name, False
        name = _free_name(tables, name)
        return behavior_id(name), name, True

    async def _twin(
        self, table: HandbookTable, name: str, instruction: str, strategist: Strategist | None
    ) -> Behavior | None:
        alike = dict(table.similar.like(instruction, ALIKE)[:_ASKED])
        namesake = table.behavior(name)
        if namesake is not None:
            alike.setdefault(namesake.id, 0.0)
        for key, overlap in alike.items():
            old = table.behavior(key)
            if old is None:
                continue
            if overlap >= SAME or (strategist is None and old is namesake):
                return old
            if strategist and await strategist.is_same(f"{name}: {instruction}", old.text):
                return old
        return None

    async def _set_status(self, name_or_id: str, status: Status, reason: str) -> Behavior:
        behavior = await self.behavior(name_or_id)
        await self._record("s", behavior.id, status=status, reason=checked_name(reason, "a reason"))
        return await self.behavior(behavior.id)

    async def _record(self, letter: str, behavior: str, **fields: Any) -> None:
        await self._memory.write([_change(letter, behavior, **fields)])


def _free_name(tables: Sequence[HandbookTable], name: str) -> str:
    # One is taken where the strategist says that its namesake differs.
    number, free = 1, name
    while any(table.behavior(free) for table in tables):
        number += 1
        free = f"{name}_{number}"
    return free


def _version(
    key: str,
    name: str,
    instruction: str,
    *,
    topic: str,
    edit: str,
    source: Source | str,
    validated_by: str = "",
) -> Change:
    fields: dict[str, Any] = {"name": name, "instruction": instruction, "topic": topic}
    if validated_by:
        fields["validated_by"] = validated_by
    fields |= {"edit": edit, "source": source_value(source_of(source))}
    return _change("v", key, **fields)


def _change(key: str, behavior: str, **fields: Any) -> Change:
    """A record under that key, or under a new one that begins with that letter."""
    value = {"behavior": behavior, **fields, "learned": now()}
    return Change(BEHAVIORS, key if key[1:] else f"{key}{secrets.token_hex(8)}", value)
