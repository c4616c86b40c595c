"""How quickly and how well a memory recalls, beside what one would use instead.

    python benchmarks/memory_recall.py [--sizes 1000 10000 100000 1000000]

Makes up a world of people, firms, towns and works (from a seed), of which three in four
items are facts, one in five is a passage and a few are behaviors, and asks questions of one and of
two facts. Every system gets the same items and, where it takes vectors, the same embeddings: sums
of word vectors made of hashed letter trigrams, which know spelling and no meaning. "found" is the
share of questions for which the fact that holds the answer is among the first ten items. Times are
of one question, its embedding included, by the clock and of CPU (which holds on a busy machine, if
OMP_NUM_THREADS=1 keeps numpy's idle threads from spinning).
"""

from __future__ import annotations

import argparse
import asyncio
import os
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
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from metathink.memory import Memory, open_memory
from metathink.memory.recall import word as word_module
from metathink.memory.records.change import BEHAVIORS, PASSAGES, Change

FIRST = 10
QUESTIONS = 200
SYSTEMS = ("fts5", "flat", "langgraph", "langgraph-sqlite", "mem0", "ours", "ours-vectors")
INMEMORY_MOST = 10_000
"""Items up to which LangGraph's stores and Mem0 are asked: over 100,000 they take seconds."""

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore

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
        long = kind == "town" and count > 12_500  # three syllables make 13,824 words
        names: dict[str, None] = {}
        while len(names) < count:
            words = ["".join(self._random.choices(SYLLABLES, k=3 + long)).title() for _ in range(2)]
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

    def texts(self) -> list[str]:
        """Every item as a line of words."""
        texts = [plain(fact) for fact in self.facts]
        texts += [self.passage(i) for i in range(self.passages)]
        return texts + [" ".join(self.behavior(i)) for i in range(self.behaviors)]

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


async def bench_recall(size: int, systems: Sequence[str], keep: Path | None) -> None:
    """The systems asked for, over one world; our file stays in `keep` and is taken up from there."""
    world = World(size)
    questions = world.questions(QUESTIONS if size < 1_000_000 else QUESTIONS // 2)
    heads = f"{'p50':>8} {'p95':>8}   {'CPU p50':>8} {'CPU p95':>8}   {'1 fact':>6} {'2 facts':>7}"
    print(f"{size:,} items, ms a question{'':<20} {heads}   (found)")
    embedder = TrigramEmbedder()
    others = set(SYSTEMS[:5]) & set(systems)
    texts = world.texts() if others else []
    if "fts5" in systems:
        await bench_fts5(texts, questions)
    if "flat" in systems:
        await bench_flat(texts, embedder.embed_now(texts), questions, embedder)
    if "langgraph" in systems and size <= INMEMORY_MOST:
        await bench_langgraph(texts, questions, embedder)
    if "langgraph-sqlite" in systems and size <= INMEMORY_MOST:
        await bench_langgraph_sqlite(texts, questions, embedder)
    if "mem0" in systems and size <= INMEMORY_MOST:
        await bench_mem0(texts, questions, embedder)
    with tempfile.TemporaryDirectory() as folder:
        path = (keep or Path(folder)) / f"memory-{size}.db"
        if {"ours", "ours-vectors"} & set(systems) and not path.exists():
            await build(path, world)
        del world, texts
        if "ours" in systems:
            await bench_ours(path, questions, None)
        if "ours-vectors" in systems:
            await bench_ours(path, questions, embedder)


async def build(path: Path, world: World) -> None:
    """The world's memory file; under its name only when it is whole."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with stopwatch("metathink: file written"):
        async with open_memory(unfinished, namespace="bench") as memory:
            await fill(memory, world)
    unfinished.rename(path)


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
    texts: Sequence[str], questions: Sequence[Question], embedder: TrigramEmbedder
) -> None:
    """LangGraph's InMemoryStore with an index, as langmem uses it."""
    from langgraph.store.memory import InMemoryStore

    store = InMemoryStore(index=langgraph_index(embedder))
    await measured_store("LangGraph InMemoryStore (as under langmem)", store, texts, questions)


async def bench_langgraph_sqlite(
    texts: Sequence[str], questions: Sequence[Question], embedder: TrigramEmbedder
) -> None:
    """LangGraph's own store in an SQLite file with its index (sqlite-vec), where that can be had."""
    try:
        from langgraph.store.sqlite import AsyncSqliteStore
    except ImportError:
        print("  (langgraph-checkpoint-sqlite is not installed: left out)")
        return
    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        print("  (LangGraph AsyncSqliteStore: this Python's sqlite3 loads no extensions: left out)")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "store.db")
        index: Any = langgraph_index(embedder)
        async with AsyncSqliteStore.from_conn_string(path, index=index) as store:
            await store.setup()
            await measured_store("LangGraph AsyncSqliteStore (file)", store, texts, questions)


def langgraph_index(embedder: TrigramEmbedder) -> Any:
    """How a LangGraph store is told to embed."""

    async def embed(many: Sequence[str]) -> list[list[float]]:
        return embedder.embed_now(many).tolist()

    return {"dims": 384, "embed": embed, "fields": ["text"]}


async def measured_store(
    name: str, store: BaseStore, texts: Sequence[str], questions: Sequence[Question]
) -> None:
    """Put everything into a LangGraph store, then ask."""
    from langgraph.store.base import PutOp

    with stopwatch(f"{name}: filled"):
        for start in range(0, len(texts), 1_000):
            part = enumerate(texts[start : start + 1_000], start)
            await store.abatch([PutOp(("items",), str(i), {"text": text}) for i, text in part])

    async def ask(question: str) -> list[str]:
        found = await store.asearch(("items",), query=question, limit=FIRST)
        return [item.value["text"] for item in found]

    await measured(name, questions, ask)


async def bench_mem0(
    texts: Sequence[str], questions: Sequence[Question], embedder: TrigramEmbedder
) -> None:
    """Mem0 in its local form (Qdrant in the process), without its model: texts as they are."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": folder}
        try:
            from mem0 import Memory as Mem0  # pyright: ignore[reportMissingImports]
        except ImportError:
            print("  (mem0ai is not installed: left out)")
            return
        place = {"path": f"{folder}/q", "collection_name": "items", "embedding_model_dims": 384}
        keyless = {"provider": "openai", "config": {"api_key": "none"}}
        store = {"provider": "qdrant", "config": place}
        memory = Mem0.from_config({"vector_store": store, "embedder": keyless, "llm": keyless})
        memory.embedding_model = ForMem0(embedder, memory.embedding_model.config)
        with stopwatch("Mem0: filled"):
            for text in texts:
                memory.add(text, user_id="user", infer=False)

        async def ask(question: str) -> list[str]:
            found = memory.search(question, filters={"user_id": "user"}, top_k=FIRST, threshold=0.0)
            return [item["memory"] for item in found["results"]]

        await measured("Mem0 (Qdrant local)", questions, ask)
        memory.vector_store.client.close()


class ForMem0:
    """The same embeddings as everyone's, as Mem0 asks for them."""

    def __init__(self, embedder: TrigramEmbedder, config: Any) -> None:
        self.config = config
        self._embedder = embedder

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        return self._embedder.embed_now([text])[0].tolist()

    def embed_batch(
        self, texts: Sequence[str], memory_action: str | None = None
    ) -> list[list[float]]:
        return self._embedder.embed_now(texts).tolist()


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


def main(sizes: Sequence[int], systems: Sequence[str] = SYSTEMS, keep: Path | None = None) -> None:
    """The systems, over worlds of each size."""
    for size in sizes:
        asyncio.run(bench_recall(size, systems, keep))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--keep", type=Path, help="Keep our files in this folder, and use them.")
    settings = parser.parse_args()
    main(settings.sizes, settings.systems, settings.keep)
