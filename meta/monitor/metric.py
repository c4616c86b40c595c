"""Figures of merit of a confidence: ECE, Brier, AUROC, area under risk-coverage, reliability.

`confidence` and `outcome` are arrays of one length; an outcome is 0 or 1, or a known probability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import InvalidInput

Floats = NDArray[np.float64]


def _pair(confidence: ArrayLike, outcome: ArrayLike) -> tuple[Floats, Floats]:
    p = np.asarray(confidence, dtype=np.float64).ravel()
    y = np.asarray(outcome, dtype=np.float64).ravel()
    if p.shape != y.shape or not p.size:
        raise InvalidInput(f"{p.size} confidences but {y.size} outcomes")
    for name, values in (("confidences", p), ("outcomes", y)):
        if not ((values >= 0) & (values <= 1)).all():
            raise InvalidInput(f"{name} must lie in [0, 1]")
    return p, y


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of the reliability picture."""

    confidence: float  # mean in the bin
    accuracy: float
    count: int


def reliability(confidence: ArrayLike, outcome: ArrayLike, bins: int = 10) -> list[Bin]:
    """The non-empty ones of `bins` bins of equal width, from low to high."""
    p, y = _pair(confidence, outcome)
    place = np.minimum((p * bins).astype(int), bins - 1)
    return [
        Bin(float(p[place == b].mean()), float(y[place == b].mean()), int((place == b).sum()))
        for b in range(bins)
        if (place == b).any()
    ]


def ece(confidence: ArrayLike, outcome: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error over `bins` bins of equal width (Naeini et al. 2015)."""
    found = reliability(confidence, outcome, bins)
    total = sum(b.count for b in found)
    return sum(b.count * abs(b.confidence - b.accuracy) for b in found) / total


def ece_equal_mass(confidence: ArrayLike, outcome: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error over `bins` bins that hold equally many answers."""
    p, y = _pair(confidence, outcome)
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, min(bins, p.size))
    return float(sum(abs(p[i].sum() - y[i].sum()) for i in parts) / p.size)


def brier(confidence: ArrayLike, outcome: ArrayLike) -> float:
    """Mean squared distance of confidence and outcome."""
    p, y = _pair(confidence, outcome)
    return float(np.mean((p - y) ** 2))


def mean_error(confidence: ArrayLike, outcome: ArrayLike) -> float:
    """Mean distance to a known probability."""
    p, y = _pair(confidence, outcome)
    return float(np.mean(np.abs(p - y)))


def auroc(confidence: ArrayLike, outcome: ArrayLike) -> float:
    """Chance that a right answer has more confidence than a wrong one, ties half.

    NaN when all answers are right or all are wrong. An outcome above 0.5 counts as right.
    """
    p, y = _pair(confidence, outcome)
    right = y > 0.5
    positives, negatives = int(right.sum()), int((~right).sum())
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    wins = rank[right].sum() - positives * (positives + 1) / 2.0
    return float(wins / (positives * negatives))


def wilson(right: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share, 95 % by default; 0 to 1 of nothing."""
    if count == 0:
        return 0.0, 1.0
    share, wide = right / count, z * z / count
    middle = (share + wide / 2) / (1 + wide)
    half = z * math.sqrt(share * (1 - share) / count + wide / (4 * count)) / (1 + wide)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def risk_coverage(confidence: ArrayLike, outcome: ArrayLike) -> tuple[Floats, Floats]:
    """Coverage and the risk (share wrong) of the answers kept, the surest first.

    Answers of equal confidence are kept together: inside a tie the risk is that of a random order.
    """
    p, y = _pair(confidence, outcome)
    levels, inverse, counts = np.unique(-p, return_inverse=True, return_counts=True)
    mean_loss = np.bincount(inverse, weights=1.0 - y, minlength=len(levels)) / counts
    loss = np.repeat(mean_loss, counts)
    kept = np.arange(1, p.size + 1)
    return kept / p.size, np.cumsum(loss) / kept


def aurc(confidence: ArrayLike, outcome: ArrayLike) -> float:
    """Area under the risk-coverage curve (Geifman & El-Yaniv 2017); lower is better."""
    return float(risk_coverage(confidence, outcome)[1].mean())
