"""Stopping: how little of the recorded sampling is needed for the accuracy of the full vote.

Where the speakers are known (several agents answer one question), they are asked in the order of
the reliability learned on the other folds; where one model was sampled, draws are exchangeable and
the rule needs no fit. The order of exchangeable samples is drawn `ORDERS` times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from metathink.evals.curve import Curve
from metathink.meta.combine.polling import Polling
from metathink.meta.control.stopping import Stopping
from metathink.meta.sample import Sample

from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..scoring import named, plurality, right_answers
from ..split import Split

ORDERS = 10
CERTAINTIES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
DEFAULT = Stopping().certainty


def sampling(splits: Sequence[Split]) -> Findings:
    """Adaptive sampling from the speaker with most samples; no fit, the training half is unused."""
    tests = [_most_sampled(record) for split in splits for record in split.test]
    ids = [record.id for record in tests]
    full = [float(plurality(named(r)) in right_answers(r)) for r in tests]
    drawn = {c: [_draw(record, c) for record in tests] for c in sorted({*CERTAINTIES, DEFAULT})}
    usual = drawn[DEFAULT]
    scores = [
        _score("full vote", "accuracy", ids, full),
        _score("adaptive sampling", "accuracy", ids, [a for a, _ in usual], "full vote"),
        _score("adaptive sampling", "share of samples drawn", ids, [s for _, s in usual]),
    ]
    points = [(_mean([s for _, s in drawn[c]]), _mean([a for a, _ in drawn[c]])) for c in drawn]
    return Findings(scores, [_curve("adaptive sampling", points)])


def polling(splits: Sequence[Split]) -> Findings:
    """Speakers asked best first, fitted on the other folds, beside draws in a random order."""
    ids = [record.id for split in splits for record in split.test]
    tests = [record for split in splits for record in split.test]
    full = [float(plurality(named(r)) in right_answers(r)) for r in tests]
    rules = [_fitted(split.train) for split in splits]
    polled = {c: _polled(splits, rules, c) for c in CERTAINTIES}
    usual = _polled(splits, rules, Polling().certainty)
    blind = [_draw(record, DEFAULT) for record in tests]
    scores = [
        _score("full vote", "accuracy", ids, full),
        _score("poll, most reliable first", "accuracy", ids, [a for a, _ in usual], "full vote"),
        _score("poll, most reliable first", "share of answers drawn", ids, [s for _, s in usual]),
        _score("draws in any order", "accuracy", ids, [a for a, _ in blind], "full vote"),
        _score("draws in any order", "share of answers drawn", ids, [s for _, s in blind]),
    ]
    points = [(_mean([s for _, s in p]), _mean([a for a, _ in p])) for p in polled.values()]
    return Findings(scores, [_curve("poll, most reliable first", points)])


def _fitted(train: Sequence[Record]) -> Polling:
    names = _names_of(train)
    return Polling().fit([r.samples for r in train], [r.labels for r in train], names)


def _polled(
    splits: Sequence[Split], rules: Sequence[Polling], certainty: float
) -> list[tuple[float, float]]:
    return [
        _poll(replace(rule, certainty=certainty), record)
        for split, rule in zip(splits, rules, strict=True)
        for record in split.test
    ]


def _poll(rule: Polling, record: Record) -> tuple[float, float]:
    """Whether the answer is right, and the share of the speakers asked."""
    said = dict(zip((s.speaker for s in record.samples), named(record), strict=True))
    poll = rule.start(list(said))
    while (speaker := poll.next()) is not None:
        poll.hear(said[speaker])
    return float(poll.leader in right_answers(record)), poll.asked / len(said)


def _names_of(records: Sequence[Record]) -> Callable[[Sample], str | None]:
    """The canonical answer of each sample of these records."""
    names = {
        id(sample): name
        for record in records
        for sample, name in zip(record.samples, named(record), strict=True)
    }
    return lambda sample: names[id(sample)]


def _draw(record: Record, certainty: float) -> tuple[float, float]:
    """Share right and share drawn, over the random orders."""
    names, right = named(record), right_answers(record)
    rule = Stopping(budget=max(len(names), 1), certainty=certainty)
    hits = drawn = 0
    for order in range(ORDERS):
        draws = rule.start()
        for place in np.random.default_rng(order).permutation(len(names)):
            if draws.observe(names[place]).choice == "stop":
                break
        hits += draws.leader in right
        drawn += draws.drawn
    return hits / ORDERS, drawn / (ORDERS * max(len(names), 1))


def _most_sampled(record: Record) -> Record:
    """The record with only the samples of its most frequent speaker."""
    counts = Counter(s.speaker for s in record.samples)
    speaker = max(counts, key=counts.__getitem__, default="")
    return record.only([i for i, s in enumerate(record.samples) if s.speaker == speaker])


def _score(
    name: str, unit: str, ids: Sequence[str], values: Sequence[float], against: str | None = None
) -> Score:
    rows = per_question(dict(zip(ids, values, strict=True)))
    return Score(name, unit, rows, against=against)


def _curve(name: str, points: Sequence[tuple[float, float]]) -> Curve:
    x, y = zip(*sorted(points), strict=True)
    return Curve("cost", name, x, y)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


MEASURES = (
    Measure("stopping, one speaker", frozenset({Form.SAMPLES}), sampling),
    Measure("stopping, known speakers", frozenset({Form.AGENTS}), polling),
)
