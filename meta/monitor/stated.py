"""What speakers say about their own certainty: absolute, and by comparing questions pairwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ...core.errors import InvalidInput

_FIGURE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(%|/\s*(\d+(?:\.\d+)?)|out of\s*(\d+(?:\.\d+)?))?")
_CUE = re.compile(r"(confiden\w*|certain\w*|probability|sure)\b[^0-9\n]{0,40}", re.IGNORECASE)


def stated_confidence(text: str) -> float | None:
    """The confidence a text states, in [0, 1]: "Confidence: 85%", "0.85", "8/10", "8 out of 10".

    The last figure after a word of certainty counts. A bare figure above 1 is read as per cent
    when it is at most 100. None when nothing is stated or the figure makes no sense.
    """
    found: float | None = None
    for cue in _CUE.finditer(text):
        figure = _FIGURE.match(text, cue.end())
        if figure:
            found = _share(figure)
    return found


def _share(figure: re.Match[str]) -> float | None:
    value = float(figure[1])
    scale = figure[3] or figure[4]
    if figure[2] == "%" or (not scale and 1.0 < value <= 100.0):
        value /= 100.0
    elif scale:
        value = value / float(scale) if float(scale) > 0 else -1.0
    return value if 0.0 <= value <= 1.0 else None


def pairwise_confidence(
    count: int, wins: Sequence[tuple[int, int]], prior: float = 1.0
) -> list[float]:
    """Confidence of each of `count` answers from comparisons "surer of the first than the second".

    Bradley-Terry strengths by minorise-maximise (Hunter 2004), with `prior` virtual wins and losses
    against an average answer, so that an answer never compared gets 0.5. The result is the chance
    to be preferred to that average answer. Raises `InvalidInput` for an unknown position.
    """
    if any(not (0 <= a < count and 0 <= b < count and a != b) for a, b in wins):
        raise InvalidInput(f"a comparison names two different answers from 0 to {count - 1}")
    won = np.full(count, prior)
    met = np.zeros((count, count))
    for better, worse in wins:
        won[better] += 1.0
        met[better, worse] += 1.0
        met[worse, better] += 1.0
    strength = np.ones(count)
    for _ in range(200):
        against = met / (strength[:, None] + strength[None, :])
        fresh = won / (against.sum(axis=1) + 2.0 * prior / (strength + 1.0))
        moved = float(np.max(np.abs(fresh - strength), initial=0.0))
        strength = fresh
        if moved < 1e-9:
            break
    return (strength / (strength + 1.0)).tolist()
