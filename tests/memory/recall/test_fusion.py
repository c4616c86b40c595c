"""Fusion of ranked lists: each list counts by its weight, and the walk in the graph counts most."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from metathink.memory import open_memory
from metathink.memory.recall.fusion import Fused, Ranking, fuse
from metathink.memory.recall.graph_recall import GraphRecall


def ranking(*keys: str, weight: float = 1.0) -> Ranking:
    return Ranking(dict.fromkeys(keys, "found"), str, weight)


def keys(fused: Sequence[Fused]) -> list[str]:
    return [one.key for one in fused]


def test_the_heavier_list_leads() -> None:
    one, other = ("a", "b"), ("x", "y")
    assert keys(fuse([ranking(*one, weight=2.0), ranking(*other)])) == ["a", "b", "x", "y"]
    assert keys(fuse([ranking(*one), ranking(*other, weight=2.0)])) == ["x", "y", "a", "b"]


def test_two_lists_that_agree_outdo_one_of_less_than_their_weight() -> None:
    agreed = [ranking("a", "b"), ranking("a", "c")]
    assert keys(fuse([*agreed, ranking("x", weight=1.5)]))[:2] == ["a", "x"]
    assert keys(fuse([*agreed, ranking("x", weight=2.5)]))[:2] == ["x", "a"]


def test_a_better_rank_is_a_greater_score_and_an_empty_list_changes_nothing() -> None:
    fused = fuse([ranking("a", "b", "c"), ranking()])
    assert keys(fused) == ["a", "b", "c"]
    assert fused[0].score > fused[1].score > fused[2].score


@pytest.mark.parametrize(
    ("question", "trusted"), [("Who founded Acme?", True), ("Who founded a company?", False)]
)
async def test_a_walk_counts_more_than_words_only_from_what_the_question_names(
    question: str, trusted: bool
) -> None:
    """It reads the question as a path where the question names an end of it, else it starts from a guess."""
    async with open_memory() as memory:
        await memory.graph.add_facts([("Acme", "founded_by", "Ruth")], source="test")
        graph = GraphRecall(memory.graph.table)
        await memory.graph.view()
        await graph.catch_up()
        [fact] = await memory.graph.facts()
        lead = graph.lead(question, 10, [fact.id])
        weights = [one.weight for one in graph.rankings(lead)]
    by_words = Ranking({}, str).weight
    assert weights and (weights[0] > by_words if trusted else weights[0] < by_words)


async def test_what_a_named_path_leads_to_comes_before_what_shares_more_words() -> None:
    noise = [(f"Who founded {n}", "asks_about", "Acme founders") for n in ("Borealis", "Cirrus")]
    async with open_memory() as memory:
        await memory.graph.add_facts([("Acme", "founded_by", "Ruth"), *noise], source="test")
        found = await memory.recall("Who founded Acme?", recipe="graph_evidence")
    assert "Ruth" in found[0].text
