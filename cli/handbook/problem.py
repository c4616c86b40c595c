"""Problems in a JSONL file: a question a line, with what is known of its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import InvalidInput
from ...core.jsonl import read_jsonl


@dataclass(frozen=True)
class Problem:
    """One line: `answer` is the right one, `verifier` Python that defines `right(answer)`; both may lack."""

    line: int
    question: str
    answer: str = ""
    topic: str = ""
    verifier: str = ""


@dataclass(frozen=True)
class Problems:
    """The problems of a file, each question once, and what is wrong with its other lines."""

    problems: tuple[Problem, ...]
    faults: tuple[str, ...]


def read_problems(path: Path) -> Problems:
    """The file's problems. Raises StoreFailed where it cannot be read, InvalidInput where no line is one."""
    from ...memory.episodes.episode import problem_id

    problems: dict[str, Problem] = {}
    faults: list[str] = []
    for number, read in _read(path):
        if isinstance(read, str):
            faults.append(f"line {number}: {read}")
            continue
        first = problems.setdefault(problem_id(read.question), read)
        if first is not read:
            faults.append(f"line {number}: the question of line {first.line} again")
    if not problems:
        raise InvalidInput(f"{path} has no problem: {'; '.join(faults[:3]) or 'it is empty'}")
    return Problems(tuple(problems.values()), tuple(faults))


def _read(path: Path) -> Iterator[tuple[int, Problem | str]]:
    """Each line that is not blank, as a problem or as what is wrong with it."""
    for number, row in read_jsonl(path):
        try:
            yield number, row if isinstance(row, str) else _problem(number, row)
        except InvalidInput as error:
            yield number, str(error)


def _problem(number: int, said: Any) -> Problem:
    from ...memory.records.text import checked_name, checked_text

    if not isinstance(said, dict):
        raise InvalidInput('it is no object with a "question"')
    question = checked_text(said.get("question", ""), "the question")
    answer, topic = _text(said, "answer"), _text(said, "topic")
    topic = checked_name(topic, "the topic") if topic else ""
    return Problem(number, question, answer, topic, _text(said, "verifier"))


def _text(said: dict[str, Any], name: str) -> str:
    """A text, or a number or truth value as text; empty where there is none."""
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, (str, int, float)):
        raise InvalidInput(f'"{name}" is neither text nor a number')
    return str(value).strip()
