"""Rules: a tree that was written and a graph that was learned."""

from __future__ import annotations

import pytest

from metathink.core.errors import InvalidInput
from metathink.memory import Memory


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
