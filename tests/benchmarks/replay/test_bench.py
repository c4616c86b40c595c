"""The bench: splits by question, anchors, intervals, slices, the command and its files."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.replay.__main__ import app
from benchmarks.replay.bench import replay, slices
from benchmarks.replay.interval import interval
from benchmarks.replay.records.record import load
from benchmarks.replay.split import folds, transfer
from metathink.core.errors import InvalidInput


def responses(rng: np.random.Generator) -> list[dict[str, object]]:
    """A good speaker, two of a weak model that err together, and one of a strong model."""
    weak = "7" if rng.random() < 0.4 else "5"
    said = {
        ("good", "m-good"): "7" if rng.random() < 0.9 else "3",
        ("weak-a", "m-weak"): weak,
        ("weak-b", "m-weak"): weak,
        ("strong", "gpt-4-x"): "7" if rng.random() < 0.95 else "1",
    }
    return [
        {"agent": a, "model": m, "method": "cot", "answer": v, "correct": v == "7"}
        for (a, m), v in said.items()
    ]


def recording(path: Path, count: int, seed: int, start: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    rows = [
        {"id": f"q{i}", "question": f"question {i}", "answer": "7", "responses": responses(rng)}
        for i in range(start, start + count)
    ]
    path.write_text("\n".join(json.dumps(r) for r in rows))
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return recording(tmp_path_factory.mktemp("replay") / "agents.jsonl", 60, seed=0)


@pytest.fixture(scope="module")
def report(file):
    return replay(file, seeds=2)[0]


def figure(report, name, unit="accuracy", part="all"):
    (found,) = [f for f in report.figures if (f.name, f.unit, f.slice) == (name, unit, part)]
    return found


def test_each_question_is_reported_on_once_and_never_fitted_on(file):
    records = load(file)
    splits = folds(records, 5, seed=3)
    assert sorted(r.id for s in splits for r in s.test) == sorted(r.id for r in records)
    for split in splits:
        assert not {r.group for r in split.train} & {r.group for r in split.test}
        assert len(split.train) + len(split.test) == len(records)


def test_folds_need_enough_questions_and_files_one_form(file):
    with pytest.raises(InvalidInput, match="cannot make"):
        folds(load(file)[:3], 5)
    records = load(file)
    with pytest.raises(InvalidInput, match="already fitted"):
        transfer(records, records)
    (split,) = transfer(records[:20], records)
    assert len(split.test) == 40


def test_an_interval_holds_the_mean_and_narrows_with_questions():
    rng = np.random.default_rng(0)
    blocks = [np.array([[v]]) for v in rng.random(400) < 0.7]
    few, many = interval(blocks[:40]), interval(blocks)
    average = float(np.mean(blocks))
    assert many[0] < average < many[1]
    assert many[1] - many[0] < few[1] - few[0]
    assert interval(blocks) == many


def test_the_anchors_are_what_they_say(file, report):
    records = load(file)
    right = np.array([[label.reveal() for label in r.labels] for r in records])
    assert figure(report, "mean single").value == pytest.approx(right.mean())
    assert figure(report, "oracle").value == pytest.approx(right.max(axis=1).mean())
    best = figure(report, "best single chosen on other folds").value
    assert right.mean() < best <= right.mean(axis=0).max()


def test_learned_reliability_beats_the_vote_where_errors_are_shared(report):
    part = "without gpt-4*"
    learned = figure(report, "reliability", part=part)
    assert learned.value > figure(report, "plurality", part=part).value + 0.1
    assert learned.against == "plurality"
    assert learned.difference_low > 0


def test_figures_lie_within_their_intervals(report):
    assert report.form == "agents"
    for f in report.figures:
        if np.isfinite(f.low) and not f.unit.startswith("ECE"):
            assert f.low - 3 * f.spread - 0.02 <= f.value <= f.high + 3 * f.spread + 0.02


def test_slices_leave_out_the_strongest(file):
    parts = slices(load(file))
    assert list(parts) == ["all", "without gpt-4*"]
    assert all(len(r.samples) == 3 for r in parts["without gpt-4*"])


def test_the_command_prints_json_and_writes_pictures(file, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "pictures"
    result = CliRunner().invoke(app, [str(file), "--json", "--seeds", "1", "--pictures", str(out)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["records"] == 60
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "http" not in page
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in out.glob("*.png"))
    assert (out / "calibration-all-reliability.png").exists()


def test_the_command_fits_on_one_file_and_reports_on_another(file, tmp_path):
    other = recording(tmp_path / "other.jsonl", 40, seed=1, start=100)
    result = CliRunner().invoke(app, ["--fit", str(file), "--on", str(other)])
    assert result.exit_code == 0, result.output
    assert "fitted on agents.jsonl" in result.output
    assert "reliability" in result.output


def test_the_command_says_what_is_missing(file):
    for arguments in ([], ["--on", str(file)], ["--fit", str(file)]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
