"""How quickly and how well a memory recalls, beside what one would use instead.

    python benchmarks/memory_recall.py [--sizes 1000 10000 100000 1000000]
    python benchmarks/memory_recall.py kgqa

The first makes up a world of people, firms, towns and works (from a seed), of which three in four
items are facts, one in five is a passage and a few are behaviors, and asks questions of one and of
two facts. Every system gets the same items and, where it takes vectors, the same embeddings: sums
of word vectors made of hashed letter trigrams, which know spelling and no meaning. "found" is the
share of questions for which the fact that holds the answer is among the first ten items. Times are
of one question, its embedding included, by the clock and of CPU (which holds on a busy machine, if
OMP_NUM_THREADS=1 keeps numpy's idle threads from spinning).

The second says what each idea of the walk is worth, on questions of one, two and three facts over
MetaQA's films (CC BY 3.0), where that data lies beside the repository.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, quantiles
from typing import Any
from zlib import crc32

import numpy as np

from metathink.memory import Memory, open_memory
from metathink.memory import walk as walk_module
from metathink.memory import word as word_module
from metathink.memory.change import BEHAVIORS, PASSAGES, Change
from metathink.memory.graph_recall import GraphRecall

FIRST = 10
QUESTIONS = 200
INMEMORY_MOST = 10_000
"""Items up to which LangGraph's InMemoryStore is asked: over 100,000 it takes seconds."""
DATA = Path(__file__).parents[1] / ".." / "shared" / "data"

Triple = tuple[str, str, str]

# relation, kinds of its ends, a question for it, a phrase that leads on from its object
RELATIONS = (
    ("works_for", "person", "firm", "Which firm does {} work for?", "the firm that {} works for"),
    ("born_in", "person", "town", "In which town was {} born?", "the town where {} was born"),
    ("founded_by", "firm", "person", "Who founded {}?", "the founder of {}"),
    ("based_in", "firm", "town", "Where is {} based?", "the town {} is based in"),
    ("supplied_by", "firm", "firm", "Who supplies {}?", "the supplier of {}"),
    ("written_by", "work", "person", "Who wrote {}?", "the writer of {}"),
    ("published_by", "work", "firm", "Which firm published {}?", "the publisher of {}"),
    ("governed_by", "town", "person", "Who governs {}?", "the governor of {}"),
)
_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo za bre cla dro fli"
SYLLABLES = _SYLLABLES.split()


@dataclass(frozen=True)
class Question:
    """A question and the fact that holds its answer."""

    text: str
    gold: Triple
    facts: int


class TrigramEmbedder:
    """384 numbers a text: what letter trigrams its words have, hashed."""

    name = "hashed trigrams"

    def __init__(self) -> None:
        self._words: dict[str, np.ndarray] = {}

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        return self.embed_now(texts)

    def embed_now(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), 384), np.float32)
        for i, text in enumerate(texts):
            for word in word_module.content_words(text):
                vectors[i] += self._word(word)
        return vectors

    def _word(self, word: str) -> np.ndarray:
        if (vector := self._words.get(word)) is None:
            vector = np.zeros(384, np.float32)
            for gram in word_module.trigrams(word):
                number = crc32(gram.encode())
                vector[number % 384] += 1.0 if number & 512 else -1.0
            self._words[word] = vector
        return vector


class World:
    """`count` made-up items, and questions about them."""

    def __init__(self, count: int, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self.behaviors = min(count // 20, 10_000)
        self.passages = count // 5
        self._names: dict[str, list[str]] = {
            kind: self._made_names(kind, max(3, count // 8))
            for kind in ("person", "firm", "town", "work")
        }
        self.facts = self._made_facts(count - self.behaviors - self.passages)

    def _made_names(self, kind: str, count: int) -> list[str]:
        ending = {"person": "", "firm": " Works", "town": "ville", "work": " Songs"}[kind]
        names: dict[str, None] = {}
        while len(names) < count:
            words = ["".join(self._random.choices(SYLLABLES, k=3)).title() for _ in range(2)]
            names[(words[0] if kind == "town" else " ".join(words)) + ending] = None
        return list(names)

    def _made_facts(self, count: int) -> list[Triple]:
        facts: dict[tuple[str, str], str] = {}
        while len(facts) < count:
            relation, kind, other, *_ = self._random.choice(RELATIONS)
            objects = self._names[other]
            # Some are spoken of far more often than others.
            object_ = objects[int(len(objects) * self._random.random() ** 3)]
            facts.setdefault((self._random.choice(self._names[kind]), relation), object_)
        return [(subject, relation, object_) for (subject, relation), object_ in facts.items()]

    def passage(self, number: int) -> str:
        """Prose that names two entities and states no fact of the graph."""
        draw = random.Random(f"passage {number}")
        person, town = draw.choice(self._names["person"]), draw.choice(self._names["town"])
        words = " ".join("".join(draw.choices(SYLLABLES, k=2)) for _ in range(12))
        return f"In spring {person} was seen near {town}: {words}."

    def behavior(self, number: int) -> tuple[str, str]:
        """A name and an instruction."""
        draw = random.Random(f"behavior {number}")
        words = ["".join(draw.choices(SYLLABLES, k=2)) for _ in range(6)]
        return f"behavior_{words[0]}_{number}", f"Before you {words[1]}, {' '.join(words[2:])}."

    def questions(self, count: int) -> list[Question]:
        """Half of one fact, half of two (the object of the first is the subject of the second)."""
        known = {(subject, relation): object_ for subject, relation, object_ in self.facts}
        draw = random.Random(1)
        found: list[Question] = []
        while len(found) < count:
            subject, relation, middle = fact = draw.choice(self.facts)
            _, _, other, question, phrase = next(r for r in RELATIONS if r[0] == relation)
            if len(found) % 2 == 0:
                found.append(Question(question.format(subject), fact, 1))
                continue
            onward = [r for r in RELATIONS if r[1] == other and (middle, r[0]) in known]
            if onward:
                second = draw.choice(onward)
                gold = (middle, second[0], known[middle, second[0]])
                found.append(Question(second[3].format(phrase.format(subject)), gold, 2))
        return found


def plain(fact: Triple) -> str:
    """A fact as a line of words, as every system is given it."""
    return f"{fact[0]} {fact[1].replace('_', ' ')} {fact[2]}"


Ask = Callable[[str], Awaitable[list[str]]]
"""The texts of the first items for a question."""


async def measured(name: str, questions: Sequence[Question], ask: Ask) -> None:
    """Ask every question; print times and what was found."""
    await ask(questions[0].text)
    walls, cpus = [], []
    found: dict[int, list[bool]] = {1: [], 2: []}
    for question in questions:
        wall, cpu = time.perf_counter(), time.process_time()
        texts = await ask(question.text)
        walls.append(1e3 * (time.perf_counter() - wall))
        cpus.append(1e3 * (time.process_time() - cpu))
        found[question.facts].append(plain(question.gold) in texts[:FIRST])
    wall, cpu = quantiles(walls, n=20), quantiles(cpus, n=20)
    print(
        f"  {name:<44} {wall[9]:>8.2f} {wall[18]:>8.2f}   {cpu[9]:>8.2f} {cpu[18]:>8.2f}   "
        f"{mean(found[1]):>6.2f} {mean(found[2]):>6.2f}",
        flush=True,
    )


@contextmanager
def stopwatch(what: str) -> Iterator[None]:
    """Print how long it took to make something ready."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  ({what}: {wall:.1f} s, {cpu:.1f} s CPU, peak {peak:,.0f} MB so far)", flush=True)


async def bench_recall(size: int) -> None:
    """All systems over one world."""
    world = World(size)
    questions = world.questions(QUESTIONS if size < 1_000_000 else QUESTIONS // 2)
    heads = f"{'p50':>8} {'p95':>8}   {'CPU p50':>8} {'CPU p95':>8}   {'1 fact':>6} {'2 facts':>7}"
    print(f"{size:,} items, ms a question{'':<20} {heads}   (found)")
    embedder = TrigramEmbedder()
    texts = [plain(fact) for fact in world.facts]
    texts += [world.passage(i) for i in range(world.passages)]
    texts += [" ".join(world.behavior(i)) for i in range(world.behaviors)]
    await bench_fts5(texts, questions)
    vectors = embedder.embed_now(texts)
    await bench_flat(texts, vectors, questions, embedder)
    if size <= INMEMORY_MOST:
        await bench_langgraph(texts, questions, embedder)
    del vectors
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        async with open_memory(path, namespace="bench") as memory:
            await fill(memory, world)
        await bench_ours(path, questions, None)
        await bench_ours(path, questions, embedder)


async def bench_fts5(texts: Sequence[str], questions: Sequence[Question]) -> None:
    """SQLite's own full-text index, any of the question's words, by BM25."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE items USING fts5(text, tokenize='porter')")
    connection.executemany("INSERT INTO items VALUES (?)", ((text,) for text in texts))

    async def ask(question: str) -> list[str]:
        query = " OR ".join(f'"{word}"' for word in word_module.content_words(question))
        rows = connection.execute(
            "SELECT text FROM items WHERE items MATCH ? ORDER BY rank LIMIT ?", (query, FIRST)
        )
        return [text for (text,) in rows]

    await measured("SQLite FTS5, BM25", questions, ask)
    connection.close()


async def bench_flat(
    texts: Sequence[str], vectors: np.ndarray, questions: Sequence[Question], embedder: Any
) -> None:
    """A plain FAISS index, where it is installed; else the same in numpy."""
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    try:
        import faiss  # pyright: ignore[reportMissingImports]
    except ImportError:
        index, name = None, "numpy, all vectors compared"
    else:
        index, name = faiss.IndexFlatIP(vectors.shape[1]), "FAISS flat"
        index.add(vectors)  # pyright: ignore[reportCallIssue]

    async def ask(question: str) -> list[str]:
        vector = embedder.embed_now([question])
        if index is not None:
            nearest = index.search(vector, FIRST)[1][0].tolist()  # pyright: ignore[reportCallIssue]
        else:
            nearest = np.argsort(-(vectors @ vector[0]))[:FIRST].tolist()
        return [texts[int(i)] for i in nearest]

    await measured(name, questions, ask)


async def bench_langgraph(
    texts: Sequence[str], questions: Sequence[Question], embedder: Any
) -> None:
    """LangGraph's InMemoryStore with an index, as langmem uses it."""
    from langgraph.store.base import PutOp
    from langgraph.store.memory import InMemoryStore

    async def embed(many: Sequence[str]) -> list[list[float]]:
        return embedder.embed_now(many).tolist()

    store = InMemoryStore(index={"dims": 384, "embed": embed, "fields": ["text"]})
    for start in range(0, len(texts), 1_000):
        part = enumerate(texts[start : start + 1_000], start)
        await store.abatch([PutOp(("items",), str(i), {"text": text}) for i, text in part])

    async def ask(question: str) -> list[str]:
        found = await store.asearch(("items",), query=question, limit=FIRST)
        return [item.value["text"] for item in found]

    await measured("LangGraph InMemoryStore (as under langmem)", questions, ask)


async def fill(memory: Memory, world: World) -> None:
    """Everything of the world into one file."""
    for start in range(0, len(world.facts), 20_000):
        await memory.graph.add_facts(world.facts[start : start + 20_000], "register")
    source = {"document": "gazette"}
    passages = [
        Change(PASSAGES, f"p{i:016x}", {"text": world.passage(i), "source": source, "learned": 1.0})
        for i in range(world.passages)
    ]
    behaviors = []
    for i in range(world.behaviors):
        name, instruction = world.behavior(i)
        said = {"behavior": f"b{i:016x}", "name": name, "instruction": instruction, "edit": "add"}
        value = {**said, "validated_by": "run", "source": source, "learned": 1.0}
        behaviors.append(Change(BEHAVIORS, f"v{i:016x}", value))
    for records in (passages, behaviors):
        for start in range(0, len(records), 20_000):
            await memory.write(records[start : start + 20_000])


async def bench_ours(path: Path, questions: Sequence[Question], embedder: Any) -> None:
    """Words and graph, and vectors too where there is an embedder; over a SQLite file."""
    ways = "words, graph" + (", vectors" if embedder else "")
    async with open_memory(path, namespace="bench", embedder=embedder) as memory:
        with stopwatch(f"metathink, {ways}: opened and indexed"):
            await memory.recall("Who?")

        async def ask(question: str) -> list[str]:
            return [item.text for item in await memory.recall(question)]

        async def ask_graph(question: str) -> list[str]:
            return [i.text for i in await memory.recall(question, recipe="graph_evidence")]

        await measured(f"metathink everything: {ways}", questions, ask)
        await measured(f"metathink graph_evidence: {ways}", questions, ask_graph)


# -- kgqa -----------------------------------------------------------------------------------------


def bench_kgqa() -> None:
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


def main(sizes: Sequence[int]) -> None:
    """The first part, for each size."""
    for size in sizes:
        asyncio.run(bench_recall(size))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("part", nargs="?", choices=["recall", "kgqa"], default="recall")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    settings = parser.parse_args()
    if settings.part == "kgqa":
        bench_kgqa()
    else:
        main(settings.sizes)
