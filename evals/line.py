"""The figures of one row on one set of tasks: accuracy, cost, confidence, and what it is against
others.

Accuracy has Wilson's 95 % interval; differences, AUROC and gains have percentile bootstrap intervals over
questions. Differences are paired by question (an interval of zero width says that no question differed, not
that the figure is certain) and come with McNemar's exact test of the questions on which the two disagree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel

from ..meta.monitor.metric import auroc, brier, ece, risk_coverage
from .interval import Floats, bootstrap_interval, share_interval
from .trial import Trial, mean

KEPT = 0.8
"""Share of the answers kept when the least confident fifth is given up."""


class Difference(BaseModel):
    """Accuracy of a row minus another's on the same questions."""

    against: str
    value: float
    low: float
    high: float
    only_this: int  # questions that this row alone got right
    only_other: int
    p: float  # McNemar's exact test, two-sided


class Confidence(BaseModel):
    """How well `answer.confidence` knows, over the answers that have one. None: does not exist.

    `kept` is the accuracy after the least confident fifth is given up (inside a tie: of a random
    order), `gain` what that adds to the accuracy `all`.
    """

    answers: int
    ece: float  # ten bins of equal width
    brier: float
    auroc: float | None
    auroc_low: float | None
    auroc_high: float | None
    all: float
    kept: float
    gain: float
    gain_low: float
    gain_high: float


class Line(BaseModel):
    """One row on one set ("all": on all of them). Costs are means a question."""

    row: str
    set: str
    questions: int
    failed: int
    right: int
    accuracy: float
    low: float
    high: float
    calls: float
    prompt_tokens: float
    completion_tokens: float
    seconds: float
    usd: float
    abstained: float  # share of the questions
    accuracy_answered: float | None  # of those it answered
    pareto: bool = False
    differences: list[Difference] = []
    confidence: Confidence | None = None  # of the line over all sets

    @property
    def tokens(self) -> float:
        """Prompt and completion, a question."""
        return self.prompt_tokens + self.completion_tokens


def line(
    row: str, part: str, trials: Sequence[Trial], others: Mapping[str, Sequence[Trial]]
) -> Line:
    """The figures of these trials, beside those of `others` on the same tasks."""
    low, high = share_interval([trial.right for trial in trials])
    usage = [trial.run.usage for trial in trials]
    answered = [trial.right for trial in trials if trial.answered]
    return Line(
        row=row,
        set=part,
        questions=len(trials),
        failed=sum(bool(trial.error) for trial in trials),
        right=sum(trial.right for trial in trials),
        accuracy=mean([trial.right for trial in trials]),
        low=low,
        high=high,
        calls=mean([spent.calls for spent in usage]),
        prompt_tokens=mean([spent.prompt_tokens for spent in usage]),
        completion_tokens=mean([spent.completion_tokens for spent in usage]),
        seconds=mean([trial.seconds for trial in trials]),
        usd=mean([spent.usd for spent in usage]),
        abstained=mean([trial.abstained for trial in trials]),
        accuracy_answered=mean(answered) if answered else None,
        differences=[difference(trials, other, name) for name, other in others.items()],
    )


def difference(trials: Sequence[Trial], others: Sequence[Trial], against: str) -> Difference:
    """Paired by place: both sequences are about the same tasks in the same order."""
    from scipy.stats import binomtest

    pairs = [(this.right, other.right) for this, other in zip(trials, others, strict=True)]
    gains, losses = pairs.count((True, False)), pairs.count((False, True))
    differences = np.array([this - other for this, other in pairs], dtype=np.float64)
    low, high = bootstrap_interval([differences], np.mean)
    return Difference(
        against=against,
        value=float(differences.mean()),
        low=low,
        high=high,
        only_this=gains,
        only_other=losses,
        p=float(binomtest(gains, gains + losses).pvalue) if gains + losses else 1.0,
    )


def confidence(trials: Sequence[Trial]) -> Confidence | None:
    """None when no answer has a confidence."""
    rows = rated(trials)
    if not len(rows):
        return None
    stated, right = rows.T
    known, sure = auroc(stated, right), bootstrap_interval([stated, right], auroc)
    gain, gain_span = _gain(stated, right), bootstrap_interval([stated, right], _gain)
    everything = float(right.mean())
    return Confidence(
        answers=len(rows),
        ece=ece(stated, right),
        brier=brier(stated, right),
        auroc=_number(known),
        auroc_low=_number(sure[0]),
        auroc_high=_number(sure[1]),
        all=everything,
        kept=everything + gain,
        gain=gain,
        gain_low=gain_span[0],
        gain_high=gain_span[1],
    )


def rated(trials: Sequence[Trial]) -> Floats:
    """Confidence and truth of the answers that have a confidence, shape (answers, 2)."""
    rows = [(t.confidence, float(t.right)) for t in trials if t.confidence is not None]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def mark_pareto(lines: Sequence[Line]) -> None:
    """Mark the lines that no other beats: none is as right with fewer tokens, or more right with as
    many. By the point estimates."""
    for one in lines:
        one.pareto = not any(
            other.tokens <= one.tokens
            and other.accuracy >= one.accuracy
            and (other.tokens, other.accuracy) != (one.tokens, one.accuracy)
            for other in lines
        )


def _gain(stated: Floats, right: Floats) -> float:
    """What giving up the least confident fifth adds to the accuracy."""
    _, risk = risk_coverage(stated, right)
    kept = max(1, math.ceil(KEPT * len(right)))
    return float(risk[-1] - risk[kept - 1])


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
