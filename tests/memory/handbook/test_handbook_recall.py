"""Which behaviors come for a question: by words, by the problems they came from, by topic; guarded."""

from __future__ import annotations

from typing import Any

import pytest

from metathink.core.errors import InvalidInput
from metathink.memory import Memory, NewEpisode, Source
from metathink.memory.handbook.handbook_recall import (
    behaviors_for_question,
    behaviors_of_topic,
)

ASKED = "Anna puts 3 red apples and 4 green pears into a basket. How many fruits are in it?"
KIN = "Tom puts 5 yellow plums and 2 green apples into a bag. How many fruits are in it?"
FAR = "Which of the three judges tells the truth about the stolen crown?"
TALLY = "Keep a running total and add each group to it."
VERDICTS = "Decide of each speaker in turn whether what is said can hold."


async def learned(memory: Memory, problem: str, name: str, text: str, **more: Any) -> None:
    source = Source(run=f"run-{name}")
    await memory.episodes.add(NewEpisode(problem, "behavior_curate", "7", True, source))
    more = {"validated_by": "a check", "topic": "counting"} | more
    await memory.handbook.add(name, text, source=source, **more)


async def names(memory: Memory, **how: Any) -> list[str]:
    found = await behaviors_for_question(memory, ASKED, **how)
    return [behavior.name.removeprefix("behavior_") for behavior in found]


async def test_what_a_like_problem_taught_comes_though_it_shares_no_word(memory: Memory):
    await learned(memory, KIN, "tally", TALLY)
    await learned(memory, FAR, "verdicts", VERDICTS)
    assert await names(memory) == ["tally"]


async def test_what_shares_words_comes_too_and_both_ways_agreeing_comes_first(memory: Memory):
    await memory.handbook.add("fruits", "Name all fruits first.", source="a", validated_by="a")
    await learned(memory, FAR, "basket", "Empty the basket in thought, fruit by fruit.")
    await learned(memory, KIN, "tally", TALLY + " Do so with fruits in a basket.")
    assert (await names(memory))[0] == "tally"
    assert set(await names(memory)) == {"tally", "fruits", "basket"}
    assert await names(memory, k=1) == ["tally"]
    assert await names(memory, tokens=60) == ["tally"]
    assert len(await names(memory, k=0, tokens=0)) == 3


async def test_status_decides_who_may_come(local: Memory):
    await learned(local, KIN, "tally", TALLY, validated_by="")
    await learned(local, KIN, "list", "Write a line for each kind of thing.")
    assert await names(local) == ["list"]
    assert set(await names(local, candidates=True)) == {"list", "tally"}
    await local.handbook.retire("list", reason="a person says so")
    assert await names(local, candidates=True) == ["tally"]


async def test_in_an_evaluation_the_question_itself_teaches_nothing(local: Memory):
    copy = ASKED.replace("3", "8")
    await learned(local, copy, "tally", TALLY)
    await learned(local, KIN, "list", "Write a line for each kind of thing.")
    assert set(await names(local)) == {"tally", "list"}
    assert await names(local, evaluating=True) == ["list"]
    topic = await behaviors_of_topic(local, ASKED, "Counting", evaluating=True)
    assert [behavior.name for behavior in topic] == ["behavior_list"]
    source = Source(run="run-tally")  # another's wording joined it: it is held back whole
    await local.handbook.add(
        "lines", "Write a line for each kind of thing.", source=source, validated_by="x"
    )
    assert await names(local, evaluating=True) == []


async def test_a_topic_comes_in_the_order_of_what_helped(local: Memory):
    await learned(local, KIN, "list", "Write a line for each kind of thing.")
    await learned(local, FAR, "tally", TALLY)
    good = await local.handbook.behavior("tally")
    for number in range(30):
        trial = local.handbook.trial(f"p{number}", [good])
        await local.handbook.record(trial, correct=good in trial.shown, tokens=1)
    found = await behaviors_of_topic(local, ASKED, "counting", k=1)
    assert [behavior.name for behavior in found] == ["behavior_tally"]


async def test_several_are_added_whole_or_not_at_all(memory: Memory):
    beside = memory.episodes.changes([NewEpisode(KIN, "direct", "7", True, "a")])
    pairs = [("tally", TALLY), ("verdicts", VERDICTS), ("tally", TALLY.upper())]
    added = await memory.handbook.add_all(pairs, source="a", beside=beside)
    assert [behavior.name for behavior in added] == [
        "behavior_tally",
        "behavior_verdicts",
        "behavior_tally",
    ]
    assert added[0].instruction == TALLY
    assert len(await memory.episodes.of_problem(KIN)) == 1
    versions = await memory.handbook.versions("tally")
    assert [version.edit for version in versions] == ["add", "merge"]
    before = [change.key async for change in memory.items()]
    beside = memory.episodes.changes([NewEpisode(FAR, "direct", "7", True, "a")])
    with pytest.raises(InvalidInput):
        await memory.handbook.add_all([("fine", TALLY), ("!", "?")], source="a", beside=beside)
    assert [change.key async for change in memory.items()] == before


async def test_one_run_is_credited_once(memory: Memory):
    behavior = await memory.handbook.add("tally", TALLY, source="a")
    trial = memory.handbook.trial(KIN, [behavior], held_back=0)
    for _ in range(3):
        await memory.handbook.record(trial, correct=True, tokens=9, run="run-1")
    await memory.handbook.record(trial, correct=True, tokens=9, run="run-2")
    assert (await memory.handbook.behavior("tally")).credit.uses == 2
