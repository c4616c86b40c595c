"""95 % intervals over questions: Wilson's for a share, the percentile bootstrap for any other figure.

Wilson's (1927) is scipy's; a share of 0 or 1 has an interval of positive width, which a bootstrap does not
give. The bootstrap is our own: `scipy.stats.bootstrap` (1.17) returns no interval and warns where the
statistic does not exist on one of the draws (AUROC of a draw without a wrong answer), and raises an error
for a single question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
"""How often an interval holds the true figure."""
DRAWS = 1000
"""Bootstrap draws behind an interval."""


def share_interval(outcomes: Sequence[bool]) -> tuple[float, float]:
    """Wilson's interval of the share of true outcomes; (nan, nan) without any."""
    if not outcomes:
        return float("nan"), float("nan")
    from scipy.stats import binomtest

    found = binomtest(sum(outcomes), len(outcomes)).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def bootstrap_interval(
    columns: Sequence[Floats], statistic: Callable[..., float], seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of `statistic(*columns)` when questions are drawn with replacement.

    `columns` are arrays of shape (questions,), drawn together; draws on which the statistic is not finite are
    left out. (nan, nan) where none is left.
    """
    rng = np.random.default_rng(seed)
    count = len(columns[0])
    draws = rng.integers(count, size=(DRAWS, count))
    values = np.array([statistic(*(column[draw] for column in columns)) for draw in draws])
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)
