"""`--cassette` records with a model and replays without one."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests import server as serve
from tests.server import FakeServer


async def metathink(*arguments: str) -> tuple[int, str, str]:
    """A command in a process of its own: its exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "metathink.cli.main", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_ask_records_and_replays(server: FakeServer, tmp_path: Path) -> None:
    server.always = serve.says(r"6 * 7 = 42, so \boxed{42}")
    question = ("ask", "What is 6 times 7?", "--method", "direct", "-q", "--json")
    cassette = ("--cassette", str(tmp_path / "c.jsonl"))
    code, first, err = await metathink(*question, *cassette, "--model", server.model)
    assert code == 0, err
    asked = len(server.bodies)
    await server.stop()
    code, again, err = await metathink(*question, *cassette)
    assert code == 0, err
    assert json.loads(again)["text"] == json.loads(first)["text"]
    assert json.loads(again)["usage"] == json.loads(first)["usage"]
    assert len(server.bodies) == asked
    code, _, err = await metathink("ask", "What is 6 times 8?", "--method", "direct", *cassette)
    assert code == 2
    assert "holds no reply" in err and "?model=MODEL" in err


async def test_an_evaluation_is_replayed(server: FakeServer, tmp_path: Path) -> None:
    server.always = serve.says(r"It is \boxed{4}")
    tasks = tmp_path / "tasks.jsonl"
    lines = [{"question": f"What is {n} + {4 - n}?", "answer": "4"} for n in range(4)]
    tasks.write_text("".join(json.dumps(line) + "\n" for line in lines))
    suite = ("eval", "suite", str(tasks), "--methods", "direct")
    cassette = ("--cassette", str(tmp_path / "c.jsonl"), "--json")
    code, first, err = await metathink(*suite, *cassette, "--model", server.model)
    assert code == 0, err
    await server.stop()
    code, again, err = await metathink(*suite, *cassette)
    assert code == 0, err
    recorded, replayed = (
        [line | {"seconds": None} for line in json.loads(out)["lines"]] for out in (first, again)
    )
    assert replayed == recorded
    assert recorded[0]["accuracy"] == 1.0


async def test_the_embedded_model_is_replayed_in_its_own_wording(tmp_path: Path) -> None:
    """It is asked in a wording of its own: without it no recorded request would be found."""
    pytest.importorskip("xllamacpp", reason="the extra that runs it is not installed")
    question = (
        "I have a flute, a piano, an apple, and two drums. How many musical instruments do I have?"
    )
    ask = ("ask", question, "--method", "self_consistency", "--set", "samples=3", "-q", "--json")
    cassette = ("--cassette", str(tmp_path / "c.jsonl"))
    code, first, err = await metathink(*ask, *cassette, "--model", "embedded")
    assert code == 0, err
    recorded = (tmp_path / "c.jsonl").read_bytes()
    code, again, err = await metathink(*ask, *cassette)
    assert code == 0, err
    replayed, asked = json.loads(again), json.loads(first)
    for field in ("text", "value", "confidence", "usage"):
        assert replayed[field] == asked[field], field
    assert (tmp_path / "c.jsonl").read_bytes() == recorded
