"""A recorded question with what language models really answered, and the truth in a closed box."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from metathink.core.errors import InvalidInput, StoreFailed
from metathink.core.jsonl import read_objects
from metathink.meta.sample import Label, Question, Sample


class Form(StrEnum):
    """What a record holds, told by its fields and not by its file's name."""

    AGENTS = "agents"  # several models and methods answer one question
    SAMPLES = "samples"  # one model samples many answers to one question
    STATED = "stated"  # several models answer and state probabilities
    JUDGES = "judges"  # several models state whether a shown answer is right
    KNOWN = "known"  # stated confidence beside a known true probability
    SCORES = "scores"  # stated confidence and correctness, no answer text
    PAIR = "pair"  # thinking and direct answer of the same model
    METHODS = "methods"  # one model under several methods, with rounds
    ROUTES = "routes"  # correctness of a strong and a weak model
    REFINED = "refined"  # first answers and refined answers to one task
    TESTED = "tested"  # sampled programs with results of generated tests
    TRIALS = "trials"  # repeated trials of one question, in order
    PLANS = "plans"  # plans of several models, checkable by simulation
    VERDICTS = "verdicts"  # critics judge one shown solution


@dataclass(frozen=True, slots=True)
class Record:
    """One question. `labels[i]` belongs to `samples[i]`; `group` keeps twins in one fold.

    A record whose truth belongs to the question and not to a sample (a shown answer that is right
    or not) repeats that truth for every sample.
    """

    id: str
    form: Form
    group: str
    question: Question
    samples: tuple[Sample, ...]
    labels: tuple[Label, ...]
    tests: tuple[str, ...] = ()  # checks that a model wrote; `Sample.passes` follows their order

    def __post_init__(self) -> None:
        if len(self.samples) != len(self.labels):
            raise InvalidInput(
                f"{self.id}: {len(self.samples)} samples but {len(self.labels)} labels"
            )

    def only(self, keep: list[int]) -> Record:
        """The record with only those samples, in that order."""
        return replace(
            self,
            samples=tuple(self.samples[i] for i in keep),
            labels=tuple(self.labels[i] for i in keep),
        )


def load(path: Path) -> list[Record]:
    """The records of a JSONL file, their form told by the fields of each line.

    Raises `InvalidInput` for a file that cannot be read, a line that is not JSON, a form that is
    not known, or a file without records.
    """
    from .form import parse

    try:
        rows = list(read_objects(path, "a file of records"))
    except StoreFailed as error:
        raise InvalidInput(str(error)) from error
    records = [parse(row, f"{path.name}:{number}") for number, row in rows]
    if not records:
        raise InvalidInput(f"{path.name} holds no record")
    return records
