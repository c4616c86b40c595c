"""Think, or answer at once.

The answer at once costs next to nothing, so it is taken first where a check can then say whether it
stands; otherwise the choice is one of two arms: thinking is worth it where its predicted gain in
success exceeds its predicted cost at the going price. The price is fitted on past questions that
were answered both ways: the highest at which accuracy stays what it is when one always thinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metathink.core.errors import InvalidInput
from metathink.meta.control.forecast import Arm, Episode, Forecast
from metathink.meta.sample import Decision, Label, Question

Mode = Literal["think", "answer"]

ARMS = (Arm("think", success=0.7, cost=1.0), Arm("answer", success=0.6, cost=0.0))


@dataclass(frozen=True, slots=True)
class Thinking:
    """The decision; `price` is what one unit of thinking costs, in units of one right answer."""

    forecast: Forecast = field(default_factory=lambda: Forecast(ARMS))
    price: float = 0.0

    def __post_init__(self) -> None:
        if not self.price >= 0.0:
            raise InvalidInput(f"price is at least 0, it is {self.price}")

    def fit(
        self,
        questions: Sequence[Question],
        thought: Sequence[Label],
        answered: Sequence[Label],
        costs: Sequence[float],
        tolerance: float = 0.0,
    ) -> Thinking:
        """Learned from questions answered both ways; `costs` are those of thinking.

        The price is the highest at which leave-one-out decisions lose at most `tolerance` accuracy
        against always thinking.
        """
        rows = list(zip(questions, thought, answered, costs, strict=True))
        if not rows:
            return self
        forecast = self.forecast.learn(
            episode
            for question, with_thought, without, cost in rows
            for episode in (
                Episode(question, "think", with_thought, cost),
                Episode(question, "answer", without, 0.0),
            )
        )
        gains = forecast.in_hindsight("think") - forecast.in_hindsight("answer")
        paid = [forecast.predict(question)["think"].cost for question in questions]
        truth = np.array([t.reveal() - a.reveal() for t, a in zip(thought, answered, strict=True)])
        worth = gains[-len(rows) :] / np.maximum(np.array(paid), 1e-9)
        return replace(self, forecast=forecast, price=_price(worth, truth, tolerance))

    def decide(self, question: Question, stands: bool | None = None) -> Decision[Mode]:
        """Whether to think; `stands` is what a check said of the answer at once, if any."""
        if stands is not None:
            mode: Mode = "answer" if stands else "think"
            verdict = "stands" if stands else "fails"
            return Decision(
                mode, f"a check says that the answer at once {verdict}", {}, float(stands)
            )
        predicted = self.forecast.predict(question)
        gain = predicted["think"].success - predicted["answer"].success
        bill = self.price * predicted["think"].cost
        mode = "think" if gain > bill else "answer"
        words = f"thinking is expected to gain {gain:+.0%} for a price of {bill:.0%}"
        numbers = {"gain": gain, "price": bill, "cost": predicted["think"].cost}
        return Decision(mode, words, numbers, predicted[mode].success)


def _price(worth: NDArray[np.float64], truth: NDArray[np.float64], tolerance: float) -> float:
    """The highest gain per cost up to which answering at once loses at most `tolerance`.

    `truth` is what thinking really gained (1, 0, -1) on each question.
    """
    order = np.argsort(worth, kind="stable")
    lost = np.cumsum(truth[order]) / len(truth)
    allowed = np.flatnonzero(lost <= tolerance + 1e-12)
    return max(0.0, float(worth[order][allowed[-1]])) if len(allowed) else 0.0
