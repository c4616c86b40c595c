"""Choice by pairwise judgement: the Bradley-Terry model.

P(i beats j) = s_i / (s_i + s_j) (Bradley & Terry 1952), fitted by the minorisation algorithm of
Hunter (2004, Annals of Statistics 32). A weak prior, half a win each way against a candidate of
strength 1, keeps the strengths finite when one wins always and defined when one was never compared.
A judgement may be a probability (a stated preference) and counts as that share of a win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metathink.core.errors import InvalidInput
from metathink.meta.sample import Decision, probability

PRIOR = 0.5
ROUNDS = 200
CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge compared two candidates: how likely `left` is the better, 0.5 for a tie."""

    left: int
    right: int
    preference: float = 1.0

    def __post_init__(self) -> None:
        if probability(self.preference, "preference") is None:
            raise InvalidInput(f"a preference lies in [0, 1], it is {self.preference}")
        if self.left == self.right or min(self.left, self.right) < 0:
            raise InvalidInput("a judgement compares two different candidates")


def strengths(count: int, judgements: Sequence[Judgement]) -> NDArray[np.float64]:
    """Strength of each of `count` candidates, shape (count,), summing to `count`.

    Raises `InvalidInput` for a judgement of a candidate that does not exist, or no candidates.
    """
    if count < 1:
        raise InvalidInput("no candidates")
    wins = np.zeros((count, count))
    for j in judgements:
        if max(j.left, j.right) >= count:
            raise InvalidInput(f"candidate {max(j.left, j.right)} of {count} does not exist")
        wins[j.left, j.right] += j.preference
        wins[j.right, j.left] += 1.0 - j.preference
    met, won = wins + wins.T, wins.sum(axis=1) + PRIOR
    strength = np.ones(count)
    for _ in range(ROUNDS):
        pull = (met / (strength[:, None] + strength)).sum(axis=1) + 2 * PRIOR / (strength + 1.0)
        updated = won / pull
        if np.abs(updated / strength - 1.0).max() < CLOSE:
            break
        strength = updated
    return strength * count / strength.sum()


def prefer(count: int, judgements: Sequence[Judgement]) -> Decision[int]:
    """The strongest candidate, the first among equals; confidence is its share of the strength."""
    strength = strengths(count, judgements)
    best = int(np.argmax(strength.round(9)))
    share = float(strength[best] / strength.sum())
    words = f"strength {strength[best]:.2f} of {count} after {len(judgements)} comparisons"
    return Decision(best, words, {"share": share, "comparisons": len(judgements)}, share)
