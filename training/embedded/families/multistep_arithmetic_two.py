"""Multistep arithmetic: brackets of small numbers, joined by plus, minus and times.

The worked solution names the brackets A and B, does one operation a step, and writes the bracket
again after it; what is hard for a model that reads digit by digit (signs, carries, long products)
is spelled out by `operation` through `plus`, `minus` and `times`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..phrases.marked import full, short
from ..problem import Behavior, Problem

FAMILY = "multistep_arithmetic_two"
DESCRIPTION = "numbers in each bracket; beyond 4 also larger numbers"
LEVELS = (2, 3, 4, 5, 6)
TRAINED = (2, 3, 4)

NAMES = "AB"


@dataclass(frozen=True)
class Bracket:
    """`numbers[0] operators[0] numbers[1] ...`."""

    numbers: tuple[int, ...]
    operators: tuple[str, ...]

    @property
    def text(self) -> str:
        """The bracket without its parentheses."""
        rest = (f" {op} {n}" for op, n in zip(self.operators, self.numbers[1:], strict=True))
        return f"{self.numbers[0]}{''.join(rest)}"

    def done(self, at: int, result: int) -> Bracket:
        """The bracket after the operation at index `at` has given `result`."""
        return Bracket(
            (*self.numbers[:at], result, *self.numbers[at + 2 :]),
            (*self.operators[:at], *self.operators[at + 1 :]),
        )


@dataclass(frozen=True)
class Parts:
    """Two brackets and the sign between them."""

    brackets: tuple[Bracket, Bracket]
    joint: str


def generate(rng: random.Random, level: int) -> Problem:
    """Two brackets of `level` numbers."""
    parts = _draw(rng, level)
    steps, cuts, answer = worked(parts)
    first, second = (f"({bracket.text})" for bracket in parts.brackets)
    return Problem(
        family=FAMILY,
        level=level,
        question=f"({first} {parts.joint} {second}) =",
        answer=answer,
        steps=full(steps),
        plan=(
            f"Call the brackets A and B; the whole is A {parts.joint} B",
            f"Work out A, {_order(parts.brackets[0])}",
            f"Work out B, {_order(parts.brackets[1])}",
            f"Put the values of A and B into A {parts.joint} B",
        ),
        cuts=cuts,
        short=short(steps),
        behavior=Behavior("behavior_write_sums_once", rng.choice(ONCE)),
    )


ONCE = (
    "Write every sum once and do not copy the brackets at the start or name them at the end.",
    "Leave out the words about signs and whatever only says a sum or a result again.",
    "No copies: each operation, its work, and the bracket that is left after it.",
)


def _draw(rng: random.Random, level: int) -> Parts:
    times = rng.choice((0.2, 0.4)) if level in TRAINED else 0.3
    most = 9 if level < 6 else 12
    brackets = tuple(
        Bracket(
            tuple(rng.randint(-most, most) for _ in range(level)),
            tuple("*" if rng.random() < times else rng.choice("+-") for _ in range(level - 1)),
        )
        for _ in NAMES
    )
    return Parts((brackets[0], brackets[1]), rng.choice("+-*"))


def _order(bracket: Bracket) -> str:
    if "*" not in bracket.operators:
        return "from left to right"
    if set(bracket.operators) == {"*"}:
        return "one product after the other"
    return "products first"


def worked(parts: Parts) -> tuple[tuple[str, ...], tuple[int, ...], str]:
    """The steps, their cuts after each part of the work, and the answer."""
    named = [f"{name}: {b.text}" for name, b in zip(NAMES, parts.brackets, strict=True)]
    steps = [f"«{'. '.join(named)}. asked: A {parts.joint} B»"]
    cuts, values = [1], []
    for name, bracket in zip(NAMES, parts.brackets, strict=True):
        while bracket.operators:
            at, left, operator, right = _first(bracket)
            said, result = operation(left, operator, right)
            bracket = bracket.done(at, result)
            steps.append(f"{said}. {name}: {bracket.text}")
        values.append(bracket.numbers[0])
        steps.append(f"«{name} = {values[-1]}»")
        cuts.append(len(steps))
    said, result = operation(values[0], parts.joint, values[1])
    steps.append(f"«A {parts.joint} B: »{said}")
    steps.append(f"answer: {result}")
    return tuple(steps), (*cuts, len(steps)), str(result)


def _first(bracket: Bracket) -> tuple[int, int, str, int]:
    """The operation to do next: the first product, else the first of all."""
    at = bracket.operators.index("*") if "*" in bracket.operators else 0
    return at, bracket.numbers[at], bracket.operators[at], bracket.numbers[at + 1]


def _value(left: int, operator: str, right: int) -> int:
    if operator == "*":
        return left * right
    return left + right if operator == "+" else left - right


def operation(left: int, operator: str, right: int) -> tuple[str, int]:
    """One operation in words, signs first, then the work on the digits; and its result."""
    result = _value(left, operator, right)
    asked = f"{left} {operator} {right}"
    if operator == "*":
        return f"{asked}: {_product(left, right)}", result
    if operator == "-" and right < 0:
        operator, right = "+", -right
        asked += f" = {left} + {right}"
    elif operator == "+" and right < 0:
        operator, right = "-", -right
        asked += f" = {left} - {right}"
    return f"{_once(asked, _sum(left, operator, right))}", result


def _once(asked: str, said: str) -> str:
    """`asked: said`; where `said` begins with what was asked last, it is not said again."""
    last = asked.rpartition(" = ")[2]
    if not said.startswith((f"{last} =", f"{last}:")):
        return f"{asked}: {said}"
    return f"{asked}«: {last}»{said.removeprefix(last)}"


def _sum(left: int, operator: str, right: int) -> str:
    """`left + right` or `left - right` for `right >= 0`, by the sizes of the two."""
    size, negative = abs(left), left < 0
    if negative == (operator == "-") or not size:
        said, total = plus(size, right), size + right
        negative = operator == "-"
    elif size >= right:
        said, total = minus(size, right), size - right
    else:
        said, total = minus(right, size), right - size
        negative = not negative
    return f"{said}«. {-total if negative else total}»"


def _product(left: int, right: int) -> str:
    size, other = abs(left), abs(right)
    total = size * other
    if not total:
        return "0"
    sign = "same signs" if (left < 0) == (right < 0) else "other signs"
    value = total if sign == "same signs" else -total
    return f"{times(size, other)}. «{sign}, »{value}"


def plus(a: int, b: int) -> str:
    """`a + b` for numbers not below 0: in columns from the right if both have several digits."""
    if min(a, b) < 10:
        return f"{a} + {b} = {a + b}"
    columns, carry = [], 0
    for x, y in _columns(a, b):
        carried = f" + {carry}" if carry else ""
        columns.append(f"{x} + {y}{carried} = {x + y + carry}")
        carry = (x + y + carry) // 10
    return f"{a} + {b}: {', '.join(columns)}, so {a + b}"


def minus(a: int, b: int) -> str:
    """`a - b` for `a >= b >= 0`: in columns from the right if both have several digits."""
    if b < 10:
        return f"{a} - {b} = {a - b}"
    columns, borrowed = [], 0
    for x, y in _columns(a, b):
        taken = f" - {borrowed}" if borrowed else ""
        lent = 10 if x - y - borrowed < 0 else 0
        columns.append(f"{x + lent} - {y}{taken} = {x + lent - y - borrowed}")
        borrowed = lent // 10
    return f"{a} - {b}: {', '.join(columns)}, so {a - b}"


def _columns(a: int, b: int) -> list[tuple[int, int]]:
    """The digits of both numbers, from the right, the shorter filled with 0."""
    size = max(len(str(a)), len(str(b)))
    pairs = zip(str(a).zfill(size), str(b).zfill(size), strict=True)
    return [(int(x), int(y)) for x, y in pairs][::-1]


def times(a: int, b: int) -> str:
    """`a * b` for numbers above 0: by the digits of the shorter factor, then of the longer."""
    said = f"{a} * {b} = {a * b}"
    if max(a, b) < 10:
        return said
    if len(str(b)) > len(str(a)):
        a, b = b, a
    if b < 10:
        return f"{a} * {b}: {_by_parts(a, b)}"
    parts = [part for part in _places(b) if part]
    rows = [f"{a} * {part}: {_by_parts(a, part)}" for part in parts]
    return f"{a} * {b}: {'. '.join(rows)}{_added([a * part for part in parts])}"


def _by_parts(a: int, b: int) -> str:
    """`a * b` for `b` with one digit that is not 0, place by place of `a`."""
    parts = [part for part in _places(a) if part]
    rows = [f"{part} * {b} = {part * b}" for part in parts]
    return f"{', '.join(rows)}{_added([part * b for part in parts])}"


def _places(a: int) -> list[int]:
    """347 as 300, 40, 7."""
    digits = str(a)
    return [int(digit) * 10 ** (len(digits) - 1 - at) for at, digit in enumerate(digits)]


def _added(rows: list[int]) -> str:
    said, total = "", rows[0]
    for row in rows[1:]:
        said += f". {plus(total, row)}"
        total += row
    return said
