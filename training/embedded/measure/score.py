"""What every measurement of the embedded model needs: fresh problems, its solutions, a table's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....evals import scorer
from ....evals.task import Task
from ....meta.monitor.metric import wilson
from ....models.embedded import wording
from ..engine import Engine
from ..mixture import load, problem_at
from ..problem import Problem

FIRST = 9_000_000
"""Seeds of the evaluation's problems start here; no training draw and no attempt uses them."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, how many counted, out of how many."""

    name: str
    right: float
    count: int

    def __str__(self) -> str:
        if not self.count:
            return f"| {self.name} | - | - | 0 |"
        low, high = wilson(self.right, self.count)
        share = self.right / self.count
        return f"| {self.name} | {share:.3f} | {low:.2f}-{high:.2f} | {self.count} |"


def correct(problem: Problem, answer: str) -> bool:
    """Whether the answer is right, by the scorer of real items: form does not matter."""
    return scorer.right(answer, Task("", problem.family, problem.question, problem.answer))


def solved(engine: Engine, question: str) -> tuple[str, ...]:
    return wording.read_steps(engine.ask(wording.solve(question)))


def answer_of(steps: Sequence[str]) -> str:
    return wording.read_answer("\n".join(steps))


def fresh(family: str, count: int, levels: Sequence[int] | None = None) -> list[Problem]:
    """Generated problems that training never draws, the levels in turn."""
    levels = levels or load(family).TRAINED
    return [problem_at(family, levels[i % len(levels)], FIRST + i) for i in range(count)]
