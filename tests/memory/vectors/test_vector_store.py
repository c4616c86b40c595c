"""Vectors are made once: kept in each kind of store, and gone with what they are of."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from langgraph.store.memory import InMemoryStore

from metathink.core.errors import InvalidConfig
from metathink.memory import Memory, open_memory
from metathink.memory.records.change import BEHAVIORS, FACTS, PASSAGES, PEOPLE
from metathink.memory.store.sqlite_store import SqliteStore
from metathink.memory.vectors import embedding_index
from metathink.memory.vectors.item_vectors import vector_path
from metathink.memory.vectors.open_vector_store import open_vector_store
from metathink.memory.vectors.vector_store import StoredVector, packed, text_digest, unpacked

NAMESPACE = "project/alice"
FACTS_ADDED = [("Ada", "wrote", "Note G"), ("Babbage", "built", "an engine"), ("Bob", "owns", "it")]


class Letters:
    """As many numbers as letters; counts the texts it was given."""

    def __init__(self, name: str = "letters", dimensions: int = 26, fails_after: int = 10**9):
        self.name, self._dimensions, self._fails_after = name, dimensions, fails_after
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        if len(self.texts) >= self._fails_after:
            raise OSError("the embedder is gone")
        self.texts += texts
        counts = [
            [t.lower().count(chr(97 + i % 26)) for i in range(self._dimensions)] for t in texts
        ]
        return np.array(counts, np.float32) + 0.01


async def fill(memory: Memory) -> None:
    await memory.graph.add_facts(FACTS_ADDED, "book")
    await memory.remember("The engine has a mill.", "lecture")
    await memory.people.note("Ada", "preference", "likes tea", evidence="tea", source="talk")
    await memory.handbook.add(
        "behavior_check", "Check it.", topic="x", source="run-1", validated_by="run-1"
    )


@pytest.fixture
def lasting(place) -> object:
    if isinstance(place, InMemoryStore):
        pytest.skip("nothing of it outlives the process")
    return place


async def recalled(place, embedder: Letters, namespace: str = NAMESPACE) -> list[str]:
    """Texts that were embedded for a recall, the question's own left out."""
    async with open_memory(place, namespace=namespace, embedder=embedder) as memory:
        await memory.recall("What of the engine?")
    assert embedder.texts.pop() == "What of the engine?"
    return embedder.texts


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What this library logged."""
    return [r.getMessage() for r in caplog.records if r.name.startswith("metathink")]


async def kept(memory: Memory, kind: str, keys: Sequence[str]) -> list[StoredVector]:
    store = open_vector_store(memory.store, memory.namespace)
    assert store is not None
    return await store.read(kind, keys)


async def test_a_text_is_embedded_once(lasting):
    async with open_memory(lasting, namespace=NAMESPACE) as memory:
        await fill(memory)
    assert len(await recalled(lasting, Letters())) == 6
    assert await recalled(lasting, Letters()) == []
    async with open_memory(lasting, namespace=NAMESPACE) as memory:
        await memory.graph.add_fact("Eve", "sees", "all", source="book")
    assert await recalled(lasting, Letters()) == ["Eve sees all "]


async def test_recall_is_the_same_from_kept_vectors(lasting):
    found = []
    for _ in range(2):
        async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as memory:
            if not found:
                await fill(memory)
            items = await memory.recall("What of the engine?")
            found.append([(item.id, item.why) for item in items])
    assert found[0] == found[1] and any("means alike" in why for _, why in found[0])


async def test_another_embedder_makes_them_anew_and_says_so(lasting, caplog):
    async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as memory:
        await fill(memory)
        await memory.recall("engine")
    with caplog.at_level(logging.WARNING):
        assert len(await recalled(lasting, Letters("other", 8))) == 6
    told = messages(caplog)
    assert (
        "the vectors of facts are of the embedder 'letters': they are made again by 'other'" in told
    )
    caplog.clear()
    assert await recalled(lasting, Letters("other", 8)) == []
    assert not messages(caplog)


async def test_namespaces_keep_their_own(lasting):
    for namespace in ("project/alice", "project/bob"):
        async with open_memory(lasting, namespace=namespace, embedder=Letters()) as memory:
            ids = await memory.graph.add_facts(FACTS_ADDED, "book")
        assert len(await recalled(lasting, Letters(), namespace)) == 3
    async with open_memory(lasting, namespace="project/alice") as memory:
        await memory.forget(namespace="project/alice")
    async with open_memory(lasting, namespace="project/bob") as memory:
        assert len(await kept(memory, FACTS, ids)) == 3


async def test_forgetting_takes_the_vectors_along(lasting):
    async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as memory:
        await fill(memory)
        [passage] = (await memory.remember("The engine has a mill.", "lecture")).passages
        facts = [fact.id for fact in await memory.graph.facts()]
        [behavior] = await memory.handbook.behaviors()
        await memory.recall("engine")
        assert len(await kept(memory, PASSAGES, [passage])) == 1
        assert len(await kept(memory, BEHAVIORS, [behavior.id])) == 1
    async with open_memory(lasting, namespace=NAMESPACE) as memory:  # no embedder: still for good
        await memory.forget(source="lecture")
        assert await kept(memory, PASSAGES, [passage]) == []
        assert len(await kept(memory, FACTS, facts)) == 3
        await memory.forget(source="run-1")
        assert await kept(memory, BEHAVIORS, [behavior.id]) == []


@pytest.mark.parametrize("forgets", ["itself", "another"])
async def test_what_is_forgotten_while_it_is_embedded_is_not_kept(lasting, forgets: str):
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Letters):
        async def embed(self, texts: Sequence[str]) -> np.ndarray:
            if self.texts:  # the first of all
                begun.set()
                await go_on.wait()
            return await super().embed(texts)

    async with (
        open_memory(lasting, namespace=NAMESPACE, embedder=Slow()) as memory,
        open_memory(lasting, namespace=NAMESPACE) as other,
    ):
        await memory.recall("What of the engine?")
        facts = await memory.graph.add_facts(FACTS_ADDED, "book")
        behavior = await memory.handbook.add("check", "Check it.", source="book", validated_by="r")
        recall = asyncio.create_task(memory.recall("What of the engine?"))
        await begun.wait()
        await (memory if forgets == "itself" else other).forget(source="book")
        go_on.set()
        await recall
        assert await kept(memory, FACTS, facts) == []
        assert await kept(memory, BEHAVIORS, [behavior.id]) == []


async def test_with_a_namespace_goes_every_vector_of_it(lasting):
    async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as memory:
        [fact] = await memory.graph.add_facts([("Zoë", "keeps", "a zebra")], "diary")
        await memory.recall("zebra")
        [row] = await kept(memory, FACTS, [fact])
        if isinstance(memory.store, SqliteStore):  # as an older version may have left it
            orphan = "UPDATE recall_vectors SET key = 'f0'"
            await memory.store.write(lambda connection: connection.execute(orphan).rowcount)
        else:
            path = vector_path(memory.namespace, FACTS)
            value = {"embedder": row.embedder, "text": row.text, "vector": ""}
            await memory.store.aput(path, "f0", value, index=False)
        assert len(await kept(memory, FACTS, ["f0"])) == 1
        await memory.forget(namespace=NAMESPACE)
        assert await kept(memory, FACTS, ["f0"]) == []


async def test_an_item_that_is_replaced_or_dropped_takes_its_vector_along(lasting):
    async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as memory:
        rule = await memory.rules.add("it rains", "take a coat", grade="guide", source="s")
        await memory.recall("rain", recipe="rules_for_question")
        keys = [item.key async for item in memory.items(["rules"])]
        assert len(await kept(memory, "rules", keys)) == 1
        await memory.rules.remove(rule.id)
        assert await kept(memory, "rules", keys) == []


async def test_what_others_wrote_is_not_embedded_twice(lasting):
    async with (
        open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as one,
        open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as other,
    ):
        await other.recall("engine")
        await one.graph.add_facts(FACTS_ADDED, "book")
        await one.recall("engine")
        await other.refresh(now=True)
        await other.recall("engine")
        assert isinstance(other.embedder, Letters)
        assert other.embedder.texts == ["engine", "engine"]


async def test_an_embedder_that_fails_leaves_what_it_made(lasting, monkeypatch):
    monkeypatch.setattr(embedding_index, "EMBEDDED", 2)
    facts = [(f"Person {n}", "knows", f"Thing {n}") for n in range(10)]
    async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters(fails_after=4)) as memory:
        await memory.graph.add_facts(facts, "book")
        with pytest.raises(OSError, match="gone"):
            await memory.recall("engine", recipe="graph_evidence")
    assert len(await recalled(lasting, Letters())) == 6


def embed_slowly_and_die(path: str) -> None:
    import asyncio

    class Mortal(Letters):
        async def embed(self, texts: Sequence[str]) -> np.ndarray:
            if len(self.texts) == 16:
                os.kill(os.getpid(), signal.SIGKILL)
            return await super().embed(texts)

    async def main() -> None:
        async with open_memory(path, namespace=NAMESPACE, embedder=Mortal()) as memory:
            await memory.recall("engine", recipe="graph_evidence")

    embedding_index.EMBEDDED, embedding_index.SAVED = 4, 8
    asyncio.run(main())


async def test_after_a_kill_only_the_missing_ones_are_made(tmp_path: Path):
    path = str(tmp_path / "memory.db")
    async with open_memory(path, namespace=NAMESPACE) as memory:
        await memory.graph.add_facts([(f"Person {n}", "is", "x") for n in range(30)], "book")
    process = multiprocessing.get_context("spawn").Process(
        target=embed_slowly_and_die, args=(path,)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len(await recalled(path, Letters())) == 14


async def test_a_full_disk_costs_the_vectors_and_not_the_answer(tmp_path: Path, caplog):
    path = tmp_path / "memory.db"
    async with open_memory(path, namespace=NAMESPACE, embedder=Letters()) as memory:
        await memory.graph.add_facts(FACTS_ADDED, "book")
        store = memory.store
        assert isinstance(store, SqliteStore)
        await store.read(lambda _: store._writer.execute("PRAGMA max_page_count = 1"))
        memory.embedder = Letters("large", 400_000)
        found = await memory.recall("engine", recipe="graph_evidence")
        assert any("means alike" in item.why for item in found)
    assert any("were not kept" in told for told in messages(caplog))


async def test_a_file_from_before_there_were_vectors(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with open_memory(path, namespace=NAMESPACE) as memory:
        await memory.graph.add_facts(FACTS_ADDED, "book")
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE recall_vectors")
        connection.execute("DROP TABLE recall_embedders")
    connection.close()
    assert len(await recalled(path, Letters())) == 3
    assert await recalled(path, Letters()) == []


async def test_forgotten_vectors_are_not_left_in_the_file(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with open_memory(path, namespace=NAMESPACE, embedder=Letters()) as memory:
        [fact] = await memory.graph.add_facts([("Zoë", "keeps", "a zebra")], "diary")
        await memory.recall("zebra")
        [row] = await kept(memory, FACTS, [fact])
        assert any(row.vector in file.read_bytes() for file in tmp_path.iterdir())
        await memory.forget(source="diary")
    assert not any(row.vector in file.read_bytes() for file in tmp_path.iterdir())


async def test_a_vector_of_an_item_that_is_gone_is_not_kept(tmp_path: Path):
    async with open_memory(tmp_path / "m.db", namespace=NAMESPACE, embedder=Letters()) as memory:
        await memory.people.note("Ada", "preference", "tea", evidence="tea", source="talk")
        store = open_vector_store(memory.store, memory.namespace)
        assert store is not None
        await store.write(PEOPLE, [StoredVector("u0", "letters", 1, b"1234")])
        assert await store.read(PEOPLE, ["u0"]) == []


async def test_an_embedder_that_gives_nonsense_is_named():
    class Short(Letters):
        async def embed(self, texts: Sequence[str]) -> np.ndarray:
            return (await super().embed(texts))[:-1]

    async with open_memory(None, embedder=Short()) as memory:
        await memory.graph.add_facts(FACTS_ADDED, "book")
        with pytest.raises(InvalidConfig, match="'letters' gave"):
            await memory.recall("engine", recipe="graph_evidence")


async def test_an_embedder_that_keeps_its_name_and_changes_its_dimension_is_named(lasting):
    async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters()) as memory:
        await memory.graph.add_facts(FACTS_ADDED, "book")
        await memory.recall("engine")
    async with open_memory(lasting, namespace=NAMESPACE, embedder=Letters(dimensions=8)) as memory:
        with pytest.raises(InvalidConfig, match="give it another name"):
            await memory.recall("engine")


async def test_a_long_question_is_cut_before_it_is_embedded():
    embedder = Letters()
    async with open_memory(None, embedder=embedder) as memory:
        await memory.recall("engine " * 10_000)
    assert len(embedder.texts[-1]) == embedding_index.EMBEDDED_CHARACTERS


def test_packing_keeps_the_direction_of_any_vector():
    vectors = np.random.default_rng(0).normal(size=(5, 48)).astype(np.float32)
    vectors[1] *= 1e15
    vectors[2] = 0.0
    rows = [StoredVector("k", "e", 0, vector) for vector in packed(vectors)]
    back = unpacked(rows)
    assert not back[2].any()
    for i in (0, 1, 3, 4):
        unit = vectors[i] / np.linalg.norm(vectors[i].astype(np.float64))
        assert float(back[i] @ unit) == pytest.approx(1.0, abs=1e-3)


def test_a_text_has_a_number_that_databases_take():
    assert 0 <= text_digest("\ud800 half a character") < 2**63
    assert text_digest("a") != text_digest("b")
