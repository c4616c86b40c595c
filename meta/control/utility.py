"""What a choice is worth: value minus price, in the frame of ZIP-RC (arXiv 2512.01457).

    utility = E[value of the best answer] - beta (alpha compute + (1 - alpha) latency)

ZIP-RC reads both terms from a model's unused logits; here success and cost come from a `Forecast`
or from any estimate the caller has. Every price is in units of one right answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from ...core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Utility:
    """How right answers, wrong answers and spending weigh against each other.

    `right` and `wrong` are what an answer is worth when it is right and when it is wrong (0 or
    negative), `price` is what one unit of cost takes away (beta), `patience` is the share of the
    price that falls on compute; the rest falls on latency (alpha). Raises `InvalidInput`.
    """

    right: float = 1.0
    wrong: float = 0.0
    price: float = 0.0
    patience: float = 1.0

    def __post_init__(self) -> None:
        numbers = (self.right, self.wrong, self.price, self.patience)
        if not all(map(isfinite, numbers)) or self.right <= self.wrong:
            raise InvalidInput("a right answer must be worth more than a wrong one, both finite")
        if self.price < 0.0 or not 0.0 <= self.patience <= 1.0:
            raise InvalidInput("price >= 0 and patience in [0, 1] are needed")

    def of(self, success: float, cost: float = 0.0, latency: float | None = None) -> float:
        """Expected utility of one answer; `latency` is in the unit of `cost` and defaults to it."""
        slow = cost if latency is None else latency
        paid = self.price * (self.patience * cost + (1.0 - self.patience) * slow)
        return self.wrong + success * (self.right - self.wrong) - paid
