"""Boolean expressions: not binds before and, and before or, parentheses first of all.

The worked solution rewrites: one operation a step, named with its result, then the whole expression
written again. The short solution lists the operations alone and leaves out what is already decided.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

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
        steps=steps,
        plan=_plan(tokens, cuts),
        cuts=tuple(cut for _, cut in cuts),
        short=decided(tokens),
        behavior=Behavior("behavior_skip_what_is_decided", rng.choice(SKIP)),
        options=VALUES,
    )


SKIP = (
    "List only the operations with their results; after False and, or True or, skip the rest.",
    "Do not rewrite the expression: work it out part by part and leave out what cannot matter.",
    "Evaluate from the left and stop a part as soon as it is decided.",
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
            steps.append(f"{' '.join(part)} = {result}. now: {' '.join(tokens)}")
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


def decided(tokens: Tokens) -> tuple[str, ...]:
    """The operations alone, from the left, without the parts that cannot matter."""
    reader = _Reader(tokens)
    value = reader.disjunction(True)
    return (*((", ".join(reader.said),) if reader.said else ()), f"answer: {value}")


class _Reader:
    """Reads an expression from left to right, saying each operation it needs."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.at = tokens, 0
        self.said: list[str] = []

    def disjunction(self, aloud: bool) -> str:
        return self._chain("or", "True", self.conjunction, aloud)

    def conjunction(self, aloud: bool) -> str:
        return self._chain("and", "False", self.single, aloud)

    def single(self, aloud: bool) -> str:
        token = self.tokens[self.at]
        self.at += 1
        if token == "not":
            inner = self.single(aloud)
            value = _result("not", inner)
            if aloud:
                self.said.append(f"not {inner} = {value}")
            return value
        if token == "(":
            token = self.disjunction(aloud)
            self.at += 1
        return token

    def _chain(self, operator: str, deciding: str, part: Callable[[bool], str], aloud: bool) -> str:
        value = part(aloud)
        while self.at < len(self.tokens) and self.tokens[self.at] == operator:
            self.at += 1
            done = value == deciding
            right = part(aloud and not done)
            if aloud:
                shown = f"{value} {operator}" if done else f"{value} {operator} {right}"
                self.said.append(f"{shown} = {_result(operator, value, right)}")
            value = _result(operator, value, right)
        return value
