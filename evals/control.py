"""Fit the confidence of one model: what its voices are worth, learned from tasks with known answers.

The composing machine hears a first solution and, where that is not enough, drawn ones; here the same
voices are heard on every task, and the combined confidence (`meta/monitor/confidence.py`) is fitted on what
they came to, after one voice, two, four and all. The fit is judged on folds it has not seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ..agents.reasoner import Reasoner, Solution
from ..core.errors import ExternalError, InvalidInput, ModelError
from ..core.run import Run, in_run
from ..graphs.compose.metacognition_control import as_samples
from ..graphs.compose.metacognition_state import Attempt
from ..meta.control.fitted_control import Control, Voices
from ..meta.monitor.confidence import best
from ..meta.monitor.metric import auroc, ece
from ..meta.sample import Label, Question, Sample
from ..models.model import Model
from ..models.open import open_model
from ..models.pool import connections
from .scorer import right
from .task import Task

FOLDS: Final = 5


@dataclass(frozen=True)
class Heard:
    """The voices on one task, in order: the first solution, then drawn ones; and which were right."""

    task: Task
    voices: tuple[Attempt, ...]
    right: tuple[bool, ...]

    def first(self, count: int) -> tuple[Question, list[Sample], list[Label]]:
        """The first voices as the machine looks at them, with their labels."""
        question, samples = as_samples(self.task.question, list(self.voices[:count]))
        return question, samples, [Label(each) for each in self.right[:count]]


@dataclass(frozen=True)
class Quality:
    """How good the confidence in the leading answer is after so many voices, on tasks not fitted on.

    `accuracy` is the leading answer's; `auroc` says how well the confidence parts right from wrong, `ece`
    how far it is from the share that is right (10 bins); shares from 0 to 1.
    """

    voices: int
    tasks: int
    accuracy: float
    confidence: float
    auroc: float
    ece: float


async def listen(
    tasks: Sequence[Task],
    model: str | Model = "",
    samples: int = 8,
    temperature: float = 0.7,
    concurrency: int = 8,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Heard]:
    """One solution at temperature 0 and `samples - 1` drawn ones of each task.

    A task on which the model fails is told of and left out.
    """
    voice = model if isinstance(model, Model) else await open_model(model)
    places = asyncio.Semaphore(concurrency)

    async def hear(task: Task) -> Heard | None:
        async with places:
            with in_run(Run(task.question)):
                try:
                    first = await Reasoner(voice).solve(task.question)
                    drawn = await Reasoner(voice, temperature).solve(task.question, samples - 1)
                except (ModelError, ExternalError) as fault:
                    tell(f"left out: {task.id}: {fault}")
                    return None
        voices = (*(_attempt("direct", s) for s in first), *(_attempt("draw", s) for s in drawn))
        return Heard(task, voices, tuple(right(each.answer, task) for each in voices))

    async with connections():
        heard = await asyncio.gather(*map(hear, tasks))
    return [each for each in heard if each is not None]


def fit(heard: Sequence[Heard]) -> Control:
    """The confidence fitted on the voices after one of them, two, four and so on.

    Raises InvalidInput for fewer tasks than folds.
    """
    if len(heard) < FOLDS:
        raise InvalidInput(f"{FOLDS} tasks are needed at least, {len(heard)} could be used")
    groups: dict[int, Voices] = {}
    for count in prefixes(heard):
        questions, samples, labels = zip(*(each.first(count) for each in heard), strict=True)
        groups[count] = (questions, samples, labels)
    return Control.fit(groups)


def quality(heard: Sequence[Heard]) -> list[Quality]:
    """The fit on unseen tasks: each fold's confidence is fitted on the other folds."""
    folds = [
        (fit([h for i, h in enumerate(heard) if i % FOLDS != fold]), heard[fold::FOLDS])
        for fold in range(FOLDS)
    ]
    return [_quality(folds, count) for count in prefixes(heard)]


def prefixes(heard: Sequence[Heard]) -> list[int]:
    """1, 2, 4, ... and all the voices."""
    most = max((len(each.voices) for each in heard), default=0)
    doubled = [2**n for n in range(most.bit_length()) if 2**n < most]
    return [*doubled, most]


def _quality(folds: Sequence[tuple[Control, Sequence[Heard]]], count: int) -> Quality:
    held, hit = [], []
    for control, unseen in folds:
        for each in unseen:
            question, samples, _ = each.first(count)
            leader = best(control.of(count), question, samples)
            held.append(leader.confidence or 0.0)
            hit.append(right(leader.choice or "", each.task))
    both = len(set(hit)) == 2
    return Quality(
        voices=count,
        tasks=len(hit),
        accuracy=sum(hit) / len(hit),
        confidence=sum(held) / len(held),
        auroc=auroc(held, hit) if both else 0.5,
        ece=ece(held, hit),
    )


def _attempt(move: str, solution: Solution) -> Attempt:
    return Attempt(move, solution.answer, solution.confidence)
