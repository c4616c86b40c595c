"""Figures of merit on cases that can be counted by hand."""

import math

import pytest

from metathink.meta.monitor.metric import auroc, wilson


def test_the_area_counts_the_pairs_told_apart_ties_half():
    assert auroc([0.9, 0.8, 0.1], [1, 1, 0]) == 1.0
    assert auroc([0.5, 0.5], [1, 0]) == 0.5
    assert auroc([0.2, 0.6, 0.4], [1, 1, 0]) == 0.5
    assert math.isnan(auroc([0.4], [0]))


@pytest.mark.parametrize(("right", "count"), [(0, 10), (5, 10), (10, 10)])
def test_wilsons_interval_holds_the_share_and_stays_within_bounds(right, count):
    low, high = wilson(right, count)
    assert -1e-9 <= low <= right / count <= high <= 1 + 1e-9


def test_wilsons_interval_of_a_known_share_and_of_nothing():
    assert [round(end, 3) for end in wilson(85, 100)] == [0.767, 0.907]
    assert wilson(0, 0) == (0.0, 1.0)
