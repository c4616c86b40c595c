"""Think or answer at once: how much thinking can be saved before accuracy falls.

The decision is fitted on the other folds. Thinking is paid in words of the recorded chain of
thought. Two settings: from the question alone, and with the answer at once in hand where its task
has a cheap check (`checker`): an answer that passes stands, one that fails makes it think.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metathink.evals.curve import Curve
from metathink.meta.sample import Label, Question

from ..checker import check_for
from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.think_or_answer import Thinking
from ..split import Split

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
SAVED = 0.3
"""The share of the thinking whose loss of accuracy is reported."""


@dataclass(frozen=True, slots=True)
class _Both:
    """A question answered both ways: with thinking, whose words are counted, and at once."""

    id: str
    question: Question
    thought: Label
    answered: Label
    words: float
    stands: bool | None  # what a check says of the answer at once


@dataclass(frozen=True, slots=True)
class _Case:
    both: _Both
    urgency: float  # expected gain of thinking per word; infinite or its negative after a check
    thinks: bool


def think_or_answer(splits: Sequence[Split]) -> Findings:
    """Accuracy and thinking saved at the fitted price and at fixed shares of thinking saved."""
    plain = _decided(splits, checks=False)
    checked = _decided(splits, checks=True)
    always = {c.both.id: c.both.thought.reveal() for c in plain}
    never = {c.both.id: c.both.answered.reveal() for c in plain}
    scores = [
        Score("always think", "accuracy", per_question(always)),
        Score("never think", "accuracy", per_question(never), against="always think"),
    ]
    curves: list[Curve] = []
    for name, cases in (("from the question", plain), ("with a check", checked)):
        scores += _scores(f"think or answer, {name}", cases)
        curves.append(_curve(f"think or answer, {name}", cases))
    return Findings(scores, curves)


def _scores(name: str, cases: Sequence[_Case]) -> list[Score]:
    fixed = _skipping(cases, SAVED)
    chosen = {c.both.id for c in cases if not c.thinks}
    return [
        Score(name, "accuracy", _right(cases, chosen), against="always think"),
        Score(name, "share of thinking saved", _saved(cases, chosen)),
        Score(
            f"{name}, {SAVED:.0%} saved", "accuracy", _right(cases, fixed), against="always think"
        ),
    ]


def _decided(splits: Sequence[Split], checks: bool) -> list[_Case]:
    cases: list[_Case] = []
    for split in splits:
        train = [b for r in split.train if (b := _both(r, checks)) is not None]
        open_ones = [b for b in train if b.stands is None]
        rule = Thinking().fit(
            [b.question for b in open_ones],
            [b.thought for b in open_ones],
            [b.answered for b in open_ones],
            [b.words for b in open_ones],
        )
        for record in split.test:
            if (both := _both(record, checks)) is not None:
                cases.append(_case(both, rule))
    return cases


def _case(both: _Both, rule: Thinking) -> _Case:
    decision = rule.decide(both.question, both.stands)
    thinks = decision.choice == "think"
    if both.stands is not None:
        return _Case(both, float("inf") if thinks else float("-inf"), thinks)
    return _Case(both, decision.numbers["gain"] / max(decision.numbers["cost"], 1.0), thinks)


def _both(record: Record, checks: bool) -> _Both | None:
    """The answer with more words in it is the one that was thought about."""
    if len(record.samples) != 2:
        return None
    sizes = [len(s.text.split()) for s in record.samples]
    thought, answered = (0, 1) if sizes[0] >= sizes[1] else (1, 0)
    return _Both(
        record.id,
        record.question,
        record.labels[thought],
        record.labels[answered],
        float(sizes[thought]),
        _stands(record, answered) if checks else None,
    )


def _stands(record: Record, place: int) -> bool | None:
    check = check_for(record.question)
    try:
        return check(record.samples[place]) if check else None
    except ValueError:
        return None


def _skipping(cases: Sequence[_Case], share: float) -> set[str]:
    """The questions answered at once so that `share` of all words of thinking is saved."""
    ordered = sorted(cases, key=lambda c: c.urgency)
    saved = np.cumsum([c.both.words for c in ordered])
    if not len(saved) or share <= 0.0:
        return set()
    enough = int(np.searchsorted(saved, share * saved[-1] - 1e-9)) + 1
    return {c.both.id for c in ordered[:enough]}


def _right(cases: Sequence[_Case], skipped: set[str]) -> dict[str, np.ndarray]:
    return per_question(
        {
            c.both.id: (c.both.answered if c.both.id in skipped else c.both.thought).reveal()
            for c in cases
        }
    )


def _saved(cases: Sequence[_Case], skipped: set[str]) -> dict[str, np.ndarray]:
    """Words not spent on each question, over the mean, so that the mean is the share saved."""
    mean = float(np.mean([c.both.words for c in cases])) or 1.0
    return per_question(
        {c.both.id: c.both.words / mean if c.both.id in skipped else 0.0 for c in cases}
    )


def _curve(name: str, cases: Sequence[_Case]) -> Curve:
    accuracy = []
    for share in SHARES:
        rows = _right(cases, _skipping(cases, share))
        accuracy.append(float(np.mean([row[0, 0] for row in rows.values()])))
    return Curve("cost", name, tuple(1.0 - s for s in SHARES), tuple(accuracy))


MEASURES = (Measure("think or answer", frozenset({Form.PAIR}), think_or_answer),)
