"""Success and cost of each arm (a method, a model, thinking or not), predicted before spending.

An arm starts from what its card claims and learns from episodes: success is a Bayesian linear
regression on cheap features of the question and on its task (LinUCB's model, Li et al. 2010, arXiv
1003.0146, with a prior mean), cost a mean per task. How far features and tasks are trusted is
chosen by the leave-one-out error, which ridge regression has in closed form, so few episodes keep
the forecast near the card. ZIP-RC (arXiv 2512.01457) predicts the same pair from a model's logits;
this is what an interface without weights gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...core.errors import InvalidInput
from ..sample import Label, Question
from .feature import NAMES, features

Floats = NDArray[np.float64]

FEATURE_RIDGES = (30.0, 300.0, 3000.0)
TASK_RIDGES = (1.0, 3.0, 10.0, 100.0)
COST_WEIGHT = 2.0
NOISE = 0.25  # the largest variance of a truth value


@dataclass(frozen=True, slots=True)
class Arm:
    """What may be chosen, and what its card says of it.

    `success` is the claimed probability of a right answer, counted like `weight` past episodes;
    `cost` is the claimed price of one use, in the caller's unit (calls, tokens, dollars).
    """

    name: str
    success: float = 0.5
    cost: float = 1.0
    weight: float = 4.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.success <= 1.0 or not (self.cost >= 0.0 and self.weight > 0.0):
            raise InvalidInput(f"{self.name}: success lies in [0, 1], cost >= 0, weight > 0")


@dataclass(frozen=True, slots=True)
class Episode:
    """One past use of an arm, and how it ended."""

    question: Question
    arm: str
    label: Label
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one use of an arm is expected to bring. `error` is the standard error of `success`."""

    success: float
    error: float
    cost: float


@dataclass(frozen=True)
class Forecast:
    """Predictions for every arm. Immutable: `learn` returns a new one.

    Raises `InvalidInput` without arms, with twins, or for an episode of an unknown arm.
    """

    arms: tuple[Arm, ...]
    episodes: tuple[Episode, ...] = ()
    _fits: Mapping[str, _Fit] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        if not names or len(set(names)) < len(names):
            raise InvalidInput("a forecast needs arms with different names")
        grouped: dict[str, list[Episode]] = {name: [] for name in names}
        for episode in self.episodes:
            if episode.arm not in grouped:
                raise InvalidInput(f"no arm is called {episode.arm!r}")
            if not isinstance(episode.label, Label):
                raise InvalidInput("an episode's outcome is a Label")
            grouped[episode.arm].append(episode)
        fits = {arm.name: _Fit(arm, tuple(grouped[arm.name])) for arm in self.arms}
        object.__setattr__(self, "_fits", fits)

    def learn(self, episodes: Iterable[Episode]) -> Forecast:
        """The forecast after these episodes too."""
        return Forecast(self.arms, (*self.episodes, *episodes))

    def predict(self, question: Question) -> dict[str, Prediction]:
        """For each arm: probability of success in [0, 1], its standard error, expected cost."""
        row = features(question)
        return {name: fit.predict(row, question.task) for name, fit in self._fits.items()}

    def in_hindsight(self, arm: str) -> Floats:
        """Leave-one-out predictions of success for the arm's own episodes, in their order.

        What the forecast would have said of each episode had it not been there: the honest ground
        for fitting a threshold or a price on the same episodes.
        """
        return self._fits[arm].hindsight


@dataclass(frozen=True)
class _Fit:
    """One arm's regression; solved on first use."""

    arm: Arm
    episodes: tuple[Episode, ...]

    def predict(self, row: Floats, task: str) -> Prediction:
        weights, inverse = self.solution.weights, self.solution.inverse
        x = self._design(row[None, :], [task])[0]
        success = float(np.clip(self.arm.success + x @ weights, 0.0, 1.0))
        error = float(np.sqrt(max(NOISE * (x @ inverse @ x), 0.0)))
        return Prediction(success, error, self._cost(task))

    @cached_property
    def hindsight(self) -> Floats:
        return np.clip(self.arm.success + self.solution.left_out, 0.0, 1.0)

    @cached_property
    def solution(self) -> _Solution:
        """The solution of the grid with the least leave-one-out error."""
        outcomes = np.array([e.label.reveal() - self.arm.success for e in self.episodes])
        rows = self._design(self.rows, [e.question.task for e in self.episodes])
        grid = product(FEATURE_RIDGES, TASK_RIDGES if self.tasks else TASK_RIDGES[:1])
        solved = (_solve(rows, outcomes, self._ridge(f, t)) for f, t in grid)
        return min(solved, key=lambda s: float(((outcomes - s.left_out) ** 2).sum()))

    @cached_property
    def rows(self) -> Floats:
        found = [features(e.question) for e in self.episodes]
        return np.array(found).reshape(-1, len(NAMES))

    @cached_property
    def scale(self) -> tuple[Floats, Floats]:
        """Mean and spread of each feature over the episodes."""
        if not self.episodes:
            return np.zeros(len(NAMES)), np.ones(len(NAMES))
        spread = self.rows.std(axis=0)
        return self.rows.mean(axis=0), np.where(spread > 1e-9, spread, np.inf)

    @cached_property
    def tasks(self) -> dict[str, int]:
        names = sorted({e.question.task for e in self.episodes} - {""})
        return {name: place for place, name in enumerate(names)}

    @cached_property
    def _costs(self) -> dict[str, float]:
        paid: dict[str, list[float]] = defaultdict(list)
        for episode in self.episodes:
            paid[episode.question.task].append(episode.cost)
        overall = _mean([e.cost for e in self.episodes], self.arm.cost)
        return {"": overall} | {t: _mean(c, overall) for t, c in paid.items() if t}

    def _cost(self, task: str) -> float:
        return self._costs.get(task, self._costs[""])

    def _design(self, rows: Floats, tasks: Sequence[str]) -> Floats:
        """Columns: one, the scaled features (capped at 3 spreads), one per task."""
        centre, spread = self.scale
        scaled = np.clip((rows - centre) / spread, -3.0, 3.0)
        one_hot = np.zeros((len(rows), len(self.tasks)))
        for i, task in enumerate(tasks):
            if task in self.tasks:
                one_hot[i, self.tasks[task]] = 1.0
        return np.hstack([np.ones((len(rows), 1)), scaled, one_hot])

    def _ridge(self, for_features: float, for_tasks: float) -> Floats:
        return np.concatenate(
            [
                [self.arm.weight],
                np.full(len(NAMES), for_features),
                np.full(len(self.tasks), for_tasks),
            ]
        )


@dataclass(frozen=True, slots=True)
class _Solution:
    """Of one ridge regression: what it says of each row had that row not been there, too."""

    weights: Floats
    inverse: Floats  # of the precision matrix
    left_out: Floats


def _solve(rows: Floats, outcomes: Floats, ridge: Floats) -> _Solution:
    inverse = np.linalg.inv(rows.T @ rows + np.diag(ridge)).astype(np.float64)
    weights = inverse @ (rows.T @ outcomes)
    leverage = np.einsum("ij,ij->i", rows @ inverse, rows)
    errors = (outcomes - rows @ weights) / np.maximum(1.0 - leverage, 1e-9)
    return _Solution(weights, inverse, outcomes - errors)


def _mean(values: Sequence[float], prior: float) -> float:
    return (sum(values) + COST_WEIGHT * prior) / (len(values) + COST_WEIGHT)
