"""Two real processes and one file between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from metathink.models.embedded import WEIGHTS
from tests.examples.test_examples import run

NAME = "approve_in_another_process"


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the embedded model's weights are not here")
def test_asked_in_one_process_and_decided_in_another(tmp_path: Path) -> None:
    asked = run(NAME, "ask", cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert "waiting for a person" in asked.stdout
    decided = run(NAME, "decide", "two", cwd=tmp_path)
    assert decided.returncode == 0, decided.stderr
    assert "sent: two after 1 call" in decided.stdout
