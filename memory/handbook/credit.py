"""What a behavior has earned, by measured outcomes with it and without it.

For each problem, chance decides whether a behavior that recall would show is shown or held back
(`is_shown`). The difference of the two arms is its effect; a model's praise never enters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..graph.fact import digest

PROVEN: Final = 0.9
"""Chance of helping from which a candidate counts as validated by its trials."""
HARMFUL: Final = 0.05
"""Chance of helping below which a behavior is retired."""
LEAST_TRIALS: Final = 8
"""Outcomes that each arm needs before the trials alone promote or retire."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measured run on a problem: was the behavior shown, the answer right, at what cost."""

    problem: str
    shown: bool
    correct: bool
    tokens: int


@dataclass(frozen=True, slots=True)
class Credit:
    """What the outcomes say.

    `uses` counts runs with the behavior, `held_back` those without; `helped` and `hurt` problems
    tried both ways that went better or worse with it; `tokens_saved` is the mean per run; `effect`
    the difference in accuracy (-1 to 1); `chance` the probability that the effect is positive, 0.5
    while nothing is known.
    """

    uses: int = 0
    held_back: int = 0
    helped: int = 0
    hurt: int = 0
    tokens_saved: float = 0.0
    effect: float = 0.0
    chance: float = 0.5

    @property
    def is_proven(self) -> bool:
        """Enough outcomes in both arms, and they say that it helps."""
        return self._is_tried and self.chance >= PROVEN

    @property
    def is_harmful(self) -> bool:
        """Enough outcomes in both arms, and they say that it hurts."""
        return self._is_tried and self.chance <= HARMFUL

    @property
    def _is_tried(self) -> bool:
        return min(self.uses, self.held_back) >= LEAST_TRIALS


def credit(outcomes: Iterable[Outcome]) -> Credit:
    """The credit for a behavior's outcomes.

    The accuracy of each arm has a Beta(1, 1) prior; the chance is that of the difference of the two
    posteriors, taken as normal.
    """
    outcomes = list(outcomes)
    shown = [outcome for outcome in outcomes if outcome.shown]
    held = [outcome for outcome in outcomes if not outcome.shown]
    if not outcomes:
        return Credit()
    helped, hurt = _paired(outcomes)
    mean_shown, variance_shown = _posterior(shown)
    mean_held, variance_held = _posterior(held)
    deviation = math.sqrt(variance_shown + variance_held)
    both = bool(shown and held)
    return Credit(
        uses=len(shown),
        held_back=len(held),
        helped=helped,
        hurt=hurt,
        tokens_saved=_mean_tokens(held) - _mean_tokens(shown) if both else 0.0,
        effect=mean_shown - mean_held if both else 0.0,
        chance=0.5 * math.erfc(-(mean_shown - mean_held) / deviation / math.sqrt(2)),
    )


def is_shown(behavior: str, problem: str, *, seed: str = "", held_back: float = 0.5) -> bool:
    """Whether chance shows this behavior on this problem; asked again, it says the same."""
    return digest("arm", seed, behavior, problem) / 2**64 >= held_back


def _posterior(arm: list[Outcome]) -> tuple[float, float]:
    right, wrong = 1 + sum(o.correct for o in arm), 1 + sum(not o.correct for o in arm)
    total = right + wrong
    return right / total, right * wrong / (total**2 * (total + 1))


def _mean_tokens(arm: list[Outcome]) -> float:
    return sum(outcome.tokens for outcome in arm) / len(arm)


def _paired(outcomes: list[Outcome]) -> tuple[int, int]:
    arms: dict[str, tuple[list[bool], list[bool]]] = {}
    for outcome in outcomes:
        arms.setdefault(outcome.problem, ([], []))[outcome.shown].append(outcome.correct)
    pairs = [(held, shown) for held, shown in arms.values() if held and shown]
    gains = [sum(shown) / len(shown) - sum(held) / len(held) for held, shown in pairs]
    return sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
