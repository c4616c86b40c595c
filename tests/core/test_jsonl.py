"""Lines are whole or not there, whoever else writes and whatever was cut off before."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from metathink.core.errors import InvalidInput, StoreFailed
from metathink.core.jsonl import append_jsonl, read_jsonl, read_objects


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
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_only_line_ends_of_json_end_a_line(tmp_path: Path, mark: str, encoding: str) -> None:
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
        (b'{"a": -1e999}', "too large"),
        ('{"a": "caf\u00e9"}'.encode("cp1252"), "UTF-8"),
        ('{"a": "\u30c6\u30b9\u30c8"}'.encode("shift-jis"), "UTF-8"),
        (b"\0" * 40, "not JSON"),
    ],
)
def test_a_bad_line_is_told_and_others_are_read(tmp_path: Path, line: bytes, why: str) -> None:
    (tmp_path / "q.jsonl").write_bytes(b'{"a": 1}\n\n' + line + b"\n")
    (_, first), (number, bad) = read_jsonl(tmp_path / "q.jsonl")
    assert first == {"a": 1} and number == 3 and isinstance(bad, str) and why in bad
    with pytest.raises(InvalidInput, match=rf"q\.jsonl, line 3: .*{why}"):
        list(read_objects(tmp_path / "q.jsonl", "a test"))


def test_a_file_that_is_not_there_is_typed(tmp_path: Path) -> None:
    for name in ("none.jsonl", "a\0b"):
        with pytest.raises(StoreFailed):
            list(read_jsonl(tmp_path / name))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    (tmp_path / "q.jsonl").write_bytes(f'{{"a": 1}}{end}{end}\ufeff{{"a": 2}}{end}'.encode())
    assert [*read_jsonl(tmp_path / "q.jsonl")] == [(1, {"a": 1}), (3, {"a": 2})]


@pytest.mark.parametrize("cut", ['{"a": 2', '{"a": "\udce2', "\0\0\0"])
def test_only_an_appended_file_may_end_in_half_a_line(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b'{"a": 1}\n' + cut.encode("utf-8", "surrogateescape"))
    assert [*read_objects(path, "a test", appended=True)] == [(1, {"a": 1})]
    with pytest.raises(InvalidInput, match="line 2"):
        list(read_objects(path, "a test"))


async def test_a_whole_last_line_without_its_line_feed_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"a": 1}\n{"a": "zwei"}')
    assert [row for _, row in read_jsonl(path, appended=True)] == [{"a": 1}, {"a": "zwei"}]
    await append_jsonl(path, [{"a": 3}])
    assert path.read_text() == '{"a": 1}\n{"a": "zwei"}\n{"a": 3}\n'


def test_compressed_files_are_read_and_damaged_ones_are_typed(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl.gz"
    path.write_bytes(gzip.compress('{"a": "é"}\n'.encode("utf-16")))
    assert [*read_jsonl(path)] == [(1, {"a": "é"})]
    whole = gzip.compress(b'{"a": 1}\n' * 10_000)
    for data in (whole[:-9], whole[:40] + b"\xff\xff" + whole[42:], b'{"a": 1}\n'):
        path.write_bytes(data)
        with pytest.raises(InvalidInput, match=r"q\.jsonl\.gz is damaged"):
            list(read_jsonl(path))
    (tmp_path / "cut.jsonl").write_bytes('{"a": 1}\n'.encode("utf-16")[:-1])
    with pytest.raises(InvalidInput, match="damaged"):
        list(read_jsonl(tmp_path / "cut.jsonl"))


@pytest.mark.parametrize("name", ["long.jsonl", "long.jsonl.gz"])
def test_a_line_of_a_hundred_megabytes_is_told_without_being_held(
    tmp_path: Path, name: str
) -> None:
    """In a process whose address space has no room for it."""
    path = tmp_path / name
    with gzip.open(path, "wb", 1) if name.endswith(".gz") else path.open("wb") as file:
        file.write(b'{"a": 1}\n{"a": "')
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"a": 3}\n')
    program = (
        "import resource, sys\n"
        "from metathink.core.jsonl import read_jsonl\n"
        "resource.setrlimit(resource.RLIMIT_AS, (350_000_000, 350_000_000))\n"
        "print(*read_jsonl(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60)
    told = "(1, {'a': 1}) (2, 'it has over 50,000,000 characters') (3, {'a': 3})\n"
    assert shown.stdout == told, shown.stderr
