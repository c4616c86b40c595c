"""What a measure is: the forms it can run on, and the scores and curves it gives.

A measure is handed splits; it fits on `split.train` and reports on `split.test`. It gives one
`Score` for each thing measured: per question the rows a statistic is taken over. The bench adds the
intervals, the spread over fold seeds and the paired difference to a reference.

Each module of `measures` named in `MODULES` holds a tuple `MEASURES`; it is imported when the bench runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np

from metathink.evals.curve import Curve

from .interval import Floats, Statistic, mean
from .records.record import Form
from .split import Split

MODULES = (
    "anchor",
    "agreement",
    "aggregation",
    "calibration",
    "stopping",
    "thinking",
    "gate",
    "choosing",
    "verification",
    "retrial",
    "abstention",
)
"""The modules of `measures`, in the order of the report."""


@dataclass(frozen=True, slots=True)
class Score:
    """One thing measured, per question (record id -> rows, shape (rows, columns))."""

    name: str  # what was measured: "plurality", "stated confidence, beta"
    unit: str  # of the statistic: "accuracy", "ECE (10 equal-width bins)"
    rows: Mapping[str, Floats]
    statistic: Statistic = mean
    against: str | None = None  # the score of the same unit it is compared with, by name


@dataclass(frozen=True, slots=True)
class Findings:
    scores: list[Score]
    curves: list[Curve] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure by name, the forms it runs on, and how."""

    name: str
    forms: frozenset[Form]
    run: Callable[[Sequence[Split]], Findings]


def per_question(values: Mapping[str, float]) -> dict[str, Floats]:
    """Rows for a mean: one number for each record id."""
    return {key: np.array([[value]], dtype=np.float64) for key, value in values.items()}


def measures_for(form: Form) -> list[Measure]:
    """The measures that can run on records of this form."""
    found: list[Measure] = []
    for module in MODULES:
        held: tuple[Measure, ...] = import_module(f".measures.{module}", __package__).MEASURES
        found += [m for m in held if form in m.forms]
    return found
