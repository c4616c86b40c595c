"""The handbook: merging, candidates, versions, credit; nothing of it is ever lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.memory import Memory, Source
from metathink.memory.handbook.handbook_table import HandbookTable
from metathink.memory.records.change import BEHAVIORS, Change

PARITY = "Before counting, check whether the total must be even or odd."
TABLE = "List all cases in a table and go through them one at a time."


class Strategist:
    """Says what it is told to, and keeps what it was asked."""

    def __init__(self, verdict: bool) -> None:
        self.verdict = verdict
        self.asked: list[tuple[str, str]] = []

    async def is_same(self, new: str, old: str) -> bool:
        self.asked.append((new, old))
        return self.verdict


async def test_a_behavior_is_a_candidate_until_an_outcome_backs_it(memory: Memory):
    handbook = memory.handbook
    added = await handbook.add("Check parity!", PARITY, topic="number theory", source="run-1")
    assert (added.name, added.status) == ("behavior_check_parity", "candidate")
    assert await handbook.behaviors() == []
    assert await handbook.behaviors(status=["candidate"], topic="Number Theory") == [added]
    backed = await handbook.add("check parity", PARITY, source="run-2", validated_by="run-2")
    assert backed.id == added.id and backed.status == "active"
    assert await handbook.behaviors() == [backed]
    assert [str(source) for source in backed.sources] == ["run-1", "run-2"]


async def test_what_says_the_same_is_merged_without_asking(memory: Memory):
    strategist = Strategist(False)
    old = await memory.handbook.add("check_parity", PARITY, source="run-1")
    words = "Check, before counting, whether the total must be odd or even"
    new = await memory.handbook.add("parity_first", words, source="run-2", strategist=strategist)
    assert new.id == old.id and new.instruction == PARITY and strategist.asked == []
    assert new.also == ("behavior_parity_first",)
    assert (await memory.handbook.behavior("parity_first")).id == old.id
    versions = await memory.handbook.versions("check_parity")
    assert [(v.edit, v.instruction) for v in versions] == [("add", PARITY), ("merge", words)]


@pytest.mark.parametrize("verdict", [True, False])
async def test_what_is_alike_is_for_the_strategist_to_decide(local: Memory, verdict: bool):
    strategist = Strategist(verdict)
    await local.handbook.add("check_parity", PARITY, source="run-1")
    words = "Check whether the total is even or odd; it often decides the answer."
    new = await local.handbook.add("parity", words, source="run-2", strategist=strategist)
    assert strategist.asked == [
        (f"behavior_parity: {words}", f"behavior_check_parity: {PARITY}"),
    ]
    assert new.name == ("behavior_check_parity" if verdict else "behavior_parity")


async def test_a_namesake_that_differs_gets_a_number(local: Memory):
    await local.handbook.add("check", PARITY, source="a")
    other = await local.handbook.add("check", TABLE, source="b", strategist=Strategist(False))
    assert other.name == "behavior_check_2" and len(local.handbook.table) == 2
    merged = await local.handbook.add("check", "Check it again.", source="c")
    assert merged.name == "behavior_check" and merged.instruction == PARITY


async def test_edits_are_versions_that_can_be_rolled_back(memory: Memory):
    handbook = memory.handbook
    first = await handbook.add("check_parity", PARITY, source="run-1")
    edited = await handbook.edit(first.id, instruction=TABLE, name="tables", source="a person")
    assert (edited.id, edited.name, edited.instruction) == (first.id, "behavior_tables", TABLE)
    assert (await handbook.behavior("check_parity")).id == first.id
    back = await handbook.rollback("tables", first.version, source="a person")
    assert (back.name, back.instruction) == (first.name, PARITY)
    assert [v.edit for v in await handbook.versions(first.id)] == ["add", "edit", "rollback"]
    with pytest.raises(InvalidInput, match="has no version"):
        await handbook.rollback(first.id, "v00", source="a person")


async def test_merging_by_hand_keeps_all_evidence(memory: Memory):
    handbook = memory.handbook
    one = await handbook.add("parity", PARITY, source="run-1", validated_by="run-1")
    two = await handbook.add("table", TABLE, source="run-2")
    for number in range(6):
        trial = handbook.trial(f"problem {number}", [one, two], held_back=0)
        await handbook.record(trial, correct=number % 2 == 0, tokens=100)
    merged = await handbook.merge(two.id, one.id, source="a person")
    assert merged.credit.uses == 12 and merged.also == ("behavior_table",)
    assert merged.status == "active" and len(merged.sources) == 2
    assert (await handbook.behavior("table")) == merged
    assert await handbook.merge(one.id, "table", source="a person") == merged


async def test_a_behavior_taught_twice_outlives_either_source(memory: Memory):
    handbook = memory.handbook
    words = "Before counting, check whether the total must be odd or even."
    await handbook.add("parity", PARITY, source=Source(run="r1"), validated_by="r1")
    await handbook.add("parity first", words, source=Source(run="r2"), validated_by="r2")
    await handbook.add("parity check", PARITY, source=Source(run="r3"))
    await memory.forget(source="r1")
    [left] = await handbook.behaviors()
    assert (left.name, left.instruction, left.status) == ("behavior_parity_first", words, "active")
    assert [source.run for source in left.sources] == ["r2", "r3"]
    assert left.also == ("behavior_parity_check",)
    edited = await handbook.edit("parity first", instruction=TABLE, source="a person")
    assert (edited.id, edited.instruction) == (left.id, TABLE)


async def test_a_retired_behavior_does_not_retire_what_it_is_merged_into(memory: Memory):
    handbook = memory.handbook
    await handbook.add("parity", PARITY, source="s", validated_by="r")
    await handbook.add("table", TABLE, source="s", validated_by="r")
    await handbook.retire("table", reason="says nothing new")
    merged = await handbook.merge("table", into="parity", source="s")
    assert (merged.name, merged.status) == ("behavior_parity", "active")
    assert (await handbook.retire("table", reason="both")).status == "retired"


async def test_a_name_belongs_to_one_behavior(memory: Memory):
    handbook = memory.handbook
    parity = await handbook.add("parity", PARITY, source="s")
    table = await handbook.add("table", TABLE, source="s")
    with pytest.raises(InvalidInput, match="another behavior goes by 'behavior_parity'"):
        await handbook.edit("table", name="Parity", source="s")
    parity = await handbook.edit("parity", name="odd or even", source="s")
    with pytest.raises(InvalidInput, match="another behavior"):
        await handbook.edit("table", name="parity", source="s")
    assert (await handbook.edit("odd or even", name="parity", source="s")).id == parity.id
    renamed = await handbook.edit(table.id, name="all cases", source="s")
    assert (renamed.id, renamed.name) == (table.id, "behavior_all_cases")
    assert len(await handbook.behaviors(status=["candidate"])) == 2


async def test_twins_within_one_lesson_are_one(memory: Memory):
    handbook = memory.handbook
    again = "Check, before counting, whether the total must be odd or even"
    one, other, two = await handbook.add_all(
        [("parity", PARITY), ("table", TABLE), ("parity first", again)], source="s"
    )
    assert one == two and one.also == ("behavior_parity_first",) and other.id != one.id
    assert [v.edit for v in await handbook.versions(one.id)] == ["add", "merge"]
    strategist = Strategist(False)
    lesson = [("check", "Count on fingers twice."), ("check", "Draw a picture of the scene.")]
    first, second = await handbook.add_all(lesson, source="s", strategist=strategist)
    assert [first.name, second.name] == ["behavior_check", "behavior_check_2"]
    assert (
        "behavior_check: " + lesson[1][1],
        "behavior_check: " + lesson[0][1],
    ) in strategist.asked


async def test_a_name_merged_earlier_in_a_lesson_is_taken(local: Memory):
    await local.handbook.add("parity", PARITY, source="s")
    lesson = [("odd", PARITY), ("odd", "Draw a picture of the scene.")]
    one, other = await local.handbook.add_all(lesson, source="s")
    assert one == other and one.name == "behavior_parity" and one.also == ("behavior_odd",)


async def test_what_hurts_is_retired_and_can_be_restored(memory: Memory):
    handbook = memory.handbook
    bad = await handbook.add("guess", TABLE, source="run-1", validated_by="run-1")
    good = await handbook.add("parity", PARITY, source="run-1")
    for number in range(80):
        trial = handbook.trial(f"problem {number}", [bad, good])
        right = good in trial.shown and bad not in trial.shown
        await handbook.record(trial, correct=right, tokens=100 - 50 * (good in trial.shown))
    bad, good = await handbook.behavior(bad.id), await handbook.behavior(good.id)
    assert (bad.status, good.status) == ("retired", "active")
    assert good.credit.effect > 0.3 > -0.3 > bad.credit.effect
    assert good.credit.tokens_saved == 50
    assert good.credit.uses + good.credit.held_back == 80
    assert await handbook.behaviors() == [good]
    assert (await handbook.restore(bad.id, reason="a person knows better")).status == "active"
    assert (await handbook.retire(good.id, reason="no longer needed")).status == "retired"


async def test_pairs_tell_helped_from_hurt(local: Memory):
    handbook = local.handbook
    behavior = await handbook.add("parity", PARITY, source="run-1")
    for number in range(30):
        for run in ("run-1", "run-2", "run-3", "run-4"):
            trial = handbook.trial(f"problem {number}", [behavior], seed=run)
            helps = number < 20
            correct = bool(trial.shown) == helps
            await handbook.record(trial, correct=correct, tokens=10, run=run)
    credit = (await handbook.behavior(behavior.id)).credit
    assert credit.helped > 10 > credit.hurt > 3


async def test_chance_decides_alike_each_time_and_fairly(local: Memory):
    behavior = await local.handbook.add("parity", PARITY, source="run-1")

    def trials():
        return [local.handbook.trial(f"p{n}", [behavior], held_back=0.2) for n in range(2_000)]

    assert trials() == trials()
    assert 340 < sum(bool(trial.held_back) for trial in trials()) < 460


@pytest.mark.parametrize(
    ("name", "instruction"), [("!?", PARITY), ("ok", ""), ("ok", "x" * 2_001), ("ok", "a\x1b[0m")]
)
async def test_what_is_no_behavior_is_refused(local: Memory, name: str, instruction: str):
    with pytest.raises(InvalidInput):
        await local.handbook.add(name, instruction, source="x")
    with pytest.raises(InvalidInput, match="there is no behavior"):
        await local.handbook.behavior("nothing")


KEYS = ["b1", "b2", "b3"]


@st.composite
def events(draw: st.DrawFn) -> list[Change]:
    """Versions of three behaviors, merges among them (circles too) and outcomes."""
    changes = []
    for number, key in enumerate(KEYS):
        value = {"behavior": key, "name": f"behavior_{key}", "instruction": key * 9, "edit": "add"}
        value |= {"source": {"run": key}, "learned": float(number)}
        changes.append(Change(BEHAVIORS, f"v{number}", value))
    for number in range(draw(st.integers(0, 5))):
        key, into = draw(st.sampled_from(KEYS)), draw(st.sampled_from(KEYS))
        value = {"behavior": key, "into": into, "learned": 10.0 + number, "source": {}}
        changes.append(Change(BEHAVIORS, f"m{number}", value))
    for number in range(draw(st.integers(0, 8))):
        value = {
            "behavior": draw(st.sampled_from(KEYS)),
            "problem": "p",
            "shown": draw(st.booleans()),
        }
        value |= {"correct": draw(st.booleans()), "tokens": 5, "learned": 20.0 + number}
        changes.append(Change(BEHAVIORS, f"t{number}", value))
    return changes


@settings(max_examples=300, deadline=None)
@given(events(), st.randoms(use_true_random=False))
def test_merging_never_loses_evidence(changes: list[Change], random):
    table, shuffled = HandbookTable(), HandbookTable()
    table.apply(changes)
    for change in random.sample(changes, len(changes)):
        shuffled.apply([change])
    assert {b.id: b for b in table} == {b.id: b for b in shuffled}
    outcomes = [c.value for c in changes if c.key[0] == "t" and c.value]
    assert sum(b.credit.uses + b.credit.held_back for b in table) == len(outcomes)
    assert sum(b.credit.uses for b in table) == sum(value["shown"] for value in outcomes)
    assert {source.run for b in table for source in b.sources} == set(KEYS)
    assert all(table.behavior(f"behavior_{key}") is not None for key in KEYS)
