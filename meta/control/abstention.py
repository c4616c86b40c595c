"""Answer or abstain: Chow's rule (1970). The act with the greater expected utility is taken, which follows
from the confidence in the answer at hand."""

from __future__ import annotations

from typing import Literal

from ...core.errors import InvalidInput
from ..sample import Decision, probability
from .utility import Utility

Act = Literal["answer", "abstain"]


def act(confidence: float, utility: Utility) -> Decision[Act]:
    """The act with the greater expected utility (silence is worth 0); answering wins a tie.

    Raises `InvalidInput` for a confidence that is no probability.
    """
    sure = probability(confidence, "confidence")
    if sure is None:
        raise InvalidInput(f"a confidence lies in [0, 1], it is {confidence}")
    worth: dict[Act, float] = {"answer": utility.of(sure), "abstain": 0.0}
    best: Act = max(worth, key=worth.__getitem__)
    weighed = ", ".join(f"{name} {value:.3f}" for name, value in worth.items())
    numbers: dict[str, float] = {name: value for name, value in worth.items()}
    return Decision(best, f"at confidence {sure:.0%}: {weighed}", numbers, sure)
