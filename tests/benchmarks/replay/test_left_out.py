"""What a measure lacks is said in the report, and the other measures still run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.replay.bench import replay


def test_a_missing_extra_leaves_out_one_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    head = "def f(x: int) -> int:\n"
    runs = [
        {"agent": a, "strategy": s, "solution": head + "    return x", "correct": True}
        for a, s in (("one", "direct"), ("two", "direct"), ("three", "reflexion"))
    ]
    rows = [
        {"id": f"t{i}", "prompt": f"{head}# {i}", "entry_point": "f", "runs": runs}
        for i in range(6)
    ]
    path = tmp_path / "reflected.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    report, _ = replay(path, count=3, seeds=1)
    assert any("sandbox" in reason for reason in report.left_out)
    assert {f.measure for f in report.figures} == {"anchors"}
