"""The handbook example as a program: on the embedded model, and with one that learns and then says less."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from metathink.models.embedded import WEIGHTS
from tests.server import FakeServer, completion

EXAMPLE = Path(__file__).parents[2] / "examples" / "handbook_from_twenty_problems.py"
LINE = re.compile(r"(without|with) it: (\d+) right, (\d+) tokens written, \d+ read")
HINT = "Look at the last part first: where it is True the whole is True."


async def shown(*arguments: str, **environment: str) -> tuple[list[str], list[str]]:
    """What it learned, and its two lines."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLE), *arguments),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (part.decode() for part in await process.communicate())
    assert process.returncode == 0, err
    *learned, direct, reuse = out.splitlines()
    return learned, [direct, reuse]


async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Long without behaviors, short with them; learns one and the same from every problem."""
    words = " ".join(" ".join(m["content"] for m in body["messages"]).split())
    reply = "step " * 300 + r"\boxed{True}"
    if "Look back at the solution" in words:
        reply = json.dumps({"sound": True, "mistake": "", "reason": "", "hints": []})
    elif "Write down the behaviors" in words:
        reply = json.dumps({"behaviors": [{"name": "last_part", "instruction": HINT}]})
    elif "Behaviors: - behavior_last_part: " in words:
        reply = r"[behavior_last_part] \boxed{True}"
    return web.json_response(completion(body, reply))


async def test_what_was_learned_is_told_and_shows_in_the_next_twenty(server: FakeServer) -> None:
    server.always = behave
    learned, lines = await shown(server.model, METATHINK_MODEL=server.model)
    assert learned == [f"learned behavior_last_part: {HINT}"]
    counted = [LINE.fullmatch(line) for line in lines]
    assert [found and found[1] for found in counted] == ["without", "with"]
    said = [body["messages"][-1]["content"] for body in server.bodies]
    assert sum("Behaviors:\n" in words for words in said) == 20
    assert counted[0] and counted[1]
    assert counted[0][2] == counted[1][2] and int(counted[1][3]) < int(counted[0][3])


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the embedded model's weights are not here")
async def test_it_runs_on_the_embedded_model() -> None:
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    learned, lines = await shown()
    assert all(re.match(r"learned behavior_\w+: ", line) for line in learned)
    assert all(LINE.fullmatch(line) for line in lines), lines
