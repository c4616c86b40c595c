"""Threads and decisions on the command line: real processes, with a terminal and without."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests import server as serve
from tests.server import FakeServer


async def metathink(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "metathink.cli.main", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def asking(server: FakeServer, place: Path, *more: str) -> list[str]:
    server.always = serve.says(r"It is \boxed{42}")
    thread = ["--checkpoint", str(place), "--thread", "my run", "--approve", "answer"]
    return ["ask", "How much?", "--method", "direct", "--model", server.model, *thread, *more]


async def test_without_a_terminal_it_says_how_to_go_on(server: FakeServer, tmp_path: Path) -> None:
    place = tmp_path / "runs.db"
    code, out, err = await metathink(*asking(server, place))
    assert (code, out) == (3, "")
    assert "answer: 42" in err
    assert f"metathink resume 'my run' --checkpoint {place} --accept" in err
    code, out, err = await metathink("resume", "my run", "--checkpoint", str(place), "--accept")
    assert (code, out) == (0, "42\n"), err
    code, out, err = await metathink(*asking(server, place, "-q"))
    assert (code, out) == (0, "42\n"), err
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    ("decision", "said"),
    [(["--answer", "43"], "43\n"), (["--refuse", "unproven"], "I don't know: unproven\n")],
)
async def test_a_decision_from_the_command_line(
    server: FakeServer, tmp_path: Path, decision: list[str], said: str
) -> None:
    place = str(tmp_path / "runs.db")
    code, out, _ = await metathink(*asking(server, tmp_path / "runs.db", "--json"))
    assert (code, json.loads(out)["asks"]["answer"]) == (3, "42")
    code, out, err = await metathink("resume", "my run", "--checkpoint", place, *decision)
    assert (code, out) == (0, said), err


async def test_two_decisions_at_once_are_refused(tmp_path: Path) -> None:
    code, _, err = await metathink(
        "resume", "t", "--checkpoint", str(tmp_path / "r.db"), "--accept", "--refuse", "no"
    )
    assert code == 2 and "not several" in err


async def test_on_a_terminal_it_asks(server: FakeServer, tmp_path: Path) -> None:
    """An answer is edited after a word that is no decision."""
    keyboard, screen = pty.openpty()
    command = [sys.executable, "-m", "metathink.cli.main", *asking(server, tmp_path / "runs.db")]
    process = subprocess.Popen(
        command, stdin=screen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.write(keyboard, b"perhaps\ne\n43\n")
    out, err = await asyncio.to_thread(process.communicate, timeout=60)
    os.close(keyboard)
    os.close(screen)
    assert (process.returncode, out) == (0, "43\n"), err
    assert "answer: 42" in err
