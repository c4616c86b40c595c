"""The combined confidence: the laws it keeps before and after fitting."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.monitor.confidence import Confidence, best
from metathink.meta.monitor.metric import ece
from metathink.meta.sample import Label, Question, Sample

NUMBER = Question(kind="number")


def history(count: int, seed: int = 0):
    """Questions of a known difficulty: five voices, of which "poor" is right half as often."""
    rng = np.random.default_rng(seed)
    asked, said, truth = [], [], []
    for _ in range(count):
        skill = rng.uniform(0.3, 0.95)
        right = rng.random(5) < skill * np.array([1, 1, 1, 1, 0.5])
        answers = ["7" if r else str(rng.integers(6)) for r in right]
        names = ["a", "b", "c", "d", "poor"]
        said.append([Sample(a, speaker=n, stated=0.9) for a, n in zip(answers, names, strict=True)])
        truth.append([Label(bool(r)) for r in right])
        asked.append(NUMBER)
    return asked, said, truth


FITTED = Confidence.fit(*history(200))


@pytest.mark.parametrize("model", [Confidence(), FITTED], ids=["prior", "fitted"])
@given(
    answers=st.lists(st.sampled_from(["1", "2", "3", None]), min_size=1, max_size=15),
    data=st.data(),
)
def test_it_lies_in_the_unit_interval_and_ignores_order(model, answers, data):
    stated = data.draw(
        st.lists(
            st.one_of(st.none(), st.floats(allow_nan=True)),
            min_size=len(answers),
            max_size=len(answers),
        )
    )
    samples = [Sample(a, stated=s) for a, s in zip(answers, stated, strict=True)]
    chance = model.of_answer(NUMBER, samples, "1").confidence
    assert 0.0 <= chance <= 1.0
    assert all(0.0 <= c <= 1.0 for c in model.of_samples(NUMBER, samples))
    assert model.of_answer(NUMBER, samples[::-1], "1").confidence == pytest.approx(chance)


@pytest.mark.parametrize("model", [Confidence(), FITTED], ids=["prior", "fitted"])
@given(yes=st.integers(1, 12), no=st.integers(0, 12))
def test_it_rises_with_agreement(model, yes, no):
    def chance(yes: int, no: int) -> float:
        samples = [Sample("1")] * yes + [Sample("2")] * no
        return model.of_answer(NUMBER, samples, "1").confidence

    assert chance(yes + 1, no) >= chance(yes, no)
    assert chance(yes, no + 1) <= chance(yes, no)


def test_it_falls_when_an_answer_has_less_support_and_is_zero_without():
    samples = [Sample("1"), Sample("1"), Sample("1"), Sample("2")]
    model = Confidence()
    many, few = (model.of_answer(NUMBER, samples, answer).confidence for answer in ("1", "2"))
    assert many is not None
    assert few is not None
    assert few < 0.5 < many
    for absent in ("3", None, ""):
        assert model.of_answer(NUMBER, samples, absent).confidence == 0.0
    assert model.of_answer(NUMBER, [], "1").confidence == 0.0
    assert model.of_samples(NUMBER, []) == []


def test_evidence_of_each_kind_moves_the_prior_the_right_way():
    model, plain = Confidence(), Sample("1")
    base = model.of_samples(NUMBER, [plain])[0]
    raises = [
        Sample("1", stated=0.95),
        Sample("1", token_probability=0.9),
        Sample("1", passes=(True, True, True)),
    ]
    lowers = [
        Sample("1", stated=0.2),
        Sample("1", token_probability=0.1),
        Sample("1", passes=(False, False)),
    ]
    assert all(model.of_samples(NUMBER, [s])[0] > base for s in raises)
    assert all(model.of_samples(NUMBER, [s])[0] < base for s in lowers)


def test_missing_or_broken_logprobs_change_nothing():
    model = Confidence()
    broken = Sample("1", logprobs=(-0.1, math.nan), stated=math.nan)
    assert model.of_samples(NUMBER, [broken]) == model.of_samples(NUMBER, [Sample("1")])


def test_fitting_calibrates_and_learns_whom_not_to_trust():
    asked, said, truth = history(300, seed=1)
    rated = [FITTED.of_samples(q, s) for q, s in zip(asked, said, strict=True)]
    right = [y.reveal() for group in truth for y in group]
    prior = [Confidence().of_samples(q, s) for q, s in zip(asked, said, strict=True)]
    assert ece(np.ravel(rated), right) < 0.06 < ece(np.ravel(prior), right)
    alike = [Sample("1", speaker="a", stated=0.9), Sample("2", speaker="poor", stated=0.9)]
    good, poor = FITTED.of_samples(NUMBER, alike)
    assert good > poor
    assert best(FITTED, NUMBER, alike).choice == "1"
    assert best(FITTED, NUMBER, [Sample(None)]).choice is None


def test_of_equal_answers_the_best_is_what_more_samples_give_as_it_was_worded_first():
    no_weight = Confidence(weights=(0.0,) * len(Confidence().weights))
    for order in (1, -1):
        samples = [Sample(answer) for answer in ("9", "3.0", "3")][::order]
        leader = best(no_weight, NUMBER, samples)
        assert (leader.choice, leader.confidence) == ("3.0" if order == 1 else "3", 0.5)


def test_expressions_of_one_value_stand_behind_each_other():
    samples = [Sample(answer) for answer in (r"\frac{1}{2}", "0.5", "1/2", "x + 1")]
    leader = best(Confidence(), Question(kind="expression"), samples)
    assert (leader.choice, leader.numbers["share"]) == (r"\frac{1}{2}", 0.75)


def test_it_is_saved_as_json_and_says_whether_it_has_seen_outcomes():
    again = Confidence.model_validate_json(FITTED.model_dump_json())
    assert again == FITTED
    samples = [Sample("1"), Sample("1")]
    assert "prior" in Confidence().of_answer(NUMBER, samples, "1").reason
    assert "prior" not in FITTED.of_answer(NUMBER, samples, "1").reason


def test_no_outcomes_mean_the_prior_and_lengths_must_agree():
    assert Confidence.fit([], [], []) == Confidence()
    with pytest.raises(InvalidInput):
        Confidence.fit([NUMBER], [[Sample("1")]], [[]])
    with pytest.raises(InvalidInput):
        Confidence.fit([NUMBER], [], [])


def test_a_thousand_answers_of_a_megabyte_are_rated():
    bodies = [c * 1_000_000 for c in "xy"]
    samples = [Sample(bodies[i % 2], text=bodies[i % 2], stated=0.7) for i in range(1000)]
    start = time.process_time()
    assert len(Confidence().of_samples(Question(), samples)) == 1000
    assert time.process_time() - start < 5.0
