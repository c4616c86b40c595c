"""Memory in a JSONL file, nothing left out: one stored record a line, to be read back identically.

The first line says what the file is; each other line is `{"kind", "key", "value"}` (see record.py).
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from ...core.errors import InvalidInput, StoreFailed
from .change import KINDS, Change
from .record import checked_record

if TYPE_CHECKING:
    from ..memory import Memory

FORMAT: Final = "metathink-memory"
VERSION: Final = 1
BATCH: Final = 5_000
"""Records written in one transaction."""
LINE_LIMIT: Final = 50_000_000
"""Characters of a line: the longest text that may be stored, with what JSON writes around it."""


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
    count = await asyncio.to_thread(lambda: sum(1 for _ in _records(path)))
    records = _records(path)
    while batch := await asyncio.to_thread(lambda: list(islice(records, BATCH))):
        await memory.write(batch)
    return count


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """A file to write that takes its place only when it is whole; StoreFailed if it cannot."""
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        unfinished.replace(target)
    except OSError as failure:
        raise StoreFailed(f"cannot write {target}: {failure.strerror}") from failure
    finally:
        unfinished.unlink(missing_ok=True)


def _records(path: str | os.PathLike[str]) -> Iterator[Change]:
    """The records of a file; lines end as JSON's white space allows, never within a text."""
    try:
        with Path(path).open(encoding=_encoding(path)) as file:
            _check_heading(file.readline(LINE_LIMIT), path)
            for number, line in enumerate(iter(partial(file.readline, LINE_LIMIT), ""), start=2):
                if len(line) == LINE_LIMIT:
                    raise InvalidInput(f"{path}, line {number} has over {LINE_LIMIT:,} characters")
                if line.strip():
                    yield _record(line, f"{path}, line {number}")
    except OSError as failure:
        raise StoreFailed(f"cannot read {path}: {failure.strerror}") from failure
    except UnicodeError as fault:
        raise InvalidInput(f"{path} is not UTF-8 text: {fault}") from fault


def _encoding(path: str | os.PathLike[str]) -> str:
    """UTF-8 with or without a byte order mark, or UTF-16 where its mark says so."""
    with Path(path).open("rb") as file:
        return "utf-16" if file.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _check_heading(line: str, path: str | os.PathLike[str]) -> None:
    heading = _loaded(line, f"{path}, line 1")
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
