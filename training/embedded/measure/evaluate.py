"""The table of the model card: `python -m metathink.training.embedded.measure.evaluate [MODEL.gguf] [--each
N]`.

Real items at temperature 0 where the data files are there, fresh generated problems (seeds no
training run draws), and the roles measured on the model's own solutions. Everything through
llama.cpp. Intervals are Wilson's 95 %.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ....evals import scorer
from ....evals.task import Task
from .. import real
from ..engine import Engine
from ..export import HERE
from ..mixture import load, names
from . import role_scores
from .score import Row, answer_of, correct, fresh, solved


def real_items(engine: Engine, each: int, kinds: Callable[[str], bool]) -> Iterator[Row]:
    """Accuracy on the first `each` real items of every kind, step by step."""
    by_kind: dict[str, list[Task]] = {}
    for task in real.items():
        if kinds(task.set):
            by_kind.setdefault(task.set, []).append(task)
    for kind, found in by_kind.items():
        part = found[:each]
        right = sum(scorer.right(answer_of(solved(engine, t.question)), t) for t in part)
        yield Row(kind, right, len(part))


def generated(engine: Engine, family: str, count: int) -> Iterator[Row]:
    """Accuracy by level on fresh problems, held-back levels too."""
    for level in load(family).LEVELS:
        mark = "" if level in load(family).TRAINED else " (held back)"
        problems = fresh(family, count, [level])
        right = sum(correct(p, answer_of(solved(engine, p.question))) for p in problems)
        yield Row(f"{family} level {level}{mark}", right, len(problems))


def measured(engine: Engine, said: argparse.Namespace) -> Iterator[Row | str]:
    """The table's lines, each as soon as it is known."""
    if said.each:
        known = tuple(name for family in said.families for name in real.names(family))
        yield from real_items(engine, said.each, lambda kind: kind.startswith(known))
    if said.fresh:
        for family in said.families:
            yield from generated(engine, family, said.fresh)
    if problems := [p for family in said.families for p in fresh(family, said.tried)]:
        for role in said.roles:
            yield from role_scores.SCORES[role](engine, problems)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=HERE / "model.gguf")
    parser.add_argument("--each", type=int, default=1000, help="real items of a kind")
    parser.add_argument("--fresh", type=int, default=20, help="generated problems of a level")
    parser.add_argument("--tried", type=int, default=20, help="of a family, for the roles")
    parser.add_argument("--families", nargs="*", default=list(names()))
    parser.add_argument("--roles", nargs="*", default=list(role_scores.SCORES))
    said = parser.parse_args()
    engine, began = Engine(said.model), time.monotonic()
    print("| | share | 95 % | items |\n| --- | --- | --- | --- |")
    for line in measured(engine, said):
        print(line, flush=True)
    print(f"{engine.tokens:,} reply tokens in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
