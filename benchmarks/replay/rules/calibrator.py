"""Maps from a raw confidence to a calibrated one: Platt, beta, isotonic, with shrinkage by group.

Before any outcome the map is the honest prior: half of the raw log-odds, because votes and stated
confidences of language models are overconfident about twice (a claim of 0.95 becomes 0.81). Data
pull the map away from the prior, first for all groups together, then for each group (a model, a
task) as far as its own data warrant. Everything is saved as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from metathink.core.errors import InvalidInput
from metathink.meta.monitor.shrinkage import Floats, Problem, shrunk, sigmoid
from metathink.meta.sample import Label

Shape = Literal["platt", "beta", "isotonic"]
EDGE = 0.005
PRIOR_SLOPE = 0.5


class Calibrator(BaseModel):
    """A fitted map with one part for all and a deviation for each group known.

    `platt` (Platt 1999): sigmoid(a + b logit p). `beta` (Kull et al. 2017): sigmoid(c + a log p -
    b log(1 - p)), a and b not negative. `isotonic` (Zadrozny & Elkan 2002): the group's beta map
    first, then one monotone step function for all, pooled with prior counts. The common map rises
    with p; a group's own map may fall where that group's outcomes say so.
    """

    model_config = ConfigDict(frozen=True)

    shape: Shape = "beta"
    common: tuple[float, float, float] = (0.0, PRIOR_SLOPE, PRIOR_SLOPE)
    groups: dict[str, tuple[float, float, float]] = {}
    steps: tuple[tuple[float, float], ...] = ()  # isotonic: where, what
    outcomes: int = 0  # how many it was fitted on

    def __call__(self, confidence: float, group: str = "") -> float:
        """The calibrated confidence, in [0, 1]; raises `InvalidInput` for no probability."""
        return float(self.all([confidence], [group])[0])

    def all(self, confidences: Sequence[float], groups: Sequence[str] = ()) -> Floats:
        """Calibrated confidences, one for each; `groups` may be left out."""
        p = _valid(confidences)
        extra = np.array([self.groups.get(g, (0.0, 0.0, 0.0)) for g in groups or [""] * len(p)])
        weights = np.asarray(self.common) + extra.reshape(-1, 3)
        mapped = sigmoid((_design(p) * weights).sum(axis=1))
        if not self.steps:
            return mapped
        at, value = np.array(self.steps).T
        return np.interp(mapped, at, value)

    @classmethod
    def fit(
        cls,
        confidences: Sequence[float],
        labels: Sequence[Label],
        groups: Sequence[str] = (),
        shape: Shape = "beta",
    ) -> Self:
        """Fit on outcomes; with none, the prior. Raises `InvalidInput` when lengths differ."""
        p = _valid(confidences)
        y = np.array([label.reveal() for label in labels])
        names = list(groups) or [""] * len(p)
        if not len(p) == len(y) == len(names):
            raise InvalidInput(f"{len(p)} confidences, {len(y)} labels, {len(names)} groups")
        if not len(p):
            return cls(shape=shape)
        known = sorted(set(names) - {""})
        weights = _fit(p, y, names, known, tied=shape == "platt")
        found = {g: tuple(weights[3 + 3 * i : 6 + 3 * i].tolist()) for i, g in enumerate(known)}
        smooth = cls(shape=shape, common=tuple(weights[:3].tolist()), groups=found, outcomes=len(p))
        if shape != "isotonic":
            return smooth
        return smooth.model_copy(update={"steps": _steps(smooth.all(p.tolist(), names), y)})


def _valid(confidences: Sequence[float]) -> Floats:
    p = np.asarray(confidences, dtype=np.float64).ravel()
    if not ((p >= 0) & (p <= 1)).all():
        raise InvalidInput("a confidence lies in [0, 1]; leave out those that are missing")
    return p


def _design(p: Floats) -> Floats:
    """Columns 1, log p, -log(1 - p), shape (n, 3)."""
    inside = np.clip(p, EDGE, 1.0 - EDGE)
    return np.column_stack([np.ones_like(inside), np.log(inside), -np.log1p(-inside)])


def _fit(p: Floats, y: Floats, names: list[str], known: list[str], tied: bool) -> Floats:
    """Common and group weights, three each; `tied` keeps the two slopes equal (Platt)."""
    from scipy.sparse import csr_array

    mix = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]) if tied else np.eye(3)
    base = _design(p) @ mix
    width = base.shape[1]
    rows = np.zeros((len(p), width * (1 + len(known))))
    rows[:, :width] = base
    column = {g: width * (1 + i) for i, g in enumerate(known)}
    for i, name in enumerate(names):
        if name in column:
            rows[i, column[name] : column[name] + width] = base[i]
    centre = np.zeros(rows.shape[1])
    centre[1:width] = PRIOR_SLOPE
    group = np.array([0] + [1] * (width - 1) + ([2] + [3] * (width - 1)) * len(known))
    positive = np.zeros(rows.shape[1], dtype=bool)
    positive[1:width] = True
    problem = Problem(csr_array(rows), y, np.ones(len(y)), group, centre, positive)
    weights = shrunk(problem, fixed={0: 0.3, 1: 1.0})
    return (weights.reshape(-1, width) @ mix.T).ravel()


def _steps(mapped: Floats, y: Floats, prior: float = 2.0) -> tuple[tuple[float, float], ...]:
    """Monotone regression of the outcome on the mapped confidence, knots at the blocks' means.

    Each block is pulled towards its own mean confidence by `prior` virtual answers.
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(mapped, kind="stable")
    at, right = mapped[order], y[order]
    fitted = isotonic_regression(right).x
    edges = np.flatnonzero(np.diff(fitted)) + 1
    knots = []
    for block in np.split(np.arange(len(at)), edges):
        where = float(at[block].mean())
        value = (right[block].sum() + prior * where) / (len(block) + prior)
        knots.append((where, float(value)))
    values = np.maximum.accumulate([value for _, value in knots]).tolist()
    return tuple((where, value) for (where, _), value in zip(knots, values, strict=True))
