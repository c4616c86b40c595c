"""Agreement, likelihood, stated confidence, critics and progress: their values and their laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.monitor.agreement import (
    agreement,
    critics_disagreement,
    normalised_entropy,
    semantic_clusters,
)
from metathink.meta.monitor.likelihood import (
    mean_logprob,
    p_true,
    sequence_logprob,
    shared_uncertainty,
    token_relevance,
)
from metathink.meta.monitor.progress import progress
from metathink.meta.monitor.stated import pairwise_confidence, stated_confidence
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


def test_clusters_by_meaning_follow_the_embedder():
    place = {"hot": [1.0, 0.0], "warm": [0.95, 0.31], "cold": [-1.0, 0.0]}
    found = semantic_clusters(["hot", "cold", "warm"], lambda t: np.array([place[w] for w in t]))
    assert found == [[0, 2], [1]]
    assert semantic_clusters([], lambda t: np.zeros((0, 2))) == []
    with pytest.raises(InvalidInput, match="embedder"):
        semantic_clusters(["hot"], lambda t: np.array([[math.nan, 1.0]]))


def test_critics_agree_differ_and_say_nothing():
    assert critics_disagreement([True, True, True]) == 0.0
    assert critics_disagreement([1, 0, 1, 0]) == 1.0
    assert critics_disagreement([0.9, 0.8, None, math.nan]) == pytest.approx(0.2)
    assert critics_disagreement([None, 1.0]) == 0.0


def test_sequence_logprob_needs_every_token():
    assert sequence_logprob(Sample("4", logprobs=(-0.5, -1.5))) == -2.0
    assert sequence_logprob(Sample("4")) is None
    assert sequence_logprob(Sample("4", logprobs=(-0.5, math.nan))) is None
    assert mean_logprob(Sample("4", logprobs=(0.5,))) is None


def test_relevance_moves_the_mean_to_the_tokens_that_matter():
    sample = Sample("4", logprobs=(-4.0, -1.0), relevance=(0.0, 2.0))
    assert mean_logprob(sample) == -1.0
    assert mean_logprob(Sample("4", logprobs=(-4.0, -1.0), relevance=(0.0, 0.0))) == -2.5
    with pytest.raises(InvalidInput, match="relevance"):
        mean_logprob(Sample("4", logprobs=(-4.0, -1.0), relevance=(1.0,)))


def test_a_token_is_relevant_when_the_meaning_goes_without_it():
    def overlap(whole: str, part: str) -> float:
        return 1.0 if "Paris" in part else 0.2

    assert token_relevance(["It ", "is ", "Paris"], overlap) == [0.0, 0.0, 0.8]


def test_similar_sure_samples_lower_the_shared_uncertainty():
    alone = shared_uncertainty([-1.0, -1.0], [[1, 0], [0, 1]])
    together = shared_uncertainty([-1.0, -1.0], [[1, 1], [1, 1]])
    assert together < alone == pytest.approx(1.0)
    with pytest.raises(InvalidInput):
        shared_uncertainty([], [])


def test_p_true_puts_spellings_together():
    seen = {" True": math.log(0.6), "true": math.log(0.2), "False": math.log(0.2), "x": -9.0}
    assert p_true(seen) == pytest.approx(0.8)
    assert p_true({"maybe": -0.1}) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Answer: 7\nConfidence: 85%", 0.85),
        ("my confidence is 0.9", 0.9),
        ("Confidence: 8/10", 0.8),
        ("I am certain: 7 out of 10", 0.7),
        ("confidence 60, on reflection confidence 70", 0.7),
        ("confidence: 250%", None),
        ("the answer is 12", None),
        ("", None),
    ],
)
def test_stated_confidence_is_read(text, value):
    assert stated_confidence(text) == (None if value is None else pytest.approx(value))


def test_pairwise_confidence_orders_by_wins():
    top, middle, low, unmet = pairwise_confidence(4, [(0, 1), (0, 2), (1, 2), (0, 1)])
    assert top > middle > low
    assert unmet == pytest.approx(0.5)
    with pytest.raises(InvalidInput):
        pairwise_confidence(2, [(0, 2)])


def test_progress_tells_change_gain_and_return():
    first = Sample("4", text="a", passes=(True, False))
    worse = Sample("5", text="b", passes=(False, False), stated=0.9)
    back = Sample("4.0", text="c", passes=(True, True))
    assert progress(NUMBER, [first]).direction == "same"
    step = progress(NUMBER, [first, worse])
    assert (step.answer_changed, step.direction, step.returned) == (True, "worse", False)
    step = progress(NUMBER, [first, worse, back])
    assert (step.returned, step.direction) == (True, "better")
    assert progress(NUMBER, [first, first]).direction == "same"
    assert progress(NUMBER, [Sample("4", text="a"), Sample("4", text="b")]).direction == "unclear"
