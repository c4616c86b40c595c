"""Outcomes of a user's own models become reliabilities, and what is wrong with the file is told by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from metathink.cli.eval.commands import app
from metathink.core.errors import InvalidInput
from metathink.meta.combine.outcomes import (
    ModelOutcome,
    fit_reliabilities,
    named_answers,
    read_outcomes,
    read_reliabilities,
)

GOOD = {"question": "What is 6 * 7?", "model": "a/b", "answer": "42"}


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_a_gold_answer_tells_which_are_right(tmp_path: Path) -> None:
    """By value, by the options of the question, and as a solution that ends in it."""
    options = "Which? (A) red (B) blue"
    rows = [
        GOOD | {"gold": "so 6 * 7 = 42\n#### 42"},
        GOOD | {"answer": "41", "gold": "42"},
        GOOD | {"answer": "", "gold": "42"},
        {"question": options, "model": "a/b", "answer": "blue", "gold": "B"},
        GOOD | {"correct": False, "gold": "42", "note": "what somebody judged wins"},
    ]
    found = read_outcomes(written(tmp_path / "o.jsonl", *rows))
    assert [outcome.correct for outcome in found] == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (GOOD, "`correct` is true or false"),
        (GOOD | {"correct": "yes"}, "`correct` is true or false"),
        (GOOD | {"correct": 1}, "`correct` is true or false"),
        (GOOD | {"gold": " "}, "`gold` is the right answer"),
        (GOOD | {"correct": True, "model": ""}, "`model` is a text"),
        (GOOD | {"correct": True, "question": 6}, "`question` is a text"),
        ({"model": "a", "question": "q", "correct": True}, "`answer` is a text"),
        ([], "it is no object"),
    ],
)
def test_a_line_that_is_no_outcome_is_named(tmp_path: Path, row: Any, words: str) -> None:
    path = written(tmp_path / "o.jsonl", GOOD | {"correct": True}, row)
    with pytest.raises(InvalidInput, match=f"line 2.*{words}"):
        read_outcomes(path)


def test_a_file_without_outcomes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no outcomes"):
        read_outcomes(written(tmp_path / "o.jsonl"))
    with pytest.raises(InvalidInput, match="cannot read"):
        read_outcomes(tmp_path / "none.jsonl")


def test_only_the_first_outcome_of_a_model_on_a_question_counts() -> None:
    once = [ModelOutcome("q", "a", "1", True), ModelOutcome("q", "b", "2", False)]
    again = [ModelOutcome("q", "a", "2", False)] * 9
    assert fit_reliabilities([*once, *again]) == fit_reliabilities(once)
    asked_again = [ModelOutcome("q", "a", "2", False, poll=str(n)) for n in range(9)]
    rule = fit_reliabilities([*once, *asked_again])
    assert rule.chance("a") < fit_reliabilities(once).chance("a")


def test_wrong_answers_that_agree_are_seen_as_equal_though_written_otherwise() -> None:
    """Errors that agree make few alternatives, so that votes weigh less."""
    same = [
        ModelOutcome(f"q{n}", m, a, False)
        for n in range(20)
        for m, a in (("a", "0.5"), ("b", "1/2"))
    ]
    apart = [
        ModelOutcome(f"q{n}", m, a, False) for n in range(20) for m, a in (("a", "0.5"), ("b", "2"))
    ]
    assert fit_reliabilities(same).alternatives < 1.5 < fit_reliabilities(apart).alternatives


def test_equivalent_answers_share_a_name() -> None:
    names = named_answers("Which? (A) red (B) blue", ["B", "", "blue", "(A)"])
    assert names[0] == names[2] is not None
    assert names[1] is None
    assert names[3] != names[0]


def test_confidence_follows_the_outcomes_where_one_model_decides() -> None:
    """A model that was right 20 times of 20 is believed alone; one right 6 times of 20 is not."""
    outcomes = [
        ModelOutcome(f"q{n}", m, "1" if n < right else f"wrong {n}", n < right)
        for n in range(20)
        for m, right in (("good", 20), ("poor", 6))
    ]
    rule = fit_reliabilities(outcomes)
    alone = rule.posterior({"1": rule.weight("good")})["1"]
    assert alone == pytest.approx(rule.chance("good"), abs=0.05)
    assert rule.posterior({"1": rule.weight("poor")})["1"] < 0.5


def test_the_command_prints_a_table_and_writes_what_the_ensemble_reads(tmp_path: Path) -> None:
    rows = [
        {"question": f"q{n}", "model": m, "answer": "1", "correct": n < right}
        for n in range(10)
        for m, right in (("often/wrong", 2), ("often/right", 9))
    ]
    out = tmp_path / "r.json"
    arguments = ["reliability", str(written(tmp_path / "o.jsonl", *rows)), "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[2].startswith("| often/right | 10 | 0.900 | 0.596-0.982 |")
    assert lines[3].startswith("| often/wrong | 10 | 0.200 |")
    assert read_reliabilities(out).order(["often/wrong", "often/right"])[0] == "often/right"
