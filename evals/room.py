"""Room to think: what several samples a task show of a set of tasks.

Where one sample is right nearly always or nearly never, or all samples fail alike, no machine that
samples, criticises or chooses can gain. Any model is measured through the face, with the samples of
`self_consistency`; a model of one's own making as `embedded:PATH`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metathink.api import think_all
from metathink.core.answer import Answer
from metathink.core.text.extract import final_answer

from .scorer import right
from .task import Task

if TYPE_CHECKING:
    from metathink.models.model import Model


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


@dataclass(frozen=True)
class Sampled:
    """The samples of every task, by task id: the whole replies, and the answers read from them.

    A task that failed has empty ones, which count as wrong; `failed` says why.
    """

    works: Mapping[str, Sequence[str]]
    failed: Mapping[str, str]

    @property
    def said(self) -> dict[str, list[str]]:
        """The answers."""
        return {name: [final_answer(work) for work in works] for name, works in self.works.items()}


async def sample(
    tasks: Sequence[Task],
    model: str | Model = "",
    samples: int = 16,
    temperature: float = 0.8,
    **options: Any,
) -> Sampled:
    """Sample a model on the tasks; `options` are those of `think_all` (resume, concurrency, ...)."""
    outcomes = await think_all(
        [task.question for task in tasks],
        method="self_consistency",
        model=model,
        samples=samples,
        temperature=temperature,
        **options,
    )
    works, failed = {}, {}
    for task, outcome in zip(tasks, outcomes, strict=True):
        if isinstance(outcome, Answer):
            works[task.id] = _works(outcome)
        else:
            works[task.id] = [""] * samples
            failed[task.id] = f"{type(outcome).__name__}: {outcome}"
    return Sampled(works, failed)


def _works(answer: Answer) -> list[str]:
    """Everything that was sampled, cut replies too."""
    return [text for step in answer.run.steps for call in step.calls for text in call.outputs]


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


def markdown(rooms: Sequence[Room]) -> str:
    """The rows as a table to paste."""
    lines = [
        "| set | tasks | one sample | any | vote | two errors differ | room |",
        "|" + " --- |" * 7,
    ]
    for row in rooms:
        shares = (row.single, row.any_right, row.vote, row.diversity)
        words = " | ".join(f"{share:.2f}" for share in shares)
        lines.append(f"| {row.set} | {row.tasks} | {words} | {'yes' if row.roomy else 'no'} |")
    return "\n".join(lines)


Row = tuple[Task, Sequence[str], Sequence[str]]
"""A task, the sampled answers, and the works they were read from."""


def _room(name: str, rows: Sequence[Row]) -> Room:
    hits = [[right(answer, task) for answer in answers] for task, answers, _ in rows]
    return Room(
        set=name,
        tasks=len(rows),
        samples=max(len(answers) for _, answers, _ in rows),
        single=_mean([_mean(row) for row in hits]),
        any_right=_mean([any(row) for row in hits]),
        vote=_mean([right(_most_said(answers), task) for task, answers, _ in rows]),
        diversity=_diversity(rows),
    )


def _most_said(answers: Sequence[str]) -> str:
    votes = Counter(map(_fold, answers))
    return max(answers, key=lambda answer: votes[_fold(answer)])


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
