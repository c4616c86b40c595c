"""A second arm is asked only when the first is refused; routing sends the wanted share."""

from __future__ import annotations

import pytest

from benchmarks.replay.rules.routing import Cascade, declines, route, routing_price
from metathink.core.errors import InvalidInput
from metathink.meta.control.choice import Choosing
from metathink.meta.control.forecast import Arm, Episode, Forecast
from metathink.meta.sample import Label, Question, Sample

ARMS = (Arm("plain", success=0.4, cost=1.0), Arm("deep", success=0.6, cost=5.0))


def test_a_share_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidInput):
        route(Forecast(ARMS), [], "deep", "plain", 1.5)


def test_the_routing_price_sends_the_wanted_share() -> None:
    forecast = Forecast((Arm("strong", 0.8), Arm("weak", 0.6))).learn(
        Episode(Question("word " * (i % 30 + 1)), arm, Label(arm == "strong" or i % 30 < 15))
        for i in range(200)
        for arm in ("strong", "weak")
    )
    price = routing_price(forecast, "strong", "weak", 0.5)
    gains = forecast.in_hindsight("strong") - forecast.in_hindsight("weak")
    assert (gains >= price).mean() == pytest.approx(0.5, abs=0.06)
    questions = [Question("word " * n) for n in (2, 28, 4, 26)]
    assert [d.choice for d in route(forecast, questions, "strong", "weak", 0.5)] == [
        "weak",
        "strong",
        "weak",
        "strong",
    ]


def test_a_cascade_goes_on_only_when_refused() -> None:
    question = Question("sums", task="sums")
    cascade = Cascade(Choosing(Forecast(ARMS)), question, check=lambda s: s.answer == "4")
    assert cascade.next().choice == "deep"
    assert not cascade.hear(Sample("5")).choice
    assert cascade.next().choice == "plain"
    assert cascade.hear(Sample("4")).choice
    assert cascade.next().choice is None and cascade.kept == Sample("4")


def test_a_usable_answer_ends_a_cascade_without_a_check() -> None:
    cascade = Cascade(Choosing(Forecast(ARMS)), Question("x"))
    cascade.hear(Sample("There is no solution."))
    assert cascade.next().choice == "plain"
    cascade.hear(Sample("12"))
    assert cascade.asked == 2 and cascade.kept == Sample("12")


def test_what_declining_is() -> None:
    assert declines(Sample(None)) and declines(Sample(" ")) and declines(Sample("I cannot say"))
    assert not declines(Sample("canned")) and not declines(Sample("cannot " * 200))
