"""Whether an answer is right: one scorer for each form a label can have.

The form is told by the label and the question, never by the name of a task: an option's letter, a
truth value, who is a knight, brackets, numbers joined to a target, a number, an expression, or
words. Scoring is stricter than a reader and laxer than equality of text: it looks past case,
spacing, markup and the ways to write one value, and never past a second answer beside the first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from ..meta.answers.equivalence import LONG, canonical, equivalent, reference
from .arithmetic import SIGNS, value
from .task import Task

Form = Literal["option", "truth", "people", "brackets", "joined", "number", "expression", "text"]

_LETTER = re.compile(r"\(([A-Z])\)")
_OPTION = re.compile(r"^\s*\(([A-Z])\)\s*(.+?)\s*$", re.MULTILINE)
_TRUTH = re.compile(r"\W*(true|false|yes|no|valid|invalid)\b", re.IGNORECASE)
_KIND = re.compile(r"([\w'-]+) is (?:a )?(knight|knave)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[-+$]*\d[\d,]*(?:\.\d+)?%?")
_WHOLE = re.compile(r"\d+")
_JOINED = re.compile(r"[\d\s()+*/-]+")
_LATEX = {r"\times": "*", r"\cdot": "*", r"\div": "/", r"\left": "", r"\right": "", "$": ""}
_ARTICLE = re.compile(r"(?:the|an?) ")


def right(said: str, task: Task) -> bool:
    """Whether what was said is the task's answer; nothing said is wrong."""
    if not said.strip() or len(said) > LONG:
        return False
    if (wanted := reference(task.answer)) != task.answer:
        task = replace(task, answer=wanted)
    return same(said, task.answer) or _SCORERS[form_of(task)](said, task)


def same(said: str, wanted: str) -> bool:
    """Equal texts, but for case and spacing, which keeps its places."""
    return said.lower().split() == wanted.lower().split()


def form_of(task: Task) -> Form:
    """The form of the task's label."""
    label = task.answer.strip()
    if re.fullmatch(r"\([A-Z]\)", label) or (label in dict(_options(task.question))):
        return "option"
    if _TRUTH.fullmatch(label):
        return "truth"
    if _KIND.match(label):
        return "people"
    if re.fullmatch(r"[\s()\[\]{}<>]+", label):
        return "brackets"
    if len(_WHOLE.findall(label)) >= 3 and _value(label) is not None:
        return "joined"
    if _NUMBER.fullmatch(label):
        return "number"
    return "expression" if re.search(r"\\[a-z]|\^", label) else "text"


def _options(question: str) -> list[tuple[str, str]]:
    """Letter and words of each option that stands on a line of its own."""
    return _OPTION.findall(question)


def _option(said: str, task: Task) -> bool:
    """The letter alone counts; the option's own words stand for it. Two letters are no choice."""
    named = {*_LETTER.findall(said)}
    if len(named) > 1:
        return False
    letter = named.pop() if named else canonical(said, "option")
    by_words = [key for key, words in _options(task.question) if same(said.rstrip("."), words)]
    return task.answer.strip(" ()") in (letter, *by_words)


def _truth(said: str, task: Task) -> bool:
    """The first word decides: "No, they do not"."""
    first = _TRUTH.match(said)
    return first is not None and equivalent(first[1], task.answer, "truth")


def _people(said: str, task: Task) -> bool:
    """Everyone named, each with the right kind, in any order."""
    return _kinds(said) == _kinds(task.answer)


def _kinds(text: str) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for name, kind in _KIND.findall(text.replace("*", "")):
        kinds.setdefault(name.lower(), set()).add(kind.lower())
    return kinds


def _brackets(said: str, task: Task) -> bool:
    return "".join(said.split()) == "".join(task.answer.split())


def _joined(said: str, task: Task) -> bool:
    """Another expression of the same numbers, each used once, with the very same value."""
    for old, new in _LATEX.items():
        said = said.replace(old, new)
    numbers, reached = Counter(_WHOLE.findall(task.answer)), _value(task.answer)
    return any(
        Counter(_WHOLE.findall(side)) == numbers and _value(side) == reached
        for side in said.translate(SIGNS).split("=")
    )


def _value(text: str) -> Fraction | None:
    """The exact value of an expression of whole numbers; None for anything else."""
    try:
        return value(text) if _JOINED.fullmatch(text) else None
    except ValueError:  # the right signs in no order that makes sense
        return None


def _number(said: str, task: Task) -> bool:
    return equivalent(said, task.answer, "number")


def _expression(said: str, task: Task) -> bool:
    return equivalent(said, task.answer, "auto")


def _text(said: str, task: Task) -> bool:
    """Commas between the words of a list, the underscores of a name and an article do not matter."""
    wanted = _plain(task.answer)
    return equivalent(said, task.answer, "auto") or wanted in (
        _plain(said),
        _ARTICLE.sub("", _plain(said), count=1),
    )


def _plain(text: str) -> str:
    return canonical(text.replace("_", " ").replace(",", " ").strip(" *`\"'"), "text") or ""


_SCORERS: dict[Form, Callable[[str, Task], bool]] = {
    "option": _option,
    "truth": _truth,
    "people": _people,
    "brackets": _brackets,
    "joined": _joined,
    "number": _number,
    "expression": _expression,
    "text": _text,
}
