"""Memory in a JSONL file, nothing left out: one stored record a line, to be read back identically.

The first line says what the file is; each other line is `{"kind", "key", "value"}` (see change.py).
What comes from a file is checked like anything else that comes in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from ..core.errors import InvalidInput, StoreFailed
from .change import BEHAVIORS, ENTITIES, EPISODES, FACTS, KINDS, PASSAGES, PEOPLE, RULES, Change
from .text import checked_text

if TYPE_CHECKING:
    from .memory import Memory

FORMAT: Final = "metathink-memory"
VERSION: Final = 1
BATCH: Final = 5_000
"""Records written in one transaction."""

_TEXT, _NUMBER, _FLAG = (str,), (int, float), (bool,)
_Fields = Mapping[str, tuple[type, ...]]

_REQUIRED: Final[Mapping[tuple[str, str], _Fields]] = {
    (FACTS, "f"): {"subject": _TEXT, "relation": _TEXT, "object": _TEXT, "learned": _NUMBER},
    (FACTS, "r"): {"retracts": _TEXT, "learned": _NUMBER},
    (FACTS, "d"): {"relation": _TEXT, "single_valued": _FLAG, "learned": _NUMBER},
    (ENTITIES, "n"): {"name": _TEXT, "learned": _NUMBER},
    (ENTITIES, "a"): {"name": _TEXT, "alias": _TEXT, "learned": _NUMBER},
    (PASSAGES, "p"): {"text": _TEXT, "learned": _NUMBER},
    (BEHAVIORS, "v"): {
        **{name: _TEXT for name in ("behavior", "name", "instruction", "edit")},
        "learned": _NUMBER,
        "source": (dict,),
    },
    (BEHAVIORS, "m"): {"behavior": _TEXT, "into": _TEXT, "learned": _NUMBER},
    (BEHAVIORS, "t"): {
        **{name: _TEXT for name in ("behavior", "problem")},
        "shown": _FLAG,
        "correct": _FLAG,
        "tokens": (int,),
        "learned": _NUMBER,
    },
    (BEHAVIORS, "s"): {"behavior": _TEXT, "status": _TEXT, "learned": _NUMBER},
    (EPISODES, "x"): {
        **{name: _TEXT for name in ("problem", "method", "answer")},
        "correct": (bool, type(None)),
        "source": (dict,),
        "learned": _NUMBER,
    },
    (PEOPLE, "u"): {"person": _TEXT, "source": (dict,), "learned": _NUMBER},
    (RULES, "g"): {
        **{name: _TEXT for name in ("condition", "rule", "grade")},
        "source": (dict,),
        "learned": _NUMBER,
    },
}

_OPTIONAL: Final[_Fields] = {
    **{name: _TEXT for name in ("quote", "kind", "reason", "mistake", "topic", "validated_by")},
    **{name: _TEXT for name in ("path", "evidence", "text", "summary", "by")},
    **{name: _NUMBER for name in ("confidence", "strength", "seconds", "tokens")},
    **{name: (dict,) for name in ("source", "links")},
    "about": (int, float, type(None)),
}
_SOURCE_PARTS: Final = frozenset({"document", "run", "step"})
_TIME_LIMIT: Final = 2.5e11
"""Seconds from 1970 within which a time is one (the year 9892)."""


async def export_jsonl(
    memory: Memory, path: str | os.PathLike[str], kinds: Sequence[str] = KINDS
) -> int:
    """Write every record of these kinds to a file, whole or not at all; how many.

    Raises StoreFailed where the file cannot be written.
    """
    count = 0
    with replaced(path) as file:
        file.write(json.dumps({"format": FORMAT, "version": VERSION}) + "\n")
        async for item in memory.items(kinds):
            record = {"kind": item.kind, "key": item.key, "value": item.value}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


async def import_jsonl(memory: Memory, path: str | os.PathLike[str]) -> int:
    """Store every record of a file; how many. One that is there already stays one.

    The whole file is checked first. Raises InvalidInput for a line that is no record, StoreFailed
    where the file cannot be read.
    """
    for _ in _records(path):
        pass
    count = 0
    batch: list[Change] = []
    for record in _records(path):
        batch.append(record)
        if len(batch) == BATCH:
            await memory.write(batch)
            count, batch = count + len(batch), []
    await memory.write(batch)
    return count + len(batch)


def checked_record(kind: Any, key: Any, value: Any, where: str) -> Change:
    """A record that may be stored, or InvalidInput that says `where` the fault is."""
    if not (isinstance(kind, str) and isinstance(key, str) and isinstance(value, dict)):
        raise InvalidInput(f"{where}: not a record with kind, key and value")
    required = _REQUIRED.get((kind, key[:1]))
    if required is None or not _is_id(key):
        raise InvalidInput(f"{where}: no {kind[:40]} record has the key {key[:40]!r}")
    if kind == PEOPLE:
        note = {"text": _TEXT, "strength": _NUMBER, "evidence": _TEXT}
        required = {**required, **(note if "kind" in value else {"summary": _TEXT})}
    for name in required:
        if name not in value:
            raise InvalidInput(f"{where}: the field {name!r} is missing")
    for name, part in value.items():
        _check_field(name, part, required.get(name) or _OPTIONAL.get(name), where)
    return Change(kind, key, value)


def _check_field(name: str, part: Any, types: tuple[type, ...] | None, where: str) -> None:
    # bool is an int to Python, but no number to us.
    flag = isinstance(part, bool) and bool not in (types or ())
    if types is None or not isinstance(part, types) or flag:
        raise InvalidInput(f"{where}: the field {name[:40]!r} is unknown or of the wrong kind")
    if isinstance(part, str) and part:
        checked_text(part, f"{where}: {name}")
    if isinstance(part, (int, float)) and not abs(part) < _TIME_LIMIT:
        raise InvalidInput(f"{where}: {name} is out of range")
    if isinstance(part, dict):
        _check_dict(name, part, where)


def _check_dict(name: str, part: Mapping[Any, Any], where: str) -> None:
    if name == "source" and not _SOURCE_PARTS.issuperset(part):
        raise InvalidInput(f"{where}: a source has the parts {', '.join(sorted(_SOURCE_PARTS))}")
    for key, text in part.items():
        checked_text(text, f"{where}: {name} {key[:40]!r}")


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """A file to write that takes its place only when it is whole; StoreFailed if it cannot."""
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        partial.replace(target)
    except OSError as failure:
        raise StoreFailed(f"cannot write {target}: {failure.strerror}") from failure
    finally:
        partial.unlink(missing_ok=True)


def _records(path: str | os.PathLike[str]) -> Iterator[Change]:
    try:
        with Path(path).open(encoding="utf-8", newline="\n") as file:
            _check_heading(file.readline(), path)
            for number, line in enumerate(file, start=2):
                if line.strip():
                    yield _record(line, f"line {number}")
    except OSError as failure:
        raise StoreFailed(f"cannot read {path}: {failure.strerror}") from failure
    except UnicodeDecodeError as fault:
        raise InvalidInput(f"{path} is not UTF-8 text: {fault}") from fault


def _check_heading(line: str, path: str | os.PathLike[str]) -> None:
    heading = _loaded(line, "line 1")
    if not isinstance(heading, dict) or heading.get("format") != FORMAT:
        raise InvalidInput(f"{path} is not an exported memory: its first line does not say so")
    if heading.get("version") != VERSION:
        raise InvalidInput(f"{path} was exported by another version: {heading.get('version')!r}")


def _record(line: str, where: str) -> Change:
    record = _loaded(line, where)
    if not isinstance(record, dict):
        raise InvalidInput(f"{where}: not a record")
    return checked_record(record.get("kind"), record.get("key"), record.get("value"), where)


def _loaded(line: str, where: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise InvalidInput(f"{where}: not JSON ({fault})") from fault


def _is_id(key: str) -> bool:
    return len(key) == 17 and all(c in "0123456789abcdef" for c in key[1:])
