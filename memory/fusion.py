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
    """At least as many tokens as common tokenizers make of a text: a third of its UTF-8 bytes.

    English prose is nearer to a quarter; ids, code and Chinese are not.
    """
    return math.ceil(len(text.encode()) / 3)
