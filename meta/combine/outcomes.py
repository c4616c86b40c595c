"""Outcomes of models on past questions, and the reliabilities learned from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ...core.errors import InvalidConfig, InvalidInput, StoreFailed
from ...core.jsonl import read_objects
from ..answers.equivalence import candidates, equivalent, reference
from ..answers.options import listed_options
from ..sample import Label, Question, Sample
from ..verify.verdict import kind_of
from .polling import Polling


@dataclass(frozen=True, slots=True)
class ModelOutcome:
    """The answer of one model to one question, and whether it was right.

    `poll` tells which outcomes belong to one asking of a question: those of the same `poll` and `question`.
    """

    question: str
    model: str
    answer: str
    correct: bool
    poll: str = ""


def read_outcomes(path: str | Path) -> list[ModelOutcome]:
    """The outcomes of a JSON Lines file: one line for each answer of each model.

    A line has `question`, `model`, `answer` (text) and `correct` (true or false) or `gold` (the right answer,
    also as a published solution that ends in it). An empty answer is wrong. Other fields are passed over.
    Raises InvalidInput, naming file and line, for a line without these, and for a file without any.
    """
    try:
        rows = list(read_objects(path, "outcomes"))
    except StoreFailed as error:
        raise InvalidInput(str(error)) from error
    found = []
    for number, row in rows:
        try:
            found.append(_outcome(row))
        except ValueError as error:
            raise InvalidInput(f"{path}, line {number}: {error}") from error
    if not found:
        raise InvalidInput(f"{path} holds no outcomes")
    return found


def _outcome(row: Mapping[str, Any]) -> ModelOutcome:
    texts = {name: row.get(name) for name in ("question", "model", "answer")}
    for name, text in texts.items():
        if not isinstance(text, str) or (name != "answer" and not text.strip()):
            raise ValueError(f"`{name}` is a text, not {text!r:.40}")
    correct, gold = row.get("correct"), row.get("gold")
    if not isinstance(correct, bool):
        if correct is not None or not isinstance(gold, str) or not gold.strip():
            raise ValueError("`correct` is true or false, or `gold` is the right answer")
        wanted = reference(gold)
        correct = equivalent(
            row["answer"], wanted, kind_of(wanted), listed_options(row["question"])
        )
    return ModelOutcome(row["question"], row["model"].strip(), row["answer"], correct)


def fit_reliabilities(outcomes: Iterable[ModelOutcome]) -> Polling:
    """How likely each model is right, how often two wrong answers agree, and how far votes are tempered.

    Of several outcomes of a model on one question only the first counts. Without any outcome: the prior.
    """
    polls: dict[tuple[str, str], dict[str, ModelOutcome]] = {}
    for outcome in outcomes:
        polls.setdefault((outcome.poll, outcome.question), {}).setdefault(outcome.model, outcome)
    rows = [list(poll.values()) for poll in polls.values()]
    labels = [[Label(outcome.correct) for outcome in row] for row in rows]
    return Polling().fit([_samples(row) for row in rows], labels)


def _samples(row: Sequence[ModelOutcome]) -> list[Sample]:
    """The answers of one poll, equivalent ones under one name."""
    names = named_answers(row[0].question, [outcome.answer for outcome in row])
    return [Sample(name, speaker=outcome.model) for name, outcome in zip(names, row, strict=True)]


def named_answers(question: str, answers: Sequence[str]) -> list[str | None]:
    """The answers to a question in canonical form, so that equivalent ones share a name; None for none."""
    asked = Question(question, listed_options(question), kind="auto")
    found = candidates([Sample(answer or None) for answer in answers], asked)
    names = {member: candidate.answer for candidate in found for member in candidate.members}
    return [names.get(place) for place in range(len(answers))]


def write_reliabilities(path: str | Path, rule: Polling) -> None:
    """Write what was learned as JSON, to be read by `read_reliabilities`."""
    Path(path).write_bytes(_READER.dump_json(rule, indent=1) + b"\n")


def read_reliabilities(path: str | Path) -> Polling:
    """What `write_reliabilities` wrote. Raises InvalidConfig for another file."""
    try:
        return _READER.validate_json(Path(path).read_bytes())
    except (OSError, ValueError, InvalidInput) as error:
        raise InvalidConfig(f"{path} holds no reliabilities: {error}") from error


_READER = TypeAdapter(Polling)
