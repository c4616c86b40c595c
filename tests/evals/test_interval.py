"""Intervals hold the truth as often as they say, and exist where a figure does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from metathink.evals.interval import bootstrap_interval, share_interval
from metathink.meta.monitor.metric import auroc


@pytest.mark.parametrize(("right", "count"), [(0, 5), (5, 5), (3, 5), (70, 100)])
def test_the_interval_of_a_share_is_wilsons(right: int, count: int) -> None:
    low, high = share_interval([True] * right + [False] * (count - right))
    z, share = 1.959964, right / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    assert (low, high) == (
        pytest.approx(centre - half, abs=1e-5),
        pytest.approx(centre + half, abs=1e-5),
    )
    assert high - low > 0.1


def test_the_bootstrap_holds_a_mean_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(1), 0
    for _ in range(60):
        low, high = bootstrap_interval([rng.normal(2.0, 1.0, 60)], np.mean)
        held += low <= 2.0 <= high
    assert 52 <= held <= 60


def test_questions_are_drawn_whole() -> None:
    """Columns stay in step: a statistic of equal columns is the same on every draw."""
    column = np.arange(20.0)
    assert bootstrap_interval([column, column], lambda a, b: float(np.abs(a - b).max())) == (
        0.0,
        0.0,
    )


def test_draws_without_the_figure_are_left_out() -> None:
    stated, right = np.array([0.9, 0.8, 0.2]), np.array([1.0, 1.0, 0.0])
    low, high = bootstrap_interval([stated, right], auroc)
    assert (low, high) == (1.0, 1.0)


def test_no_figure_has_no_interval() -> None:
    assert all(map(math.isnan, share_interval([])))
    same = np.ones(4)
    assert all(map(math.isnan, bootstrap_interval([same, same], auroc)))


def test_one_question_has_its_own_figure() -> None:
    assert bootstrap_interval([np.array([0.5])], np.mean) == (0.5, 0.5)
