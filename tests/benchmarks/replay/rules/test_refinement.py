"""A refined answer is taken on evidence, and refining ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay.rules.refinement import Refinement, accept, can_change
from metathink.core.errors import InvalidInput

NAMES = st.lists(st.sampled_from(["a", "b", "c", None]), max_size=6)


def test_evidence_decides_and_not_the_order() -> None:
    assert accept("a", "b").choice == "first"
    assert accept("a", "b", others=["b"]).choice == "refined"
    assert accept("a", "b", others=["b", "a"]).choice == "first"
    assert accept("a", "b", ["a"], first_passes=False, refined_passes=True).choice == "refined"
    assert accept("a", "b", ["b"], first_passes=True, refined_passes=False).choice == "first"
    assert accept(None, "b").choice == "refined" and accept("a", None).choice == "first"
    assert "nothing" in accept("a", "a").reason


@given(st.sampled_from(["a", "b", None]), st.sampled_from(["a", "b", "c", None]), NAMES)
def test_nothing_is_paid_for_where_nothing_can_change(
    first: str | None, refined: str | None, others: list[str | None]
) -> None:
    if not can_change(first, others):
        assert accept(first, refined, others).choice == "first"


@given(NAMES)
def test_the_order_of_votes_does_not_matter(others: list[str | None]) -> None:
    assert accept("a", "b", others).choice == accept("a", "b", others[::-1]).choice


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=12), st.integers(1, 5))
def test_refining_never_reverses_and_never_outlasts_its_rounds(
    answers: list[str], rounds: int
) -> None:
    run = Refinement(rounds=rounds)
    done = None
    for answer in answers:
        decision = run.observe(answer)
        assert done is None or decision is done
        done = decision if decision.choice == "keep" else None
    assert len(run.answers) <= rounds + 1


def test_why_it_stops() -> None:
    def last(*answers: str) -> str:
        run = Refinement()
        return [run.observe(a) for a in answers][-1].reason

    assert "changed nothing" in last("a", "a")
    assert "back at the answer of round 0" in last("a", "b", "a")
    assert "rounds are spent" in last("a", "b", "c", "d")
    assert Refinement(patience=2).observe("a").choice == "refine"
    run = Refinement(rounds=5, patience=2)
    for answer, score in (("a", 0.9), ("b", 0.5), ("c", 0.6)):
        decision = run.observe(answer, score)
    assert "no better score" in decision.reason and run.best == 0


def test_a_passing_answer_ends_it_and_is_kept() -> None:
    run = Refinement()
    run.observe("a", passes=False)
    assert run.observe("b", passes=True).choice == "keep" and run.best == 1


def test_no_answer_and_no_score() -> None:
    run = Refinement(rounds=2)
    assert run.best is None
    run.observe(None, float("nan"))
    run.observe("a", 0.3)
    assert run.best == 1
    with pytest.raises(InvalidInput):
        Refinement(rounds=0)
