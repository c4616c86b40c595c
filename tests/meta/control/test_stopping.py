"""Laws of adaptive sampling."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.control.stopping import MOST, Stopping, leader_holds
from metathink.meta.sample import Sample

ANSWERS = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=40)


def exact(leader: int, runner_up: int, rest: int, remaining: int) -> float:
    """The same probability from scipy's distributions, term by term."""
    from scipy.stats import betabinom

    total = 0.0
    for m in range(remaining + 1):
        share = betabinom.pmf(m, remaining, leader + runner_up + 0.5, rest + 0.5)
        bound = (leader - runner_up + m) // 2
        total += share * (betabinom.cdf(bound, m, runner_up + 1, leader + 1) if m else 1.0)
    return float(total)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.integers(1, 25))
def test_the_fast_sum_is_the_exact_probability(a: int, b: int, rest: int, left: int) -> None:
    if b < a < b + left:
        assert leader_holds(a, b, rest, left) == pytest.approx(exact(a, b, rest, left), abs=1e-9)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 200))
def test_it_is_a_probability_and_rises_with_the_lead(a: int, b: int, rest: int, left: int) -> None:
    a = max(a, b)
    holds = leader_holds(a, b, rest, left)
    assert 0.0 <= holds <= 1.0
    if a > 0:
        assert leader_holds(a + 1, b, rest, left) >= holds - 1e-9


@given(ANSWERS, st.floats(0.5, 1.0))
def test_a_stopping_rule_never_reverses(answers: list[str | None], certainty: float) -> None:
    draws = Stopping(budget=40, certainty=certainty).start()
    for answer in answers:
        decision = draws.observe(answer)
        if decision.choice == "stop":
            leader, drawn = draws.leader, draws.drawn
            assert all(draws.observe(later) is decision for later in ("a", "z", None))
            assert (draws.leader, draws.drawn, draws.sure()) == (leader, drawn, 0)
            return


@given(ANSWERS)
def test_the_order_of_samples_does_not_matter_to_what_the_counts_say(
    answers: list[str | None],
) -> None:
    shuffled = sorted(answers, key=lambda a: (a is None, a))
    one, two = (Stopping(budget=100, certainty=1.0).start() for _ in range(2))
    for left, right in zip(answers, shuffled, strict=True):
        one.observe(left)
        two.observe(right)
    assert one.decision.numbers == two.decision.numbers


@given(ANSWERS)
def test_certainty_one_gives_the_full_votes_answer(answers: list[str | None]) -> None:
    draws = Stopping(budget=len(answers), certainty=1.0).start()
    for answer in answers:
        if draws.observe(answer).choice == "stop":
            break
    votes = {a: answers.count(a) for a in answers if a is not None}
    if votes:
        assert draws.leader is not None and votes[draws.leader] == max(votes.values())


@settings(deadline=None)
@given(ANSWERS, st.integers(2, 30))
def test_a_sure_batch_is_never_too_large(answers: list[str | None], budget: int) -> None:
    draws = Stopping(budget=budget, certainty=0.9).start()
    needed = draws.sure()
    for place, answer in enumerate(answers[:budget], 1):
        if draws.observe(answer).choice == "stop":
            assert place >= needed
            return


def test_agreement_stops_early_and_says_why() -> None:
    decision = Stopping(budget=20).decide([Sample("7")] * 20)
    assert decision.choice == "stop" and decision.numbers["drawn"] < 10
    assert "votes" in decision.reason


def test_failing_samples_are_given_up_before_the_budget() -> None:
    decision = Stopping(budget=20).decide([Sample(None)] * 20)
    assert decision.choice == "stop" and decision.numbers["drawn"] < 20
    assert "no usable answer" in decision.reason


def test_one_sample_and_none() -> None:
    assert Stopping(budget=1).decide([Sample("x")]).choice == "stop"
    assert Stopping(budget=20).decide([]).choice == "draw"
    assert Stopping(budget=20).decide([Sample("x")]).choice == "draw"


def test_all_different_answers_are_drawn_to_the_end() -> None:
    draws = Stopping(budget=10).start()
    for i in range(10):
        draws.observe(str(i))
    assert draws.drawn == 10 and draws.decision.reason == "the budget is spent"


@pytest.mark.parametrize("budget, certainty", [(0, 0.9), (5, 0.2), (5, float("nan")), (10**6, 0.9)])
def test_bad_rules_are_refused(budget: int, certainty: float) -> None:
    with pytest.raises(InvalidInput):
        Stopping(budget, certainty)


def test_something_that_is_no_sample_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Stopping().decide(["7"])  # type: ignore[list-item]


def test_a_thousand_answers_of_a_megabyte() -> None:
    answers = [str(i % 3) + "x" * 1_000_000 for i in range(3)]
    draws = Stopping(budget=1000).start()
    for i in range(1000):
        draws.observe(answers[i % 3])
    assert draws.decision.choice == "stop"


def test_a_decision_takes_time_linear_in_the_draws_left() -> None:
    """The posterior is summed in one pass: 200 of the longest decisions take well below a second."""
    leader_holds.cache_clear()
    start = time.process_time()
    for votes in range(200):
        leader_holds(votes + 1, votes, 0, MOST - votes)
    assert time.process_time() - start < 10, "a minute or more where every draw is summed anew"
