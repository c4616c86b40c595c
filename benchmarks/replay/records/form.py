"""The forms in which recordings come, each a typed row that turns into a `Record`.

A row names its form by the fields it has. Fields that tell the truth, or from which it could be
told (counts of correct answers, a run's length where runs stop at success, an id that ends in
"-right"), become labels or are dropped by the rows; nothing behind this file reads the raw line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from pydantic import ValidationError

from metathink.core.errors import InvalidInput

from .record import Record
from .row import Row
from .row_answer import Agents, Judges, Known, Methods, Pair, Routes, Scores, Stated
from .row_attempt import Plans, Puzzle, Refined, Samples, Tested, Trials, Verdicts


def _first(row: Mapping[str, object], field: str) -> Mapping[str, object]:
    """The first entry of a list field; empty when there is none."""
    entries = row.get(field)
    if isinstance(entries, list) and entries and isinstance(entries[0], dict):
        return cast("Mapping[str, object]", entries[0])
    return {}


SIGNS: tuple[tuple[Callable[[Mapping[str, object]], bool], type[Row]], ...] = (
    (lambda r: "is_right" in r, Judges),
    (lambda r: "true_prob_within_radius" in _first(r, "responses"), Known),
    (lambda r: "confidence" in _first(r, "responses"), Scores),
    (lambda r: "target" in r and "n_rounds" in _first(r, "responses"), Methods),
    (lambda r: "target" in r and "agent" in _first(r, "responses"), Pair),
    (lambda r: "agent" in _first(r, "responses"), Agents),
    (lambda r: bool({"stated_probs", "stated_confidence"} & _first(r, "responses").keys()), Stated),
    (lambda r: "cot_samples" in r, Puzzle),
    (lambda r: "codegen_samples" in r, Tested),
    (lambda r: "samples" in r, Samples),
    (lambda r: "gpt4_1106_correct" in r, Routes),
    (lambda r: "trials" in _first(r, "runs"), Trials),
    (lambda r: "solution" in _first(r, "runs"), Refined),
    (lambda r: "plans" in r, Plans),
    (lambda r: "candidate_plan" in r, Verdicts),
)


def parse(row: Mapping[str, object], where: str) -> Record:
    """The record of one line; raises `InvalidInput` for an unknown or a broken form."""
    for fits, kind in SIGNS:
        if fits(row):
            try:
                return kind.model_validate(row).record()
            except ValidationError as error:
                raise InvalidInput(f"{where}: {error}") from error
    raise InvalidInput(f"{where}: the replay bench knows no form with {', '.join(sorted(row))}")
