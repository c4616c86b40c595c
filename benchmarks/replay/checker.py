"""Checks far cheaper than the question: Python functions that say whether an answer is right.

Each reads the question and the answer only. They stand for what a user can write for tasks of his
own; a task without one has no check.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from fractions import Fraction

from metathink.evals.arithmetic import SIGNS, value
from metathink.meta.sample import Question

from .blocksworld import reaches_goal
from .rules.verifier import Check

LONGEST = 4000
"""Characters of an answer that are read."""

_CLOSES = {"(": ")", "[": "]", "{": "}", "<": ">"}


def check_for(question: Question) -> Check | None:
    """The check for questions of this task; None when there is none."""
    test = _CHECKS.get(question.task)
    if test is None:
        return None
    return lambda sample: test(question.text, (sample.answer or "")[:LONGEST].strip())


def makes_24(puzzle: str, answer: str) -> bool:
    """Whether some side of the answer uses each of the puzzle's numbers once and equals 24."""
    given = Counter(re.findall(r"\d+", puzzle))
    text = re.sub(r"^\s*\d+\.\s+", "", answer).translate(SIGNS)
    return any(_uses_and_equals(side, given) for side in text.split("=") if side.strip())


def is_sorted(question: str, answer: str) -> bool | None:
    """Whether the answer is the list of the question's words in alphabetical order."""
    _, found, words = question.partition("List:")
    return sorted(words.split()) == answer.split() if found else None


def closes(question: str, answer: str) -> bool | None:
    """Whether the answer closes every bracket that the question's input leaves open."""
    _, found, given = question.partition("Input:")
    open_brackets: list[str] = []
    for mark in given + answer:
        if mark in _CLOSES:
            open_brackets.append(_CLOSES[mark])
        elif mark in _CLOSES.values() and (not open_brackets or open_brackets.pop() != mark):
            return False
    return not open_brackets if found else None


def has_truth(question: str, answer: str) -> bool | None:
    """Whether the answer is the truth value of a boolean expression."""
    expression = re.sub(r"\s+is\s*$", "", question)
    if not re.fullmatch(r"(\s|True|False|and|or|not|[()])+", expression):
        return None
    return str(_truth(ast.parse(expression.strip(), mode="eval").body)) == answer


def has_value(question: str, answer: str) -> bool | None:
    """Whether the answer is the value of the arithmetic expression before the sign of equality."""
    expression, found, _ = question.partition("=")
    return value(expression) == Fraction(answer.replace(",", "")) if found else None


def _uses_and_equals(side: str, given: Counter[str]) -> bool:
    if Counter(re.findall(r"\d+", side)) != given:
        return False
    try:
        return value(side) == 24
    except ValueError:
        return False


def _truth(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=bool() as truth):
            return truth
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(_truth, values))
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_truth, values))
    raise ValueError(f"not a boolean expression: {ast.unparse(node)[:60]}")


_CHECKS = {
    "game24": makes_24,
    "GameOf24": makes_24,
    "word_sorting": is_sorted,
    "dyck_languages": closes,
    "boolean_expressions": has_truth,
    "multistep_arithmetic_two": has_value,
    "blocksworld": reaches_goal,
}
