"""When are two answers the same answer: numbers, expressions, options, truth values, code, text.

`canonical` maps an answer to a form in which the same answers are equal strings; it is linear in
the answer's length and leaves anything long untouched. Expressions that still differ are compared
by math-verify (Apache-2.0), which is imported when the first pair needs it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .sample import Kind, Question, Sample, checked

LONG = 4096
"""Characters; a longer answer is compared as it is."""

MOST_EXPRESSIONS = 24
"""Distinct expressions of one question that math-verify compares, at most; the rest stay apart."""

_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FRACTION = re.compile(r"([-+]?\d+)\s*/\s*(\d+)")
_OPTION = re.compile(r"\(?([A-Za-z])(?:$|[).:\s])")
_TRUE = frozenset({"true", "yes", "valid", "correct", "1"})
_FALSE = frozenset({"false", "no", "invalid", "incorrect", "0"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer and the positions of the samples that gave it."""

    answer: str  # canonical
    members: tuple[int, ...]


def canonical(answer: str | None, kind: Kind = "text", options: Sequence[str] = ()) -> str | None:
    """The answer in a form in which equal answers are equal strings; None for an empty one."""
    if answer is None:
        return None
    if len(answer) > LONG:
        return answer
    text = answer.strip()
    if not text:
        return None
    if kind == "number":
        return _number(text)
    if kind == "option":
        return _option(text, options)
    if kind == "truth":
        word = text.lower().strip(".!")
        return "True" if word in _TRUE else "False" if word in _FALSE else word
    if kind == "expression":
        return re.sub(r"\s+|\\left|\\right|\\[,;! ]|\$", "", text).rstrip(".")
    if kind == "code":
        return _code(text)
    return " ".join(text.lower().split()).rstrip(".")


def _number(text: str) -> str:
    """The number in nine significant digits; text that is no number stays, in lower case."""
    bare = text.replace("$", "").replace("\\", "").strip().rstrip("%.").strip()
    fraction = _FRACTION.fullmatch(bare)
    if fraction and int(fraction[2]):
        return f"{int(fraction[1]) / int(fraction[2]):.9g}"
    if not _NUMBER.fullmatch(bare):
        return text.lower()
    value = float(bare.replace(",", ""))
    return f"{value + 0.0:.9g}" if value else "0"


def _option(text: str, options: Sequence[str]) -> str:
    """The option's letter, from "B", "(b)", "B) water" or from the option's own words."""
    found = _OPTION.match(text)
    if found and (len(text) <= 3 or text[len(found[0]) - 1] in ").:"):
        return found[1].upper()
    words = " ".join(text.lower().split()).rstrip(".")
    for index, option in enumerate(options):
        if words and words == " ".join(option.lower().split()).rstrip("."):
            return chr(ord("A") + index)
    return words


def _code(text: str) -> str:
    """A literal by its value ("[1,2]" is "[1, 2]"), other code by its text without spare space."""
    try:
        return repr(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def same_expression(left: str, right: str) -> bool:
    """Whether two expressions (LaTeX or plain) have the same value, by math-verify.

    Without its own time limit (which needs the main thread's signals); long inputs are refused.
    """
    from math_verify import parse, verify

    if max(len(left), len(right)) > 400:
        return False
    first, second = (parse(f"${side}$", parsing_timeout=0) for side in (left, right))
    return bool(verify(first, second, timeout_seconds=0))


def equivalent(
    left: str | None, right: str | None, kind: Kind = "text", options: Sequence[str] = ()
) -> bool:
    """Whether two answers are the same; nothing equals a missing answer."""
    a, b = canonical(left, kind, options), canonical(right, kind, options)
    if a is None or b is None:
        return False
    return a == b or (kind == "expression" and same_expression(a, b))


def candidates(samples: Sequence[Sample], question: Question) -> list[Candidate]:
    """The distinct answers, the most frequent first, equals by their text.

    Samples without an answer belong to none. The result does not depend on the samples' order
    except that `members` are positions in it.
    """
    raw: dict[str | None, list[int]] = {}
    for place, sample in enumerate(checked(samples)):
        raw.setdefault(sample.answer, []).append(place)
    members: dict[str, list[int]] = {}
    for answer, places in raw.items():
        form = canonical(answer, question.kind, question.options)
        if form is not None:
            members[form] = sorted(members.get(form, []) + places)
    if question.kind == "expression" and len(members) > 1:
        members = _merged(members)
    ordered = sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Candidate(answer, tuple(places)) for answer, places in ordered]


def _merged(members: dict[str, list[int]]) -> dict[str, list[int]]:
    """Expressions of equal value put together, under the most frequent of their forms."""
    ordered = sorted(members, key=lambda form: (-len(members[form]), form))
    merged: dict[str, list[int]] = {}
    for rank, form in enumerate(ordered):
        heads = merged if rank < MOST_EXPRESSIONS else ()
        head = next((h for h in heads if same_expression(h, form)), form)
        merged[head] = sorted(merged.get(head, []) + members[form])
    return merged
