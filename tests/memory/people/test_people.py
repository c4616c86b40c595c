"""People: notes that fade, and no more of them than the cap."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from metathink.core.errors import InvalidInput
from metathink.memory import Memory
from metathink.memory.people.person import CAP, DECAY, Note


async def test_what_is_known_of_a_person(memory: Memory):
    people = memory.people
    await people.note("Bob", "emotion", "was angry", strength=0.8, evidence="!!", source="chat 1")
    await people.note("Bob", "preference", "likes short answers", source="chat 1")
    await people.note("bob ", "hypothesis", "is under pressure", strength=0.4, source="chat 2")
    await people.note("Eve", "role", "manager", source="chat 2")
    await people.summarize("Bob", "A tester in a hurry.", source="chat 1")
    await people.summarize("Bob", "A calm tester.", source="chat 2")
    bob = await people.person("BOB")
    assert bob.summary == "A calm tester."
    assert [note.text for note in bob.notes] == [
        "likes short answers",
        "was angry",
        "is under pressure",
    ]
    [angry] = bob.of_kind("emotion")
    assert (angry.strength, angry.evidence, str(angry.source)) == (0.8, "!!", "chat 1")
    assert {name.strip() for name in await people.names()} == {"Bob", "Eve", "bob"}
    assert (await people.person("Zoe")).notes == ()


async def test_notes_fade_by_the_day(local: Memory):
    await local.people.note("Bob", "emotion", "was angry", strength=0.8, source="chat")
    later = datetime.now(UTC) + timedelta(days=14)
    [note] = (await local.people.person("Bob", at=later)).notes
    assert note.strength == 0.8
    assert note.weight == pytest.approx(0.8 * math.exp(-14 * DECAY), rel=1e-3)


async def test_the_same_note_is_renewed(local: Memory):
    first = await local.people.note("Bob", "role", "tester", strength=0.3, source="a")
    again = await local.people.note("Bob", "role", "Tester", strength=0.9, source="b")
    assert again.id == first.id
    [note] = (await local.people.person("Bob")).notes
    assert (note.strength, str(note.source)) == (0.9, "b")


async def test_beyond_the_cap_the_weakest_goes(memory: Memory):
    for number in range(CAP + 5):
        strength = 0.1 if number in (3, 50, 51, 52, 53) else 0.5
        await memory.people.note("Bob", "experience", f"n{number}", strength=strength, source="x")
    await memory.people.note("Eve", "role", "manager", strength=0.01, source="x")
    notes = (await memory.people.person("Bob")).notes
    assert len(notes) == CAP and {note.strength for note in notes} == {0.5}
    assert len((await memory.people.person("Eve")).notes) == 1
    stored = [item async for item in memory.items(["people"])]
    assert len(stored) == CAP + 1


@pytest.mark.parametrize(
    ("kind", "text", "strength"), [("gossip", "t", 1.0), ("role", "t", 2.0), ("role", "", 1.0)]
)
async def test_what_is_no_note_is_refused(local: Memory, kind: Note, text: str, strength: float):
    with pytest.raises(InvalidInput):
        await local.people.note("Bob", kind, text, strength=strength, source="x")


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("Gro\u00df", "Gross", False),
        ("Gro\u00df", "GRO\u1e9e", True),
        ("\u0130lkay", "ilkay", False),
        ("Y\u0131lmaz", "Yilmaz", False),
        ("\ufb01nn", "finn", False),
        ("Ren\u00e9e", "Rene\u0301e", True),
        ("REN\u00c9E", "rene\u0301e", True),
        ("Rene", "Ren\u00e9", False),
        ("\u1e9b\u0323x", "\u1e9b\u0323X", True),
        ("\u0410nna", "Anna", False),
        ("Ann  Lee", "ann lee", True),
    ],
)
async def test_who_is_the_same_person(local: Memory, one: str, other: str, are_one: bool):
    await local.people.note(one, "role", "a pilot", source="s")
    await local.people.summarize(one, "flies", source="s")
    found = await local.people.person(other)
    assert (bool(found.notes), bool(found.summary)) == (are_one, are_one)
    await local.graph.add_fact(one, "flies", "planes", source="s")
    assert (await local.graph.entity(other) is not None) == are_one
