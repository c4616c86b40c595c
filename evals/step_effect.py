"""What each kind of step changed, and what it cost: from the run records, beside the labels.

A step's record holds a change of the field `answer` where it gave, replaced or withdrew one. So it can be
seen which steps turned a wrong answer right, which a right one wrong, and which only cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from metathink.core.record import RunRecord, Step, Value
from metathink.core.usage import Usage

from .scorer import right
from .trial import Trial


class StepEffect(BaseModel):
    """One kind of step in one row. Times, tokens and seconds are means a question.

    `changed` is the share of its steps that changed anything. The rest counts steps: `proposed` gave
    an answer that replaced none (`proposed_right` of them a right one), `mended` turned a wrong
    answer right, `broken` a right one wrong, `moved` a wrong one into another; to give an answer up
    is to make it wrong.
    """

    row: str
    speaker: str
    action: str
    times: float
    changed: float
    proposed: int
    proposed_right: int
    mended: int
    broken: int
    moved: int
    errors: int
    tokens: float
    share: float  # of the row's tokens
    seconds: float


@dataclass
class _Kind:
    """What is counted of one kind of step."""

    steps: list[Step] = field(default_factory=list)
    turns: list[tuple[bool | None, bool]] = field(default_factory=list)

    def effect(self, row: str, questions: int, tokens: int) -> StepEffect:
        first = self.steps[0]
        spent = sum((step.usage for step in self.steps), Usage()).tokens
        return StepEffect(
            row=row,
            speaker=first.speaker,
            action=first.action,
            times=len(self.steps) / questions,
            changed=sum(bool(step.changes) for step in self.steps) / len(self.steps),
            proposed=self.turns.count((None, True)) + self.turns.count((None, False)),
            proposed_right=self.turns.count((None, True)),
            mended=self.turns.count((False, True)),
            broken=self.turns.count((True, False)),
            moved=self.turns.count((False, False)),
            errors=sum(bool(step.error) for step in self.steps),
            tokens=spent / questions,
            share=spent / tokens if tokens else 0.0,
            seconds=sum(step.seconds for step in self.steps) / questions,
        )


def effects(row: str, trials: Sequence[Trial]) -> list[StepEffect]:
    """One line for each kind of step of a row, in the order in which they first appear."""
    kinds: dict[tuple[str, str], _Kind] = {}
    for trial in trials:
        for step, before, after in turns(trial.run):
            kind = kinds.setdefault((step.speaker, step.action), _Kind())
            kind.steps.append(step)
            if after != before:
                was = None if before is None else right(before, trial.task)
                kind.turns.append((was, right(after or "", trial.task)))
    tokens = sum(trial.run.usage.tokens for trial in trials)
    return [kind.effect(row, len(trials), tokens) for kind in kinds.values()]


def turns(run: RunRecord) -> Iterator[tuple[Step, str | None, str | None]]:
    """Each step with the answer it replaced (None: none) and the answer it gave (None: none, or it withdrew
    the one before)."""
    for step in run.steps:
        change = next((one for one in step.changes if one.field == "answer"), None)
        yield (
            (step, _answer(change.before), _answer(change.after)) if change else (step, None, None)
        )


def _answer(value: Value) -> str | None:
    return value if isinstance(value, str) else None
