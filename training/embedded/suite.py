"""Make and measure the suite room-to-think: `python -m metathink.training.embedded.suite
make|measure`.

`make` writes the candidate sets from fixed seeds, or only the sets named; `measure` samples the
embedded model on the suite's tasks and prints the table that says which sets have room.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ...evals import suite
from ...evals.suite import Room, Task
from ...models.embedded import wording
from .engine import Engine
from .export import HERE
from .mixture import load, names, problem_at
from .problem import normal
from .real import questions

FIRST = 7_000_000
"""Seeds of the suite's problems start here; neither training nor evaluation draws them."""
FILE = Path(suite.__file__).with_name("room_to_think.json")


def make(sets: Sequence[str], count: int) -> dict[str, list[tuple[str, str]]]:
    """Questions and answers of each set, named `family/level`; real benchmark items are passed
    over."""
    real, made = questions(), {}
    for name in sets:
        family, _, level = name.partition("/")
        problems = (problem_at(family, int(level), FIRST + i) for i in range(2 * count))
        fresh = [(p.question, p.answer) for p in problems if normal(p.question) not in real]
        made[name] = fresh[:count]
    return made


def candidates() -> list[str]:
    """Every family at every level."""
    return [f"{family}/{level}" for family in names() for level in load(family).LEVELS]


def sample(
    engine: Engine, tasks: Sequence[Task], samples: int, temperature: float
) -> tuple[Room, ...]:
    """The table of this model on these tasks."""
    works = {
        task.id: [
            engine.ask(wording.solve(task.question), temperature, seed=n + 1)
            for n in range(samples)
        ]
        for task in tasks
    }
    said = {name: [wording.read_answer(work) for work in found] for name, found in works.items()}
    return suite.table(tasks, said, works)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("make", "measure"))
    parser.add_argument("--sets", nargs="*", default=[], help="family/level; default: all")
    parser.add_argument("--count", type=int, default=60, help="tasks of a set")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--model", type=Path, default=HERE / "model.gguf")
    said = parser.parse_args()
    if said.act == "make":
        made = make(said.sets or candidates(), said.count)
        FILE.write_text(json.dumps(made, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    engine = Engine(said.model)
    print("| set | tasks | one sample | any | vote | diversity | room |\n|" + " --- |" * 7)
    for name in dict.fromkeys(task.set for task in suite.load()):
        if said.sets and name not in said.sets:
            continue
        tasks = [task for task in suite.load() if task.set == name][: said.count]
        (row,) = sample(engine, tasks, said.samples, said.temperature)
        shares = " | ".join(
            f"{x:.2f}" for x in (row.single, row.any_right, row.vote, row.diversity)
        )
        print(f"| {name} | {row.tasks} | {shares} | {'yes' if row.roomy else 'no'} |", flush=True)


if __name__ == "__main__":
    main()
