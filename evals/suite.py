"""Named suites of questions on which machines are compared, and the table that says if a suite has
room.

A suite is a file of this package: task sets, each a list of questions with their answers.
`room-to-think` holds problems from levels and lengths that the embedded model was never or hardly
trained on, so that one sample is right about as often as wrong: only there can thinking about
thinking be seen to pay.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..core.errors import InvalidInput

SUITES = {"room-to-think": "room_to_think.json"}


@dataclass(frozen=True)
class Task:
    """One question of a suite. `answer` is the label: it never reaches the machine under test."""

    id: str
    set: str
    question: str
    answer: str


@dataclass(frozen=True)
class Room:
    """What several samples a task show of one set, shares from 0 to 1.

    `single` is the mean accuracy of one sample, `any_right` the share of tasks with at least one
    right sample, `vote` the accuracy of the most frequent answer (ties: the first said).
    `diversity` is the probability that two wrong samples of one task differ (in their work, where
    it is known), over tasks with two of them.
    """

    set: str
    tasks: int
    samples: int
    single: float
    any_right: float
    vote: float
    diversity: float

    @property
    def roomy(self) -> bool:
        """A single sample right in 40-80 %, any of them at least 15 points more, errors not all the
        same."""
        return (
            0.4 <= self.single <= 0.8
            and self.any_right - self.single >= 0.15
            and self.diversity >= 0.25
        )


@cache
def load(name: str = "room-to-think") -> tuple[Task, ...]:
    """The tasks of a suite. Raises InvalidInput for an unknown name."""
    if name not in SUITES:
        raise InvalidInput(f"no suite {name!r}; there is {', '.join(SUITES)}")
    text = Path(__file__).with_name(SUITES[name]).read_text(encoding="utf-8")
    return tuple(
        Task(f"{label}-{number}", label, question, answer)
        for label, pairs in json.loads(text).items()
        for number, (question, answer) in enumerate(pairs)
    )


def right(said: str, task: Task) -> bool:
    """Equal to the label after folding case and spaces."""
    return _fold(said) == _fold(task.answer)


def table(
    tasks: Sequence[Task],
    said: Mapping[str, Sequence[str]],
    works: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Room, ...]:
    """One row a set, from the sampled answers of each task (by task id).

    `works` are the whole replies the answers were read from: with them two errors are the same only
    when the work is, without them when the answer is (which says nothing about yes-or-no
    questions). Tasks nobody answered are left out.
    """
    by_set: dict[str, list[Row]] = {}
    for task in tasks:
        if said.get(task.id):
            answers = said[task.id]
            work = works[task.id] if works else answers
            by_set.setdefault(task.set, []).append((task, answers, work))
    return tuple(_room(name, rows) for name, rows in by_set.items())


Row = tuple[Task, Sequence[str], Sequence[str]]
"""A task, the sampled answers, and the works they were read from."""


def _room(name: str, rows: Sequence[Row]) -> Room:
    hits = [[right(answer, task) for answer in answers] for task, answers, _ in rows]
    votes = [
        right(Counter(map(_fold, answers)).most_common(1)[0][0], task) for task, answers, _ in rows
    ]
    return Room(
        set=name,
        tasks=len(rows),
        samples=max(len(answers) for _, answers, _ in rows),
        single=_mean([_mean(row) for row in hits]),
        any_right=_mean([any(row) for row in hits]),
        vote=_mean(votes),
        diversity=_diversity(rows),
    )


def _diversity(rows: Sequence[Row]) -> float:
    shares = []
    for task, answers, works in rows:
        pairs_said = zip(answers, works, strict=True)
        wrong = [_fold(work) for answer, work in pairs_said if not right(answer, task)]
        if len(wrong) >= 2:
            pairs = len(wrong) * (len(wrong) - 1)
            same = sum(n * (n - 1) for n in Counter(wrong).values())
            shares.append(1 - same / pairs)
    return _mean(shares)


def _fold(text: str) -> str:
    return "".join(text.lower().split())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
