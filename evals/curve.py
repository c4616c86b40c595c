"""The lines of a picture: reliability, risk against coverage, accuracy against cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..meta.monitor.metric import reliability, risk_coverage
from .interval import Floats

Shape = Literal["reliability", "risk-coverage", "cost", "tokens"]

MOST_POINTS = 100
"""Points of a risk-coverage line that are drawn."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of one picture: `weight` is how much stands behind each point, `span` the interval of each
    y; both may be empty."""

    shape: Shape
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    weight: tuple[float, ...] = ()
    span: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """The lines of one measure on one part of the data."""

    measure: str
    slice: str
    curves: list[Curve]


def confidence_curves(name: str, rows: Floats) -> list[Curve]:
    """The reliability and the risk-coverage line of `rows`: confidence and outcome, shape (answers, 2)."""
    bins = reliability(rows[:, 0], rows[:, 1])
    kept, risk = risk_coverage(rows[:, 0], rows[:, 1])
    at = np.unique(np.linspace(0, len(kept) - 1, MOST_POINTS).astype(int))
    return [
        Curve(
            "reliability",
            name,
            tuple(b.confidence for b in bins),
            tuple(b.accuracy for b in bins),
            tuple(float(b.count) for b in bins),
        ),
        Curve("risk-coverage", name, tuple(kept[at].tolist()), tuple(risk[at].tolist())),
    ]
