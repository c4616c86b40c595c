"""What a choice is worth: value minus price, in the frame of ZIP-RC (arXiv 2512.01457).

    utility = E[value of the best answer] - beta (alpha compute + (1 - alpha) latency)

ZIP-RC reads both terms from a model's unused logits; here success and cost come from a `Forecast`
or from any estimate the caller has. Every price is in units of one right answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from ...core.errors import InvalidInput

NEGLIGIBLE = 1e-18
"""Variance of a success that counts as none."""


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

    def best_of(self, count: int, success: float, cost: float, error: float = 0.0) -> float:
        """Utility of `count` independent answers drawn at once and chosen by a perfect verifier.

        `success` is uncertain by the standard `error`: with a Beta belief of that mean and spread
        the chance that all fail is the product of (b + i) / (a + b + i), larger than
        (1 - success)^count, because a hard question is hard for every draw.
        """
        if count < 1:
            raise InvalidInput(f"count must be at least 1, it is {count}")
        return self.of(1.0 - _all_fail(count, success, error), count * cost, cost)

    def draws(self, success: float, cost: float, error: float = 0.0, most: int = 64) -> int:
        """How many answers to draw at once for the greatest utility of `best_of`, at most `most`.

        The utility is concave in the count, so the search stops at the first that gains nothing.
        """
        count = 1
        while count < most and self.best_of(count + 1, success, cost, error) > self.best_of(
            count, success, cost, error
        ):
            count += 1
        return count


def _all_fail(count: int, success: float, error: float) -> float:
    """Probability that all fail, for a Beta belief with this mean and standard deviation."""
    variance = min(error * error, 0.999 * success * (1.0 - success))
    if variance <= NEGLIGIBLE:  # the strength would overflow
        return (1.0 - success) ** count
    strength = success * (1.0 - success) / variance - 1.0  # a + b
    b = (1.0 - success) * strength
    chance = 1.0
    for i in range(count):
        chance *= (b + i) / (strength + i)
    return chance
