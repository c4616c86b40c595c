"""JSON Lines: records appended so that a crash spoils none of them, and files read whoever wrote them."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, TextIO

from .errors import InvalidInput, StoreFailed
from .text.printable import masked

LONGEST_LINE: Final = 50_000_000
"""Characters of a line that are read; a longer line is passed over without being held in memory."""

Fields = dict[str, Any]

_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
"""Bytes that are no UTF-8, as the handler `surrogateescape` decodes them."""


async def append_jsonl(path: str | Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Add one line for each record, keys and passwords masked; all of them are on the disk on return.

    They go out in one write, under a lock other processes heed; a last line that a crash cut off before is
    taken away first, a whole one without its line feed gets it. Raises StoreFailed where the file cannot be
    written.
    """
    lines = "".join(json.dumps(masked(record), ensure_ascii=False) + "\n" for record in records)
    await asyncio.to_thread(_append, Path(path), lines.encode("utf-8", "replace"))


def _append(path: Path, lines: bytes) -> None:
    from filelock import lock_descriptor

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            lock_descriptor(file.fileno(), poll_interval=0.002)  # until the file is closed
            _end_last_line(file)
            left = memoryview(lines)
            while left:  # a nearly full disk takes a part, and says so only when asked again
                left = left[file.write(left) :]
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreFailed(f"cannot write {path}: {error.strerror}") from error


def _end_last_line(file: IO[bytes]) -> None:
    """Leave the file with whole lines only. The start of an object is no object: nothing whole is lost."""
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
    if place == end:
        return
    file.seek(place)
    if isinstance(_object(file.read(end - place).decode("utf-8", "surrogateescape")), dict):
        file.write(b"\n")
    else:
        file.truncate(place)


def read_jsonl(
    path: str | os.PathLike[str], *, appended: bool = False
) -> Iterator[tuple[int, Fields | str]]:
    """The lines of a JSON Lines file that are not blank, by number: each an object, or what is wrong with it.

    Only LF, CRLF and CR end a line, so that other separators (U+2028, U+0085) may stand within a text. Read
    are UTF-8, UTF-16 and UTF-32, with or without a byte order mark, and compressed where the name ends in
    `.gz`. An object with a key twice, NaN, infinities and lines over `LONGEST_LINE` are told as wrong.
    With `appended`, as for a file of `append_jsonl`, a last line that a crash cut off is left out.

    Raises StoreFailed where the file cannot be read, InvalidInput where it is damaged as a whole.
    """
    path, number = Path(path), 0
    try:
        with _opened(path) as file:
            for number, line in enumerate(_lines(file), 1):
                if line is None:
                    yield number, f"it has over {LONGEST_LINE:,} characters"
                elif line.strip():
                    found = _object(line)
                    if isinstance(found, str) and appended and not line.endswith("\n"):
                        return
                    yield number, found
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidInput(f"{path} is damaged after line {number}: {error}") from error
    except UnicodeError as error:
        raise InvalidInput(f"{path} is damaged after line {number}: {error}") from error
    except (OSError, ValueError) as error:
        raise StoreFailed(f"cannot read {path}: {getattr(error, 'strerror', error)}") from error


def read_objects(
    path: str | os.PathLike[str], line_of: str, *, appended: bool = False
) -> Iterator[tuple[int, Fields]]:
    """The lines of a file in which every line has to be an object; see `read_jsonl`.

    Raises InvalidInput, naming file and line, for a line that is none; `line_of` says what kind of file it
    is ("a cassette").
    """
    for number, found in read_jsonl(path, appended=appended):
        if isinstance(found, str):
            raise InvalidInput(f"{path}, line {number}: not a line of {line_of}: {found}")
        yield number, found


def _opened(path: Path) -> TextIO:
    """The file as text, in the encoding that its first bytes tell."""
    compressed = path.suffix == ".gz"
    with gzip.open(path) if compressed else path.open("rb") as file:
        encoding = json.detect_encoding(file.read(4))
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    if compressed:
        return gzip.open(path, "rt", encoding=encoding, errors=errors)
    return path.open(encoding=encoding, errors=errors)


def _lines(file: TextIO) -> Iterator[str | None]:
    """The lines with their ends, None for one that is too long."""
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE:
            yield line
            continue
        while line and not line.endswith("\n"):
            line = file.readline(LONGEST_LINE)
        yield None


def _object(line: str) -> Fields | str:
    """The line's object, or what is wrong with it."""
    if not line.isascii() and _NOT_UTF8.search(line):
        return "it is not UTF-8 text (save the file as UTF-8)"
    try:
        value = json.loads(
            line.lstrip("\ufeff"),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({error})"
    return value if isinstance(value, dict) else "it is no object"


def _unique(pairs: list[tuple[str, Any]]) -> Fields:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large")
    return number


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")
