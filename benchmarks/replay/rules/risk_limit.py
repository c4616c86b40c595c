"""Answer only where few of the answers given are wrong: selective classification with a guarantee (Geifman
and El-Yaniv 2017, arXiv 1705.08500)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metathink.core.errors import InvalidInput
from metathink.meta.control.abstention import Act
from metathink.meta.sample import Decision, Label, probability


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """Answer only above a confidence at which at most `risk` of the answers given are wrong.

    The threshold holds with probability `assurance` over the calibration set: the smallest whose
    upper confidence bound on the error (Clopper-Pearson) stays within `risk`, thresholds being
    tested from the strictest on until one fails (fixed-sequence testing, so no correction is due).
    """

    risk: float = 0.1
    assurance: float = 0.9
    threshold: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.risk < 1.0 or not 0.0 < self.assurance < 1.0:
            raise InvalidInput("risk and assurance lie in (0, 1)")

    def fit(self, confidences: Sequence[float], labels: Sequence[Label]) -> RiskLimit:
        """The limit with its threshold found; it abstains always where no threshold qualifies."""
        rows = sorted(
            ((c, label.reveal()) for c, label in zip(confidences, labels, strict=True)),
            key=lambda row: -row[0],
        )
        best, wrong = float("inf"), 0.0
        first = _fewest(self.risk, self.assurance)
        for count, (confidence, right) in enumerate(rows, 1):
            wrong += 1.0 - right
            tied = count < len(rows) and rows[count][0] == confidence
            if count < first or tied:
                continue
            if _upper_bound(wrong, count, self.assurance) > self.risk:
                break
            best = confidence
        return RiskLimit(self.risk, self.assurance, best)

    def decide(self, confidence: float) -> Decision[Act]:
        """Answer or abstain; a missing confidence (None or NaN) abstains."""
        sure = probability(confidence, "confidence")
        if sure is not None and sure >= self.threshold:
            words = (
                f"{sure:.0%} is at least {self.threshold:.0%}: at most {self.risk:.0%} err there"
            )
            return Decision("answer", words, {"threshold": self.threshold}, sure)
        if self.threshold > 1.0:
            words = f"at no confidence is it assured that at most {self.risk:.0%} err"
            return Decision("abstain", words, {"threshold": self.threshold}, sure)
        words = f"below {self.threshold:.0%} more than {self.risk:.0%} of the answers may be wrong"
        return Decision("abstain", words, {"threshold": self.threshold}, sure)


def _fewest(risk: float, assurance: float) -> int:
    """How many faultless answers it takes before the bound can be within the risk at all."""
    from math import ceil, log

    return max(1, ceil(log(1.0 - assurance) / log(1.0 - risk)))


def _upper_bound(wrong: float, count: int, assurance: float) -> float:
    from scipy.special import betaincinv

    return 1.0 if wrong >= count else float(betaincinv(wrong + 1.0, count - wrong, assurance))
