"""Measure: one answer from many, by every aggregator that the form allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from metathink.meta.monitor.confidence import Confidence, best
from metathink.meta.monitor.metric import auroc, ece
from metathink.meta.sample import Decision, Question, Sample

from ..interval import Floats
from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.calibrator import Calibrator
from ..rules.learned_vote import Reliability, by_confidence, by_consistency, plurality
from ..split import Split
from .anchor import is_right

Choose = Callable[[Question, Sequence[Sample]], Decision[str | None]]


def fitted(train: Sequence[Record]) -> dict[str, Choose]:
    """Every aggregator, fitted on `train` where it has something to fit."""
    questions = [r.question for r in train]
    samples, labels = [r.samples for r in train], [r.labels for r in train]
    reliability = Reliability.fit(questions, samples, labels)
    combined = Confidence.fit(questions, samples, labels)
    choosers: dict[str, Choose] = {
        "plurality": plurality,
        "reliability": reliability.choose,
        "combined confidence": lambda q, s: best(combined, q, s),
        "abduction": lambda q, s: by_consistency(q, s, reliability),
    }
    pairs = [
        (s.stated, label, s.speaker)
        for r in train
        for s, label in zip(r.samples, r.labels, strict=True)
        if s.stated is not None
    ]
    if pairs:
        stated, truth, names = zip(*pairs, strict=True)
        calibrator = Calibrator.fit(stated, truth, names)
        choosers["stated confidence"] = by_confidence
        choosers["calibrated confidence"] = lambda q, s: by_confidence(q, s, calibrator)
    return choosers


def aggregation(splits: Sequence[Split]) -> Findings:
    """Accuracy of each aggregator, and how well it knows whether it is right."""
    right: dict[str, dict[str, float]] = {}
    sure: dict[str, dict[str, Floats]] = {}
    for split in splits:
        for name, choose in fitted(split.train).items():
            for record in split.test:
                decision = choose(record.question, record.samples)
                hit = is_right(record, decision.choice)
                right.setdefault(name, {})[record.id] = hit
                pair = np.array([[decision.confidence or 0.0, hit]])
                sure.setdefault(name, {})[record.id] = pair
    scores = [
        Score(
            name,
            "accuracy",
            per_question(hits),
            against=None if name == "plurality" else "plurality",
        )
        for name, hits in right.items()
    ]
    for name, rows in sure.items():
        scores.append(Score(name, "ECE of the choice", rows, lambda r: ece(r[:, 0], r[:, 1])))
        scores.append(Score(name, "AUROC of the choice", rows, lambda r: auroc(r[:, 0], r[:, 1])))
    return Findings(scores)


MEASURES = (
    Measure("aggregation", frozenset({Form.AGENTS, Form.STATED, Form.METHODS}), aggregation),
)
