"""Bootstrap intervals over questions (Efron 1979): questions are drawn, not their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], float]
"""From rows (one per answer or question) to one figure."""


def mean(rows: Floats) -> float:
    """The mean of the first column."""
    return float(rows[:, 0].mean())


def interval(
    blocks: Sequence[Floats],
    statistic: Statistic = mean,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile interval of `statistic` when whole questions are drawn with replacement.

    `blocks[i]` holds the rows of question i, shape (rows, columns). Draws on which the statistic
    does not exist (AUROC with one class) are left out; (nan, nan) when it never does.
    """
    rng = np.random.default_rng(seed)
    count = len(blocks)
    picks = rng.integers(count, size=(draws, count))
    if statistic is mean:
        sums = np.array([block[:, 0].sum() for block in blocks])
        sizes = np.array([len(block) for block in blocks])
        values = sums[picks].sum(axis=1) / np.maximum(sizes[picks].sum(axis=1), 1)
    else:
        values = np.array([statistic(np.concatenate([blocks[i] for i in p])) for p in picks])
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)
