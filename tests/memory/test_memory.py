"""The laws of a memory, in every place it can be."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from langgraph.store.base import BaseStore

from metathink.core.errors import InvalidInput
from metathink.memory import Memory, NewEpisode, Source, open_memory, open_store


async def fill(memory: Memory, source: str = "book") -> None:
    """One of everything, from one source."""
    await memory.graph.add_facts([("Ada", "wrote", "Note G")], source)
    await memory.graph.add_alias("Lady Lovelace", "Ada", source=source)
    await memory.handbook.add("check_units", "Check the units before adding.", source=source)
    await memory.episodes.add(NewEpisode("1 + 1", "direct", "3", False, source=source))
    await memory.people.note("Ada", "preference", "likes engines", source=source)
    await memory.rules.add("asked for a rate", "say it is no advice", grade="guide", source=source)
    await memory.remember("Ada wrote Note G in 1843.", source)


async def contents(memory: Memory) -> dict[str, int]:
    """How much of each view there is to read."""
    return {
        "facts": len(await memory.graph.facts(superseded=True)),
        "aliases": len([e for e in (await memory.graph.view()).entities() if e.aliases]),
        "behaviors": len(await memory.handbook.behaviors(status=("candidate", "active"))),
        "mistakes": len(await memory.episodes.mistakes()),
        "people": len(await memory.people.names()),
        "rules": len(await memory.rules.rules()),
        "passages": len([item async for item in memory.items(["passages"])]),
    }


FULL = dict.fromkeys(
    ["facts", "aliases", "behaviors", "mistakes", "people", "rules", "passages"], 1
)
EMPTY = dict.fromkeys(FULL, 0)


async def test_what_is_written_is_there_when_opened_again(place: str | BaseStore):
    async with open_memory(place, namespace="project/alice") as memory:
        await fill(memory)
        written = await contents(memory)
    async with open_memory(place, namespace="project/alice") as memory:
        assert await contents(memory) == written == FULL


@pytest.mark.parametrize("other", ["project", "project/alice/sub", "project/Alice", "alice"])
async def test_nothing_crosses_a_namespace(place: str | BaseStore, other: str):
    async with (
        open_store(place) as store,
        open_memory(store, namespace="project/alice") as mine,
        open_memory(store, namespace=other) as theirs,
    ):
        await fill(mine)
        await theirs.refresh(now=True)
        assert await contents(theirs) == EMPTY
        await theirs.forget(namespace=other)
        assert await contents(mine) == FULL


async def test_labels_that_look_like_paths_stay_labels(place: str | BaseStore):
    namespaces = [["a/b"], ["a", "b"], ["a.b"], ["a", "@facts"], ["a%2Eb"], ["*"], ["langgraph"]]
    async with open_store(place) as store:
        for number, labels in enumerate(namespaces):
            async with open_memory(store, namespace=labels) as memory:
                await memory.graph.add_fact("it", "is", f"number {number}", source="test")
        for number, labels in enumerate(namespaces):
            async with open_memory(store, namespace=labels) as memory:
                facts = await memory.graph.facts()
                assert [fact.object for fact in facts] == [f"number {number}"]


async def test_two_see_each_other_without_being_told(two: tuple[Memory, Memory]):
    one, other = two
    assert await contents(one) == await contents(other) == EMPTY
    await fill(one)
    async with asyncio.timeout(30):
        while await contents(other) != FULL:
            await asyncio.sleep(0.05)
    await other.graph.add_fact("Ada", "met", "Babbage", source="letters")
    await one.refresh(now=True)
    assert len(await one.graph.facts("Lady Lovelace")) == 2


async def test_two_writing_at_once_lose_nothing(two: tuple[Memory, Memory]):
    one, other = two

    async def write(memory: Memory, name: str) -> None:
        for n in range(40):
            await memory.graph.add_fact(name, "counted", str(n), source=name)

    await asyncio.gather(write(one, "one"), write(other, "other"), write(one, "third"))
    for memory in two:
        await memory.refresh(now=True)
        assert len(await memory.graph.facts()) == 120


async def test_what_one_forgets_the_other_forgets(two: tuple[Memory, Memory]):
    one, other = two
    await fill(one, "book")
    await fill(one, "letters")
    await other.refresh(now=True)
    assert (await contents(other))["facts"] == 2
    assert await one.forget(source="book") > 0
    await other.refresh(now=True)
    for memory in two:
        assert {str(fact.source) for fact in await memory.graph.facts()} == {"letters"}
        assert "book" not in str([item async for item in memory.items()])
    assert await other.forget(namespace="project/alice") > 0
    await one.refresh(now=True)
    assert await contents(one) == await contents(other) == EMPTY


async def test_forgetting_by_age_and_by_parts_of_a_source(memory: Memory):
    old = datetime.now(UTC) - timedelta(days=30)
    graph = memory.graph
    await graph.add_facts([("a", "r", "b")], Source(run="run-1", step="2"), learned=old)
    await graph.add_facts([("c", "r", "d")], Source(run="run-1", step="3"))
    await graph.add_facts([("e", "r", "f")], Source(run="run-2", step="2"))
    assert await memory.forget(source=Source(run="run-1"), older_than=datetime.now(UTC)) == 2
    assert [fact.subject for fact in await graph.facts()] == ["e"]
    assert await memory.forget(source=Source(step="9")) == 0
    assert await memory.forget(older_than=old) == 0
    assert await memory.forget(source="run-2") == 1
    assert await graph.entity("e") is None


async def test_what_age_forgets_undoes_nothing_that_newer_records_rely_on(memory: Memory):
    graph, handbook = memory.graph, memory.handbook
    await graph.declare_single_valued("lives in")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    [wrong] = await graph.add_facts([("Ada", "is", "a duke")], "s", learned=tomorrow)
    await graph.retract(wrong, source="s")
    hurts = await handbook.add("parity", "Is the total even or odd?", source="s", validated_by="r")
    await handbook.retire(hurts.id, reason="it hurts")
    kept = await handbook.add("table", "List all cases, one at a time.", source="s")
    part = await handbook.add("draw", "Make a picture of the scene.", source="s")
    await handbook.merge(part.id, into=kept.id, source="s")
    old = [item async for item in memory.items()]
    moment = max(item.value["learned"] for item in old if item.value and item.key != wrong)
    await handbook.edit(hurts.id, instruction="Is it even, or odd?", source="s")
    await handbook.add("table", "List all cases.", source="s")
    await handbook.add("draw", "Make a picture.", source="s")
    places = [("Ada", "lives in", "Paris"), ("Ada", "lives in", "London")]
    await graph.add_facts(places, "s")

    limit = datetime.fromtimestamp(moment, UTC) + timedelta(microseconds=1)
    assert await memory.forget(older_than=limit) == 4  # the first wordings, and the merge of one
    assert [fact.object for fact in await graph.facts("Ada")] == ["London"]
    assert (await handbook.behavior(hurts.id)).status == "retired"
    assert (await handbook.behavior("draw")).id == (await handbook.behavior("table")).id
    assert await memory.forget(source="s", older_than=limit) == 1  # the retraction
    assert [fact.object for fact in await graph.facts("Ada", "is")] == ["a duke"]
    await memory.forget(older_than=tomorrow + timedelta(days=1))
    left = [item.value async for item in memory.items()]
    assert [sorted(value) for value in left if value] == [["learned", "relation", "single_valued"]]


async def test_forgetting_asks_what_and_whose(local: Memory):
    with pytest.raises(InvalidInput, match="say what to forget"):
        await local.forget()
    with pytest.raises(InvalidInput, match="open 'project/bob'"):
        await local.forget(namespace="project/bob")


async def test_a_batch_of_facts_is_all_or_nothing(memory: Memory):
    facts = [("a", "r", "b"), ("a", "r", "\x07")]
    with pytest.raises(InvalidInput, match=r"U\+0007"):
        await memory.graph.add_facts(facts, "test")
    assert await memory.graph.facts() == []


async def test_raw_items_go_out_and_come_back_the_same(place: str | BaseStore, local: Memory):
    async with open_memory(place, namespace="project/alice") as memory:
        await fill(memory)
        await memory.graph.declare_single_valued("lives in")
        await memory.graph.add_facts([("a", "lives in", "b"), ("a", "lives in", "c")], "x")
        items = [item async for item in memory.items()]
    await local.write(items)
    assert {(i.kind, i.key): i.value async for i in local.items()} == {
        (i.kind, i.key): i.value for i in items
    }
    assert (await local.graph.facts("a"))[0].object == "c"


@pytest.mark.parametrize("namespace", ["", "a//b", "a/\x00", "/".join("abcdefghijklmnopqrst"), []])
async def test_a_bad_namespace_is_refused(namespace: str):
    with pytest.raises(InvalidInput):
        async with open_memory(None, namespace=namespace):
            pass


async def test_a_place_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="name a file"):
        async with open_memory(""):
            pass


async def test_replacing_the_same_item_from_two_sides_ends_the_same(two: tuple[Memory, Memory]):
    one, other = two

    async def write(memory: Memory, name: str) -> None:
        for n in range(30):
            await memory.people.summarize("Bob", f"{name} {n}", source=name)
            await memory.refresh(now=True)

    await asyncio.gather(write(one, "one"), write(other, "other"))
    for memory in two:
        await memory.refresh(now=True)
    summaries = {(await memory.people.person("Bob")).summary for memory in two}
    [stored] = [item.value async for item in one.items(["people"])]
    assert stored is not None and summaries == {stored["summary"]}


async def test_what_is_written_while_an_index_fills_is_in_it(two: tuple[Memory, Memory]):
    one, other = two
    await one.graph.add_facts([("a", "r", str(n)) for n in range(3_000)], "x")
    await asyncio.gather(
        other.graph.view(),
        *(other.people.note("Bob", "role", str(n), source="x") for n in range(9)),
    )
    assert len(await other.graph.facts()) == 3_000
    assert len((await other.people.person("Bob")).notes) == 9


async def test_what_hung_on_the_forgotten_goes_with_it(local: Memory):
    handbook = local.handbook
    kept = await handbook.add("parity", "Is the total even or odd?", source="a")
    gone = await handbook.add("table", "List all cases, one at a time.", source="b")
    await handbook.record(handbook.trial("p", [gone], held_back=0), correct=True, tokens=1)
    await handbook.merge(kept.id, gone.id, source="a")
    [fact] = await local.graph.add_facts([("x", "r", "y")], "b")
    await local.graph.retract(fact, source="a")
    assert await local.forget(source="b") == 5  # wording, outcome, merge; fact, retraction
    assert await handbook.behaviors(status=["candidate"]) == [kept]
    assert [item.key async for item in local.items()] == [kept.version]
