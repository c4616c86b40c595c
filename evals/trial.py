"""One task put to one row of a comparison, and how a whole comparison is held.

Everything goes through `think_all`, so that budgets, errors and records are the real ones; the
labels stay here. A question that fails counts as wrong and is charged what it spent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from metathink.api import think_all
from metathink.core.answer import Answer
from metathink.core.budget import Budget
from metathink.core.errors import ContextTooLong, InternalError, MetathinkError, ModelError
from metathink.core.record import Call, RunRecord
from metathink.models.model import Model
from metathink.models.open import open_model

from .entry import Entry
from .scorer import right
from .task import Task

SAMPLING = "self_consistency"
"""The method that is given as many samples as another method's tokens buy."""

NEARLY = 0.95
"""Equal tokens are at least this share of the other method's."""


@dataclass(frozen=True)
class Trial:
    """One task and what came of it: an answer, or an error in words. `right` by the scorer."""

    task: Task
    run: RunRecord
    right: bool
    answer: Answer | None = None
    error: str = ""

    @classmethod
    def of(cls, task: Task, outcome: Answer | MetathinkError) -> Trial:
        """Scored. An answer that abstains is not right."""
        if isinstance(outcome, Answer):
            hit = not outcome.abstained and right(outcome.result, task)
            return cls(task, outcome.run, hit, outcome)
        run = outcome.run or RunRecord(question=task.question)
        return cls(task, run, False, error=f"{type(outcome).__name__}: {outcome}")

    @property
    def seconds(self) -> float:
        """Seconds its model calls took, waiting for a free place at the server included."""
        return sum(call.seconds for call in _calls(self))

    @property
    def abstained(self) -> bool:
        """Whether it said that it does not know."""
        return self.answer is not None and self.answer.abstained

    @property
    def answered(self) -> bool:
        """Whether there is an answer to be right or wrong."""
        return self.answer is not None and not self.answer.abstained

    @property
    def confidence(self) -> float | None:
        """The answer's, None where it has none or there is no answer."""
        return self.answer.confidence if self.answer is not None and self.answered else None


Trials = tuple[Trial, ...]


@dataclass
class Contest:
    """Tasks, and how each row is asked: `budget` for each question, answers kept in `resume`.

    Answers are kept under the model's name: other weights of the same name want another file. Rows
    that would ask the very same share their trials. `tell` hears which row begins.
    """

    tasks: Sequence[Task]
    model: str | Model = ""
    budget: Budget | None = None
    concurrency: int = 8
    resume: Path | None = None
    progress: bool = False
    tell: Callable[[str], None] | None = None
    _held: dict[str, Trials] = field(default_factory=dict)

    async def hold(self, entry: Entry) -> Trials:
        """The trials of a row, in the tasks' order.

        Raises what every question failed with, if the user or the world can mend it: a table of
        zeros would say nothing about the method.
        """
        if entry.identity not in self._held:
            if self.tell is not None:
                self.tell(entry.name)
            self._held[entry.identity] = await self._asked(entry)
        return self._held[entry.identity]

    async def equal_tokens(self, entry: Entry, base: Entry) -> Entry:
        """Self-consistency with the fewest samples that cost as many tokens as this row, or nearly.

        What a prompt and a sample cost is taken from the trials of `base`, a row of
        self-consistency; a prompt is paid once for all samples the model gives at once.
        """
        base = replace(base, model=entry.model)
        wanted = mean([trial.run.usage.tokens for trial in await self.hold(entry)])
        model = await _opened(base.model or self.model)
        samples = samples_for(NEARLY * wanted, await self.hold(base), model.samples_at_once)
        name = f"{base.name} at the tokens of {entry.name}"
        return replace(base.told(samples=samples), name=name, tokens_of=entry.name)

    async def _asked(self, entry: Entry) -> Trials:
        outcomes = await think_all(
            [task.question for task in self.tasks],
            method=entry.method,
            model=entry.model or self.model,
            budget=self.budget,
            concurrency=self.concurrency,
            resume=self.resume,
            progress=self.progress,
            **entry.settings,
        )
        errors = [outcome for outcome in outcomes if isinstance(outcome, MetathinkError)]
        if len(errors) == len(outcomes) and not any(map(_is_the_methods, errors)):
            raise errors[0]
        return tuple(map(Trial.of, self.tasks, outcomes))


def samples_for(tokens: float, trials: Sequence[Trial], at_once: int | None = None) -> int:
    """The fewest samples a question that cost this many tokens, by what these trials' samples cost."""
    spent = [trial.run.usage for trial in trials]
    said = sum(len(call.outputs) for trial in trials for call in _calls(trial))
    prompt = sum(usage.prompt_tokens for usage in spent) / max(sum(u.calls for u in spent), 1)
    each = max(sum(usage.completion_tokens for usage in spent) / max(said, 1), 1.0)
    samples = 1
    while samples * each + math.ceil(samples / (at_once or samples)) * prompt < tokens:
        samples += 1
    return samples


def _is_the_methods(error: MetathinkError) -> bool:
    """Whether the method (or its model) failed, and not the settings, the key or the endpoint."""
    return isinstance(error, ModelError | ContextTooLong | InternalError)


def _calls(trial: Trial) -> Iterator[Call]:
    return (call for step in trial.run.steps for call in step.calls)


async def _opened(model: str | Model) -> Model:
    return model if isinstance(model, Model) else await open_model(model)


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
