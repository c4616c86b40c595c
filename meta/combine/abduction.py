"""Consistency-based abduction (arXiv 2505.19361): the predictions to keep so that most is covered and little
clashes.

From predictions and constraints that some of them break together, keep the subset with the largest
coverage whose inconsistency stays under a threshold: an integer program (the paper's exact method; HiGHS
through scipy). The paper's heuristic search is for scenes with thousands of predictions; here are a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.errors import InvalidInput
from .polling import EXPECTED_TO_ERR


@dataclass(frozen=True, slots=True)
class Clash:
    """Predictions (by position) that cannot all hold, and how much it costs when all are kept."""

    members: frozenset[int]
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chosen predictions, what they cover and what their clashes cost."""

    members: tuple[int, ...]
    coverage: float
    inconsistency: float


def _check(gain: Sequence[float], clashes: Sequence[Clash], threshold: float) -> None:
    if threshold < 0 or not all(np.isfinite(g) and g >= 0 for g in gain):
        raise InvalidInput("the threshold and every gain are numbers of at least 0")
    for clash in clashes:
        if not clash.members or not all(0 <= i < len(gain) for i in clash.members):
            raise InvalidInput(f"a clash names predictions from 0 to {len(gain) - 1}")
        if not clash.cost >= 0:
            raise InvalidInput("a clash costs at least 0")


def _result(chosen: Sequence[int], gain: Sequence[float], clashes: Sequence[Clash]) -> Explanation:
    inside = frozenset(chosen)
    cost = sum(c.cost for c in clashes if c.members <= inside)
    return Explanation(tuple(sorted(inside)), float(sum(gain[i] for i in inside)), float(cost))


def explain(answers: Sequence[str | None], chances: Sequence[float]) -> Explanation:
    """The answers to one question that are kept together: the most that agree.

    `answers[i]` is the name of an answer (equivalent answers share it, None is no answer) and `chances[i]`
    the probability that its source is right. Two different answers clash, as a question has one; an answer
    whose source is expected to err clashes with the rule that says so, so that nothing may be left. Of
    equally large sets the one with the greater chances is kept. Raises `InvalidInput` when the lengths
    differ.
    """
    if len(answers) != len(chances):
        raise InvalidInput(f"{len(answers)} answers but {len(chances)} chances")
    count = len(answers)
    gain = [1.0 + chance / (count + 1) for chance in chances]
    expected = [i for i in range(count) if answers[i] is None or chances[i] < EXPECTED_TO_ERR]
    clashes = [Clash(frozenset({i})) for i in expected]
    clashes += [
        Clash(frozenset({i, j}))
        for j in range(count)
        for i in range(j)
        if answers[i] != answers[j] and not {i, j} & {*expected}
    ]
    return abduce(gain, clashes)


def abduce(gain: Sequence[float], clashes: Sequence[Clash], threshold: float = 0.0) -> Explanation:
    """The subset with the largest total gain whose broken clashes cost at most `threshold`.

    Exact: one binary variable a prediction, one variable a clash that is forced to one when all its
    members are kept. Raises `InvalidInput` for a negative gain, cost or threshold.
    """
    _check(gain, clashes, threshold)
    count, extra = len(gain), len(clashes)
    if not count:
        return Explanation((), 0.0, 0.0)
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import lil_array

    rows = lil_array((extra + 1, count + extra))
    for row, clash in enumerate(clashes):
        for member in clash.members:
            rows[row, member] = 1.0
        rows[row, count + row] = -1.0
        rows[extra, count + row] = clash.cost
    upper = np.array([len(c.members) - 1.0 for c in clashes] + [threshold])
    kind = np.array([1] * count + [0] * extra)
    solved = milp(
        -np.concatenate([np.asarray(gain, dtype=np.float64), np.zeros(extra)]),
        integrality=kind,
        bounds=Bounds(0, 1),
        # arrays are allowed, scipy's own hints say float
        constraints=LinearConstraint(rows.tocsr(), -np.inf, upper),  # pyright: ignore[reportArgumentType]
    )
    chosen = np.flatnonzero(solved.x[:count] > 0.5).tolist()
    return _result(chosen, gain, clashes)
