"""Measure: the vote of one model's samples as an answer and as a confidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metathink.evals.curve import Curve
from metathink.meta.monitor.metric import auroc, ece, reliability, risk_coverage
from metathink.meta.sample import Label

from ..interval import Floats
from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.calibrator import Calibrator
from ..rules.vote_state import agreement
from ..split import Split
from .anchor import drawn, is_right


def vote(splits: Sequence[Split]) -> Findings:
    """Accuracy of the vote; its share as a confidence, raw and calibrated on the other folds."""
    hits: dict[str, float] = {}
    rows: dict[str, dict[str, Floats]] = {
        "vote share": {},
        "vote share, beta": {},
        "1 - entropy": {},
    }
    for split in splits:
        seen = [_judged(r) for r in split.train]
        fitted = Calibrator.fit([share for share, _, _ in seen], [Label(hit) for _, _, hit in seen])
        for record in split.test:
            share, certainty, hit = _judged(record)
            hits[record.id] = hit
            rows["vote share"][record.id] = np.array([[share, hit]])
            rows["vote share, beta"][record.id] = np.array([[fitted(share), hit]])
            rows["1 - entropy"][record.id] = np.array([[certainty, hit]])
    scores = [Score("vote", "accuracy", per_question(hits))]
    curves: list[Curve] = []
    for name, pairs in rows.items():
        scores.append(Score(name, "ECE (10 bins of equal width)", pairs, _ece))
        scores.append(Score(name, "AUROC", pairs, _auroc))
        whole = np.concatenate(list(pairs.values()))
        bins = reliability(whole[:, 0], whole[:, 1])
        x, y = risk_coverage(whole[:, 0], whole[:, 1])
        curves.append(
            Curve(
                "reliability",
                name,
                tuple(b.confidence for b in bins),
                tuple(b.accuracy for b in bins),
                tuple(float(b.count) for b in bins),
            )
        )
        curves.append(Curve("risk-coverage", name, tuple(x.tolist()), tuple(y.tolist())))
    return Findings(scores, curves)


def _judged(record: Record) -> tuple[float, float, float]:
    """Share and certainty of the vote, and whether it is right."""
    own = drawn(record)
    state = agreement(own.samples, own.question)
    return state.share, 1.0 - state.entropy, is_right(own, state.answer)


def _ece(rows: Floats) -> float:
    return ece(rows[:, 0], rows[:, 1])


def _auroc(rows: Floats) -> float:
    return auroc(rows[:, 0], rows[:, 1])


MEASURES = (Measure("vote", frozenset({Form.SAMPLES}), vote),)
