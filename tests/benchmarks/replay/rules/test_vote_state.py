"""Share, margin and entropy of a vote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay.rules.vote_state import agreement, normalised_entropy
from metathink.meta.sample import Question, Sample

NUMBER = Question(kind="number")


def samples(*answers):
    return [Sample(a) for a in answers]


def test_agreement_of_a_plain_vote():
    state = agreement(samples("4", "4", "5", None), NUMBER)
    assert (state.answer, state.share, state.margin, state.answered) == ("4", 0.5, 0.25, 0.75)


@pytest.mark.parametrize(
    ("answers", "share", "entropy"),
    [((), 0.0, 1.0), ((None,), 0.0, 1.0), (("4",), 1.0, 0.0), (("1", "2", "3"), 1 / 3, 1.0)],
)
def test_no_sample_one_sample_all_different(answers, share, entropy):
    state = agreement(samples(*answers), NUMBER)
    assert state.share == pytest.approx(share)
    assert state.entropy == pytest.approx(entropy)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_entropy_lies_in_the_unit_interval(counts):
    assert 0.0 <= normalised_entropy(counts) <= 1.0
