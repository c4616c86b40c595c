"""Which of several contradicting facts was believed when."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

Belief = tuple[float, int]
"""Until when a fact was believed (infinity: it still is) and the position of its successor (-1)."""


Rank = tuple[float, float, int]
"""What orders the facts of one subject and single-valued relation: the time spoken of, the time
learned, the number of the key."""


@dataclass(slots=True)
class Rivals:
    """The facts of one subject and single-valued relation, by their rows.

    `unrivalled` are those that no other one supersedes; `newest` and `learned` the greatest rank and
    time of learning among all. A fact that is newer by both can only end the unrivalled.
    """

    rows: list[int] = field(default_factory=list)
    unrivalled: list[int] = field(default_factory=list)
    newest: Rank = (-math.inf, -math.inf, -1)
    learned: float = -math.inf


def beliefs(
    about: np.ndarray,
    learned: np.ndarray,
    keys: np.ndarray,
    objects: np.ndarray,
    stands: np.ndarray,
) -> Sequence[Belief]:
    """For each of the facts of one subject and single-valued relation, until when it was believed.

    A fact is superseded once another one with another object is known that speaks of a later time
    (of the same time: that was learned later). One learned about the past when the present is known
    already is superseded from the start. What does not stand (it was retracted) supersedes nothing.
    All arrays have one entry per fact; seconds since 1970.
    """
    result: list[Belief] = [(math.inf, -1)] * len(learned)
    best: list[tuple[float, int, int, int]] = []  # earliest learned, of the two best objects so far
    for at in np.lexsort((keys, learned, about))[::-1].tolist():
        rival = next((entry for entry in best if entry[3] != objects[at]), None)
        if rival is not None:
            result[at] = max(rival[0], float(learned[at])), rival[2]
        if stands[at]:
            entry = float(learned[at]), int(keys[at]), at, int(objects[at])
            best = _two_earliest([*best, entry])
    return result


def _two_earliest(entries: list[tuple[float, int, int, int]]) -> list[tuple[float, int, int, int]]:
    earliest = min(entries)
    others = [entry for entry in entries if entry[3] != earliest[3]]
    return [earliest, min(others)] if others else [earliest]
