"""Laws of predicting success and cost, and of choosing by them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.control.choice import Choosing
from metathink.meta.control.feature import NAMES, features
from metathink.meta.control.forecast import Arm, Episode, Forecast
from metathink.meta.control.utility import Utility
from metathink.meta.sample import Label, Question

ARMS = (Arm("plain", success=0.4, cost=1.0), Arm("deep", success=0.6, cost=5.0))


def history(count: int = 40) -> list[Episode]:
    """Deep thought wins at sums, plain answers win at names."""
    return [
        Episode(Question(f"{task} number {i}", task=task), arm, Label(right), cost)
        for i in range(count)
        for task, best in (("sums", "deep"), ("names", "plain"))
        for arm, cost in (("plain", 1.0), ("deep", 4.0 + i % 3))
        for right in [arm == best]
    ]


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=6))
def test_features_are_finite_for_any_question(text: str, options: list[str]) -> None:
    found = features(Question(text, tuple(options)))
    assert found.shape == (len(NAMES),) and np.isfinite(found).all()


@given(st.text(max_size=80), st.sampled_from(["sums", "names", "unseen", ""]))
def test_a_prediction_is_a_probability(text: str, task: str) -> None:
    forecast = Forecast(ARMS).learn(history(6))
    for prediction in forecast.predict(Question(text, task=task)).values():
        assert 0.0 <= prediction.success <= 1.0 and prediction.error >= 0.0
        assert prediction.cost > 0.0


def test_before_any_episode_the_card_speaks() -> None:
    predicted = Forecast(ARMS).predict(Question("anything"))
    assert predicted["deep"].success == 0.6 and predicted["deep"].cost == 5.0
    assert Choosing(Forecast(ARMS)).choose(Question("anything")).choice == "deep"


def test_it_learns_which_arm_suits_which_task() -> None:
    rule = Choosing(Forecast(ARMS).learn(history()))
    assert rule.choose(Question("sums again", task="sums")).choice == "deep"
    decision = rule.choose(Question("names again", task="names"))
    assert decision.choice == "plain" and "right with" in decision.reason
    assert decision.confidence is not None and decision.confidence > 0.8


def test_a_price_makes_the_dear_arm_give_way() -> None:
    forecast = Forecast(ARMS)
    assert Choosing(forecast, Utility(price=0.06)).choose(Question("x")).choice == "plain"


def test_exploring_favours_the_arm_that_was_seldom_used() -> None:
    known = [Episode(Question(f"q{i}"), "deep", Label(i % 5 > 1)) for i in range(200)]
    forecast = Forecast((Arm("plain", 0.55), Arm("deep", 0.6))).learn(known)
    assert Choosing(forecast).choose(Question("q")).choice == "deep"
    assert Choosing(forecast, explore=2.0).choose(Question("q")).choice == "plain"


def test_the_order_of_episodes_does_not_matter() -> None:
    question = Question("sums 3", task="sums")
    one = Forecast(ARMS).learn(history()).predict(question)
    two = Forecast(ARMS).learn(reversed(history())).predict(question)
    assert one["deep"].success == pytest.approx(two["deep"].success)


def test_hindsight_leaves_the_episode_out() -> None:
    lone = [Episode(Question("only", task="lone"), "plain", Label(True))]
    known = [Episode(Question(f"q{i}", task="known"), "plain", Label(False)) for i in range(30)]
    forecast = Forecast(ARMS).learn([*known, *lone])
    assert forecast.in_hindsight("plain")[-1] < 0.4  # below the card, though it was right itself


def test_bad_input_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Forecast(())
    with pytest.raises(InvalidInput):
        Forecast((ARMS[0], ARMS[0]))
    with pytest.raises(InvalidInput):
        Forecast(ARMS).learn([Episode(Question("x"), "nobody", Label(True))])
    with pytest.raises(InvalidInput):
        Forecast(ARMS).learn([Episode(Question("x"), "plain", True)])  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        Arm("x", success=1.5)
    with pytest.raises(InvalidInput):
        Choosing(Forecast(ARMS)).choose(Question("x"), among=["nobody"])
    with pytest.raises(InvalidInput):
        Utility(right=0.0, wrong=0.0)


def test_episodes_are_fitted_in_linear_time() -> None:
    episodes = [
        Episode(Question(f"{i} " * (1 + i % 9), task=f"t{i % 20}"), "plain", Label(i % 3 == 0))
        for i in range(5000)
    ]
    start = time.process_time()
    Forecast((ARMS[0],)).learn(episodes).predict(Question("x"))
    assert time.process_time() - start < 10
