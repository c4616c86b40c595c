"""What each idea of the walk is worth: which entities a question over the graph leads to.

    python benchmarks/memory_kgqa.py

Questions of one, two and three facts over MetaQA's films (CC BY 3.0), where that data lies beside the
repository; the share of the gold answers among the first 50 and the first 20 entities.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from metathink.memory import open_memory
from metathink.memory.recall import walk as walk_module
from metathink.memory.recall import word as word_module
from metathink.memory.recall.graph_recall import GraphRecall

DATA = Path(__file__).parents[1] / ".." / "shared" / "data"

Triple = tuple[str, str, str]


def main() -> None:
    """What each idea is worth: the share of gold answers among the first 50 and 20 entities."""
    facts = [
        (fact["head"], fact["relation"], fact["tail"]) for fact in lines("kgqa_metaqa_triples")
    ]
    questions = lines("kgqa_metaqa_questions")
    graph = asyncio.run(graph_of(facts))
    print(f"{len(facts):,} facts, {len(questions)} questions; share of the gold answers among")
    print(f"{'':<52} the first 50         the first 20       ms")
    print(f"{'facts from the named entity to the answer':<52} 1     2     3        1     2     3")
    report("the walk as it is", graph, questions)
    for name, module, changes in ABLATIONS:
        with replaced(module, changes):
            report(name, graph, questions)
    report_pagerank(facts, questions)


ABLATIONS: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("all relations weigh the same", word_module, {"SIMILAR": 2.0}),
    ("no reward for using all relation words", walk_module, {"COVERAGE": 0.0}),
    ("coverage 2 (4)", walk_module, {"COVERAGE": 2.0}),
    ("coverage 8 (4)", walk_module, {"COVERAGE": 8.0}),
    ("unnamed relations weigh 0.03 (0.1)", walk_module, {"EPSILON": 0.03}),
    ("unnamed relations weigh 0.3 (0.1)", walk_module, {"EPSILON": 0.3}),
    ("damping 0.85 (0.5)", walk_module, {"DAMPING": 0.85}),
    ("words are alike from 0.2 of their trigrams (0.3)", word_module, {"SIMILAR": 0.2}),
    ("words are alike from 0.4 of their trigrams (0.3)", word_module, {"SIMILAR": 0.4}),
    ("1,000 links a step (4,000)", walk_module, {"LINKS": 1_000}),
    ("may go back the way it came", walk_module, {"_is_ahead": lambda _, __, row, ___: row >= 0}),
)


def report(name: str, graph: GraphRecall, questions: Sequence[dict[str, Any]]) -> None:
    """One line of the table."""
    graph._lexicon._cache.clear()  # similarities are kept, and one ablation changes them
    shares: dict[tuple[int, int], list[float]] = {}
    start = time.perf_counter()
    for item in questions:
        ranked = [e.name for e in graph.entities(graph.lead(item["question"], 50), 50)]
        for first in (50, 20):
            share = mean(answer in ranked[:first] for answer in item["answers"])
            shares.setdefault((first, item["hops"]), []).append(share)
    spent = 1e3 * (time.perf_counter() - start) / len(questions)
    print(f"{name:<50} {table_row(shares)} {spent:>7.1f}")


def table_row(shares: dict[tuple[int, int], list[float]]) -> str:
    """Six shares: among the first 50, then 20; for one, two and three facts."""
    return "   ".join(
        " ".join(f"{mean(shares[first, hops]):.3f}" for hops in (1, 2, 3)) for first in (50, 20)
    )


def report_pagerank(facts: Sequence[Triple], questions: Sequence[dict[str, Any]]) -> None:
    """Plain personalised PageRank (damping 0.85), given the right entity, which recall is not."""
    from scipy.sparse import csr_array

    names = list(dict.fromkeys(end for fact in facts for end in (fact[0], fact[2])))
    number = {name: i for i, name in enumerate(names)}
    ends = np.array([(number[fact[0]], number[fact[2]]) for fact in facts])
    links = np.concatenate([ends, ends[:, ::-1]])
    degree = np.bincount(links[:, 0], minlength=len(names))
    shape = (len(names), len(names))
    step = csr_array((1.0 / degree[links[:, 0]], (links[:, 1], links[:, 0])), shape=shape)
    shares: dict[tuple[int, int], list[float]] = {}
    for item in questions:
        start = np.zeros(len(names))
        start[number[item["topic_entity"]]] = 1.0
        rank = start
        for _ in range(30):
            rank = 0.15 * start + 0.85 * (step @ rank)
        rank[number[item["topic_entity"]]] = 0.0
        order = [names[i] for i in np.argsort(-rank, kind="stable")[:50]]
        for first in (50, 20):
            share = mean(answer in order[:first] for answer in item["answers"])
            shares.setdefault((first, item["hops"]), []).append(share)
    print(f"{'plain personalised PageRank, told the entity':<50} {table_row(shares)}")


async def graph_of(facts: Sequence[Triple]) -> GraphRecall:
    """A graph that can be asked without waiting."""
    async with open_memory() as memory:
        await memory.graph.add_facts(facts, "kgqa")
        return GraphRecall((await memory.graph.view()).table)


def lines(name: str) -> list[dict[str, Any]]:
    """The records of a data file."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_bytes().splitlines()]


@contextmanager
def replaced(module: Any, changes: dict[str, Any]) -> Iterator[None]:
    """A module with other constants for a while."""
    before = {name: getattr(module, name) for name in changes}
    for name, value in changes.items():
        setattr(module, name, value)
    yield
    for name, value in before.items():
        setattr(module, name, value)


if __name__ == "__main__":
    main()
