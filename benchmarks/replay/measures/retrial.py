"""When to stop trying again: trials replayed one by one, without knowing which succeeded.

Runs were recorded until their first success, so where the rule would go on after a success the
recorded end stands; what can be measured is how many trials a rule saves and what success it costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from metathink.evals.curve import Curve
from metathink.meta.answers.equivalence import canonical

from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.refinement import Refinement
from ..split import Split

MOST = 20
"""More rounds than any run has."""

PATIENCES = (1, 2, 3)


def retrial(splits: Sequence[Split]) -> Findings:
    """Success and trials of stopping after trials that changed nothing or went in a circle."""
    tests = [record for split in splits for record in split.test]
    first = {r.id: _mean([run[0][1] for run in _runs(r)]) for r in tests}
    last = {r.id: _mean([run[-1][1] for run in _runs(r)]) for r in tests}
    scores = [
        Score("first trial", "accuracy", per_question(first), against="all trials"),
        Score("all trials", "accuracy", per_question(last)),
    ]
    points = [(1.0, float(np.mean(list(last.values()))))]
    for patience in PATIENCES:
        played = {r.id: [_stop(run, patience) for run in _runs(r)] for r in tests}
        right = {key: _mean([end for end, _ in runs]) for key, runs in played.items()}
        spent = {key: _mean([share for _, share in runs]) for key, runs in played.items()}
        name = f"stop after {patience} without change"
        scores.append(Score(name, "accuracy", per_question(right), against="all trials"))
        scores.append(Score(name, "share of trials", per_question(spent)))
        points.append((float(np.mean(list(spent.values()))), float(np.mean(list(right.values())))))
    x, y = zip(*sorted(points), strict=True)
    return Findings(scores, [Curve("cost", "stop without change", x, y)])


def _runs(record: Record) -> list[list[tuple[str | None, float]]]:
    """Each run's answers and truths, in order."""
    rows = zip(record.samples, record.labels, strict=True)
    kind = record.question.kind
    return [
        [(canonical(sample.answer, kind), label.reveal()) for sample, label in run]
        for _, run in groupby(rows, key=lambda row: row[0].speaker)
    ]


def _stop(run: Sequence[tuple[str | None, float]], patience: int) -> tuple[float, float]:
    """Whether the run ends right, and the share of its trials that were made."""
    refinement = Refinement(rounds=MOST, patience=patience)
    for place, (answer, right) in enumerate(run, 1):
        if refinement.observe(answer).choice == "keep":
            return right, place / len(run)
    return run[-1][1], 1.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


MEASURES = (Measure("when to stop trying again", frozenset({Form.TRIALS}), retrial),)
