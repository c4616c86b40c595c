"""Which of several contradicting facts was believed when."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Belief = tuple[float, int]
"""Until when a fact was believed (infinity: it still is) and the position of its successor (-1)."""


def beliefs(
    about: np.ndarray, learned: np.ndarray, keys: np.ndarray, objects: np.ndarray
) -> Sequence[Belief]:
    """For each of the facts of one subject and single-valued relation, until when it was believed.

    A fact is superseded once another one with another object is known that speaks of a later time
    (of the same time: that was learned later). One learned about the past when the present is known
    already is superseded from the start. All arrays have one entry per fact; seconds since 1970.
    """
    result: list[Belief] = [(math.inf, -1)] * len(learned)
    best: list[tuple[float, int, int]] = []  # earliest learned, of the two best objects so far
    for at in np.lexsort((keys, learned, about))[::-1].tolist():
        rival = next((entry for entry in best if entry[2] != objects[at]), None)
        if rival is not None:
            result[at] = max(rival[0], float(learned[at])), rival[1]
        best = _two_earliest([*best, (float(learned[at]), at, int(objects[at]))])
    return result


def _two_earliest(entries: list[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    earliest = min(entries)
    others = [entry for entry in entries if entry[2] != earliest[2]]
    return [earliest, min(others)] if others else [earliest]
