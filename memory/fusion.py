"""Several ranked lists become one, and one list is cut to what fits a prompt."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

RANK: Final = 60
"""Reciprocal rank fusion's constant (Cormack, Clarke, Buettcher 2009)."""


Reason = Callable[[], str]
"""Says why a key is where it is; asked only for what is shown."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One list, best first: (key, reason) pairs, and how much the list counts."""

    items: Sequence[tuple[str, Reason]]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fused:
    """One key of the fused list, with the reasons of every list it stood in."""

    key: str
    score: float
    reasons: Sequence[Reason]

    @property
    def why(self) -> str:
        """The reasons in words."""
        return "; ".join(dict.fromkeys(reason() for reason in self.reasons))


def fuse(rankings: Iterable[Ranking]) -> list[Fused]:
    """Reciprocal rank fusion: a key scores the sum of weight / (60 + rank) over the lists."""
    scores: dict[str, float] = defaultdict(float)
    reasons: dict[str, list[Reason]] = defaultdict(list)
    for ranking in rankings:
        for rank, (key, why) in enumerate(ranking.items, start=1):
            scores[key] += ranking.weight / (RANK + rank)
            reasons[key].append(why)
    order = sorted(scores, key=lambda key: -scores[key])
    return [Fused(key, scores[key], reasons[key]) for key in order]


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
