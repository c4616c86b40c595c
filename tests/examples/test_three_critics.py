"""The example with critics of three models, run as a program against three servers."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.server import FakeServer, completion, web

EXAMPLE = Path(__file__).parents[2] / "examples" / "three_critics.py"

SAID = {
    "which kind of task": {"purpose": "explain the sky", "kind": "text"},
    "by what an answer to this should be judged": {"dimensions": []},
    "You judge the critics": {
        "labels": [
            {"unit": "U1", "reason": "blue is", "label": "L0", "include": True},
            {"unit": "U2", "reason": "it is true", "label": "L1", "include": False},
        ]
    },
    "Conclude the critique": {
        "summaries": [{"dimension": "truth", "summary": "one sentence is false"}],
        "judgement": 4,
    },
}


def unit(at: str, flaw: str) -> dict[str, Any]:
    return {
        "locations": [at],
        "description": flaw,
        "criterion": "truth",
        "severity": "severe",
        "suggestion": "say blue",
    }


def plays(*units: dict[str, Any]) -> Any:
    """A server that criticises with these units and can do the other roles too."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        asked = body["messages"][-1]["content"]
        fitting = [said for words, said in SAID.items() if words in asked]
        if "You are a critic." in asked:
            fitting = [{"units": list(units)}]
        text = json.dumps(fitting[0]) if fitting else "Blue light scatters most."
        return web.json_response(completion(body, text))

    return behave


async def test_critics_of_three_models_make_one_critique() -> None:
    servers = [FakeServer(always=plays(*found)) for found in ([unit("S2", "red does not")], [], [])]
    servers[2].always = plays(unit("S1", "is it?"))
    for server in servers:
        await server.start()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLE), *(server.model for server in servers)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(program.communicate(), 100)
    for server in servers:
        await server.stop()
    assert program.returncode == 0, err.decode()
    assert out.decode().splitlines() == [
        f"{servers[0].model}: units: 1",
        f"{servers[1].model}: found nothing",
        f"{servers[2].model}: units: 1",
        "- \u201cThe air scatters red light most of all, so that it comes from everywhere.\u201d "
        "(severe, truth): red does not Suggestion: say blue",
        "truth: one sentence is false",
        "Judgement: 4 of 10",
    ]
    assert [len(server.bodies) for server in servers] == [6, 1, 1]


async def test_without_three_models_it_says_how_to_run_it() -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLE)), stderr=asyncio.subprocess.PIPE
    )
    _, err = await program.communicate()
    assert program.returncode == 1
    assert "three model strings" in err.decode()
