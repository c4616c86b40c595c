"""The conversation that remembers, run as a program with a model behind a real server."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.mind import lessons, understands
from tests.server import FakeServer

EXAMPLE = Path(__file__).parents[2] / "examples" / "conversation_that_remembers.py"


async def test_friday_knows_what_monday_taught(server: FakeServer, tmp_path: Path) -> None:
    server.always = understands(
        "That sounds hard.", lessons("loses her words before people", "I always lose my words")
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLE), str(tmp_path / "people.db")),
        cwd=tmp_path,
        env={**os.environ, "METATHINK_MODEL": server.model},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (part.decode() for part in await process.communicate())
    assert process.returncode == 0, err
    monday, friday = out.split("Friday")
    assert "[recall:" not in monday
    assert "pain point: loses her words before people remembered: summary: Somebody" in monday
    assert '[recall: remembered: summary: "Somebody who loses her words before people."' in friday
    assert "[remember:" not in friday, "nothing in Friday's message shows it: not noted again"
    assert "[8 calls, utility 0.95]" in monday
    assert "[9 calls, utility 0.95]" in friday, "the readings were checked against the notes"
    assert '- pain point: loses her words before people (she said: "I always lose my words")' in out
    heard = [str(body["messages"]) for body in server.bodies[8:]]
    assert sum("loses her words before people" in words for words in heard) == 7, (
        "all but the readings and the prior"
    )
