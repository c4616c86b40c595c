"""Abduction keeps as much as can be kept together, and one answer to one question."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.combine.abduction import Clash, abduce, explain


def brute_force(gain, clashes, threshold):
    best = 0.0
    for mask in range(2 ** len(gain)):
        inside = frozenset(i for i in range(len(gain)) if mask >> i & 1)
        if sum(c.cost for c in clashes if c.members <= inside) <= threshold + 1e-9:
            best = max(best, sum(gain[i] for i in inside))
    return best


CLASHES = st.lists(
    st.builds(
        Clash,
        st.frozensets(st.integers(0, 5), min_size=1, max_size=3),
        st.integers(0, 3).map(float),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 9).map(float), min_size=6, max_size=6), CLASHES, st.integers(0, 3))
def test_nothing_that_fits_covers_more(gain, clashes, threshold):
    exact = abduce(gain, clashes, threshold)
    assert exact.coverage == pytest.approx(brute_force(gain, clashes, threshold))
    assert exact.inconsistency <= threshold + 1e-6


def test_a_threshold_lets_clashes_through():
    clashes = [Clash(frozenset({0, 1})), Clash(frozenset({0, 2}))]
    assert abduce([3.0, 2.0, 2.0], clashes).members == (1, 2)
    assert abduce([3.0, 2.0, 2.0], clashes, threshold=2.0).members == (0, 1, 2)


def test_bad_input_is_refused_and_nothing_gives_nothing():
    assert abduce([], []).members == ()
    for gain, clashes, threshold in (
        ([-1.0], [], 0.0),
        ([1.0], [], -1.0),
        ([1.0], [Clash(frozenset({3}))], 0.0),
        ([1.0], [Clash(frozenset())], 0.0),
        ([math.nan], [], 0.0),
    ):
        with pytest.raises(InvalidInput):
            abduce(gain, clashes, threshold)
    with pytest.raises(InvalidInput):
        explain(["4"], [])


ANSWERS = st.lists(
    st.tuples(st.sampled_from(["4", "5", "6", None]), st.floats(0.01, 0.99)), max_size=7
)


@settings(deadline=None, max_examples=60)
@given(ANSWERS)
def test_one_answer_is_kept_and_it_is_the_one_most_sources_give(answers):
    """Of the sources that are not expected to err; the greater chances break ties."""
    names, chances = [name for name, _ in answers], [chance for _, chance in answers]
    kept = explain(names, chances).members
    trusted = [i for i, (name, chance) in enumerate(answers) if name is not None and chance >= 0.5]
    votes = {names[i]: [chances[j] for j in trusted if names[j] == names[i]] for i in trusted}
    if not votes:
        assert kept == ()
        return
    (name,) = {names[i] for i in kept}
    assert [chances[i] for i in kept] == votes[name]
    best = max((len(voters), sum(voters)) for voters in votes.values())
    assert len(kept) == best[0]
    assert sum(votes[name]) == pytest.approx(best[1], abs=1e-5)
