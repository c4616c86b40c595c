"""Task files from the generators: `python -m metathink.training.embedded.suite make|tasks`.

`make` writes the candidate sets of the suite room-to-think, or only the sets named; `metathink eval room`
measures them. `tasks OUT.jsonl` writes other problems of the same families, to fit a confidence on
(`metathink eval control OUT.jsonl`). Both draw from seeds of their own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ...evals import suite
from .mixture import load, names, problem_at
from .problem import normal
from .real import questions

SUITE, TASKS = 7_000_000, 8_000_000
"""First seeds of the suite's problems and of those to fit on; neither training nor evaluation draws
them."""
FILE = Path(suite.__file__).with_name("room_to_think.json")


def make(sets: Sequence[str], count: int, first: int = SUITE) -> dict[str, list[tuple[str, str]]]:
    """Questions and answers of each set, named `family/level`; real benchmark items are passed
    over."""
    real, made = questions(), {}
    for name in sets:
        family, _, level = name.partition("/")
        problems = (problem_at(family, int(level), first + i) for i in range(2 * count))
        fresh = [(p.question, p.answer) for p in problems if normal(p.question) not in real]
        made[name] = fresh[:count]
    return made


def candidates() -> list[str]:
    """Every family at every level."""
    return [f"{family}/{level}" for family in names() for level in load(family).LEVELS]


def write_tasks(path: Path, sets: Sequence[str], count: int) -> None:
    """A JSONL file of tasks: set, question, answer."""
    made = make(sets, count, TASKS)
    rows = [
        {"set": name, "question": question, "answer": answer}
        for name, pairs in made.items()
        for question, answer in pairs
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("make", "tasks"))
    parser.add_argument("out", type=Path, nargs="?", default=FILE)
    parser.add_argument("--sets", nargs="*", default=[], help="family/level; default: all")
    parser.add_argument("--count", type=int, default=60, help="tasks of a set")
    said = parser.parse_args()
    if said.act == "tasks":
        write_tasks(said.out, said.sets or candidates(), said.count)
        return
    made = make(said.sets or candidates(), said.count)
    said.out.write_text(json.dumps(made, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
