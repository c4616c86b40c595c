"""`metathink replay`: any run that was kept is shown, anything else is refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from metathink.cli.main import app
from metathink.core.answer import Answer
from metathink.core.errors import InvalidInput
from metathink.core.run import Run

GIVEN = Answer("42", 0.5, run=Run("How much?", "direct", "some"))


def replayed(place: Path, *records: Any) -> str:
    """What is shown of a file with these records. Raises what the command raises."""
    path = place / "run.json"
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text("\n".join(lines), "utf-8")
    result = CliRunner().invoke(app, ["replay", str(path)])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.mark.parametrize("question", ["Is [/b] right? [red]", "one\u2028two", "three\x85four"])
def test_a_question_is_shown_as_it_was_asked(tmp_path: Path, question: str) -> None:
    answer = replace(GIVEN, text="[/i] is", run=Run(question, "direct", "some"))
    shown = replayed(tmp_path, answer.to_dict())
    assert question in shown
    assert "[/i] is" in shown


def test_an_abstained_answer_says_why(tmp_path: Path) -> None:
    answer = replace(GIVEN, text="", abstained=True, reason="nobody agrees")
    assert "I don't know: nobody agrees" in replayed(tmp_path, answer.to_dict())


@pytest.mark.parametrize(
    "wrong",
    [
        {"confidence": "high"},
        {"ending": "gone"},
        {"text": 7},
        {"asks": "me"},
        {"asks": {"writes": 7}},
        {"steps": [{"speaker": "x"}]},
    ],
)
def test_a_record_with_a_wrong_value_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="not a recorded answer"):
        replayed(tmp_path, GIVEN.to_dict() | wrong)


@pytest.mark.parametrize("records", [(), ([],), ("word",), (7,)])
def test_a_file_without_a_run_is_refused(tmp_path: Path, records: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput):
        replayed(tmp_path, *records)
