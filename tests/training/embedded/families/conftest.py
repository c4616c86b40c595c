"""Real benchmark items for the tests; they lie beside the checkout, never in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]
DATA = Path(__file__).parents[5] / "shared" / "data"


@pytest.fixture
def real() -> Callable[[str], list[Row]]:
    """Reads one file of real items; skips the test where the files are absent."""

    def rows(name: str) -> list[Row]:
        path = DATA / f"{name}.jsonl"
        if not path.exists():
            pytest.skip(f"no {name}.jsonl beside the checkout")
        return [json.loads(line) for line in path.read_text().splitlines()]

    return rows
