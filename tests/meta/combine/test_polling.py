"""Laws of asking known speakers best first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.combine.polling import Polling
from metathink.meta.sample import Label, Sample

RULE = Polling({"good": 0.95, "fair": 0.7, "poor": 0.3}, alternatives=4.0)


def polls(count: int) -> tuple[list[list[Sample]], list[list[Label]]]:
    """An oracle that is always right and two that err together."""
    samples, labels = [], []
    for i in range(count):
        wrong = i % 3 == 0
        said = ("right", "twin" if wrong else "right", "twin" if wrong else "right")
        samples.append([Sample(a, s) for a, s in zip(said, "abc", strict=True)])
        labels.append([Label(a == "right") for a in said])
    return samples, labels


def test_the_most_reliable_is_asked_first_and_settles_it() -> None:
    poll = Polling({"good": 0.99, "fair": 0.7}, temper=1.0, alternatives=9.0).start(
        ["fair", "good"]
    )
    assert poll.next() == "good"
    assert poll.hear("7").choice == "stop" and poll.next() is None and poll.asked == 1


def test_nobody_is_paid_who_could_not_overturn_the_lead() -> None:
    poll = Polling({"a": 0.9, "b": 0.4}, certainty=1.0).start(["a", "b"])
    assert "cannot be overturned" in poll.hear("7").reason


@given(st.lists(st.sampled_from(["x", "y", None]), min_size=1, max_size=3))
def test_a_settled_poll_never_reverses(said: list[str | None]) -> None:
    poll = RULE.start(["poor", "good", "fair"])
    for answer in said:
        decision = poll.hear(answer)
        if decision.choice == "stop":
            leader = poll.leader
            assert poll.hear("z") is decision and poll.leader == leader
            assert poll.decision.confidence is not None and 0 <= poll.decision.confidence <= 1
            return


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 30), max_size=8))
def test_the_posterior_is_a_distribution(scores: dict[str, float]) -> None:
    chance = RULE.posterior(scores)
    assert all(0.0 <= p <= 1.0 for p in chance.values()) and sum(chance.values()) <= 1.0 + 1e-9


def test_reliability_and_correlated_errors_are_learned() -> None:
    rule = Polling().fit(*polls(60))
    assert rule.order("abc")[0] == "a" and rule.reliability["a"] > 0.9 > rule.reliability["b"]
    assert rule.alternatives < 2.0  # the wrong answers are always the same one


def test_fitting_on_nothing_changes_little() -> None:
    assert Polling().fit([], []).order(["x", "y"]) == ["x", "y"]


def test_bad_input_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Polling({"a": 1.0})
    with pytest.raises(InvalidInput):
        Polling(temper=0.0)
    with pytest.raises(InvalidInput):
        Polling().start([])
    with pytest.raises(InvalidInput):
        Polling().fit([[Sample("x")]], [[]])


def test_a_label_in_the_place_of_an_answer_is_refused() -> None:
    poll = RULE.start(["good"])
    with pytest.raises(TypeError):
        poll.hear(Label(True))  # type: ignore[arg-type]


CHANCES = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.05, 0.95), min_size=1)


@given(CHANCES, st.booleans(), st.floats(0.5, 1.0), st.data())
def test_nobody_is_asked_in_vain(
    chances: dict[str, float], count: bool, certainty: float, data: st.DataObject
) -> None:
    """Whatever those asked at once say, the poll is not settled before the last of them."""
    poll = Polling(chances, certainty=certainty, count=count).start(list(chances))
    while together := poll.needed():
        for speaker in together:
            assert poll.next() == speaker
            poll.hear(data.draw(st.sampled_from(["x", "y", None])))
    assert poll.decision.choice == "stop"


@given(CHANCES, st.booleans(), st.data())
def test_at_certainty_one_the_rest_could_not_have_changed_it(
    chances: dict[str, float], count: bool, data: st.DataObject
) -> None:
    said = {speaker: data.draw(st.sampled_from(["x", "y", "z", None])) for speaker in chances}
    rule = Polling(chances, certainty=1.0, count=count)
    poll = rule.start(list(chances))
    while (speaker := poll.next()) is not None:
        poll.hear(said[speaker])
    support: dict[str, float] = {}
    for speaker, answer in said.items():
        if answer is not None:
            support[answer] = support.get(answer, 0.0) + rule.support(speaker)
    if poll.leader is None:
        assert not support
    else:
        assert support[poll.leader] == pytest.approx(max(support.values()))
