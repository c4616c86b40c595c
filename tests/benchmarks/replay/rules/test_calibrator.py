"""Figures of merit and calibration maps: known values, honest prior, shrinkage, JSON."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay.rules.calibrator import Calibrator
from metathink.core.errors import InvalidInput
from metathink.meta.monitor.metric import (
    aurc,
    auroc,
    brier,
    ece,
    ece_equal_mass,
    mean_error,
    reliability,
    risk_coverage,
)
from metathink.meta.sample import Label

CHANCES = st.floats(0.0, 1.0)


def labels(values):
    return [Label(float(v)) for v in values]


def overconfident(count: int, seed: int = 0):
    """Claims whose true log-odds are half of what is claimed."""
    rng = np.random.default_rng(seed)
    claimed = rng.uniform(0.02, 0.98, count)
    true = 1 / (1 + np.exp(-0.5 * np.log(claimed / (1 - claimed))))
    return claimed, (rng.random(count) < true).astype(float)


def test_figures_on_a_case_worked_by_hand():
    p, y = [0.95, 0.85, 0.15, 0.05], [1, 0, 0, 0]
    assert ece(p, y) == pytest.approx((0.05 + 0.85 + 0.15 + 0.05) / 4)
    assert brier(p, y) == pytest.approx((0.0025 + 0.7225 + 0.0225 + 0.0025) / 4)
    assert auroc(p, y) == 1.0
    assert mean_error(p, [0.9, 0.9, 0.1, 0.1]) == pytest.approx(0.05)
    assert risk_coverage(p, y)[1] == pytest.approx([0, 1 / 2, 2 / 3, 3 / 4])
    assert aurc(p, y) == pytest.approx((0 + 1 / 2 + 2 / 3 + 3 / 4) / 4)
    assert [b.count for b in reliability(p, y)] == [1, 1, 1, 1]
    assert ece_equal_mass(p, y, bins=1) == pytest.approx(0.25)


def test_ties_count_half_and_one_class_has_no_auroc():
    assert auroc([0.5, 0.5], [1, 0]) == 0.5
    assert math.isnan(auroc([0.5, 0.6], [1, 1]))


@pytest.mark.parametrize(("p", "y"), [([], []), ([0.5], [1, 0]), ([1.2], [1]), ([math.nan], [0])])
def test_figures_refuse_what_is_no_probability(p, y):
    with pytest.raises(InvalidInput):
        ece(p, y)


def test_before_data_a_claim_counts_half_its_log_odds():
    prior = Calibrator()
    assert prior(0.5) == pytest.approx(0.5)
    assert prior(0.95) == pytest.approx(0.813, abs=0.001)
    assert Calibrator.fit([], []) == Calibrator()


@pytest.mark.parametrize("shape", ["platt", "beta", "isotonic"])
def test_fitting_mends_overconfidence_on_new_claims(shape):
    claimed, right = overconfident(3000)
    fitted = Calibrator.fit(claimed.tolist(), labels(right), shape=shape)
    claimed, right = overconfident(3000, seed=1)
    assert ece(claimed, right) > 0.10
    assert ece(fitted.all(claimed.tolist()), right) < 0.04


def test_a_group_with_few_outcomes_stays_near_the_rest_and_one_with_many_departs():
    claimed, right = overconfident(2000)
    names = ["common"] * 1200 + ["liar"] * 796 + ["rare"] * 4
    right[1200:1996] = np.random.default_rng(2).random(796) < 0.1
    right[1996:] = 0.0
    fitted = Calibrator.fit(claimed.tolist(), labels(right), names)
    assert fitted(0.9, "liar") < 0.2
    assert fitted(0.9, "common") > 0.65
    assert fitted(0.9, "liar") < fitted(0.9, "rare") < fitted(0.9, "common")


@given(st.lists(st.tuples(CHANCES, st.booleans()), max_size=30), CHANCES)
def test_a_fitted_map_stays_in_the_unit_interval_and_rises(outcomes, claim):
    p, y = [o[0] for o in outcomes], [o[1] for o in outcomes]
    for shape in ("platt", "beta", "isotonic"):
        fitted = Calibrator.fit(p, labels(y), shape=shape)
        lower, upper = fitted(claim * 0.9), fitted(claim)
        assert 0.0 <= lower <= upper + 1e-9 <= 1.0 + 1e-9


@pytest.mark.parametrize("shape", ["platt", "beta", "isotonic"])
def test_a_map_survives_json(shape):
    claimed, right = overconfident(200)
    names = ["a", "b"] * 100
    fitted = Calibrator.fit(claimed.tolist(), labels(right), names, shape)
    again = Calibrator.model_validate_json(fitted.model_dump_json())
    assert again == fitted
    assert again(0.7, "a") == fitted(0.7, "a")
    assert again(0.7, "never met") == again(0.7)


@pytest.mark.parametrize("bad", [math.nan, -0.1, 1.1])
def test_a_map_refuses_what_is_no_probability(bad):
    with pytest.raises(InvalidInput):
        Calibrator()(bad)
    with pytest.raises(InvalidInput):
        Calibrator.fit([bad], labels([1]))


def test_lengths_must_agree():
    with pytest.raises(InvalidInput):
        Calibrator.fit([0.5], [])
    with pytest.raises(InvalidInput):
        Calibrator.fit([0.5], labels([1]), ["a", "b"])
