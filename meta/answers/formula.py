r"""Formulas as models write them, LaTeX or plain, read into a small tree and evaluated within fixed bounds.

`parse` builds the tree from tokens; `exact` gives the rational value of a tree where it has one of
moderate size, `approximate` its complex value at a point. Nothing here runs longer than a few
milliseconds: tokens, depth, digits and bits are bounded, and what exceeds a bound is `Unreadable`.
"""

from __future__ import annotations

import cmath
import math
import operator
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

MOST_TOKENS: Final = 400
MOST_DEPTH: Final = 40
MOST_DIGITS: Final = 1000
"""Digits of one number."""
MOST_BITS: Final = 8192
"""Bits of a numerator or denominator."""
MOST_FACTORIAL: Final = 500


class Unreadable(ValueError):
    """Not a formula that is understood, or one beyond the bounds."""


@dataclass(frozen=True, slots=True)
class Node:
    """A number (`value`), a symbol (`name`), or an operation (`name`) on other nodes."""

    kind: str  # "number", "symbol", "apply"
    name: str = ""
    value: Fraction = Fraction(0)
    parts: tuple[Node, ...] = ()


_TOKEN: Final = re.compile(
    r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?(?:[eE][-+]?\d{1,4}(?![\w.]))?|\.\d+|[A-Za-z]+|\S"
)
_FUNCTIONS: Final = frozenset(
    {
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "asin", "acos", "atan",
        "sinh", "cosh", "tanh", "ln", "log", "lg", "exp", "abs", "sqrt", "cbrt",
    }
)  # fmt: skip
_CONSTANTS: Final[dict[str, complex]] = {
    "pi": math.pi,
    "e": math.e,
    "i": 1j,
    "phi": (1 + 5**0.5) / 2,
}
_INFINITE: Final = frozenset({"infty", "inf", "infinity", "oo"})
_GREEK: Final = frozenset(
    {
        "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta",
        "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "varphi", "chi",
        "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega", "ell",
    }
)  # fmt: skip
_TIMES: Final = frozenset({"*", r"\times", r"\cdot", r"\ast"})
_OVER: Final = frozenset({"/", r"\div"})
_CLOSERS: Final[dict[str, str]] = {
    "(": ")", "[": "]", "{": "}", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil", r"\lvert": r"\rvert",
}  # fmt: skip


def tokens(text: str) -> list[str]:
    """The tokens of a formula: numbers, words, LaTeX commands, single signs."""
    return _TOKEN.findall(text)


def parse(found: Sequence[str]) -> Node:
    """The tree of a whole formula. Raises Unreadable."""
    if not found or len(found) > MOST_TOKENS:
        raise Unreadable("no formula, or too long a one")
    reader = _Reader(list(found))
    tree = reader.sum()
    if reader.place != len(reader.tokens):
        raise Unreadable("something is left over")
    return tree


def symbols(tree: Node) -> frozenset[str]:
    """The names of the variables in a tree."""
    if tree.kind == "symbol":
        return frozenset({tree.name})
    return frozenset().union(*(symbols(part) for part in tree.parts))


# -- reading ---------------------------------------------------------------------------------------


class _Reader:
    """A recursive-descent reader over tokens."""

    def __init__(self, found: list[str]) -> None:
        self.tokens = found
        self.place = 0
        self.depth = 0
        self.letters = any(t[0] in "\\^=+*_" or t[0].isdigit() for t in found)

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.next
        if not token:
            raise Unreadable("the formula ends too early")
        self.place += 1
        return token

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise Unreadable(f"{token} is missing")

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Unreadable("nested too deeply")
        left = self.product()
        while self.next in ("+", "-"):
            sign = self.take()
            left = _apply(sign, left, self.product())
        self.depth -= 1
        return left

    def product(self) -> Node:
        left = self.signed()
        while True:
            if self.next in _TIMES:
                self.take()
                left = _apply("*", left, self.signed())
            elif self.next in _OVER:
                self.take()
                left = _apply("/", left, self.signed())
            elif self._begins_factor():
                left = self._beside(left)
            else:
                return left

    def _beside(self, left: Node) -> Node:
        """Factors side by side are multiplied; two numbers are only a mixed number or nothing."""
        begins = self.next
        if left.kind == "number" and begins[0].isdigit():
            numerator = self.power()
            if self.next != "/" or numerator.kind != "number":
                raise Unreadable("two numbers side by side")
            self.take()
            return self._mixed(left, _apply("/", numerator, self.power()))
        right = self.power()
        if left.kind == "number" and begins == r"\frac" and right.name == "/":
            return self._mixed(left, right)
        return _apply("*", left, right)

    def _mixed(self, whole: Node, part: Node) -> Node:
        above, below = part.parts
        proper = above.kind == below.kind == "number" and 0 <= above.value < below.value
        return _apply("+" if proper and whole.value.denominator == 1 else "*", whole, part)

    def _begins_factor(self) -> bool:
        token = self.next
        if not token:
            return False
        if token[0].isalnum() or (token[0] == "." and len(token) > 1):
            return True
        return token in ("(", "{", "[", r"\lfloor", r"\lceil", r"\lvert") or (
            token[0] == "\\" and token[1:] in _COMMANDS
        )

    def signed(self) -> Node:
        if self.next in ("-", "+"):
            sign = self.take()
            self.depth += 1
            if self.depth > MOST_DEPTH:
                raise Unreadable("nested too deeply")
            inner = self.signed()
            self.depth -= 1
            return _apply("neg", inner) if sign == "-" else inner
        return self.power()

    def power(self) -> Node:
        base = self.postfix()
        if self.next == "^":
            self.take()
            return _apply("^", base, self._exponent())
        return base

    def _exponent(self) -> Node:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Unreadable("nested too deeply")
        found = self.signed()
        self.depth -= 1
        return found

    def postfix(self) -> Node:
        atom = self.atom()
        while self.next == "!":
            self.take()
            atom = _apply("!", atom)
        return atom

    def atom(self) -> Node:
        token = self.take()
        if token[0].isdigit() or (token[0] == "." and len(token) > 1):
            return _number(token)
        if token in _CLOSERS:
            inner = self.sum()
            self.expect(_CLOSERS[token])
            name = {r"\lfloor": "floor", r"\lceil": "ceil", r"\lvert": "abs"}.get(token)
            return _apply(name, inner) if name else inner
        if token == "|":
            inner = self.sum()
            self.expect("|")
            return _apply("abs", inner)
        return self._named(token.removeprefix("\\"), command=token[0] == "\\")

    def _named(self, name: str, *, command: bool) -> Node:
        if name.lower() in _INFINITE:
            return Node("symbol", "inf")
        if command and name in ("frac", "binom"):
            return _apply("/" if name == "frac" else "binom", self._argument(), self._argument())
        if name == "sqrt":
            return self._root()
        if name in _FUNCTIONS:
            return self._function(name)
        if name in _CONSTANTS:
            return Node("symbol", name)
        if command and name not in _GREEK:
            raise Unreadable(f"\\{name} is not understood")
        if command or (len(name) == 1 and name.isalpha()):
            return Node("symbol", name + self._subscript())
        if not name.isalpha() or not name.isascii() or len(name) > 3 or not self.letters:
            raise Unreadable(f"{name} is a word")
        letters = [Node("symbol", letter) for letter in name[:-1]]
        tree = Node("symbol", name[-1] + self._subscript())
        for letter in reversed(letters):
            tree = _apply("*", letter, tree)
        return tree

    def _subscript(self) -> str:
        if self.next != "_":
            return ""
        self.take()
        if self.next != "{":
            return "_" + self.take()
        self.take()
        kept: list[str] = []
        while self.next != "}":
            kept.append(self.take())
        self.take()
        return "_" + "".join(kept)

    def _argument(self) -> Node:
        """What a LaTeX command applies to: a group, or one sign; of `\\frac12` the 1."""
        token = self.next
        if token == "{":
            return self.atom()
        if token.isdigit() and len(token) > 1:
            self.tokens[self.place] = token[1:]
            return _number(token[0])
        return self.atom()

    def _root(self) -> Node:
        degree = None
        if self.next == "[":
            self.take()
            degree = self.sum()
            self.expect("]")
        inner = self._argument()
        return _apply("root", inner, degree or _number("2"))

    def _function(self, name: str) -> Node:
        power = None
        base = None
        for _ in range(2):
            if self.next == "^":
                self.take()
                power = self._exponent_of_function()
            elif self.next == "_" and name == "log":
                self.take()
                base = self._argument()
        inner = self._function_argument()
        applied = _apply("logbase", inner, base) if base else _apply(name, inner)
        if power is None:
            return applied
        if power.kind == "apply" and power.name == "neg" and power.parts[0].value == 1:
            return _apply("arc" + name, inner)
        return _apply("^", applied, power)

    def _exponent_of_function(self) -> Node:
        return self._argument() if self.next != "-" else self.signed()

    def _function_argument(self) -> Node:
        """A group in brackets, else the factors that stand side by side: sin 2x."""
        if self.next in ("(", "{", "[", "|"):
            return self.power()
        found = self.signed()
        while self._begins_factor() and self.next.removeprefix("\\") not in _FUNCTIONS:
            found = _apply("*", found, self.power())
        return found


_COMMANDS: Final = _GREEK | _FUNCTIONS | _CONSTANTS.keys() | _INFINITE | {"frac", "binom"}


def _apply(name: str, *parts: Node) -> Node:
    return Node("apply", name, parts=parts)


def _number(token: str) -> Node:
    if len(token) > MOST_DIGITS:
        raise Unreadable("too many digits")
    mantissa, _, exponent = token.lower().partition("e")
    if exponent and abs(int(exponent)) > MOST_DIGITS:
        raise Unreadable("too large an exponent")
    value = Fraction(mantissa)
    return Node("number", value=value * Fraction(10) ** int(exponent) if exponent else value)


# -- exact values ----------------------------------------------------------------------------------


class Inexact(ValueError):
    """The value is no rational number of moderate size."""


def exact(tree: Node) -> Fraction:
    """The rational value. Raises Inexact where there is none, Unreadable where it is too large."""
    if tree.kind == "number":
        return tree.value
    if tree.kind == "symbol":
        raise Inexact(tree.name)
    parts = [exact(part) for part in tree.parts]
    try:
        value = _exact(tree.name, parts)
    except ZeroDivisionError as fault:
        raise Unreadable("divided by zero") from fault
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise Unreadable("too large a number")
    return value


_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _exact(name: str, parts: Sequence[Fraction]) -> Fraction:
    first, second = parts[0], parts[-1]
    if name in _ARITHMETIC:
        return _ARITHMETIC[name](first, second)
    if name == "neg":
        return -first
    if name == "^":
        return _power(first, second)
    if name == "root":
        return _exact_root(first, second)
    if name == "abs":
        return abs(first)
    if name in ("floor", "ceil"):
        return Fraction(math.floor(first) if name == "floor" else math.ceil(first))
    if name in ("!", "binom"):
        return _counted(name, first, second)
    raise Inexact(name)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        root = _exact_root(base, Fraction(exponent.denominator))
        return _power(root, Fraction(exponent.numerator))
    times = int(exponent)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and (bits - 1) * abs(times) > MOST_BITS:
        raise Unreadable("too large a power")
    if abs(times) > MOST_BITS:
        times = times % 2 if base == -1 else 1
    return base**times


def _exact_root(value: Fraction, degree: Fraction) -> Fraction:
    if degree.denominator != 1 or not 2 <= degree <= 64 or (value < 0 and degree % 2 == 0):
        raise Inexact("root")
    above, below = (
        _integer_root(n, int(degree)) for n in (abs(value.numerator), value.denominator)
    )
    return Fraction(above, below) * (-1 if value < 0 else 1)


def _integer_root(number: int, degree: int) -> int:
    root = (
        math.isqrt(number)
        if degree == 2
        else round(math.exp(math.log(number) / degree))
        if number
        else 0
    )
    if root**degree != number:
        raise Inexact("root")
    return root


def _counted(name: str, first: Fraction, second: Fraction) -> Fraction:
    if first.denominator != 1 or second.denominator != 1 or not 0 <= second <= max(first, second):
        raise Inexact(name)
    if first < 0 or max(first, second) > MOST_FACTORIAL:
        raise Unreadable("too large a number")
    return Fraction(
        math.factorial(int(first)) if name == "!" else math.comb(int(first), int(second))
    )


# -- approximate values ----------------------------------------------------------------------------

_LOG_UNIT: Final = 1.7320508075688772
"""Factor between ln and log without a base, of which nobody can say whether it means ln or log10: a
value of its own, in which log 8 / log 2 is still 3."""


def approximate(tree: Node, point: Mapping[str, float]) -> complex:
    """The value with the variables at `point`; raises ValueError, ArithmeticError where there is none."""
    if tree.kind == "number":
        return complex(float(tree.value))
    if tree.kind == "symbol":
        return _CONSTANTS[tree.name] if tree.name in _CONSTANTS else complex(point[tree.name])
    parts = [approximate(part, point) for part in tree.parts]
    value = _approximate(tree.name, parts)
    if not cmath.isfinite(value):
        raise OverflowError("not finite")
    return value


def _approximate(name: str, parts: Sequence[complex]) -> complex:
    first, second = parts[0], parts[-1]
    if name in _ARITHMETIC:
        return _ARITHMETIC[name](first, second)
    if name == "neg":
        return -first
    if name == "^":
        return first**second
    if name == "root":
        if abs(first.imag) < 1e-12 and first.real < 0 and abs(second - 3) < 1e-12:
            return complex(-((-first.real) ** (1 / 3)))
        return first ** (1 / second)
    if name == "logbase":
        return cmath.log(first) / cmath.log(second)
    return _function(name, first)


def _function(name: str, x: complex) -> complex:
    if name in ("floor", "ceil", "!", "binom"):
        raise ValueError(f"{name} of a number that is not rational")
    if name == "abs":
        return complex(abs(x))
    if name in ("log", "lg"):
        return cmath.log(x) / (_LOG_UNIT if name == "log" else math.log(10))
    if name == "cbrt":
        return _approximate("root", [x, 3 + 0j])
    if name in ("cot", "sec", "csc"):
        return 1 / {"cot": cmath.tan, "sec": cmath.cos, "csc": cmath.sin}[name](x)
    plain = {"ln": cmath.log, "exp": cmath.exp, "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan,
             "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh, "arcsin": cmath.asin,
             "arccos": cmath.acos, "arctan": cmath.atan, "asin": cmath.asin, "acos": cmath.acos,
             "atan": cmath.atan}.get(name)  # fmt: skip
    if plain is None:
        raise ValueError(f"{name} is not understood")
    return plain(x)


_SIGNS: Final = (1, 1, -1, 1)
"""Signs of the variables at each point: identities that hold for positive numbers only are none."""


def points(names: frozenset[str]) -> list[dict[str, float]]:
    """The points at which two formulas are compared: the same for the same names, always."""
    return [
        {
            name: sign * (0.3 + zlib.crc32(f"{name} {number}".encode()) / 2**32 * 2.1)
            for name in names
        }
        for number, sign in enumerate(_SIGNS)
    ]
