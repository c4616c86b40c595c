"""Any LangGraph store can be followed, through the journal kept beside the items."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from langgraph.store.base import Op, Result
from langgraph.store.memory import InMemoryStore

from metathink.core.errors import StoreFailed
from metathink.memory import Memory, open_memory
from metathink.memory.records.change import FACTS, Change
from metathink.memory.store import journal_feed
from metathink.memory.store.journal_feed import RING, JournalFeed


class Unreliable(InMemoryStore):
    """A store that fails while it is told to, or as often as it is told to after having done what was
    asked, and counts its batches."""

    __slots__ = ("batches", "fails", "fails_at", "replies_lost")

    def __init__(self) -> None:
        super().__init__()
        self.batches, self.fails, self.fails_at, self.replies_lost = 0, False, 0, 0

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        await asyncio.sleep(0)
        self.batches += 1
        if self.fails or self.batches == self.fails_at:
            raise StoreFailed("away")
        done = await super().abatch(ops)
        if self.replies_lost:
            self.replies_lost -= 1
            raise StoreFailed("no reply")
        return done


def fact(number: int) -> list[Change]:
    return [Change(FACTS, f"f{number:016x}", {"n": number, "learned": 1.0})]


async def test_news_is_what_others_wrote():
    store = InMemoryStore()
    one, other = await JournalFeed.open(store, ["p"]), await JournalFeed.open(store, ["p"])
    await one.write(fact(1))
    await one.write(fact(2))
    assert await other.news() == fact(1) + fact(2)
    assert await other.news() == [] and await one.news() == []
    await other.write([Change(FACTS, fact(1)[0].key, None)])
    assert await one.news() == [Change(FACTS, fact(1)[0].key, None)]


@pytest.mark.parametrize("behind", [RING, RING + 1])
async def test_who_is_too_far_behind_starts_again(behind: int):
    store = InMemoryStore()
    one, other = await JournalFeed.open(store, ["p"]), await JournalFeed.open(store, ["p"])
    for number in range(behind):
        await one.write(fact(number))
    news = await other.news()
    assert (news is None) == (behind > RING)
    assert news is None or len(news) == RING
    await one.write(fact(1_000))
    assert await other.news() == fact(1_000)


async def test_news_that_failed_to_come_comes_later():
    store = Unreliable()
    one, other = await JournalFeed.open(store, ["p"]), await JournalFeed.open(store, ["p"])
    await one.write(fact(1))
    store.fails = True
    with pytest.raises(StoreFailed):
        await other.news()
    store.fails = False
    assert await other.news() == fact(1)


async def test_a_store_that_fails_fails_every_writer_of_the_group_and_nothing_sticks():
    store = Unreliable()
    async with open_memory(store, namespace="p") as memory:
        await memory.graph.view()
        store.fails = True
        writes = [memory.graph.add_fact("a", "r", str(n), source="x") for n in range(5)]
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert all(isinstance(result, StoreFailed) for result in results)
        store.fails = False
        assert await memory.graph.facts() == []
        await memory.graph.add_fact("a", "r", "b", source="x")
    async with open_memory(store, namespace="p") as memory:
        assert [found.object for found in await memory.graph.facts()] == ["b"]


async def test_concurrent_writers_share_batches_and_may_be_cancelled():
    store = Unreliable()
    async with open_memory(store, namespace="p") as memory:
        await memory.graph.view()
        before = store.batches
        writes = [
            asyncio.create_task(memory.graph.add_fact("a", "r", str(n), source="x"))
            for n in range(50)
        ]
        await asyncio.sleep(0)
        writes[7].cancel()
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 1
        assert len(await memory.graph.facts()) >= 49
        assert store.batches - before < 10


async def test_journals_of_the_long_silent_are_dropped(monkeypatch: pytest.MonkeyPatch):
    store = InMemoryStore()
    one = await JournalFeed.open(store, ["p"])
    for number in range(3):
        await one.write(fact(number))
    assert len(await store.asearch(("metathink",), limit=99)) == 3 + 3 + 1
    real = journal_feed.now
    monkeypatch.setattr(journal_feed, "now", lambda: real() + 8 * 86_400)
    other = await JournalFeed.open(store, ["p"])
    assert len(await store.asearch(("metathink",), limit=99)) == 3
    monkeypatch.undo()
    await one.write(fact(9))  # it was only asleep
    news = await other.news()
    assert news is None or fact(9)[0] in news


async def test_items_of_a_big_write_are_all_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal_feed, "_KEYS_LIMIT", 10)
    monkeypatch.setattr(journal_feed, "_OPS_LIMIT", 7)

    async def count(memory: Memory) -> int:
        await memory.refresh(now=True)
        return len(await memory.graph.facts())

    store = InMemoryStore()
    async with open_memory(store) as one, open_memory(store) as other:
        assert await count(other) == 0
        await one.graph.add_facts([("a", "r", str(n)) for n in range(50)], "x")
        assert await count(other) == 50


async def test_after_a_lost_reply_the_next_write_is_heard_of():
    store = Unreliable()
    async with open_memory(store) as one, open_memory(store) as other:
        await one.graph.view()
        await other.graph.view()
        store.replies_lost = 1
        with pytest.raises(StoreFailed):
            await one.graph.add_fact("x", "is", "kept, though nobody said so", source="s")
        await other.refresh(now=True)
        await one.graph.add_fact("y", "is", "acknowledged", source="s")
        for memory in (one, other):
            await memory.refresh(now=True)
            assert {fact.subject for fact in await memory.graph.facts()} == {"x", "y"}


async def test_a_big_write_that_fails_half_way_says_so_and_what_was_kept_is_seen(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(journal_feed, "_OPS_LIMIT", 10)
    facts = [("a", "r", str(n)) for n in range(25)]
    store = Unreliable()
    async with open_memory(store) as one, open_memory(store) as other:
        await one.graph.view()
        await other.graph.view()
        store.fails_at = store.batches + 2
        with pytest.raises(StoreFailed, match="first 10 of 25 puts were kept"):
            await one.graph.add_facts(facts, "x")
        for memory in (one, other):
            await memory.refresh(now=True)
            assert len(await memory.graph.facts()) == 10
        await one.graph.add_facts(facts, "x")
        for memory in (one, other):
            await memory.refresh(now=True)
            assert len(await memory.graph.facts()) == 25


async def test_of_a_forgotten_namespace_no_name_stays_and_everyone_hears_of_it():
    store = InMemoryStore()
    async with (
        open_memory(store, namespace="ward/Quince") as one,
        open_memory(store, namespace="ward/Quince") as other,
    ):
        await one.graph.add_fact("a", "is", "b", source="s")
        await other.refresh(now=True)
        assert len(await other.graph.facts()) == 1
        assert await one.forget(namespace="ward/Quince") == 1
        await other.refresh(now=True)
        assert await other.graph.facts() == []
    kept = await store.asearch(("metathink",), limit=99)
    assert kept and not [item for item in kept if "Quince" in item.namespace]
