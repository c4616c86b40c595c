"""When are two answers the same answer: numbers, expressions, sets, options, truth values, code, text.

One implementation for votes, evaluations, verifiers and memory. Each answer is read into a form (`form`)
on its own; equal forms are equal answers. That makes an equivalence relation, takes a few milliseconds at
most whatever the answer is, and never runs what a model wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.kind import AnswerKind
from ...core.text.extract import stated_answer
from ..sample import Kind, Question, Sample, checked
from .form import LONG, Form, form_of, grouped
from .kind import compared_as

__all__ = [
    "LONG",
    "Candidate",
    "candidates",
    "canonical",
    "equivalent",
    "group_of",
    "reference",
    "same",
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer and the positions of the samples that gave it."""

    answer: str  # canonical
    members: tuple[int, ...]


def same(a: str, b: str, kind: AnswerKind = "auto", options: Sequence[str] = ()) -> bool:
    r"""Whether two answers are the same answer.

    `kind` says how they are compared ("auto": by value where both have one, else by their words);
    `options` are the texts of the listed options, A first, so that "Paris" is "B".

    - Numbers are equal by value however they are written: 1/2, 0.5, \\frac{1}{2}; 1,000, 1 000, 1'000,
      1.234.567,89; x = 5 and 5. "3,5" is 3.5 or the pair 3, 5, never 35.
    - A unit may be left out on one side ("18 dollars", "18"); two different units differ, and none is
      converted. "50%" is 50 and 0.5 where the other side has no sign.
    - Lists and sets have no order, tuples, intervals and matrices have one.
    - Expressions and equations are equal when they have the same values at fixed points.
    - Words are compared under Unicode normalisation, without case, markup, quotes and final punctuation.

    An empty answer equals nothing. Takes at most some milliseconds, whatever the answers are.
    """
    return equivalent(a, b, compared_as(kind), options)


def equivalent(
    left: str | None, right: str | None, kind: Kind = "text", options: Sequence[str] = ()
) -> bool:
    """As `same`, for kinds of the meta-level; nothing equals a missing answer."""
    first, second = _form(left, kind, options), _form(right, kind, options)
    return first is not None and second is not None and first.same(second)


def canonical(answer: str | None, kind: Kind = "text", options: Sequence[str] = ()) -> str | None:
    """The answer in a form in which equal answers are equal strings; None for an empty one.

    A unit or a name is part of it; `equivalent` and `candidates` also match answers without.
    """
    form = _form(answer, kind, options)
    return None if form is None else form.key


def reference(gold: str) -> str:
    """The short answer in a reference: a published solution that ends in "#### 72" or a box means 72."""
    if "\n" in gold.strip() or "####" in gold:
        return stated_answer(gold) or gold
    return gold


def candidates(samples: Sequence[Sample], question: Question) -> list[Candidate]:
    """The distinct answers, the most frequent first, equals by their text.

    Samples without an answer belong to none. The result does not depend on the samples' order
    except that `members` are positions in it.
    """
    forms = [
        (place, form)
        for place, sample in enumerate(checked(samples))
        if (form := _form(sample.answer, question.kind, question.options)) is not None
    ]
    found: list[Candidate] = []
    for group in grouped([form for _, form in forms]):
        keys = [forms[place][1].key for place in group]
        answer = min(keys, key=lambda key: (-keys.count(key), key))
        found.append(Candidate(answer, tuple(forms[place][0] for place in group)))
    return sorted(found, key=lambda candidate: (-len(candidate.members), candidate.answer))


def group_of(answer: str | None, samples: Sequence[Sample], question: Question) -> list[int]:
    """The positions of the samples that gave this answer, as `candidates` groups them."""
    form = _form(answer, question.kind, question.options)
    if form is None:
        return []
    for candidate in candidates(samples, question):
        if any(form.same(member) for member in _members(candidate, samples, question)):
            return list(candidate.members)
    return []


def _members(candidate: Candidate, samples: Sequence[Sample], question: Question) -> list[Form]:
    found = (
        _form(samples[place].answer, question.kind, question.options) for place in candidate.members
    )
    return [form for form in found if form is not None]


def _form(answer: str | None, kind: Kind, options: Sequence[str]) -> Form | None:
    return None if answer is None else form_of(answer, kind, tuple(options))
