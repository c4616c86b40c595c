"""Memory in a JSONL file, nothing left out: one stored record a line, to be read back identically.

The first line says what the file is; each other line is `{"kind", "key", "value"}` (see record.py).
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from ...core.errors import InvalidInput, StoreFailed
from ...core.jsonl import read_objects
from .change import KINDS, Change
from .record import checked_record

if TYPE_CHECKING:
    from ..memory import Memory

FORMAT: Final = "metathink-memory"
VERSION: Final = 1
BATCH: Final = 5_000
"""Records written in one transaction."""


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
    """The records of a file. Raises InvalidInput for a line that is none, StoreFailed for no file."""
    lines = read_objects(path, "an exported memory")
    _check_heading(next(lines, (1, {}))[1], path)
    for number, line in lines:
        where = f"{path}, line {number}"
        yield checked_record(line.get("kind"), line.get("key"), line.get("value"), where)


def _check_heading(heading: dict[str, Any], path: str | os.PathLike[str]) -> None:
    if heading.get("format") != FORMAT:
        raise InvalidInput(f"{path} is not an exported memory: its first line does not say so")
    if heading.get("version") != VERSION:
        raise InvalidInput(f"{path} was exported by another version: {heading.get('version')!r}")
