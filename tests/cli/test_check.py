"""`metathink models check`: what works at a model, what is left out."""

from __future__ import annotations

import asyncio
import json
import sys

from tests.models.profiles.test_learning import refuses_if
from tests.server import FakeServer


async def run(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "metathink.cli.main", *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_a_check_says_what_was_left_out(server: FakeServer) -> None:
    server.facts = {"max_model_len": 5000}
    server.always = refuses_if(lambda body: "temperature" in body, "temperature is unsupported")
    code, out = await run("models", "check", server.model, "--json")
    found = json.loads(out)
    works = {finding["name"]: finding["works"] for finding in found["findings"]}
    assert code == 0
    assert works["plain"]
    assert works["streaming"]
    assert not works["typed"], "the server says {grade: 7} to everything"
    assert found["left_out"] == ["temperature"]
    assert found["context"] == 5000


async def test_nobody_there_is_an_error() -> None:
    code, _ = await run("models", "check", "http://127.0.0.1:9/v1#none")
    assert code == 1
