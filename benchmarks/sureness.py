"""Which figure made of a chain of thought's token probabilities knows best whether its answer is right?

    python benchmarks/sureness.py [--count 30] [--sets navigate/12 ...]

The embedded model solves generated problems (seeds that nothing else draws) at temperature 0; each figure
is judged by its AUROC over all of them, and by the mean of its AUROC within each set.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from math import exp
from statistics import fmean

from metathink.evals.scorer import right
from metathink.evals.task import Task
from metathink.meta.monitor.metric import auroc
from metathink.models.embedded import WEIGHTS, wording
from metathink.training.embedded.engine import REPLY, Engine
from metathink.training.embedded.mixture import problem_at

FIRST = 9_500_000
SETS = (
    "web_of_lies/7",
    "web_of_lies/9",
    "navigate/9",
    "navigate/12",
    "boolean_expressions/10",
    "boolean_expressions/14",
    "object_counting/9",
    "object_counting/12",
    "multistep_arithmetic_two/3",
    "multistep_arithmetic_two/4",
)
Logprobs = Sequence[float]


def window(size: int) -> Callable[[Logprobs], float]:
    """The least sure stretch of that many tokens (DeepConf, arXiv 2508.15260, in small)."""
    return lambda p: min(sum(p[i : i + size]) for i in range(max(1, len(p) - size + 1)))


FIGURES: dict[str, Callable[[Logprobs], float]] = {
    "geometric mean": fmean,
    "whole chain": sum,
    "least sure token": min,
    "least sure four": window(4),
    "least sure sixteen": window(16),
    "three least sure": lambda p: sum(sorted(p)[:3]),
}


def solved(engine: Engine, name: str, count: int) -> list[tuple[Logprobs, bool]]:
    """Token log-probabilities of each solution, and whether its answer is right."""
    family, _, level = name.partition("/")
    found: list[tuple[Logprobs, bool]] = []
    for seed in range(FIRST, FIRST + count):
        problem = problem_at(family, int(level), seed)
        text, logprobs = engine.told(wording.solve(problem.question), REPLY)
        task = Task(str(seed), name, problem.question, problem.answer)
        found.append((logprobs, right(wording.read_answer(text), task)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--sets", nargs="*", default=SETS)
    said = parser.parse_args()
    engine = Engine(WEIGHTS)
    sets = [solved(engine, name, said.count) for name in said.sets]
    every = [row for rows in sets for row in rows]
    mixed = [rows for rows in sets if 0.1 < fmean(hit for _, hit in rows) < 0.9]
    print(f"{len(every)} solutions, {sum(hit for _, hit in every)} right, {len(mixed)} mixed sets")
    print("| figure | AUROC | within a set |\n| --- | --- | --- |")
    for name, figure in FIGURES.items():
        within = fmean(knows(figure, rows) for rows in mixed)
        print(f"| {name} | {knows(figure, every):.3f} | {within:.3f} |")


def knows(figure: Callable[[Logprobs], float], rows: Sequence[tuple[Logprobs, bool]]) -> float:
    """AUROC of the figure; the logarithms are brought into (0, 1], in their order."""
    return auroc([exp(min(figure(p), 0.0) / 50) for p, _ in rows], [hit for _, hit in rows])


if __name__ == "__main__":
    main()
