"""Exact arithmetic confirms every expression and every verdict."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from fractions import Fraction

import pytest

from metathink.training.embedded.families.game_of_24 import (
    LEVELS,
    generate,
    question,
    solvable,
    way,
    worked,
)


def exact(node: ast.AST) -> Fraction:
    """The value of an arithmetic expression without rounding."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return Fraction(node.value)
    assert isinstance(node, ast.BinOp)
    left, right = exact(node.left), exact(node.right)
    if isinstance(node.op, ast.Div):
        return left / right
    if isinstance(node.op, ast.Mult):
        return left * right
    return left + right if isinstance(node.op, ast.Add) else left - right


def value(expression: str) -> Fraction:
    return exact(ast.parse(expression, mode="eval").body)


def numbers(text: str) -> list[int]:
    return sorted(map(int, re.findall(r"\d+", text)))


def reaches(expression: str, given: list[int], target: int) -> bool:
    return numbers(expression) == sorted(given) and value(expression) == target


def read_find(text: str) -> tuple[list[int], int]:
    """The numbers and the target of a find in any of its wordings."""
    found = re.search(r"((?:\d+ )+\d+)", text)
    assert found
    target = re.search(r"\d+", text.replace(found[1], ""))
    assert target
    return numbers(found[1]), int(target[0])


def first_wrong(text: str) -> str:
    """Follows a list of steps with a bag of numbers."""
    head, *lines = [line for line in text.split("\n") if re.match(r"Numbers|step", line)]
    *given, target = map(int, re.findall(r"\d+", head))
    bag = Counter(given)
    for line in lines:
        label, a, sign, b, c, left = re.findall(
            r"(step \d): (\d+) ([-+*/]) (\d+) = (\d+) \(left: ([\d ]+)\)", line
        )[0]
        bag -= Counter({int(a): 1})
        taken = Counter(given)
        taken.subtract([int(a), int(b)])
        after = list((taken + Counter({int(c): 1})).elements())
        wrong_sum = (int(b) == 0 and sign == "/") or value(f"{a} {sign} {b}") != int(c)
        if min(taken.values()) < 0 or wrong_sum or sorted(after) != numbers(left):
            return label
        given = after
    return "none" if given == [target] else f"step {len(lines)}"


def verdict(text: str) -> str:
    """Whether the proposed expression uses the numbers and reaches the target."""
    sums = re.findall(r"[\d(][\d\s()+*/-]*[\d)]", text)
    proposal = max(sums, key=lambda found: len(re.sub(r"[\d\s]", "", found)))
    rest = text.replace(proposal, "")
    listed = max(re.findall(r"(?:\d+ )+\d+", rest), key=len)
    target = re.findall(r"\d+", rest.replace(listed, ""))[0]
    return "yes" if reaches(proposal, numbers(listed), int(target)) else "no"


@pytest.mark.parametrize("level", [level for level in LEVELS if level > 1])
def test_the_expression_reaches_the_target(level: int) -> None:
    for seed in range(200):
        problem = generate(random.Random(seed), level)
        given, target = read_find(problem.question)
        assert reaches(problem.answer, given, target), problem.question


def test_checks_are_judged_right() -> None:
    answers: Counter[str] = Counter()
    for seed in range(400):
        problem = generate(random.Random(seed), 1)
        text = problem.question
        assert problem.answer == (first_wrong(text) if "step 1" in text else verdict(text)), text
        answers[problem.answer] += 1
    assert min(answers[kind] for kind in ("yes", "no", "none", "step 1", "step 2", "step 3")) > 20


def test_every_written_sum_is_true() -> None:
    for seed in range(200):
        problem = generate(random.Random(seed), 3)
        for step in problem.steps:
            for sum_, result in re.findall(r"(\d+ [-+*/] \d+) = (\d+)", step):
                assert value(sum_) == int(result)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_training_never_meets_the_published_pool(level: int) -> None:
    """Four numbers up to 13 with the target 24 are kept for measuring."""
    for seed in range(400):
        problem = generate(random.Random(seed), level)
        for run in re.findall(r"(?:\d+ )+\d+", problem.question):
            if len(run.split()) == 4 and max(numbers(run)) <= 13:
                assert not re.search(r"\b24\b", problem.question.split("\nstep")[0])


def test_real_puzzles_are_solved_where_whole_numbers_suffice(real) -> None:
    solved = 0
    rows = real("game24")
    for row in rows:
        state = tuple(numbers(row["puzzle"]))
        if not solvable(state, 24):
            continue
        steps, _ = worked(state, 24)
        assert question(state).count(row["puzzle"]) == 1
        assert len(way(state, 24)) == 3
        assert reaches(steps[-1].removeprefix("answer: "), list(state), 24)
        solved += 1
    assert solved > 0.95 * len(rows)
