"""JSONL files: lines appended so that a crash can spoil none of them, and read whoever wrote them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from .errors import StoreFailed


async def append_jsonl(path: str | Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Add one line for each record; all of them are on the disk on return.

    They go out in one write, under a lock other processes heed; a line that a crash cut off before is
    taken away first. Raises StoreFailed where the file cannot be written.
    """
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    await asyncio.to_thread(_append, Path(path), lines.encode("utf-8", "replace"))


def _append(path: Path, lines: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            _lock(file)
            _drop_torn_line(file)
            left = memoryview(lines)
            while left:  # a nearly full disk takes a part, and says so only when asked again
                left = left[file.write(left) :]
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreFailed(f"cannot write {path}: {error.strerror}") from error


def _lock(file: IO[bytes]) -> None:
    """Until the file is closed. Where the system has no such locks, one write is all the guard there is."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX)


def _drop_torn_line(file: IO[bytes]) -> None:
    end = file.seek(0, os.SEEK_END)
    place = end
    while place > 0:
        begin = max(0, place - 65536)
        file.seek(begin)
        block = file.read(place - begin)
        if (found := block.rfind(b"\n")) >= 0:
            place = begin + found + 1
            break
        place = begin
    if place < end:
        file.truncate(place)


def read_jsonl(path: str | Path) -> list[tuple[int, dict[str, Any] | str]]:
    """The lines of a JSONL file that are not blank, by number: each an object, or what is wrong with it.

    Only a line feed ends a line, so that other separators may stand within a text. UTF-8 with or without a
    mark, and UTF-16 with one. Raises StoreFailed where the file cannot be read.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise StoreFailed(f"cannot read {path}: {getattr(error, 'strerror', error)}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [(number, _object(line)) for number, line in enumerate(lines, 1) if line.strip()]


def _object(line: bytes) -> dict[str, Any] | str:
    """The line's object, or what is wrong with it."""
    try:
        value = json.loads(
            line.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_number
        )
    except UnicodeDecodeError:
        return "it is not UTF-8 text"
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({error})"
    return value if isinstance(value, dict) else "it is no object"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")
