"""`metathink eval suite | room` as a person meets them: real processes, killed ones too."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metathink.cli.eval.commands import app
from metathink.core.errors import MetathinkError
from tests.server import FakeServer, says

LINES = [{"question": f"What is {n}?", "answer": "42" if n % 2 else "7"} for n in range(40)]


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, LINES)))
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "metathink.cli.main", "eval", *map(str, arguments)]


async def ended(*arguments: object) -> tuple[int, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command(*arguments), stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_table_to_paste(server: FakeServer, tasks: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.toml"
    rows.write_text('["two votes"]\nmethod = "self_consistency"\nsamples = 2\n')

    async def behave(request, body):
        return await says(*["answer: 42"] * body.get("n", 1))(request, body)

    server.always = behave
    code, out, err = await ended(
        *("suite", tasks, "--methods", "direct", "--rows", rows, "--set", "two votes.samples=3"),
        *("--model", server.model, "--count", 10, "--steps", "--report", tmp_path / "out"),
    )
    assert code == 0, err
    right = sum("| direct" in line for line in out.splitlines())
    assert right >= 2 and "| two votes" in out and "voter vote" in out
    assert {body.get("n", 1) for body in server.bodies} == {1, 3}
    assert len(server.bodies) == 20
    found = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [row["settings"] for row in found["rows"]] == [{}, {"samples": "3"}]
    asked = {str(body["messages"][-1]["content"]) for body in server.bodies}
    labels = {line["question"]: line["answer"] for line in LINES}
    expected = sum(labels[question] == "42" for question in asked) / 10
    assert [line["accuracy"] for line in found["lines"]] == [pytest.approx(expected)] * 2
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


async def test_a_killed_comparison_goes_on_where_it_was(
    server: FakeServer, tasks: Path, tmp_path: Path
) -> None:
    server.always = says("answer: 42", delay=0.05)
    kept = tmp_path / "runs" / "x.jsonl"
    arguments = ("suite", tasks, "--methods", "direct", "--model", server.model)
    whole = (*arguments, "--set", "direct.temperature=0.5", "--concurrency", 2, "--out", kept)
    child = await asyncio.to_thread(
        subprocess.Popen, command(*whole), env={**os.environ}, stderr=subprocess.DEVNULL
    )
    while len(server.bodies) < 10:
        assert child.poll() is None
        await asyncio.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    before = -1
    while before != len(server.bodies) or server.in_flight:
        before = len(server.bodies)
        await asyncio.sleep(0.5)
    done = kept.read_bytes().count(b"\n")
    assert 5 <= done < 40
    code, out, err = await ended(*whole, "--json")
    assert code == 0, err
    assert len(server.bodies) - before == 40 - done
    (line,) = json.loads(out)["lines"]
    assert (line["questions"], line["right"], line["failed"]) == (40, 20, 0)


async def test_the_room_of_a_file(server: FakeServer, tasks: Path) -> None:
    server.always = says("answer: 42", "answer: 7", "answer: 5")
    code, out, _ = await ended(
        "room", tasks, "--samples", 3, "--model", server.model, "--count", 4, "--json"
    )
    (row,) = json.loads(out)
    assert code == 0
    assert (row["tasks"], row["samples"], row["any_right"]) == (4, 3, 1.0)
    assert row["single"] == pytest.approx(1 / 3)
    assert {body["n"] for body in server.bodies} == {3}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("suite", "nowhere.jsonl"), "room-to-think"),
        (("suite", "--sets", "chess"), "no set 'chess'"),
        (("suite", "--methods", "remma"), "did you mean 'rema'"),
        (("suite", "--rows", "nowhere.toml"), "cannot read rows"),
        (("suite", "--set", "direct.turns=1"), "no setting 'turns'"),
        (("suite", "--tokens", "-1"), "tokens"),
        (("room", "nowhere.jsonl"), "room-to-think"),
    ],
)
def test_the_users_faults_are_told(arguments: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, MetathinkError)
    assert told in str(result.exception)


def test_a_file_that_is_not_tasks_is_told_by_its_line(tasks: Path) -> None:
    with tasks.open("a") as file:
        file.write('\n{"prompt": "q"}\n')
    result = CliRunner().invoke(app, ("suite", str(tasks)))
    assert "line 41" in str(result.exception)
