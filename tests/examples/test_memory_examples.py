"""Every example of memory runs as a program and prints what it says it does."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import server as serve
from tests.server import FakeServer

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = {
    "memory_graph_from_documents": ["London then, Paris now", "Analytical Engine"],
    "memory_handbook_by_hand": ["behavior_check_parity: active", "behavior_guess: retired"],
    "memory_for_two_processes": ["'Ada saw ship 7'", "'Bob saw ship 7'", "of 20"],
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_runs(name: str, tmp_path: Path):
    command = [sys.executable, str(EXAMPLES / f"{name}.py")]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    for shown in SHOWN[name]:
        assert shown in ended.stdout


def test_every_example_of_memory_is_tested():
    assert {path.stem for path in EXAMPLES.glob("memory_*.py")} == SHOWN.keys()


async def test_a_model_can_read_the_documents(server: FakeServer, tmp_path: Path):
    rows = [
        {"subject": "Ada", "relation": "lives in", "object": place} for place in ("Rome", "Oslo")
    ]
    server.script = [serve.says(json.dumps({"facts": [row]})) for row in rows]
    example = str(EXAMPLES / "memory_graph_from_documents.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        example,
        str(tmp_path / "m.db"),
        server.model,
        stdout=asyncio.subprocess.PIPE,
    )
    shown = (await process.communicate())[0].decode()
    assert process.returncode == 0
    assert "Rome then, Oslo now" in shown
