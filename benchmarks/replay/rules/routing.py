"""Asking a second arm when the first one declines, and routing between a cheap and a dear model.

Routing is a choice with two arms, where the price is set so that a wanted share of past questions would have
gone to the dear one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from metathink.core.errors import InvalidInput
from metathink.meta.control.choice import Choosing
from metathink.meta.control.forecast import Forecast
from metathink.meta.sample import Decision, Question, Sample

from .verifier import Check, verdict_of

_DECLINES = re.compile(
    r"\b(no (valid |possible )?solution|not possible|impossible|unable|cannot|can't|not achievable"
    r"|no such|unfortunately|don't know|do not know|not sure|sorry)\b",
    re.IGNORECASE,
)
SHORT = 400
"""An answer longer than this is not read as a refusal."""


@dataclass(slots=True)
class Cascade:
    """Arms tried one after another on one question, until an answer is accepted.

    An answer is refused when it is missing, when it declines ("there is no solution"), or when a
    `check` says it is wrong; the next arm is then asked if it is worth its price. Without a check
    this rarely asks twice; with one it is verified escalation. The last usable answer is kept when
    nobody is left to ask.
    """

    choosing: Choosing
    question: Question
    check: Check | None = None
    among: Sequence[str] | None = None
    waiting: list[Decision[str]] = field(init=False)
    kept: Sample | None = None
    asked: int = 0

    def __post_init__(self) -> None:
        self.waiting = self.choosing.ranking(self.question, self.among)

    def next(self) -> Decision[str | None]:
        """Whom to ask now and why; None when the kept answer stands."""
        if not self.waiting:
            return Decision(None, "every arm was asked", {"asked": self.asked})
        best = self.waiting[0]
        if self.asked and best.numbers["utility"] <= self.choosing.utility.wrong:
            return Decision(None, "no further arm is worth its price", best.numbers)
        return Decision(best.choice, best.reason, best.numbers, best.confidence)

    def hear(self, sample: Sample) -> Decision[bool]:
        """Whether the answer of the arm asked is accepted; an accepted one ends the cascade."""
        self.waiting.pop(0)
        self.asked += 1
        if declines(sample):
            return Decision(False, "the answer is missing or declines", {"asked": self.asked})
        verdict = verdict_of(self.check, sample) if self.check else None
        if verdict is False:
            self.kept = self.kept or sample
            return Decision(False, "a check says that the answer is wrong", {"asked": self.asked})
        self.kept, self.waiting = sample, []
        words = "a check says that it is right" if verdict else "it is usable and not checked"
        return Decision(True, words, {"asked": self.asked})


def declines(sample: Sample) -> bool:
    """Whether there is no answer, or a short one that says there is none."""
    answer = (sample.answer or "").strip()
    return not answer or (len(answer) <= SHORT and _DECLINES.search(answer) is not None)


def routing_price(forecast: Forecast, strong: str, weak: str, share: float) -> float:
    """The price of the strong arm at which `share` of past questions would have gone to it.

    Both arms need the same episodes' questions, in the same order; gains are leave-one-out. Use it
    as `Utility(price=...)` with strong cost 1 and weak cost 0. Raises `InvalidInput`.
    """
    if not 0.0 < share < 1.0:
        raise InvalidInput(f"share lies between 0 and 1, it is {share}")
    gains = forecast.in_hindsight(strong) - forecast.in_hindsight(weak)
    if not len(gains):
        raise InvalidInput("a price needs past questions that both arms answered")
    return max(0.0, float(np.quantile(gains, 1.0 - share)))


def route(
    forecast: Forecast, questions: Sequence[Question], strong: str, weak: str, share: float
) -> list[Decision[str]]:
    """For a batch: the `share` of the questions with the greatest predicted gain go to `strong`."""
    if not 0.0 <= share <= 1.0:
        raise InvalidInput(f"share lies in [0, 1], it is {share}")
    predicted = [forecast.predict(q) for q in questions]
    gains = np.array([p[strong].success - p[weak].success for p in predicted])
    chosen = set(np.argsort(-gains, kind="stable")[: int(share * len(questions))].tolist())
    return [
        Decision(
            strong if i in chosen else weak,
            f"the strong model is expected to gain {gains[i]:+.0%} here",
            {"gain": float(gains[i])},
            p[strong if i in chosen else weak].success,
        )
        for i, p in enumerate(predicted)
    ]
