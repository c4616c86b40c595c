"""What a stored record may hold, kind by kind: what comes from a file is checked like all that comes in.

So is what comes from the store: another program, a bad disk or somebody else's file may be behind it.

The first letter of a record's key says what it is; `value` is what the memories of its kind write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from ...core.errors import InvalidInput
from ..handbook.behavior import Edit, behavior_name, checked_instruction
from ..people.person import NOTES
from ..rules.rule import GRADES, LINKS
from .change import BEHAVIORS, ENTITIES, EPISODES, FACTS, PASSAGES, PEOPLE, RULES, Change
from .clock import moment
from .text import checked_name, checked_text

Check = Callable[[Any, str], None]
"""Raises InvalidInput where its first argument is not what the field named by its second may hold."""

_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{16}")
_FACT_FIELDS: Final = frozenset(
    ("subject", "relation", "object", "source", "confidence", "learned")
)
_LATEST: Final = 2.5e11  # seconds: in the year 9892


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields that a record must and may have."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)


def checked_record(kind: Any, key: Any, value: Any, where: str) -> Change:
    """A record that may be stored, or InvalidInput that says `where` the fault is."""
    if not (isinstance(kind, str) and isinstance(key, str) and isinstance(value, dict)):
        raise InvalidInput(f"{where}: not a record with kind, key and value")
    shape = _SUMMARY if kind == PEOPLE and "kind" not in value else _SHAPES.get((kind, key[:1]))
    if shape is None or not _is_id(key, key[:1]):
        raise InvalidInput(f"{where}: no {kind[:40]} record has the key {key[:40]!r}")
    for name in shape.required:
        if name not in value:
            raise InvalidInput(f"{where}: the field {name!r} is missing")
    checks = {**shape.optional, **shape.required}
    for name, part in value.items():
        if name not in checks:
            raise InvalidInput(f"{where}: the field {name[:40]!r} is unknown")
        try:
            checks[name](part, name)
        except InvalidInput as fault:
            raise InvalidInput(f"{where}: {fault}") from fault
    return Change(kind, key, value)


def fault_of(kind: Any, key: Any, value: Any) -> str:
    """What is wrong with a record as it was read from a store; empty where it is sound."""
    if kind == FACTS and _is_plain_fact(key, value):
        return ""
    try:
        checked_record(kind, key, value, "it")
    except InvalidInput as fault:
        return str(fault).removeprefix("it: ")
    return ""


def _is_plain_fact(key: Any, value: Any) -> bool:
    """Whether a record is a fact as most are, told by the types alone: of these there may be a million."""
    if type(key) is not str or type(value) is not dict or not _FACT_FIELDS.issuperset(value):
        return False
    get, source = value.get, value.get("source")
    learned, confidence = get("learned"), get("confidence", 1.0)
    return (
        type(get("subject")) is str
        and type(get("relation")) is str
        and type(get("object")) is str
        and type(learned) is float
        and 0.0 <= learned <= _LATEST
        and type(confidence) is float
        and 0.0 <= confidence <= 1.0
        and type(source) is dict
        and len(source) == 1
        and type(source.get("document")) is str
        and _is_id(key, "f")
    )


# -- fields ---------------------------------------------------------------------------------------


def _text(part: Any, what: str) -> None:
    checked_text(part, what)


def _name(part: Any, what: str) -> None:
    _same(part, checked_name(part, what), what)


def _or_empty(check: Check) -> Check:
    def checked(part: Any, what: str) -> None:
        if part != "":
            check(part, what)

    return checked


def _behavior_name(part: Any, what: str) -> None:
    _same(part, behavior_name(part), what)


def _instruction(part: Any, what: str) -> None:
    _same(part, checked_instruction(part), what)


def _same(part: Any, kept: Any, what: str) -> None:
    if part != kept:
        raise InvalidInput(f"{what} is {part!r:.80}, and would be kept as {kept!r:.80}")


def _one_of(*words: str) -> Check:
    def checked(part: Any, what: str) -> None:
        if part not in words:
            raise InvalidInput(f"{what} is one of {', '.join(words)}, not {part!r:.80}")

    return checked


def _id(letter: str) -> Check:
    def checked(part: Any, what: str) -> None:
        if not isinstance(part, str) or not _is_id(part, letter):
            raise InvalidInput(f"{what} is no id that begins with {letter!r}: {part!r:.80}")

    return checked


def _ids(letter: str) -> Check:
    def checked(part: Any, what: str) -> None:
        if not isinstance(part, list):
            raise InvalidInput(f"{what} is a list of ids, not {part!r:.80}")
        for one in part:
            _id(letter)(one, what)

    return checked


def _is_id(key: str, letter: str) -> bool:
    return key[:1] == letter and _HEXADECIMAL.fullmatch(key, 1) is not None


def _flag(part: Any, what: str) -> None:
    if not isinstance(part, bool):
        raise InvalidInput(f"{what} is true or false, not {part!r:.80}")


def _flag_or_none(part: Any, what: str) -> None:
    if part is not None:
        _flag(part, what)


def _number(part: Any, what: str) -> float:
    # bool is an int to Python, but no number to us; and an int may be too large for a float.
    if isinstance(part, bool) or not isinstance(part, (int, float)) or not abs(part) < 2**63:
        raise InvalidInput(f"{what} is no number that can be kept: {part!r:.80}")
    return float(part)


def _time(part: Any, what: str) -> None:
    moment(_number(part, what))


def _time_or_none(part: Any, what: str) -> None:
    if part is not None:
        _time(part, what)


def _share(part: Any, what: str) -> None:
    if not 0.0 <= _number(part, what) <= 1.0:
        raise InvalidInput(f"{what} {part} is not within 0 to 1")


def _amount(part: Any, what: str) -> None:
    if _number(part, what) < 0:
        raise InvalidInput(f"{what} {part} is negative")


def _source(part: Any, what: str) -> None:
    parts = ("document", "run", "step")
    if not isinstance(part, dict) or not set(parts).issuperset(part):
        raise InvalidInput(f"{what}: a source has the parts {', '.join(parts)}")
    for name, text in part.items():
        checked_name(text, f"{what}'s {name}")


def _links(part: Any, what: str) -> None:
    if not isinstance(part, dict):
        raise InvalidInput(f"{what} is an object of links by rules' ids, not {part!r:.80}")
    for other, link in part.items():
        _id("g")(other, what)
        _one_of(*LINKS)(link, what)


def _path(part: Any, what: str) -> None:
    _name(part, what)
    for step in part.split("/"):
        _name(step, what)


# -- records --------------------------------------------------------------------------------------


def _shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Shape:
    """Every record says when it was learned, and may say where."""
    return Shape({**required, "learned": _time}, {"source": _source, **(optional or {})})


def _named(check: Check, *names: str) -> dict[str, Check]:
    return dict.fromkeys(names, check)


_SUMMARY: Final = _shape({"person": _name, "summary": _text, "source": _source})
_STATUSES: Final[Sequence[str]] = ("retired", "active")

_SHAPES: Final[Mapping[tuple[str, str], Shape]] = {
    (FACTS, "f"): _shape(
        _named(_name, "subject", "relation", "object"),
        {"confidence": _share, "about": _time_or_none, "quote": _text},
    ),
    (FACTS, "r"): _shape({"retracts": _id("f")}, {"by": _id("f"), "reason": _name}),
    (FACTS, "d"): _shape({"relation": _name, "single_valued": _flag}),
    (ENTITIES, "n"): _shape({"name": _name}, {"kind": _name}),
    (ENTITIES, "a"): _shape(_named(_name, "name", "alias")),
    (PASSAGES, "p"): _shape({"text": _text}, {"facts": _ids("f")}),
    (BEHAVIORS, "v"): _shape(
        {
            "behavior": _id("b"),
            "name": _behavior_name,
            "instruction": _instruction,
            "edit": _one_of(*get_args(Edit)),
            "source": _source,
        },
        {"topic": _or_empty(_name), "validated_by": _name},
    ),
    (BEHAVIORS, "m"): _shape(_named(_id("b"), "behavior", "into")),
    (BEHAVIORS, "t"): _shape(
        {
            "behavior": _id("b"),
            "problem": _name,
            **_named(_flag, "shown", "correct"),
            "tokens": _amount,
        }
    ),
    (BEHAVIORS, "s"): _shape(
        {"behavior": _id("b"), "status": _one_of(*_STATUSES)}, {"reason": _name}
    ),
    (EPISODES, "x"): _shape(
        {
            "problem": _text,
            "method": _name,
            "answer": _or_empty(_text),
            "correct": _flag_or_none,
            "source": _source,
        },
        {**_named(_text, "kind", "mistake", "reason"), **_named(_amount, "tokens", "seconds")},
    ),
    (PEOPLE, "u"): _shape(
        {
            "person": _name,
            "kind": _one_of(*NOTES),
            "text": _text,
            "strength": _share,
            "evidence": _or_empty(_text),
            "source": _source,
        }
    ),
    (RULES, "g"): _shape(
        {
            **_named(_text, "condition", "rule"),
            "grade": _one_of(*GRADES),
            "source": _source,
        },
        {"path": _path, "links": _links},
    ),
}
