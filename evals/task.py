"""A question with its label, and the files such questions are read from.

A file is JSONL. A line is told by its fields, not by the file's name: `question` and `answer` (both
text or numbers; `set` and `id` if wanted), or one of the published forms of `_FORMS`: BIG-Bench
Hard, ToMi, Hi-ToM, ToMBench, knights and knaves, Game of 24.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import InvalidInput, StoreFailed
from ..core.jsonl import read_jsonl

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """One question. `answer` is the label: it never reaches the machine under test."""

    id: str
    set: str
    question: str
    answer: str


def read(path: str | Path) -> tuple[Task, ...]:
    """The tasks of a JSONL file. Raises InvalidInput for a file that is none, naming the line."""
    path = Path(path)
    try:
        lines = list(read_jsonl(path))
    except StoreFailed as error:
        raise InvalidInput(f"cannot read tasks from {path}: {error}") from error
    tasks = []
    for number, row in lines:
        if isinstance(row, str):
            raise InvalidInput(f"{path}, line {number}: not a task ({row})")
        try:
            tasks.append(_task(row, f"{path.stem}-{number}", path.stem))
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise InvalidInput(f"{path}, line {number}: not a task ({fault})") from fault
    if not tasks:
        raise InvalidInput(f"{path} holds no tasks")
    return tuple(tasks)


def chosen(
    tasks: Sequence[Task], sets: Sequence[str] = (), count: int | None = None, seed: int = 0
) -> tuple[Task, ...]:
    """The tasks of these sets (none named: of all), at most `count` of each, drawn by the seed.

    A set is named whole, or by what stands before its slash (a family at all levels). Order is
    kept. Raises InvalidInput for a set that is not there.
    """
    names = list(dict.fromkeys(task.set for task in tasks))
    wanted = [name for name in names if not sets or {name, name.partition("/")[0]} & {*sets}]
    for name in sets:
        if not any(name in (found, found.partition("/")[0]) for found in wanted):
            raise InvalidInput(f"no set {name!r}; there are {', '.join(names)}")
    kept: set[int] = set()
    for name in wanted:
        places = [place for place, task in enumerate(tasks) if task.set == name]
        few = len(places) if count is None else min(count, len(places))
        kept |= {*random.Random(f"{seed} {name}").sample(places, few)}
    return tuple(task for place, task in enumerate(tasks) if place in kept)


def _task(row: Fields, name: str, stem: str) -> Task:
    """The line as a task. Raises ValueError when it has no form that is known."""
    for fields, form in _FORMS:
        if row.keys() >= fields:
            label, question, answer = form(row, stem)
            break
    else:
        raise ValueError(f"wants question and answer, has {', '.join(row) or 'nothing'}")
    if not question.strip() or not answer.strip():
        raise ValueError("the question or its answer is empty")
    return Task(str(row.get("id", name)), label, question, answer)


Labelled = tuple[str, str, str]
"""Set, question, answer."""


def _bbh(row: Fields, stem: str) -> Labelled:
    return row["task"], row["input"], row["target"]


def _hitom(row: Fields, stem: str) -> Labelled:
    asked = f"{row['story']}\n{row['question']}\nChoices: {', '.join(row['choices'])}"
    return f"hitom order {row['order']}", asked, row["answer"]


def _tomi(row: Fields, stem: str) -> Labelled:
    return f"tomi {row['question_type']}", f"{row['story']}\n{row['question']}", row["answer"]


def _tombench(row: Fields, stem: str) -> Labelled:
    options = "\n".join(f"({chr(65 + n)}) {text}" for n, text in enumerate(row["options"]))
    asked = f"{row['story']}\n{row['question']}\nOptions:\n{options}"
    return f"tombench {row['task']}", asked, f"({row['answer']})"


def _knights(row: Fields, stem: str) -> Labelled:
    kinds = zip(row["names"], row["solution"], strict=True)
    answer = ", ".join(f"{name} is a {'knight' if true else 'knave'}" for name, true in kinds)
    return f"knights_knaves {row['n_people']}", row["quiz"], answer


def _game24(row: Fields, stem: str) -> Labelled:
    asked = "Target: 24. Find an expression that uses each number once."
    return "game24", f"Numbers: {row['puzzle']}. {asked}", row["example_solution"]


def _plain(row: Fields, stem: str) -> Labelled:
    question, answer = row["question"], row["answer"]
    if not isinstance(question, str) or not isinstance(answer, str | int | float):
        raise ValueError("question must be text, answer text or a number")
    return str(row.get("set", stem)), question, str(answer)


_FORMS: tuple[tuple[set[str], Callable[[Fields, str], Labelled]], ...] = (
    ({"task", "input", "target"}, _bbh),
    ({"story", "question", "choices", "order", "answer"}, _hitom),
    ({"story", "question", "question_type", "story_type", "answer"}, _tomi),
    ({"story", "question", "options", "ability", "answer"}, _tombench),
    ({"quiz", "names", "solution", "n_people"}, _knights),
    ({"puzzle", "example_solution"}, _game24),
    ({"question", "answer"}, _plain),
)
