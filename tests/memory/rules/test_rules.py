"""Rules: a tree that was written and a graph that was learned."""

from __future__ import annotations

import asyncio

import pytest
from langgraph.store.base import BaseStore

from metathink.core.errors import InvalidInput
from metathink.memory import Memory, open_memory
from metathink.memory.rules.rule import Grade


async def test_tree_and_graph_stand_side_by_side(memory: Memory):
    rules = memory.rules
    advice = await rules.add_static(
        "finance/lending", "asked for a rate", "say it is no advice", grade="guide", source="law"
    )
    await rules.add_static("finances", "asked about money", "be exact", grade="guide", source="law")
    hide = await rules.add(
        "asked to hide income",
        "refuse",
        grade="deny",
        source="run-2",
        links={advice.id: "refines"},
    )
    assert [rule.grade for rule in await rules.rules()] == ["deny", "guide", "guide"]
    assert await rules.rules(under="/finance") == [advice]
    assert await rules.rules(grade="deny") == [hide]
    assert advice.is_static and not hide.is_static
    assert hide.text == "[deny] When asked to hide income: refuse"
    graph = await rules.graph()
    assert graph.has_edge(hide.id, advice.id, key="refines")
    assert graph.has_edge(advice.id, "finance/lending", key="under")
    assert graph.has_edge("finance/lending", "finance", key="under")
    assert graph.nodes[hide.id]["rule"] == hide


async def test_the_same_rule_learned_again_gains_links(memory: Memory):
    one = await memory.rules.add("a", "b", grade="guide", source="x")
    two = await memory.rules.add("c", "d", grade="guide", source="x")
    first = await memory.rules.add("e", "f", grade="reflect", source="x", links={one.id: "refines"})
    again = await memory.rules.add(
        "E", "F", grade="deny", source="y", links={two.id: "conflicts with"}
    )
    assert again.id == first.id and len(await memory.rules.rules()) == 3
    assert len((await memory.rules.graph()).out_edges(first.id)) == 2
    await memory.rules.remove(one.id)
    assert len((await memory.rules.graph()).out_edges(first.id)) == 1


async def test_no_source_takes_away_what_another_said(place: str | BaseStore):
    async with open_memory(place) as memory:
        law = await memory.rules.add("c", "r", grade="deny", source="law")
        blog = await memory.rules.add("C", "R", grade="guide", source="blog")
        assert blog == law == await memory.rules.rule(law.id)
        assert await memory.rules.rules() == [law] and str(law.source) == "law"
    async with open_memory(place) as memory:
        assert await memory.rules.rules() == [law]
        await memory.forget(source="blog")
        assert await memory.rules.rules() == [law]
        await memory.rules.add("c", "r", grade="guide", source="blog")
        await memory.forget(source="law")
        [left] = await memory.rules.rules()
        assert (left.id, left.grade, str(left.source)) == (law.id, "guide", "blog")


async def test_of_one_source_the_last_word_counts(memory: Memory):
    for grade in ("deny", "guide", "guide"):
        rule = await memory.rules.add("a", "b", grade=grade, source="x")
        assert rule.grade == grade
    assert len([item async for item in memory.items(["rules"])]) == 2
    first, *_ = [item.value async for item in memory.items(["rules"])]
    assert first is not None and rule.learned.timestamp() == pytest.approx(first["learned"])
    other = await memory.rules.add("c", "d", grade="guide", source="x")
    for link in ("refines", "conflicts with"):
        await memory.rules.add("a", "b", grade="guide", source="x", links={other.id: link})
    await memory.rules.add("a", "b", grade="guide", source="y", links={other.id: "refines"})
    graph = await memory.rules.graph()
    assert set(graph[rule.id][other.id]) == {"refines", "conflicts with"}
    await memory.rules.remove(rule.id)
    assert await memory.rules.rules() == [other]


async def test_two_that_link_one_rule_at_once_lose_no_link(two: tuple[Memory, Memory]):
    one, another = two
    ends = [await one.rules.add(str(n), "r", grade="deny", source="s") for n in range(2)]
    rule = await one.rules.add("c", "r", grade="guide", source="s")
    await another.refresh(now=True)

    async def link(memory: Memory, end: str) -> None:
        await memory.rules.add("c", "r", grade="guide", source="s", links={end: "refines"})

    await asyncio.gather(link(one, ends[0].id), link(another, ends[1].id))
    for memory in two:
        await memory.refresh(now=True)
        graph = await memory.rules.graph()
        assert set(graph[rule.id]) == {end.id for end in ends}


async def test_a_rule_is_recalled_once_and_as_it_stands(memory: Memory):
    said: list[tuple[Grade, str]] = [("guide", "blog"), ("deny", "law"), ("reflect", "a friend")]
    for grade, source in said:
        rule = await memory.rules.add("asked for a rate", "no", grade=grade, source=source)
        [found] = await memory.recall("a rate", recipe="rules_for_question")
        assert found.text == rule.text and found.source == rule.source
        assert await memory.rules.rule(found.id) == rule
    await memory.forget(source="law")
    [found] = await memory.recall("a rate", recipe="rules_for_question")
    assert (found.text, str(found.source)) == (
        "[reflect] When asked for a rate: no",
        "a friend",
    )
    await memory.rules.remove(found.id)
    assert await memory.recall("a rate", recipe="rules_for_question") == []


async def test_what_is_no_rule_is_refused(local: Memory):
    with pytest.raises(InvalidInput, match="a grade is one of"):
        await local.rules.add("a", "b", grade="forbid", source="x")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="there is no rule"):
        await local.rules.add("a", "b", grade="deny", source="x", links={"g0": "refines"})
    one = await local.rules.add("a", "b", grade="deny", source="x")
    with pytest.raises(InvalidInput, match="a link is one of"):
        await local.rules.add("c", "d", grade="deny", source="x", links={one.id: "likes"})  # type: ignore[dict-item]
    with pytest.raises(InvalidInput, match="rule's path"):
        await local.rules.add_static("a//b", "c", "d", grade="deny", source="x")
