"""Lines are whole or not there, whoever else writes and whatever was cut off before."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from metathink.core.errors import StoreFailed
from metathink.core.jsonl import append_jsonl, read_jsonl


async def test_records_are_appended_in_order_and_folders_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.jsonl"
    await append_jsonl(path, [{"n": 1}, {"n": "zwei\n\u2028"}])
    await append_jsonl(path, [])
    await append_jsonl(path, [{"n": 3}])
    lines = path.read_bytes().decode().split("\n")
    assert [json.loads(line)["n"] for line in lines if line] == [1, "zwei\n\u2028", 3]


@pytest.mark.parametrize("torn", ["", '{"n"', '{"n": "' + "x" * 200_000])
@pytest.mark.parametrize("whole", ["", '{"n": 0}\n'])
async def test_a_torn_line_is_taken_away(tmp_path: Path, whole: str, torn: str) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text(whole + torn)
    await append_jsonl(path, [{"n": 1}])
    assert path.read_text() == whole + '{"n": 1}\n'


async def test_a_disk_that_takes_only_a_part_is_told(tmp_path: Path) -> None:
    """In a process that may write 100 bytes to a file: its disk is full."""
    path = tmp_path / "f.jsonl"
    program = (
        "import asyncio, resource, sys\n"
        "from metathink.core.errors import StoreFailed\n"
        "from metathink.core.jsonl import append_jsonl\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    asyncio.run(append_jsonl(sys.argv[1], [{'n': 'x' * 500}]))\n"
        "except StoreFailed:\n"
        "    print('told')\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    shown = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert shown.stdout == "told\n", shown.stderr
    await append_jsonl(path, [{"n": 1}])
    assert path.read_text() == '{"n": 1}\n'


async def test_many_writers_in_several_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    program = (
        "import asyncio, sys; from metathink.core.jsonl import append_jsonl\n"
        "async def main():\n"
        "    row = {'who': sys.argv[2], 'x': 'y' * 9000}\n"
        "    lines = (append_jsonl(sys.argv[1], [row | {'n': n}]) for n in range(40))\n"
        "    await asyncio.gather(*lines)\n"
        "asyncio.run(main())"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(path), who]) for who in "ab"]
    assert [await asyncio.to_thread(writer.wait) for writer in writers] == [0, 0]
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted((one["who"], one["n"]) for one in found) == [
        (w, n) for w in "ab" for n in range(40)
    ]


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="cannot write"):
        await append_jsonl(tmp_path, [{"n": 1}])


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_only_a_line_feed_ends_a_line(tmp_path: Path, mark: str, encoding: str) -> None:
    rows = [{"question": f"one{mark}two"}, {"question": "three"}]
    ascii_only = mark < " "  # JSON writes these as escapes
    lines = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
    (tmp_path / "q.jsonl").write_text("\r\n".join(lines), encoding, newline="")
    assert [row for _, row in read_jsonl(tmp_path / "q.jsonl")] == rows


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[1]", "no object"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b"{" * 3, "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
    ],
)
def test_a_bad_line_is_told_and_others_are_read(tmp_path: Path, line: bytes, why: str) -> None:
    (tmp_path / "q.jsonl").write_bytes(b'{"a": 1}\n\n' + line + b"\n")
    (_, first), (number, bad) = read_jsonl(tmp_path / "q.jsonl")
    assert first == {"a": 1} and number == 3 and isinstance(bad, str) and why in bad


def test_a_file_that_is_not_there_is_typed(tmp_path: Path) -> None:
    for name in ("none.jsonl", "a\0b"):
        with pytest.raises(StoreFailed):
            read_jsonl(tmp_path / name)
