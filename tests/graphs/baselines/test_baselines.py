"""Direct and self-consistency: the baselines, their calls and their endings."""

from __future__ import annotations

import metathink as mt
from metathink.models.request import Choice


async def test_direct_asks_once() -> None:
    answer = await mt.think("q", method="direct", model=mt.scripted([r"so \boxed{42}"]))
    assert (answer.value, answer.usage.calls, answer.ending) == ("42", 1, "finished")
    assert answer.confidence is not None
    assert 0 < answer.confidence < 1


async def test_direct_marks_a_cut_answer() -> None:
    answer = await mt.think(
        "q", method="direct", model=mt.scripted([Choice("first, we", "length")])
    )
    assert answer.ending == "truncated"
    assert answer.confidence is None


async def test_self_consistency_votes_over_samples_of_one_request() -> None:
    samples = ["answer: 41", "answer: 42", "Answer: 42.", "answer:  42"]
    answer = await mt.think("q", method="self_consistency", model=mt.scripted(samples), samples=4)
    assert (answer.value, answer.confidence, answer.usage.calls) == ("42", 0.75, 1)
    assert answer.run.steps[-1].reason == "75% of 4 votes"


async def test_a_tie_goes_to_the_answer_seen_first() -> None:
    model = mt.scripted(["answer: b", "answer: a"])
    assert (await mt.think("q", method="self_consistency", model=model, samples=2)).value == "b"


async def test_a_cut_sample_votes_only_if_it_stated_an_answer() -> None:
    cut = Choice("let me", "length")
    model = mt.scripted([cut, cut, "answer: 7"])
    answer = await mt.think("q", method="self_consistency", model=model, samples=3)
    assert (answer.value, answer.confidence) == ("7", 1.0)


async def test_samples_that_were_all_cut_support_nothing() -> None:
    model = mt.scripted([Choice("First I add the numbers 2 and", "length")] * 3)
    answer = await mt.think("q", method="self_consistency", model=model, samples=3)
    assert (answer.ending, answer.confidence) == ("truncated", None)
