"""The knowledge graph: what is believed, what was, and odd but fine input."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.store.base import BaseStore

from metathink.core.errors import InvalidInput
from metathink.memory import Memory, NewFact, Source, open_memory
from metathink.memory.records.change import ENTITIES

YEAR = timedelta(days=365)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def lives(memory: Memory) -> list[str]:
    return [fact.object for fact in await memory.graph.facts("Ada", "lives in")]


async def test_a_fact_carries_where_and_when_it_was_learned(memory: Memory):
    before = datetime.now(UTC)
    source = Source(document="letters", run="run-17", step="3")
    fact = NewFact("Ada", "wrote", "Note G", confidence=0.9, about=NOW, quote="Ada's Note G")
    [key] = await memory.graph.add_facts([fact], source)
    [found] = await memory.graph.facts("note g")
    assert (
        found.id == key and found.source == source and str(source) == "letters, run run-17, step 3"
    )
    assert (found.confidence, found.about, found.quote) == (0.9, NOW, "Ada's Note G")
    assert before - timedelta(seconds=1) < found.learned < datetime.now(UTC) + timedelta(seconds=1)
    assert found.superseded is None and found.text == "Ada wrote Note G"


async def test_the_same_fact_is_stored_once_per_source(memory: Memory):
    first = await memory.graph.add_facts([("Ada", "wrote", "Note G")], "book")
    again = await memory.graph.add_facts([("Ada ", "Wrote", "Note  G")] * 2, "book")
    assert again == first * 2
    await memory.graph.add_fact("Ada", "wrote", "Note G", source="letters")
    facts = await memory.graph.facts()
    assert [str(fact.source) for fact in facts] == ["book", "letters"]


async def test_a_newer_value_supersedes_and_the_past_stays(memory: Memory):
    await memory.graph.declare_single_valued("lives in")
    for years, place in [(9, "London"), (5, "Paris"), (1, "Turin")]:
        await memory.graph.add_facts(
            [("Ada", "lives in", place)], "letters", learned=NOW - years * YEAR
        )
    assert await lives(memory) == ["Turin"]
    history = await memory.graph.facts("Ada", "lives in", superseded=True)
    assert [fact.object for fact in history] == ["London", "Paris", "Turin"]
    assert history[0].superseded == history[1].learned
    assert history[0].superseded_by == history[1].id
    past = await memory.graph.as_of(NOW - 3 * YEAR)
    assert [fact.object for fact in past.facts("Ada")] == ["Paris"]


async def test_as_of_knows_only_what_was_known(local: Memory):
    graph = local.graph
    await graph.declare_single_valued("lives in")
    await graph.add_facts([("Ada", "lives in", "London")], "a")
    after_london = datetime.now(UTC)
    await graph.add_facts([("Ada", "lives in", "Paris")], "b")
    await graph.add_alias("Lady Lovelace", "Ada")
    then = await graph.as_of(after_london)
    assert [fact.object for fact in then.facts("Ada")] == ["London"]
    assert then.entity("Lady Lovelace") is None and then.entity("Paris") is None
    assert [fact.object for fact in await graph.facts("Lady Lovelace")] == ["Paris"]
    assert (await graph.networkx(after_london)).number_of_edges() == 1


async def test_news_of_the_past_does_not_supersede_the_present(memory: Memory):
    await memory.graph.declare_single_valued("lives in")
    await memory.graph.add_facts([NewFact("Ada", "lives in", "Turin", about=NOW)], "a")
    await memory.graph.add_facts([NewFact("Ada", "lives in", "Oslo", about=NOW - YEAR)], "b")
    assert await lives(memory) == ["Turin"]


async def test_going_back_to_an_old_value_is_a_new_fact(memory: Memory):
    await memory.graph.declare_single_valued("lives in")
    moves = ["London", "Paris", "London"]
    await memory.graph.add_facts([("Ada", "lives in", place) for place in moves], "letters")
    assert await lives(memory) == ["London"]
    await memory.graph.add_fact("Ada", "lives in", "Paris", source="letters")
    assert await lives(memory) == ["Paris"]
    assert len(await memory.graph.facts("Ada", superseded=True)) == 4


async def test_what_is_believed_is_not_stored_again_after_a_change_of_mind(memory: Memory):
    await memory.graph.declare_single_valued("lives in")
    ids = []
    for place in ["Paris", "London", "Paris", "Paris", "Paris"]:
        ids += await memory.graph.add_facts([("Ada", "lives in", place)], "letters")
    assert ids[2] == ids[3] == ids[4] != ids[0]
    assert [fact.id for fact in await memory.graph.facts("Ada")] == ids[2:3]
    assert len(await memory.graph.facts("Ada", superseded=True)) == 3


async def test_a_list_that_goes_back_to_what_is_believed_ends_there(local: Memory):
    await local.graph.declare_single_valued("lives in")
    [old] = await local.graph.add_facts([("Ada", "lives in", "Paris")], "letters")
    places = ["Paris", "London", "Paris", "Paris"]
    ids = await local.graph.add_facts([("Ada", "lives in", p) for p in places], "letters")
    assert ids[0] == old and ids[2] == ids[3] != old
    assert [fact.id for fact in await local.graph.facts("Ada")] == ids[2:3]


async def test_what_a_list_contradicts_may_be_said_again_in_it(local: Memory):
    [old] = await local.graph.add_facts([("a", "r", "b")], "x")
    facts = [NewFact("a", "r", "c", contradicts=(old,)), ("a", "r", "b")]
    new, again = await local.graph.add_facts(facts, "x")
    assert {fact.id for fact in await local.graph.facts("a")} == {new, again} and again != old


async def test_a_fact_does_not_contradict_itself(memory: Memory):
    [one, other] = await memory.graph.add_facts([("a", "r", "b"), ("a", "r", "c")], "x")
    said = NewFact("a", "r", "b", contradicts=(one, other))
    assert await memory.graph.add_facts([said], "x") == [one]
    assert [fact.id for fact in await memory.graph.facts("a")] == [one]


async def test_a_retraction_does_not_change_since_when_a_fact_is_superseded(memory: Memory):
    await memory.graph.declare_single_valued("lives in")
    facts = [("Ada", "lives in", "Paris"), ("Ada", "lives in", "London")]
    [paris, london] = await memory.graph.add_facts(facts, "s")
    before = await memory.graph.facts("Ada", superseded=True)
    assert before[0].superseded == before[1].learned and before[0].superseded_by == london
    await memory.graph.retract(paris, source="s")
    assert await memory.graph.facts("Ada", superseded=True) == before
    await memory.graph.retract(london, source="s")
    [first, second] = await memory.graph.facts("Ada", superseded=True)
    assert first.superseded_by == second.superseded_by == ""
    assert before[0].superseded and first.superseded and second.superseded
    assert before[0].superseded < first.superseded < second.superseded


PLACES = st.tuples(st.sampled_from(["Paris", "London", "Oslo"]), st.none() | st.integers(0, 2))


@given(st.lists(PLACES, max_size=7), st.lists(PLACES, max_size=7))
@settings(max_examples=150, deadline=None)
async def test_a_list_ends_where_its_facts_told_one_by_one_end(known, told):
    def fact(place: str, years: int | None) -> NewFact:
        return NewFact(
            "Ada", "lives in", place, about=None if years is None else NOW + years * YEAR
        )

    async def believed(*lists: list[NewFact]) -> list[tuple[str, datetime | None]]:
        async with open_memory() as memory:
            await memory.graph.declare_single_valued("lives in")
            time = NOW
            for facts in lists:
                await memory.graph.add_facts(facts, "x", learned=time)
                time += timedelta(microseconds=len(facts))
            return [(fact.object, fact.about) for fact in await memory.graph.facts()]

    before, after = [fact(*place) for place in known], [fact(*place) for place in told]
    at_once = await believed(before, after)
    assert set(at_once) == set(await believed(*([fact] for fact in before + after)))
    assert len(at_once) == len(set(at_once))


async def test_a_contradiction_named_or_retracted(memory: Memory):
    [old, other] = await memory.graph.add_facts([("a", "r", "b"), ("a", "r", "c")], "x")
    [new] = await memory.graph.add_facts([NewFact("a", "r", "d", contradicts=(old,))], "y")
    assert [fact.object for fact in await memory.graph.facts("a")] == ["c", "d"]
    [gone] = [f for f in await memory.graph.facts("a", superseded=True) if f.id == old]
    assert gone.superseded_by == new
    await memory.graph.retract(other, source="z", reason="it was a joke")
    assert [fact.object for fact in await memory.graph.facts("a")] == ["d"]
    [back] = await memory.graph.add_facts([("a", "r", "c")], "x")
    assert back != other and len(await memory.graph.facts("a")) == 2
    with pytest.raises(InvalidInput, match="no fact has the id"):
        await memory.graph.retract("f0000000000000000", source="z")


async def test_aliases_join_what_was_learned_apart(memory: Memory):
    await memory.graph.declare_single_valued("lives in")
    await memory.graph.add_facts(
        [("Ada", "lives in", "Paris"), ("Lady Lovelace", "lives in", "Turin")], "x"
    )
    assert len(await memory.graph.facts(relation="lives in")) == 2
    entity = await memory.graph.add_entity("Ada", kind="person", aliases=["Lady Lovelace"])
    assert (entity.name, entity.aliases, entity.kind) == ("Ada", ("Lady Lovelace",), "person")
    assert await lives(memory) == ["Turin"]
    assert (await memory.graph.entity("LADY  LOVELACE")) == entity
    await memory.graph.add_alias("Torino", "Turin")
    await memory.graph.add_fact("Ada", "lives in", "Torino", source="y")
    assert {fact.object for fact in await memory.graph.facts("Ada")} == {"Turin"}


async def test_an_alias_is_kept_on_the_word_of_each_source(place: str | BaseStore):
    async with open_memory(place) as memory:
        await memory.graph.add_alias("Countess", "Ada", source="A")
        [first] = [i.value for i in [i async for i in memory.items([ENTITIES])] if i.key[0] == "a"]
        assert first is not None
        between = datetime.fromtimestamp(first["learned"], UTC)
        await memory.graph.add_alias("Countess", "Ada", source="B")
        await memory.graph.add_alias("Countess", "Ada", source="A")
        assert len([i async for i in memory.items([ENTITIES])]) == 4
        seen = (await memory.graph.as_of(between)).entity("Countess")
        assert seen is not None and seen.name == "Ada"
    async with open_memory(place) as memory:
        assert (await memory.graph.as_of(between)).entity("Countess") == seen
        await memory.forget(source="B")
        assert await memory.graph.entity("Countess") == seen
        await memory.forget(source="A")
        assert await memory.graph.entity("Countess") is None


async def test_the_kind_said_last_is_shown_whoever_reads(place: str | BaseStore):
    async with open_memory(place) as memory:
        for kind, source in [("person", "one"), ("robot", "two"), ("person", "one")] * 2:
            shown = await memory.graph.add_entity("Ada", kind=kind, source=source)
            assert shown.kind == kind
        await memory.graph.add_entity("Ada", kind="robot", source="two")
        await memory.graph.add_alias("Countess", "Ada")
        await memory.graph.add_alias("Ada", "Ada King")
    async with open_memory(place) as memory:
        joined = await memory.graph.entity("Countess")
        assert joined is not None and (joined.name, joined.kind) == ("Ada King", "robot")
        await memory.forget(source="two")
        entity = await memory.graph.entity("Ada")
        assert entity is not None and entity.kind == "person"


async def test_objects_that_turn_out_the_same_do_not_contradict(local: Memory):
    await local.graph.declare_single_valued("born in")
    await local.graph.add_facts([("Ada", "born in", "UK"), ("Ada", "born in", "Britain")], "x")
    assert len(await local.graph.facts("Ada")) == 1
    await local.graph.add_alias("Britain", "UK")
    assert len(await local.graph.facts("Ada")) == 2


async def test_networkx_shows_what_is_believed(memory: Memory):
    await memory.graph.add_facts([("a", "r", "b"), ("a", "s", "b"), ("b", "r", "c")], "x")
    graph = await memory.graph.networkx()
    assert sorted(graph.nodes) == ["a", "b", "c"] and graph.number_of_edges("a", "b") == 2
    assert {data["relation"] for *_, data in graph.edges(data=True)} == {"r", "s"}
    assert await memory.graph.networkx() is graph
    await memory.graph.add_fact("c", "r", "d", source="x")
    assert (await memory.graph.networkx()).number_of_edges() == 4


async def test_neighbors_are_one_fact_away(local: Memory):
    await local.graph.add_facts([("a", "r", "b"), ("c", "r", "a"), ("c", "r", "d")], "x")
    view = await local.graph.view()
    assert [entity.name for entity in view.neighbors("a")] == ["b", "c"]
    assert view.neighbors("nobody") == []


async def test_self_reference_cycles_and_hubs(memory: Memory):
    await memory.graph.add_facts([("a", "is", "a"), ("a", "r", "b"), ("b", "r", "a")], "x")
    assert len(await memory.graph.facts("a")) == 3
    await memory.graph.add_alias("b", "a")
    await memory.graph.add_alias("a", "b")
    assert len(await memory.graph.facts("b")) == 3
    await memory.graph.add_facts([("hub", "has", f"part {n}") for n in range(10_000)], "x")
    assert len(await memory.graph.facts("hub")) == 10_000
    assert len(await memory.graph.facts("part 77")) == 1


@pytest.mark.parametrize(
    "name", ["מרים מירזחאני", "علي", "👩🏽‍🚀", "ﬁne", "e\u0301", "ẞ", "x" * 2_000]
)
async def test_names_of_any_script(memory: Memory, name: str):
    await memory.graph.add_fact(name, "is", "fine", source="x")
    [fact] = await memory.graph.facts(f"  {name} ")
    assert fact.subject == name


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00", "\ud800", "x" * 2_001, None, 7, b"a"])
async def test_names_that_are_refused(local: Memory, name: object):
    with pytest.raises(InvalidInput, match="fact's subject"):
        await local.graph.add_facts([(name, "is", "refused")], "x")  # type: ignore[list-item]
    assert await local.graph.facts() == []


@pytest.mark.parametrize("fact", [("a", "b"), "abc", None, ("a", "b", "c", "d")])
async def test_a_malformed_fact_is_named(local: Memory, fact: object):
    with pytest.raises(InvalidInput, match="fact 1 is not"):
        await local.graph.add_facts([("a", "b", "c"), fact], "x")  # type: ignore[list-item]


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_confidence_has_bounds(confidence: float):
    with pytest.raises(InvalidInput, match="not within 0 to 1"):
        NewFact("a", "b", "c", confidence=confidence)


async def test_a_time_without_a_zone_is_refused(local: Memory):
    with pytest.raises(InvalidInput, match="time zone"):
        await local.graph.as_of(datetime(2026, 1, 1))
