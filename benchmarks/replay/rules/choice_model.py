"""The conditional logit behind learned aggregation: its fit, and how strongly to shrink it.

McFadden's model (1974) with Gaussian priors: the score of a candidate is linear in its features, a
question's candidates share one softmax, the likelihood is the mass on the right ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metathink.meta.monitor.shrinkage import Floats
from metathink.meta.sample import Label

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Precisions tried for the deviations."""

FREE = 0.1
"""Precision of the common weight."""

TOLERANCE = 0.5
"""Standard errors of accuracy given up for stronger shrinkage (Breiman's rule takes one)."""


@dataclass(frozen=True, slots=True)
class Election:
    """One question: features of its candidates, shape (candidates, k), and which are right."""

    rows: Floats
    right: NDArray[np.bool_]

    @property
    def telling(self) -> bool:
        """Whether it has both a right and a wrong candidate, so that a fit can learn from it."""
        return bool(self.right.any() and not self.right.all())


def _precision(width: int, strength: float) -> Floats:
    """`FREE` for the first, common weight; `strength` for the deviations."""
    levels = np.full(width, strength)
    levels[0] = FREE
    return levels


class _Stack:
    """All candidates of many questions in one array."""

    def __init__(self, elections: Sequence[Election]) -> None:
        self.rows = np.concatenate([e.rows for e in elections])
        sizes = [len(e.right) for e in elections]
        self.first = np.cumsum([0, *sizes[:-1]])
        self.owner = np.repeat(np.arange(len(sizes)), sizes)
        self.barred = np.where(np.concatenate([e.right for e in elections]), 0.0, -1e9)

    def softmax(self, z: Floats) -> tuple[Floats, Floats]:
        """Each question's probabilities, and the logarithm of its normaliser."""
        top = np.maximum.reduceat(z, self.first)
        odds = np.exp(z - top[self.owner])
        total = np.add.reduceat(odds, self.first)
        return odds / total[self.owner], top + np.log(total)

    def loss(self, weights: Floats, precision: Floats, centre: Floats) -> float:
        z = self.rows @ weights
        fit = (self.softmax(z)[1] - self.softmax(z + self.barred)[1]).sum()
        return float(fit + 0.5 * precision @ (weights - centre) ** 2)


def fit_path(elections: Sequence[Election], strengths: Sequence[float]) -> list[Floats]:
    """The weights at each strength, from the strongest shrinkage on; needs telling elections."""
    stack = _Stack(elections)
    centre = np.zeros(stack.rows.shape[1])
    weights = centre.copy()
    found: dict[float, Floats] = {}
    for strength in sorted(set(strengths), reverse=True):
        weights = _newton(stack, weights, _precision(len(centre), strength), centre)
        found[strength] = weights
    return [found[s] for s in strengths]


def _newton(stack: _Stack, weights: Floats, precision: Floats, centre: Floats) -> Floats:
    loss = stack.loss(weights, precision, centre)
    for _ in range(30):
        z = stack.rows @ weights
        p, _ = stack.softmax(z)
        q, _ = stack.softmax(z + stack.barred)
        gradient = stack.rows.T @ (p - q) + precision * (weights - centre)
        pulled = stack.rows * p[:, None]
        mean = np.add.reduceat(pulled, stack.first)
        hessian = pulled.T @ stack.rows - mean.T @ mean + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        before = loss
        for _ in range(12):
            loss = stack.loss(weights - step, precision, centre)
            if loss <= before:
                break
            step = step / 2.0
        weights = weights - step
        if before - loss < 1e-5:
            break
    return weights


def choose_strength(elections: Sequence[Election]) -> tuple[float, list[float], list[Label]]:
    """The strongest shrinkage whose cross-validated accuracy is about the best there is.

    Also the leader's probability at that strength on questions held out, and whether it was right:
    what a calibration of the choice is fitted on. Five folds by position after a fixed shuffle,
    repeated while the questions are few.
    """
    open_ones = [e for e in elections if len(e.right)]
    repeats = 3 if len(open_ones) <= 500 else 1
    hits = np.zeros((len(STRENGTHS), len(open_ones)))
    chance = np.zeros_like(hits)
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(len(open_ones))
        for fold in range(5):
            out = order[fold::5]
            train = [open_ones[i] for i in np.setdiff1d(order, out) if open_ones[i].telling]
            if not train:
                continue
            for level, weights in enumerate(fit_path(train, STRENGTHS)):
                for i in out:
                    hit, top = _lead(open_ones[i], weights)
                    hits[level, i] += hit / repeats
                    chance[level, i] += top / repeats
    level = _about_best(hits)
    labels = [Label(min(float(h), 1.0)) for h in hits[level]]
    return STRENGTHS[level], np.clip(chance[level], 0.0, 1.0).tolist(), labels


def _lead(election: Election, weights: Floats) -> tuple[float, float]:
    """Whether the leader is right (share, in a tie) and its probability."""
    z = election.rows @ weights
    odds = np.exp(z - z.max())
    ahead = z >= z.max() - 1e-9
    return float(election.right[ahead].mean()), float(odds.max() / odds.sum())


def _about_best(hits: Floats) -> int:
    accuracy = hits.mean(axis=1)
    lost = hits[int(accuracy.argmax())] - hits
    error = lost.std(axis=1) / np.sqrt(hits.shape[1])
    return int(np.flatnonzero(lost.mean(axis=1) <= TOLERANCE * error + 1e-9).max())
