"""What the token probabilities say: sequence log-probability, token relevance, P(True).

Sources: SAR (Duan et al. 2307.01379) for relevance; Kadavath et al. 2207.05221 for P(True).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from ...core.errors import InvalidInput
from ..sample import Sample


def _usable(logprobs: Sequence[float] | None) -> Sequence[float] | None:
    """The log-probabilities when each is a number not above 0, else None."""
    if not logprobs:
        return None
    return logprobs if all(v <= 1e-6 and math.isfinite(v) for v in logprobs) else None


def sequence_logprob(sample: Sample) -> float | None:
    """Log-probability of the whole text; None when any token's is missing."""
    usable = _usable(sample.logprobs)
    return None if usable is None else float(sum(usable))


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


def token_relevance(tokens: Sequence[str], similarity: Callable[[str, str], float]) -> list[float]:
    """How much the meaning changes without each token: 1 - similarity (SAR, section 4.1).

    Only the token at its own place is left out (the released code drops every occurrence).
    `similarity` takes the text with and without the token and answers in [0, 1].
    """
    whole = "".join(tokens)
    rest = ("".join([*tokens[:i], *tokens[i + 1 :]]) for i in range(len(tokens)))
    return [min(max(1.0 - similarity(whole, without), 0.0), 1.0) for without in rest]


def shared_uncertainty(
    logprobs: Sequence[float], similarity: Sequence[Sequence[float]], temperature: float = 0.001
) -> float:
    """SAR over several samples: mean of -log(p_j + (1/t) sum of sim_jk p_k); lower is surer.

    `logprobs` are the samples' (relevance-weighted) mean log-probabilities; `similarity` is square.
    Raises `InvalidInput` when the shapes do not fit.
    """
    count = len(logprobs)
    if count == 0 or len(similarity) != count or any(len(row) != count for row in similarity):
        raise InvalidInput("shared_uncertainty needs n log-probabilities and n x n similarities")
    chances = [math.exp(v) for v in logprobs]
    total = 0.0
    for j, own in enumerate(chances):
        others = sum(similarity[j][k] * chances[k] for k in range(count) if k != j)
        total -= math.log(max(own + others / temperature, 1e-300))
    return total / count


def p_true(top_logprobs: Mapping[str, float]) -> float | None:
    """P(True) from the first token's alternatives: mass of "True" over that of both verdicts.

    Spellings are put together (" true", "True", "yes", "A" where the prompt offers (A) True and
    (B) False). None when neither verdict is among the alternatives.
    """
    true = false = 0.0
    for token, logprob in top_logprobs.items():
        word = token.strip(" \t\n(.)*").lower()
        if not math.isfinite(logprob) or logprob > 1e-6:
            continue
        if word in ("true", "yes", "a"):
            true += math.exp(logprob)
        elif word in ("false", "no", "b"):
            false += math.exp(logprob)
    return true / (true + false) if true + false > 0 else None
