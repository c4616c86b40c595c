"""When to refine an answer.

Refinement is mostly confirmation and sometimes harm: under 2 % of reflections turn a wrong answer
right (First Try Matters, arXiv 2510.08308), and always reflecting makes GPT-4 worse on MBPP. So there is a
difficulty gate in the spirit of MAgICoRe (arXiv 2409.12147): with confidence c in the answer, learned chances
to `mend` a wrong answer and to `break` a right one, refining is worth (1 - c) mend - c break - price, and is
done when that is above zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...core.errors import InvalidInput
from ..sample import Decision, Label, probability

Act = Literal["refine", "keep"]

PRIOR_WEIGHT = 10.0  # past refinements that the prior chances count for


@dataclass(frozen=True, slots=True)
class RefinementGate:
    """Whether refining an answer is worth its price.

    `mend` is the chance that refining turns a wrong answer right, `breaks` that it turns a right
    one wrong; the defaults stand for the literature until `fit` has seen outcomes. `price` is the
    cost of a refinement in units of one right answer.
    """

    mend: float = 0.10
    breaks: float = 0.05
    price: float = 0.01

    def __post_init__(self) -> None:
        if not 0.0 <= self.mend <= 1.0 or not 0.0 <= self.breaks <= 1.0 or self.price < 0.0:
            raise InvalidInput("mend and breaks lie in [0, 1], price >= 0")

    def fit(self, before: Sequence[Label], after: Sequence[Label]) -> RefinementGate:
        """The gate with chances learned from pairs (first answer right, refined answer right)."""
        pairs = [(b.reveal(), a.reveal()) for b, a in zip(before, after, strict=True)]
        wrong = [a for b, a in pairs if b < 0.5]
        right = [1.0 - a for b, a in pairs if b >= 0.5]
        return replace(self, mend=_shrunk(wrong, self.mend), breaks=_shrunk(right, self.breaks))

    def decide(self, confidence: float) -> Decision[Act]:
        """Whether to refine an answer held with this confidence. NaN and out of range raise."""
        c = _confidence(confidence)
        gain = (1.0 - c) * self.mend - c * self.breaks
        act: Act = "refine" if gain > self.price else "keep"
        words = (
            f"refining gains {gain:+.1%} at confidence {c:.0%} "
            f"(mends {self.mend:.0%} of wrong, breaks {self.breaks:.0%} of right), "
            f"price {self.price:.1%}"
        )
        return Decision(act, words, {"gain": gain, "price": self.price, "confidence": c}, c)

    @property
    def threshold(self) -> float:
        """The confidence below which refining is worth it; 0 where it never is."""
        total = self.mend + self.breaks
        return max(0.0, (self.mend - self.price) / total) if total else 0.0


def _confidence(value: float) -> float:
    checked = probability(value, "confidence")
    if checked is None:
        raise InvalidInput(f"a confidence lies in [0, 1], it is {value}")
    return checked


def _shrunk(values: Sequence[float], prior: float) -> float:
    return (sum(values) + PRIOR_WEIGHT * prior) / (len(values) + PRIOR_WEIGHT)
