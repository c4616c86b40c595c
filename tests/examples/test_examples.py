"""Every example runs as a program, on the embedded model, and prints what it says it does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from metathink.models.embedded import WEIGHTS

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = {
    "ask_once": "reasoner:",
    "watch_the_dialogue": "answer:",
    "a_node_of_your_graph": "Dear customer,",
    "many_questions": "->",
    "difficult_question": "remembered: direct",
}
pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")


def run(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ}, capture_output=True, text=True, timeout=200
    )


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the embedded model's weights are not here")
@pytest.mark.parametrize("name", SHOWN)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    ended = run(name, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert SHOWN[name] in ended.stdout


def test_every_thinking_example_is_tested() -> None:
    own = {path.stem for path in EXAMPLES.glob("*.py") if not path.stem.startswith("memory_")}
    with_own_test = {
        path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")
    }
    assert own - with_own_test == SHOWN.keys()
    assert all(len(path.read_text().splitlines()) < 40 for path in EXAMPLES.glob("*.py"))
