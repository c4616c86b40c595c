"""Abstaining within a limit of risk, and choice by pairwise judgement, on stated probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from metathink.meta.sample import Label, Sample

from ..interval import Floats
from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.bradley_terry import Judgement, prefer
from ..rules.risk_limit import RiskLimit
from ..scoring import named, plurality, right_answers
from ..split import Split

RISK = 0.05
"""The share of wrong answers that is allowed among those given."""


def abstain(splits: Sequence[Split]) -> Findings:
    """Share wrong among the answers given, and share given, each speaker with its own limit."""
    given: dict[str, Floats] = {}
    for split in splits:
        limits = _limits(split.train)
        for record in split.test:
            rows = [_row(s, t, limits) for s, t in _stated(record)]
            if rows:
                given[record.id] = _matrix(rows)
    everything = {
        r.id: _matrix([(1.0, 1.0 - t.reveal()) for _, t in _stated(r)])
        for split in splits
        for r in split.test
        if _stated(r)
    }
    return Findings(
        [
            Score("answer always", "share wrong of those given", everything, _risk),
            Score(f"abstain, limit {RISK:.0%}", "share wrong of those given", given, _risk),
            Score(f"abstain, limit {RISK:.0%}", "share given", given, _coverage),
        ]
    )


def pairwise(splits: Sequence[Split]) -> Findings:
    """Bradley-Terry over the options, each speaker's stated probabilities being its judgements."""
    tests = [r for split in splits for r in split.test if any(s.distribution for s in r.samples)]
    vote = {r.id: float(plurality(named(r)) in right_answers(r)) for r in tests}
    judged = {r.id: float(_preferred(r) in right_answers(r)) for r in tests}
    return Findings(
        [
            Score("full vote", "accuracy", per_question(vote)),
            Score("pairwise judgement", "accuracy", per_question(judged), against="full vote"),
        ]
        if tests
        else []
    )


def _stated(record: Record) -> list[tuple[Sample, Label]]:
    rows = zip(record.samples, record.labels, strict=True)
    return [(sample, label) for sample, label in rows if sample.stated is not None]


def _limits(train: Sequence[Record]) -> dict[str, RiskLimit]:
    """The limit learned for each speaker."""
    rows = [row for record in train for row in _stated(record)]
    speakers = {sample.speaker for sample, _ in rows}
    return {
        speaker: RiskLimit(RISK).fit(
            [s.stated for s, _ in rows if s.speaker == speaker and s.stated is not None],
            [t for s, t in rows if s.speaker == speaker],
        )
        for speaker in speakers
    }


def _row(sample: Sample, label: Label, limits: Mapping[str, RiskLimit]) -> tuple[float, float]:
    """Answered or not, and wrongly or not."""
    limit = limits.get(sample.speaker, RiskLimit(RISK))
    answered = sample.stated is not None and limit.decide(sample.stated).choice == "answer"
    return float(answered), float(answered) * (1.0 - label.reveal())


def _preferred(record: Record) -> str:
    """The option that the speakers' probabilities prefer, pair by pair."""
    options = sorted({o for s in record.samples for o in s.distribution or {}})
    judgements: list[Judgement] = []
    for sample in record.samples:
        stated = sample.distribution or {}
        for left, right in combinations(range(len(options)), 2):
            a, b = stated.get(options[left], 0.0), stated.get(options[right], 0.0)
            if a + b > 0.0:
                judgements.append(Judgement(left, right, a / (a + b)))
    return options[prefer(len(options), judgements).choice]


def _matrix(rows: Sequence[tuple[float, float]]) -> Floats:
    import numpy as np

    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _risk(rows: Floats) -> float:
    answered = rows[:, 0].sum()
    return float(rows[:, 1].sum() / answered) if answered else float("nan")


def _coverage(rows: Floats) -> float:
    return float(rows[:, 0].mean())


MEASURES = (
    Measure("abstaining", frozenset({Form.STATED, Form.SCORES}), abstain),
    Measure("choice by pairwise judgement", frozenset({Form.STATED}), pairwise),
)
