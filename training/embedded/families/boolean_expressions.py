"""Boolean expressions: not binds before and, and before or, parentheses first of all.

The worked solution rewrites: one operation a step, named with its result, then the whole expression
written again. The short solution puts the result straight into the new expression.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from ..phrases.marked import full, short
from ..problem import Behavior, Problem

FAMILY = "boolean_expressions"
DESCRIPTION = "number of words and parentheses in the expression"
LEVELS = (4, 6, 8, 10, 14, 20)
TRAINED = (4, 6, 8, 10)

VALUES = ("False", "True")
Tokens = tuple[str, ...]


def generate(rng: random.Random, level: int) -> Problem:
    """An expression of `level` or `level - 1` tokens."""
    size = level if rng.random() < 0.8 else level - 1
    tokens = expression(rng, size)
    steps, cuts, answer = worked(tokens)
    return Problem(
        family=FAMILY,
        level=level,
        question=_ask(rng, " ".join(tokens)),
        answer=answer,
        steps=full(steps),
        plan=_plan(tokens, cuts),
        cuts=tuple(cut for _, cut in cuts),
        short=short(steps),
        behavior=Behavior("behavior_result_in_place", rng.choice(IN_PLACE)),
        options=VALUES,
    )


IN_PLACE = (
    "Name each operation and write the new expression at once, its result only there.",
    "After each operation give only the rewritten expression, not the result by itself.",
    "Do not write results apart: put each one straight into the new expression.",
)


def _ask(rng: random.Random, text: str) -> str:
    forms = ("What is the value of {} ?", "Evaluate {} =", "{} equals")
    form = "{} is" if rng.random() < 0.9 else rng.choice(forms)
    return form.format(text)


def expression(rng: random.Random, size: int) -> Tokens:
    """A random expression of exactly `size` tokens."""
    if size == 1:
        return (rng.choice(VALUES),)
    kinds = ["not"]
    if size >= 3:
        kinds += ["join", "join", "join", "group"]
    match rng.choice(kinds):
        case "not":
            return ("not", *expression(rng, size - 1))
        case "group":
            return ("(", *expression(rng, size - 2), ")")
    left = rng.randint(1, size - 2)
    joint = rng.choice(("and", "or"))
    return (*expression(rng, left), joint, *expression(rng, size - 1 - left))


def worked(tokens: Tokens) -> tuple[tuple[str, ...], list[tuple[str, int]], str]:
    """The steps, what each stretch of them does with where it ends, and the answer."""
    steps: list[str] = []
    cuts: list[tuple[str, int]] = []
    for stretch in ("parentheses", "not", "and", "or"):
        before = len(steps)
        while found := _next(tokens, stretch):
            at, part, result = found
            tokens = (*tokens[:at], result, *tokens[at + len(part) :])
            steps.append(f"{' '.join(part)}« = {result}. now»: {' '.join(tokens)}")
        if len(steps) > before:
            cuts.append((stretch, len(steps)))
    steps.append(f"answer: {tokens[0]}")
    cuts.append(("say", len(steps)))
    return tuple(steps), cuts, tokens[0]


def _next(tokens: Tokens, stretch: str) -> tuple[int, Tokens, str] | None:
    """Where the next operation stands, its tokens and its result; None if there is none."""
    if stretch != "parentheses":
        return _operation(tokens, 0, len(tokens), (stretch,))
    if ")" not in tokens:
        return None
    end = tokens.index(")")
    start = max(at for at in range(end) if tokens[at] == "(")
    if end - start == 2:
        return start, tokens[start : end + 1], tokens[start + 1]
    return _operation(tokens, start + 1, end, ("not", "and", "or"))


def _operation(
    tokens: Tokens, start: int, end: int, operators: Sequence[str]
) -> tuple[int, Tokens, str] | None:
    """The first operation on plain values in `tokens[start:end]`, in the order of `operators`."""
    for operator in operators:
        for at in range(start, end):
            if tokens[at] != operator:
                continue
            if operator == "not" and tokens[at + 1] in VALUES:
                return at, tokens[at : at + 2], _result("not", tokens[at + 1])
            if operator != "not":
                left, right = tokens[at - 1], tokens[at + 1]
                return at - 1, tokens[at - 1 : at + 2], _result(operator, left, right)
    return None


def _result(operator: str, *values: str) -> str:
    truths = [value == "True" for value in values]
    if operator == "not":
        return str(not truths[0])
    return str(all(truths) if operator == "and" else any(truths))


def _plan(tokens: Tokens, cuts: list[tuple[str, int]]) -> tuple[str, ...]:
    moves: dict[str, Callable[[], str]] = {
        "parentheses": lambda: f"Clear the {_pairs(tokens)} of parentheses from the inside",
        "not": lambda: "Turn every value that still has not before it",
        "and": lambda: "Join the values with and",
        "or": lambda: "Join what is left with or",
        "say": lambda: "Say the value that is left",
    }
    return tuple(moves[stretch]() for stretch, _ in cuts)


def _pairs(tokens: Tokens) -> str:
    count = tokens.count("(")
    return "pair" if count == 1 else f"{count} pairs"
