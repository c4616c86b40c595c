"""The vocabulary: what a sample accepts, and that a label cannot pass for an input."""

import math

import pytest

from metathink.core.errors import InvalidInput
from metathink.meta.answers.equivalence import candidates
from metathink.meta.monitor.confidence import Confidence
from metathink.meta.sample import Label, Question, Sample, checked, probability


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.1, 1.2, 95.0])
def test_a_probability_that_makes_no_sense_counts_as_not_stated(bad):
    assert Sample("4", stated=bad).stated is None
    assert Sample("4", distribution={"A": bad, "B": 0.5}).distribution == {"B": 1.0}


def test_a_distribution_is_scaled_to_one_and_may_vanish():
    assert Sample("A", distribution={"A": 0.2, "B": 0.2}).distribution == {"A": 0.5, "B": 0.5}
    assert Sample("A", distribution={"A": math.nan}).distribution is None


@pytest.mark.parametrize("leak", [True, Label(True), "0.9"])
def test_an_outcome_is_refused_where_a_confidence_belongs(leak):
    with pytest.raises(InvalidInput):
        Sample("4", stated=leak)
    with pytest.raises(InvalidInput):
        probability(leak)


def test_a_label_is_refused_as_an_answer():
    with pytest.raises(InvalidInput, match="label"):
        Sample(Label(True))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "use",
    [bool, float, hash, str, lambda x: x == 1, lambda x: x + 1, lambda x: x > 0, lambda x: [1][x]],
)
def test_nothing_but_reveal_opens_a_label(use):
    with pytest.raises(TypeError):
        use(Label(True))
    assert Label(True).reveal() == 1.0
    assert "1" not in repr(Label(True))


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_a_label_is_a_truth_value_or_a_probability(value):
    with pytest.raises(InvalidInput):
        Label(value)


def test_components_refuse_labels_among_samples_by_type():
    mixed = [Sample("4"), Label(True)]
    with pytest.raises(InvalidInput, match="Label"):
        checked(mixed)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="Label"):
        candidates(mixed, Question())  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="Label"):
        Confidence().of_samples(Question(), mixed)  # pyright: ignore[reportArgumentType]
