"""What the token probabilities say of a sample; relevance as in SAR (Duan et al., arXiv 2307.01379)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...core.errors import InvalidInput
from ..sample import Sample


def _usable(logprobs: Sequence[float] | None) -> Sequence[float] | None:
    """The log-probabilities when each is a number not above 0, else None."""
    if not logprobs:
        return None
    return logprobs if all(v <= 1e-6 and math.isfinite(v) for v in logprobs) else None


def mean_logprob(sample: Sample) -> float | None:
    """Log-probability per token, weighted by relevance where the sample has weights (tokenSAR).

    Without relevance, or with weights that are all zero, each token weighs the same. Raises
    `InvalidInput` when the weights are not one for each token or one is negative.
    """
    usable = _usable(sample.logprobs)
    if usable is None:
        return None
    weights = sample.relevance
    if weights is None:
        return sum(usable) / len(usable)
    if len(weights) != len(usable) or not all(w >= 0 for w in weights):
        raise InvalidInput("relevance needs one weight of at least 0 for each token")
    total = sum(weights)
    if total <= 0:
        return sum(usable) / len(usable)
    return sum(w * v for w, v in zip(weights, usable, strict=True)) / total
