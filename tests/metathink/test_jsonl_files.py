"""Whatever reads JSON Lines reads them in every form, and names file and line of a fault."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from benchmarks.replay.records.record import load
from metathink.cli.handbook.problem import read_problems
from metathink.cli.replay import replay
from metathink.core.errors import InvalidInput
from metathink.evals.task import read
from metathink.memory import open_memory
from metathink.memory.records.record_file import export_jsonl, import_jsonl

QUESTION = "What is 6\u2028times\x857?"
REPLY = r"It is \boxed{42}."
LINE = f'{{"question": "{QUESTION}", "answer": "42", "samples": ["It is \\\\boxed{{42}}."]}}\n'
AGENTS = (
    '{"id": "a\u20282", "question": "6 times 7?", '
    '"responses": [{"agent": "a", "answer": "42", "correct": true}]}\n'
)


async def value_of(model: Any, **options: Any) -> str:
    """The answer to the question. Raises its error."""
    (outcome,) = await mt.think_all([QUESTION], method="direct", model=model, **options)
    if isinstance(outcome, mt.MetathinkError):
        raise outcome
    return str(outcome.value)


async def recording(path: Path) -> str:
    return await value_of(f"recorded:{path}")


async def cassette(path: Path) -> str:
    return await value_of(f"cassette:{path}")


async def resumed(path: Path) -> str:
    """A model that says nothing would fail: the answer comes out of the file."""
    return await value_of(mt.scripted([], name="s"), resume=path)


async def shown(path: Path) -> None:
    await asyncio.to_thread(replay, str(path))


async def memory(path: Path) -> int:
    async with open_memory(None) as opened:
        return await import_jsonl(opened, path)


async def problems(path: Path) -> str:
    found = read_problems(path)
    if found.faults:
        raise InvalidInput(f"{path.name}, {found.faults[0]}")  # as the command prints them
    return found.problems[0].question


async def tasks(path: Path) -> str:
    return read(path)[0].question


async def bench(path: Path) -> str:
    return load(path)[0].id


async def whole(reader: Callable[..., Any], folder: Path) -> bytes:
    """A file for that reader, as this library or a person writes it."""
    path = folder / "whole.jsonl"
    if reader is cassette:
        (folder / "source.jsonl").write_text(LINE, "utf-8")
        await value_of(f"cassette:{path}?model=recorded:{folder / 'source.jsonl'}")
    elif reader in (resumed, shown):
        await value_of(mt.scripted([REPLY], name="s"), resume=path)
    elif reader is memory:
        async with open_memory(None) as opened:
            await opened.remember("Ada wrote\u2028Note\x85G.", source="a page")
            await export_jsonl(opened, path)
    else:
        path.write_text(AGENTS if reader is bench else LINE, "utf-8")
    return path.read_bytes()


READERS = [recording, cassette, resumed, shown, memory, problems, tasks, bench]
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 without a mark": lambda text: text.encode("utf-16-le"),
    "carriage returns": lambda text: text.replace("\n", "\r\n").encode(),
    "old line ends": lambda text: text.replace("\n", "\r").encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "blank lines": lambda text: text.replace("\n", "\n \n\n").encode(),
}
FAULTS = {
    "twice": b'{"question": "q", "question": "r", "samples": []}',
    "NaN": b'{"question": "q", "confidence": NaN}',
    "UTF-8": b'{"question": "caf\xe9"}',
    "no object": b'["question"]',
    "not JSON": b'{"question": "q"',
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("form", FORMS)
async def test_any_form_reads_the_same(
    reader: Callable[[Path], Awaitable[Any]], form: str, tmp_path: Path
) -> None:
    data = await whole(reader, tmp_path)
    plain, other = tmp_path / "plain.jsonl", tmp_path / "other.jsonl"
    plain.write_bytes(data)
    other.write_bytes(FORMS[form](data.decode()))
    assert await reader(other) == await reader(plain)


@pytest.mark.parametrize("reader", READERS)
async def test_compressed_files_are_read(
    reader: Callable[[Path], Awaitable[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "file.jsonl.gz"
    path.write_bytes(gzip.compress(await whole(reader, tmp_path)))
    if reader is not resumed:  # which is also written to
        await reader(path)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("why", FAULTS)
async def test_a_fault_names_file_and_line(
    reader: Callable[[Path], Awaitable[Any]], why: str, tmp_path: Path
) -> None:
    data = await whole(reader, tmp_path)
    (path := tmp_path / "bad.jsonl").write_bytes(data + FAULTS[why] + b"\n")
    line = data.count(b"\n") + 1
    with pytest.raises(mt.MetathinkError, match=rf"bad\.jsonl, line {line}: .*{why}"):
        await reader(path)


@pytest.mark.parametrize("reader", [cassette, resumed, shown])
async def test_half_a_last_line_of_a_killed_writer_is_left_out(
    reader: Callable[[Path], Awaitable[Any]], tmp_path: Path
) -> None:
    data = await whole(reader, tmp_path)
    (path := tmp_path / "cut.jsonl").write_bytes(data + data[: len(data) // 3])
    await reader(path)
