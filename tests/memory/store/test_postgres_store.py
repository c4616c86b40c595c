"""PostgreSQL: LangGraph's store with typed errors, found again when it comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from metathink.core.errors import StoreFailed
from metathink.memory import open_memory
from metathink.memory.records.change import FACTS, Change

postgres_store = pytest.importorskip("metathink.memory.store.postgres_store")


async def test_a_database_that_is_not_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres_store, "WAIT_SECONDS", 0.5)
    with pytest.raises(StoreFailed, match=r"cannot be reached.*check that it runs"):
        async with open_memory("postgresql://nobody@127.0.0.1:9/none"):
            pass


async def test_a_database_that_goes_away_and_comes_back(
    postgres_server: Any, postgres: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres_store, "WAIT_SECONDS", 1.0)
    async with open_memory(postgres, namespace="p") as memory:
        await memory.graph.add_fact("Ada", "wrote", "Note G", source="x")
        await asyncio.to_thread(postgres_server.stop)
        with pytest.raises(StoreFailed, match="cannot be reached"):
            await memory.graph.add_fact("Ada", "wrote", "nothing", source="x")
        await asyncio.to_thread(postgres_server.start)
        await memory.graph.add_fact("Ada", "wrote", "letters", source="x")
        assert len(await memory.graph.facts("Ada")) == 2
    async with open_memory(postgres, namespace="p") as memory:
        assert {fact.object for fact in await memory.graph.facts()} == {"Note G", "letters"}


async def test_dropped_connections_are_replaced(postgres_server: Any, postgres: str):
    async with open_memory(postgres, namespace="p") as memory:
        await memory.graph.add_fact("Ada", "wrote", "Note G", source="x")
        drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}';"
        database = postgres.rsplit("/", 1)[-1].split("?")[0]
        postgres_server.psql(drop.format(database))
        await memory.graph.add_fact("Ada", "wrote", "letters", source="x")
        assert len(await memory.graph.facts("Ada")) == 2


async def test_a_write_of_any_size_is_kept_whole_or_not_at_all(postgres: str):
    def facts(count: int, **bad: float) -> list[Change]:
        said = {"subject": "a", "relation": "r", "object": "b", "learned": 1.0}
        made = [Change(FACTS, f"f{n:016x}", said) for n in range(count)]
        return [*made, Change(FACTS, f"f{count:016x}", said | bad)]

    async with open_memory(postgres, namespace="p") as memory:
        await memory.graph.view()
        with pytest.raises(StoreFailed, match=r"refused.*nothing of this call was kept"):
            await memory.write(facts(12_000, confidence=float("inf")))
        assert [change async for change in memory.items()] == []
        await memory.write(facts(12_000))
        assert len([change async for change in memory.items()]) == 12_001


async def test_several_machines_may_set_up_at_once(postgres: str):
    async def use(n: int) -> None:
        async with open_memory(postgres, namespace="p") as memory:
            await memory.graph.add_fact("machine", "is", str(n), source="x")

    await asyncio.gather(*(use(n) for n in range(5)))
    async with open_memory(postgres, namespace="p") as memory:
        assert len(await memory.graph.facts()) == 5


async def test_vectors_are_pgvectors(postgres: str):
    async def embed(texts: list[str]) -> list[list[float]]:
        return [[float("cat" in text), float("dog" in text), 0.1] for text in texts]

    index = {"dims": 3, "embed": embed, "fields": ["text"]}
    async with postgres_store.PostgresStore.open(postgres, index=index) as store:
        await store.aput(("a",), "cat", {"text": "a cat"})
        await store.aput(("a",), "dog", {"text": "a dog"})
        found = await store.asearch(("a",), query="my dog", limit=1)
        assert [item.key for item in found] == ["dog"] and found[0].score > 0.9
