"""Choosing a method or a model for a question.

One arm is chosen by expected utility (value minus price) under a `Forecast`; with `explore` above
zero its uncertainty counts in its favour (LinUCB, Li et al. 2010), so that arms that were seldom
used get their chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...core.errors import InvalidInput
from ..sample import Decision, Question
from .forecast import Forecast, Prediction
from .utility import Utility


@dataclass(frozen=True, slots=True)
class Choosing:
    """How an arm is chosen: the utility, and how much uncertainty is worth (standard errors)."""

    forecast: Forecast
    utility: Utility = field(default_factory=Utility)
    explore: float = 0.0

    def choose(self, question: Question, among: Iterable[str] | None = None) -> Decision[str]:
        """The arm with the greatest expected utility, the earliest declared among equals.

        `among` restricts the choice. Raises `InvalidInput` when nothing is left to choose from.
        """
        return self.ranking(question, among)[0]

    def ranking(
        self, question: Question, among: Iterable[str] | None = None
    ) -> list[Decision[str]]:
        """Every arm with its reason, the best first."""
        predicted = self.forecast.predict(question)
        allowed = predicted.keys() if among is None else set(among) & predicted.keys()
        if not allowed:
            raise InvalidInput("no arm to choose from")
        worth = {arm: self._worth(p) for arm, p in predicted.items() if arm in allowed}
        ordered = sorted(worth, key=lambda arm: -worth[arm])
        return [_decision(arm, predicted[arm], worth[arm], len(ordered)) for arm in ordered]

    def _worth(self, predicted: Prediction) -> float:
        hopeful = predicted.success + self.explore * predicted.error
        return self.utility.of(min(hopeful, 1.0), predicted.cost)


def _decision(arm: str, p: Prediction, worth: float, arms: int) -> Decision[str]:
    words = (
        f"{arm}: right with {p.success:.0%} (+-{p.error:.0%}) for {p.cost:.2g}, "
        f"utility {worth:.3f}, of {arms} arms"
    )
    numbers = {"utility": worth, "success": p.success, "error": p.error, "cost": p.cost}
    return Decision(arm, words, numbers, p.success)
