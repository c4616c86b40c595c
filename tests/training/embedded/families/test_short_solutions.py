"""What every family's behavior leaves out: words that say something again, never a step's result."""

from __future__ import annotations

import random
import re

import pytest

from metathink.training.embedded.mixture import load, names
from metathink.training.embedded.phrases.marked import full, short
from metathink.training.embedded.problem import Problem

SEEDS = 60


@pytest.fixture(params=names(), scope="module")
def made(request: pytest.FixtureRequest) -> list[Problem]:
    family = load(request.param)
    return [
        family.generate(random.Random(seed), level)
        for level in family.TRAINED
        for seed in range(SEEDS)
    ]


def tokens(lines: tuple[str, ...]) -> int:
    """About as many as a trained tokenizer makes: digits and signs alone, words in pieces."""
    return len(re.findall(r"[A-Za-z]{1,6}|\d|[^\sA-Za-z\d]|\n", "\n".join(lines)))


def test_a_line_is_written_once_for_both_forms() -> None:
    lines = ("«start: »x 0", "y 0 + 1« = 1. now|:» 1", "«so it is 1»", "answer: 1")
    assert full(lines) == ("start: x 0", "y 0 + 1 = 1. now 1", "so it is 1", "answer: 1")
    assert short(lines) == ("x 0", "y 0 + 1: 1", "answer: 1")


def test_a_good_part_of_the_full_solution_is_left_out_on_average(made: list[Problem]) -> None:
    """Less would save too little; much more would leave out what the next line needs."""
    shares = [tokens(problem.short) / tokens(problem.steps) for problem in made]
    assert 0.45 <= sum(shares) / len(shares) <= 0.8
    assert max(shares) < 1


def test_both_end_in_the_same_answer(made: list[Problem]) -> None:
    for problem in made:
        assert problem.steps[-1] == problem.short[-1] == f"answer: {problem.answer}"


def test_the_lines_of_the_full_solution_come_in_the_same_order(made: list[Problem]) -> None:
    """Every short line keeps to the words and numbers of a full line, later than the one before."""
    for problem in made:
        full_lines = iter(problem.steps)
        for line in problem.short:
            said = words(line)
            assert any(said <= words(other) for other in full_lines), (line, problem.steps)


def test_nothing_of_the_marks_is_left(made: list[Problem]) -> None:
    for problem in made:
        for line in (*problem.steps, *problem.short):
            assert not re.search(r"[«»|]|  |^\s|\s$| ,", line), line


def test_a_behavior_says_what_to_leave_out(made: list[Problem]) -> None:
    for problem in made:
        assert problem.behavior
        assert re.fullmatch(r"behavior_[a-z_]+", problem.behavior.name)
        assert problem.behavior.instruction.endswith(".")


def words(line: str) -> set[str]:
    """The words, numbers and signs apart from the marks between them."""
    return set(re.findall(r"\w+|[-+*/=<>(){}\[\]]", line))
