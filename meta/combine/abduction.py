"""Consistency-based abduction: the predictions to keep so that most is covered and little clashes.

From predictions and constraints that some of them break together, keep the subset with the largest
coverage whose inconsistency stays under a threshold: exactly, as an integer program (HiGHS through
scipy), or by a greedy search with exchanges that needs no solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.errors import InvalidInput
from ..answers.equivalence import candidates
from ..sample import Decision, Question, Sample
from .aggregation import Reliability


@dataclass(frozen=True, slots=True)
class Clash:
    """Predictions (by position) that cannot all hold, and how much it costs when all are kept."""

    members: frozenset[int]
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class CallRecord:
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


def _result(chosen: Sequence[int], gain: Sequence[float], clashes: Sequence[Clash]) -> CallRecord:
    inside = frozenset(chosen)
    cost = sum(c.cost for c in clashes if c.members <= inside)
    return CallRecord(tuple(sorted(inside)), float(sum(gain[i] for i in inside)), float(cost))


def abduce(gain: Sequence[float], clashes: Sequence[Clash], threshold: float = 0.0) -> CallRecord:
    """The subset with the largest total gain whose broken clashes cost at most `threshold`.

    Exact: one binary variable a prediction, one variable a clash that is forced to one when all its
    members are kept. Raises `InvalidInput` for a negative gain, cost or threshold.
    """
    _check(gain, clashes, threshold)
    count, extra = len(gain), len(clashes)
    if not count:
        return CallRecord((), 0.0, 0.0)
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


def abduce_greedily(
    gain: Sequence[float], clashes: Sequence[Clash], threshold: float = 0.0
) -> CallRecord:
    """The same by heuristic: add by gain what still fits, then exchange while it pays.

    Never breaks the threshold; may cover less than `abduce`.
    """
    _check(gain, clashes, threshold)
    order = sorted(range(len(gain)), key=lambda i: (-gain[i], i))
    kept = _filled([], order, gain, clashes, threshold)
    improved = True
    while improved:
        improved = False
        for forced in [i for i in order if i not in kept.members]:
            start = _without_conflict(kept.members, forced, gain, clashes, threshold)
            trial = _filled(start, order, gain, clashes, threshold)
            if trial.coverage > kept.coverage + 1e-12 and trial.inconsistency <= threshold:
                kept, improved = trial, True
                break
    return kept


def _filled(
    start: Sequence[int],
    order: Sequence[int],
    gain: Sequence[float],
    clashes: Sequence[Clash],
    threshold: float,
) -> CallRecord:
    kept = _result(start, gain, clashes)
    for i in order:
        if i not in kept.members:
            trial = _result([*kept.members, i], gain, clashes)
            if trial.inconsistency <= threshold:
                kept = trial
    return kept


def _without_conflict(
    members: Sequence[int],
    forced: int,
    gain: Sequence[float],
    clashes: Sequence[Clash],
    threshold: float,
) -> list[int]:
    """`members` with `forced`, less the cheapest of whatever clashes until it fits."""
    chosen = [*members, forced]
    while _result(chosen, gain, clashes).inconsistency > threshold:
        inside = frozenset(chosen)
        broken = [c for c in clashes if c.members <= inside and c.cost > 0]
        guilty = {i for c in broken for i in c.members if i != forced}
        if not guilty:
            return list(members)
        chosen.remove(min(guilty, key=lambda i: (gain[i], i)))
    return chosen


def by_consistency(
    question: Question, samples: Sequence[Sample], reliability: Reliability | None = None
) -> Decision[str | None]:
    """The answer of the largest consistent set of samples, each weighing what its speaker does.

    One question has one answer, so samples with different answers clash. Speakers whose learned
    weight is not above 0 explain nothing. Constraints between questions go to `abduce` itself.
    """
    model = reliability or Reliability()
    found = candidates(samples, question)
    if not found:
        return Decision(None, "nobody gave an answer", {}, 0.0)
    gain = [max(sum(model.vote(samples[i]) for i in c.members), 0.0) for c in found]
    clashes = [
        Clash(frozenset({a, b})) for a in range(len(found)) for b in range(a + 1, len(found))
    ]
    kept = abduce_greedily(gain, clashes)
    chosen = kept.members[0] if kept.members else 0
    share = kept.coverage / sum(gain) if sum(gain) > 0 else 0.0
    return Decision(
        found[chosen].answer,
        f"the consistent samples cover {share:.0%} of the reliable voices",
        {"coverage": kept.coverage, "share": share},
        min(share, 1.0),
    )
