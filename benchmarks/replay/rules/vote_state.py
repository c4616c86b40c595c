"""How far the speakers agree: share, margin and entropy of the vote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metathink.meta.answers.equivalence import Candidate, candidates
from metathink.meta.sample import Question, Sample


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the votes look like; all figures lie in [0, 1].

    `share`: of the samples, those that gave the most frequent answer. `margin`: its lead over the
    second. `entropy`: of the vote, divided by the logarithm of the number of samples (0: all the
    same, 1: all different). `answered`: share of the samples that gave an answer at all.
    """

    answer: str | None
    share: float
    margin: float
    entropy: float
    answered: float


def agreement(samples: Sequence[Sample], question: Question) -> Agreement:
    """The state of the vote; with no answer at all, no share and full entropy."""
    return of_candidates(candidates(samples, question), len(samples))


def of_candidates(found: Sequence[Candidate], total: int) -> Agreement:
    """The state of a vote already counted, out of `total` samples."""
    counts = sorted((len(c.members) for c in found), reverse=True)
    if not counts:
        return Agreement(None, 0.0, 0.0, 1.0, 0.0)
    second = counts[1] if len(counts) > 1 else 0
    return Agreement(
        answer=found[0].answer,
        share=counts[0] / total,
        margin=(counts[0] - second) / total,
        entropy=normalised_entropy(counts),
        answered=sum(counts) / total,
    )


def normalised_entropy(counts: Sequence[float]) -> float:
    """Entropy of the counts over the entropy if each of the samples stood alone, in [0, 1]."""
    total = sum(counts)
    if total <= 1:
        return 0.0
    entropy = -sum(c / total * math.log(c / total) for c in counts if c > 0)
    return min(max(entropy / math.log(total), 0.0), 1.0)
