"""Several ranked lists become one, and one list is cut to what fits a prompt."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

RANK: Final = 60
"""Reciprocal rank fusion's constant (Cormack, Clarke, Buettcher 2009)."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What speaks for each key, and how that is said; it is said only for what is shown."""

    found: Mapping[str, Any]
    why: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Ranking(Reasons):
    """One list: keys, best first, with what they were found by, and how much the list counts."""

    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fused:
    """One key of the fused list, with all that may speak for it."""

    key: str
    score: float
    reasons: Sequence[Reasons]

    @property
    def why(self) -> str:
        """The reasons in words."""
        own = (reasons for reasons in self.reasons if self.key in reasons.found)
        return "; ".join(dict.fromkeys(reasons.why(reasons.found[self.key]) for reasons in own))


def fuse(rankings: Iterable[Ranking]) -> list[Fused]:
    """Reciprocal rank fusion: a key scores the sum of weight / (60 + rank) over the lists."""
    rankings = tuple(rankings)
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for rank, key in enumerate(ranking.found, start=1):
            scores[key] += ranking.weight / (RANK + rank)
    order = sorted(scores, key=lambda key: -scores[key])
    return [Fused(key, scores[key], rankings) for key in order]


def estimated_tokens(text: str) -> int:
    """How many tokens a text is, rather more than less (never below cl100k's or Claude's so far).

    A token for three letters, one and a half digits (ids are expensive), 0.8 of a character beyond
    ASCII, a third of an emoji.
    """
    digits = sum(map(text.count, "0123456789"))
    if text.isascii():
        return math.ceil((len(text) - digits) / 3 + digits / 1.5)
    plain = len(text.encode("ascii", "ignore"))
    astral = sum(character > "\uffff" for character in text)
    other = len(text) - plain - astral
    return math.ceil((plain - digits) / 3 + digits / 1.5 + other / 0.8 + astral * 3)
