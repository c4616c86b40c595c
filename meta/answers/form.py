r"""The form of an answer in which equal answers are equal.

Numbers, lists, sets, tuples, intervals, matrices, equations and expressions are told by their value,
options by their letter, truth words by what they say, everything else by its words. A form is made from
one answer alone, so that equality of keys is an equivalence relation; what a person leaves out (a unit,
the name before "=") makes a form `bare`.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from ...core.text.normal import normalized, visible
from ...core.text.unwrap import without_wrapping
from ..sample import Kind
from . import formula
from .notation import plain_notation, unit_and_value, with_decimal_comma, without_separators

LONGEST: Final = 10_000
"""Characters; a longer answer is compared as it is written, but for its spaces."""
LONG: Final = 4096
"""Characters; a longer answer is compared by its words."""
LONG_VALUE: Final = 1000
"""Characters; a longer answer is no number, list or formula, unless it is nothing but digits."""
MARK: Final = "\u2261"
"""Begins the key of an expression with variables: its values at fixed points."""


@dataclass(frozen=True, slots=True)
class Form:
    """An answer to compare. `key`: equal for equal answers. `bare`: the keys of what the same answer is
    without its unit, its name or the words beside its letter."""

    key: str
    bare: tuple[str, ...] = ()

    def same(self, other: Form) -> bool:
        """Whether both are one answer, or one is the other with its unit or name left out."""
        return self.key == other.key or self.key in other.bare or other.key in self.bare


@lru_cache(1024)
def form_of(answer: str, kind: Kind, options: tuple[str, ...] = ()) -> Form | None:
    """The form of an answer; None for an empty one."""
    if not answer.strip():
        return None
    if len(answer) > LONGEST:
        return Form(" ".join(answer.split()))
    if len(answer) > LONG:
        return Form(_words(answer))
    return _FORMS[kind](answer.strip(), options)


# -- words -----------------------------------------------------------------------------------------

_TRUE: Final = frozenset({"true", "yes", "valid", "correct"})
_FALSE: Final = frozenset({"false", "no", "invalid", "incorrect"})
_VERDICT: Final = re.compile(
    r"(true|false|yes|no|valid|invalid|correct|incorrect)(?:$|\s{0,4}[,.;:!\u2014-]+(?=$|\s+[^\s\d]))"
)
_TEXT: Final = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|emph)\s{0,4}\{([^{}]*)\}")
_MARKUP: Final = re.compile(r"\*\*|`|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)")
_EDGES: Final = " \t\r\n.,;:!?\"'\u3002\u3001\uff0c\uff01\uff1f"
_PLAIN: Final = (
    {
        "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-",
        "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u3001": ",", "~": " ",
    }
)  # fmt: skip
_SPACED: Final = re.compile(r" ?([,:]) ?")
_SPACING: Final = {",": ", ", ":": ":"}


def _words(text: str) -> str:
    """The words under Unicode normalisation, without case, markup, quotes and final punctuation."""
    plain = without_wrapping(_MARKUP.sub("", _TEXT.sub(r"\1", visible(text))))
    plain = _folded(plain)
    for sign, plain_sign in _PLAIN.items():  # many times quicker than `translate`
        plain = plain.replace(sign, plain_sign)
    plain = _SPACED.sub(lambda sign: _SPACING[sign[1]], " ".join(plain.split()))
    return plain.strip(_EDGES) or plain or " ".join(text.split())


def _folded(text: str) -> str:
    """The text without case and, where it is short, without differences of compatibility."""
    if len(text) <= LONG_VALUE:
        wide = normalized(text, "NFKC")
        if len(wide) <= 2 * LONG_VALUE:  # one letter can stand for eighteen others
            return normalized(normalized(wide.casefold(), "NFKC").casefold(), "NFKC")
    return normalized(text, "NFC").lower()


def _text_form(text: str, options: tuple[str, ...]) -> Form:
    return Form(_words(text))


def _truth_form(text: str, options: tuple[str, ...]) -> Form:
    words = _words(text)
    return Form(_truth(words) or {"1": "True", "0": "False"}.get(words, words))


def _truth(words: str) -> str | None:
    """What an answer says that is a truth word, or begins with one and a stop: "No, they do not"."""
    found = _VERDICT.match(words)
    if found is None:
        return None
    return "True" if found[1] in _TRUE else "False"


# -- options ---------------------------------------------------------------------------------------

_LETTER: Final = re.compile(
    r"(?:(?:option|choice|answer|statement)\s{1,4})?\(?([A-Za-z])\s?[).:\]]{0,2}", re.IGNORECASE
)
_LETTERED: Final = re.compile(
    r"(?:(?:option|choice|answer)\s{1,4})?(?:\(([A-Za-z])\)|\[([A-Za-z])\]|([A-Za-z])\s{0,2}[).:]|([A-Za-z])\s{1,2}[-\u2013\u2014])\s{0,8}"
    r"(?P<text>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_LETTERS: Final = re.compile(
    r"\(?[A-Za-z]\)?(?:\s{0,3}(?:,|&|and|,\s?and)\s{0,3}\(?[A-Za-z]\)?){1,25}"
)


def _option_form(text: str, options: tuple[str, ...]) -> Form:
    """The option's letter, from "B", "(b)", "Option B", "B) water" or from the option's own words."""
    plain = without_wrapping(_TEXT.sub(r"\1 ", _MARKUP.sub("", visible(text)))).replace("\\ ", " ")
    texts = [_auto_form(option, ()).key for option in options]
    own = _auto_form(plain, ()).key
    if own in texts and not (
        _LETTER.fullmatch(plain) and len(plain) == 1 and len(options) >= _place(plain)
    ):
        return Form(chr(ord("A") + texts.index(own)))
    if (letter := _LETTER.fullmatch(plain)) is not None:
        return Form(letter[1].upper())
    if (lettered := _LETTERED.fullmatch(plain)) is not None:
        return Form(next(filter(None, lettered.groups()[:4])).upper())
    if _LETTERS.fullmatch(plain):
        chosen = sorted({c.upper() for c in re.findall(r"\b[A-Za-z]\b", plain.replace("and", ","))})
        return Form(", ".join(chosen))
    if plain[1:2] == " " and _auto_form(plain[2:], ()).key in texts:
        place = texts.index(_auto_form(plain[2:], ()).key)
        if chr(ord("A") + place) == plain[0].upper():
            return Form(plain[0].upper())
    return Form(_words(plain))


def _place(letter: str) -> int:
    return ord(letter.upper()) - ord("A") + 1


# -- values ----------------------------------------------------------------------------------------

_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}")
_ABOUT: Final = re.compile(
    r"(?:\\approx|approximately|about|roughly|~|circa|ca\.)\s{0,4}(?=[-\d$\\.])", re.IGNORECASE
)
_MATHEMATICAL: Final = re.compile(r"[\d\\^=<>{}\[\]|]|[-+*/]|(?i:inf)")


def _auto_form(text: str, options: tuple[str, ...]) -> Form:
    """The form of an answer of whatever kind: the value where it has one, else what it says."""
    if options:
        found = _option_form(text, options)
        if len(found.key) == 1:
            return found
    words = _words(text)
    if (truth := _truth(words)) is not None:
        return Form(truth)
    if (letter := re.fullmatch(r"\(?([A-Za-z])\)?", words)) is not None:
        return Form(letter[1].upper())
    value = _value_form(text)
    if value is not None:
        return value
    lettered = _LETTERED.fullmatch(
        without_wrapping(_TEXT.sub(r"\1 ", _MARKUP.sub("", visible(text))))
    )
    if lettered is not None and (letter_of := next(filter(None, lettered.groups()[:4]))).isupper():
        inner = _value_form(lettered["text"]) or Form(_words(lettered["text"]))
        return Form(words, (letter_of, inner.key))
    return Form(words)


def _expression_form(text: str, options: tuple[str, ...]) -> Form:
    return _value_form(text) or Form(_words(text))


def _number_form(text: str, options: tuple[str, ...]) -> Form:
    """As any value; a comma that cannot part thousands is a decimal comma."""
    if len(text) > LONG_VALUE:
        return _expression_form(text, options)
    plain = plain_notation(text)
    decimal = with_decimal_comma(without_separators(plain, in_brackets=False))
    return _expression_form(decimal if decimal is not None else text, options)


def _value_form(text: str) -> Form | None:
    """The form by value; None for an answer that is no value."""
    if text.startswith(MARK):
        return Form(text)
    if len(text) > LONG_VALUE:
        return Form(text.lstrip("0") or "0") if text.isascii() and text.isdigit() else None
    plain = plain_notation(text)
    if not _MATHEMATICAL.search(plain) or _DATE.fullmatch(plain):
        return None
    plain = _ABOUT.sub("", plain, count=1) if _ABOUT.match(plain) else plain
    try:
        return _structure(plain)
    except (formula.Unreadable, formula.Inexact, RecursionError):
        return _signs_form(plain) if "\\" in plain else None


def _signs_form(plain: str) -> Form:
    """LaTeX that has no value is compared sign by sign; words in it keep their order and lose their case."""
    return Form(
        " ".join(t.lower() if len(t) > 1 and t.isalpha() else t for t in formula.tokens(plain))
    )


# -- structures ------------------------------------------------------------------------------------

_MATRIX: Final = re.compile(
    r"\\begin\s{0,2}\{([pbBvV]?matrix|smallmatrix|array|cases)\}(?:\{[lcr|\s]{0,20}\})?(.*)\\end\s{0,2}\{\1\}",
    re.DOTALL,
)
_OPENERS: Final = frozenset({"(", "[", "{", r"\{", r"\lfloor", r"\lceil"})
_CLOSING: Final = frozenset({")", "]", "}", r"\}", r"\rfloor", r"\rceil"})
_RELATIONS: Final[dict[str, str]] = {
    "=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\lt": "<", r"\gt": ">", r"\ne": "!=",
    r"\in": "in", r"\approx": "=",
}  # fmt: skip
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_AND: Final = re.compile(r"\s(?:and|or|und|oder|et|ou)\s|\\(?:vee|wedge)(?![A-Za-z])")


def _structure(plain: str) -> Form:
    """Lists, sets, intervals, matrices, equations: whatever the answer is made of. Raises Unreadable."""
    if (matrix := _MATRIX.fullmatch(plain)) is not None:
        return _matrix(matrix[1], matrix[2])
    bracketed = any(sign in plain for sign in "([{") and not re.fullmatch(
        r"[^(\[{,]*\(\s?\d[\d,.]*\s?\)", plain
    )
    text = without_separators(_AND.sub(" , ", plain), in_brackets=bracketed and "," in plain)
    found = formula.tokens(text)
    if len(found) > formula.MOST_TOKENS:
        raise formula.Unreadable("too long")
    parts = _members(found)
    if len(parts) > 1:
        return _list(text, parts)
    return _statement(text, parts[0] if parts else [])


def _members(found: Sequence[str]) -> list[list[str]]:
    """The members of a list; `1 \\pm 2` stands for two."""
    members: list[list[str]] = []
    for part in _split(found, {",", ";"}):
        if part.count(r"\pm") == 1 and len(_split(part, {r"\pm"})) == 2:
            members += [[sign if token == r"\pm" else token for token in part] for sign in "+-"]
        elif part:
            members.append(part)
    return members


def _list(text: str, parts: list[list[str]]) -> Form:
    """Members in any order. Where the one comma could be a decimal one, that reading is a bare form."""
    forms = [_statement(None, part) for part in parts]
    names = {form.key.partition(" = ")[0] for form in forms if " = " in form.key}
    bare: tuple[str, ...] = ()
    if names and all(form.bare for form in forms if " = " in form.key):
        values = [form.bare[0] if " = " in form.key else form.key for form in forms]
        if len(names) == 1:
            forms = [Form(value) for value in values]
        else:
            bare = (_joined(values),)
    key = _joined([form.key for form in forms])
    decimal = with_decimal_comma(text)
    if decimal is not None and len(parts) == 2:
        bare += (_structure(decimal).key,)
    return Form(key, bare)


def _joined(keys: Sequence[str]) -> str:
    return ", ".join(sorted(dict.fromkeys(keys)))


def _split(found: Sequence[str], signs: set[str] | frozenset[str]) -> list[list[str]]:
    """The tokens parted at these signs outside brackets; brackets of intervals may differ: [0, 1)."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in found:
        depth += (token in _OPENERS) - (token in _CLOSING)
        if depth == 0 and token in signs:
            parts.append([])
        else:
            parts[-1].append(token)
    if depth != 0:
        raise formula.Unreadable("brackets do not match")
    return parts


def _statement(text: str | None, found: list[str]) -> Form:
    """One member: a relation, a union, a bracketed group or an expression with its unit."""
    if not found:
        raise formula.Unreadable("nothing")
    relations = [token for token in found if token in _RELATIONS]
    if relations and (sides := _split(found, frozenset(_RELATIONS))) and len(sides) > 1:
        return _relation(sides, [_RELATIONS[t] for t in relations][: len(sides) - 1])
    union = _split(found, {r"\cup"})
    if len(union) > 1:
        return Form(r" \cup ".join(sorted(_statement(None, part).key for part in union)))
    if (group := _group(found)) is not None:
        return group
    return _quantity(text if text is not None else _written(found))


def _written(found: Sequence[str]) -> str:
    """Tokens as text again; a space parts what would run together."""
    kept: list[str] = []
    for token in found:
        if kept and token[0].isalnum() and kept[-1][-1].isalnum():
            kept.append(" ")
        kept.append(token)
    return "".join(kept)


def _relation(sides: list[list[str]], relations: list[str]) -> Form:
    if len(sides) == 3 and relations[0] in _FLIPPED and relations[1][0] == relations[0][0]:
        return _between(sides, relations)
    if relations[0] == "=":
        return _equation(sides[0], sides[-1])
    left, right = sides[0], sides[1]
    if len(sides) > 2:
        raise formula.Unreadable("a chain of relations")
    if relations[0] == "in":
        value = _statement(None, right)
        return Form(f"{_written(left)} = {value.key}", (value.key,))
    return _inequality(left, relations[0], right)


def _equation(left: list[str], right: list[str]) -> Form:
    """A name and its value, or an equation up to a factor: x + y = 1 and 2 = 2x + 2y."""
    value = _statement(None, right)
    if _is_name(left):
        name = _written(left)
        if value.key.startswith(MARK) and len(left) == 1:
            return Form(_difference_key(left, right), (value.key,))
        return Form(f"{name} = {value.key}", (value.key, *value.bare))
    if _is_name(right):
        return _equation(right, left)
    return Form(_difference_key(left, right))


def _is_name(found: Sequence[str]) -> bool:
    """x, x_1, f(x), \\theta, Area."""
    written = "".join(found)
    return re.fullmatch(r"\\?[A-Za-z]{1,20}(?:_\{?\w{1,4}\}?)?(?:\([a-z]\))?", written) is not None


def _difference_key(left: list[str], right: list[str], *, directed: bool = False) -> str:
    tree = formula.Node("apply", "-", parts=(formula.parse(left), formula.parse(right)))
    values = _values(tree)
    scale = next((value for value in values if value and abs(value) > 1e-9), None)
    if scale is None:
        raise formula.Unreadable("an identity")
    scaled = [None if v is None else v / (abs(scale) if directed else scale) for v in values]
    return f"{MARK}{'>' if directed else '='}{_vector(scaled)}"


def _between(sides: list[list[str]], relations: list[str]) -> Form:
    low, high = (_statement(None, side).key for side in (sides[0], sides[2]))
    open_low, open_high = (relation in "<>" for relation in relations)
    if relations[0][0] == ">":
        low, high, open_low, open_high = high, low, open_high, open_low
    interval = f"{'(' if open_low else '['}{low}, {high}{')' if open_high else ']'}"
    return Form(f"{_written(sides[1])} = {interval}", (interval,))


def _inequality(left: list[str], relation: str, right: list[str]) -> Form:
    if relation == "!=":
        if not _is_name(left):
            left, right = right, left
        return Form(f"{_written(left)} \\ne {_statement(None, right).key}")
    if _is_name(right) and not _is_name(left):
        left, relation, right = right, _FLIPPED[relation], left
    value = _statement(None, right)
    if _is_name(left) and not value.key.startswith(MARK):
        end = ")" if len(relation) == 1 else "]"
        interval = (
            f"(-inf, {value.key}{end}"
            if relation[0] == "<"
            else f"{end.translate(_MIRROR)}{value.key}, inf)"
        )
        return Form(f"{_written(left)} = {interval}", (interval,))
    if relation[0] == "<":
        left, right = right, left
    return Form(_difference_key(left, right, directed=True) + relation[1:])


_MIRROR: Final = str.maketrans(")]", "([")


def _group(found: list[str]) -> Form | None:
    """A set, a tuple, an interval: brackets around the whole, with members in them."""
    first, last = found[0], found[-1]
    if first not in ("(", "[", r"\{", "{") or last not in (")", "]", r"\}", "}") or len(found) < 2:
        return (r"\emptyset" in found and len(found) == 1 and Form(r"\{\}")) or None
    depth = 0
    for place, token in enumerate(found):
        depth += (token in _OPENERS) - (token in _CLOSING)
        if depth == 0 and place < len(found) - 1:
            return None
    members = _members(found[1:-1])
    if first == r"\{" or (first == "{" and len(members) > 1):
        keys = [_statement(None, part).key for part in members]
        return Form(rf"\{{{_joined(keys)}\}}", (_joined(keys),))
    if len(members) < 2:
        return None if first in "({" and members else Form(f"{first}{_keys(members)}{last}")
    return Form(f"{first}{_keys(members)}{last}")


def _keys(members: Sequence[list[str]]) -> str:
    return ", ".join(_statement(None, part).key for part in members)


def _matrix(name: str, body: str) -> Form:
    """Rows and cells by their values. Determinants (vmatrix) are other things than matrices."""
    rows = [row for row in re.split(r"\\\\(?:\s{0,4}\[[^\]]{0,20}\])?", body) if row.strip()]
    cells = [[_structure(cell.strip()).key for cell in row.split("&")] for row in rows]
    kind = {"vmatrix": "det", "Vmatrix": "norm", "cases": "cases"}.get(name, "matrix")
    return Form(f"{kind}[{'; '.join(', '.join(row) for row in cells)}]")


# -- quantities ------------------------------------------------------------------------------------

_BASED: Final = re.compile(r"(?P<digits>[\dA-Fa-f]{1,200})_\{?(?P<base>\d{1,2})\}?")


def _quantity(text: str) -> Form:
    """A number or an expression, with its unit. Raises Unreadable."""
    text = text.strip()
    if (based := _BASED.fullmatch(text)) is not None:
        return Form(f"{based['digits'].upper()}_{based['base']}", (based["digits"].upper(),))
    written, unit, factor = unit_and_value(text)
    if unit and (decimal := with_decimal_comma(written)) is not None:
        written = decimal
    found = formula.tokens(written)
    if found[:1] == ["{"] and found[-1:] == ["}"]:
        found = found[1:-1] if _group_closes(found) else found
    tree = formula.parse(found)
    if factor > 1:
        tree = formula.Node(
            "apply", "*", parts=(tree, formula.Node("number", value=Fraction(factor)))
        )
    key = _key(tree)
    if not unit:
        return Form(key)
    if unit == "%":
        share = formula.Node(
            "apply", "/", parts=(tree, formula.Node("number", value=Fraction(100)))
        )
        return Form(f"{key} %", (key, _key(share)))
    return Form(f"{key} {unit}", (key,))


def _group_closes(found: Sequence[str]) -> bool:
    depth = 0
    for place, token in enumerate(found):
        depth += (token == "{") - (token == "}")
        if depth == 0:
            return place == len(found) - 1
    return False


def _key(tree: formula.Node) -> str:
    """The key of a value: exact for whole numbers, ten digits for others, values at points with variables."""
    try:
        return _rational(formula.exact(tree))
    except formula.Inexact:
        pass
    names = formula.symbols(tree)
    if "inf" in names:
        return _infinite(tree)
    values = _values(tree)
    known = [value for value in values if value is not None]
    if len(known) == len(values) and all(abs(v - known[0]) <= 1e-9 * max(1, abs(v)) for v in known):
        return _complex(known[0])
    return MARK + _vector(values)


def _infinite(tree: formula.Node) -> str:
    if tree.kind == "symbol":
        return "inf"
    if tree.name == "neg" and tree.parts[0].kind == "symbol":
        return "-inf"
    raise formula.Unreadable("infinity in a formula")


def _values(tree: formula.Node) -> list[complex | None]:
    """The values at the fixed points, None where there is none. Raises Unreadable for too few."""
    names = formula.symbols(tree)
    if "inf" in names:
        raise formula.Unreadable("infinity in a formula")
    values: list[complex | None] = []
    for point in formula.points(names):
        try:
            values.append(formula.approximate(tree, point))
        except (ValueError, ArithmeticError):
            values.append(None)
    if sum(value is not None for value in values) < 2:
        raise formula.Unreadable("no value")
    return values


def _vector(values: Sequence[complex | None]) -> str:
    return "|".join("-" if value is None else _complex(value, digits=8) for value in values)


def _complex(value: complex, digits: int = 10) -> str:
    real, imaginary = value.real, value.imag
    size = max(abs(value), 1.0)
    if abs(imaginary) <= 1e-10 * size:
        return _real(real, digits)
    if abs(real) <= 1e-10 * size:
        real = 0.0
    return f"{_real(real, digits)} + {_real(imaginary, digits)}*i"


def _real(value: float, digits: int) -> str:
    whole = round(value)
    if abs(value) < 1e15 and abs(value - whole) <= 1e-11 * max(1.0, abs(value)):
        return str(whole)
    return f"{value:.{digits}g}"


def _rational(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    digits = max(10, len(str(abs(math.trunc(value)))) + 4)
    context = Context(prec=digits)
    found = context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context)
    return f"{found:f}" if -12 < found.adjusted() < 30 else str(found)


# -- code ------------------------------------------------------------------------------------------


def _code_form(text: str, options: tuple[str, ...]) -> Form:
    """A literal by its value ("[1,2]" is "[1, 2]"), other code by its text without spare space."""
    try:
        with warnings.catch_warnings(action="ignore"):  # "1 is 2" warns when it is parsed
            return Form(repr(ast.literal_eval(text)))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Form("\n".join(line.rstrip() for line in text.splitlines() if line.strip()))


_FORMS: Final[dict[Kind, Callable[[str, tuple[str, ...]], Form]]] = {
    "auto": _auto_form,
    "number": _number_form,
    "expression": _expression_form,
    "option": _option_form,
    "truth": _truth_form,
    "text": _text_form,
    "code": _code_form,
}


def grouped(forms: Sequence[Form]) -> Iterator[list[int]]:
    """The places of equal forms, put together whatever their order.

    Equal keys are one group. A group without a unit or name joins the most frequent of the groups that
    are the same with one (of equally frequent ones the first by its key).
    """
    strict: dict[str, list[int]] = {}
    for place, form in enumerate(forms):
        strict.setdefault(form.key, []).append(place)
    fuller: dict[str, set[str]] = {}
    for form in forms:
        for key in form.bare:
            if key in strict and key != form.key:
                fuller.setdefault(key, set()).add(form.key)
    home = {key: key for key in strict}
    for key, others in fuller.items():
        home[key] = min(others, key=lambda other: (-len(strict[other]), other))
    merged: dict[str, list[int]] = {}
    for key, places in strict.items():
        merged.setdefault(_head(key, home), []).extend(places)
    return iter(sorted(places) for places in merged.values())


def _head(key: str, home: dict[str, str]) -> str:
    """Where a group ends up: joining follows on, and a circle ends at its first key."""
    seen: list[str] = []
    while home[key] != key and key not in seen:
        seen.append(key)
        key = home[key]
    return min(seen[seen.index(key) :]) if key in seen else key
