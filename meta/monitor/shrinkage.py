"""Logistic fits whose weights are pulled towards a centre, group by group.

Each group of weights (all speakers' offsets, say) shares one precision. `shrunk` learns the
precisions from the data by MacKay's evidence updates (1992): a group that explains nothing goes to
its centre, a group that differs keeps its differences, and few data mean the centre.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST, MOST = 0.1, 1e5
"""Bounds of a learned precision."""


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


@dataclass(frozen=True, slots=True)
class Problem:
    """A logistic regression with a Gaussian prior.

    `rows` has shape (n, k) and few entries in each row, `targets` (n,) in [0, 1], `weight` (n,)
    says how much each row counts, `group` (k,) names each column's group, `centre` (k,) is the
    prior mean, `positive` (k,) marks weights that must not be negative.
    """

    rows: csr_array
    targets: Floats
    weight: Floats
    group: Ints
    centre: Floats
    positive: NDArray[np.bool_]


def solve(problem: Problem, precision: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Posterior mode and Hessian under one precision a column, by Newton with an active set."""
    weights = start.copy()
    active = np.ones(len(weights), dtype=bool)
    while True:
        weights, hessian = _newton(problem, precision, weights, active)
        wrong = problem.positive & active & (weights < 0)
        if not wrong.any():
            return weights, hessian
        active &= ~wrong
        weights[wrong] = 0.0


def _loss(problem: Problem, precision: Floats, weights: Floats) -> float:
    """Negative log posterior, up to a constant."""
    z = problem.rows @ weights
    fit = np.logaddexp(0.0, z) - problem.targets * z
    return float(problem.weight @ fit + 0.5 * precision @ (weights - problem.centre) ** 2)


def _newton(
    problem: Problem, precision: Floats, weights: Floats, active: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Newton with step halving on the active weights; the rest stay where they are."""
    turned = problem.rows.T.tocsr()
    inner = np.diag(precision[active])
    loss = _loss(problem, precision, weights)
    for _ in range(50):
        p = sigmoid(problem.rows @ weights)
        gradient = turned @ (problem.weight * (p - problem.targets))
        gradient += precision * (weights - problem.centre)
        curve = problem.weight * np.maximum(p * (1.0 - p), 1e-9)
        whole = (turned.multiply(curve) @ problem.rows).toarray() + np.diag(precision)
        inner = whole[np.ix_(active, active)]
        step = np.zeros_like(weights)
        step[active] = np.linalg.solve(inner, gradient[active])
        before = loss
        for _ in range(12):
            loss = _loss(problem, precision, weights - step)
            if loss <= before:
                break
            step /= 2.0
        weights = weights - step
        if before - loss < 1e-5:
            break
    hessian = np.diag(precision)
    hessian[np.ix_(active, active)] = inner
    return weights, hessian


def shrunk(problem: Problem, fixed: Mapping[int, float], rounds: int = 8) -> Floats:
    """The weights, with the precision of each group learned unless `fixed` gives it."""
    groups = int(problem.group.max()) + 1
    level = np.array([fixed.get(g, 3.0) for g in range(groups)])
    weights = problem.centre.copy()
    for _ in range(rounds):
        weights, hessian = solve(problem, level[problem.group], weights)
        if len(fixed) == groups:
            break
        fresh = _evidence(problem, weights, hessian, level, fixed)
        done = float(np.max(np.abs(np.log(fresh / level)))) < 0.1
        level = fresh
        if done:
            break
    return weights


def _evidence(
    problem: Problem, weights: Floats, hessian: Floats, level: Floats, fixed: Mapping[int, float]
) -> Floats:
    """MacKay's update: precision = well-determined weights / their squared distance from centre."""
    spread = np.diag(np.linalg.inv(hessian))
    off = (weights - problem.centre) ** 2
    fresh = level.copy()
    for g in range(len(level)):
        own = problem.group == g
        if g not in fixed and own.any():
            determined = own.sum() - level[g] * spread[own].sum()
            fresh[g] = np.clip(max(determined, 0.0) / (off[own].sum() + 1e-9), LEAST, MOST)
    return fresh
