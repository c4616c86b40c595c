"""What every store promises: the laws of LangGraph's store interface, over all three."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langgraph.store.base import BaseStore, GetOp, InvalidNamespaceError, PutOp, SearchOp

from metathink.memory import open_store


@pytest.fixture
async def store(place: str | BaseStore) -> AsyncIterator[BaseStore]:
    async with open_store(place) as opened:
        yield opened


async def test_what_is_put_is_got(store: BaseStore):
    value = {"text": "שלום 🌍", "nested": {"list": [1, 2.5, None, True]}}
    await store.aput(("a", "b"), "key", value)
    item = await store.aget(("a", "b"), "key")
    assert item is not None and item.value == value and item.key == "key"
    assert item.namespace == ("a", "b")
    assert await store.aget(("a",), "key") is None
    assert await store.aget(("a", "b"), "other") is None


async def test_a_second_put_replaces_and_a_delete_removes(store: BaseStore):
    await store.aput(("a",), "key", {"n": 1})
    await store.aput(("a",), "key", {"n": 2})
    first = await store.aget(("a",), "key")
    assert first is not None and first.value == {"n": 2}
    assert first.updated_at >= first.created_at
    await store.adelete(("a",), "key")
    await store.adelete(("a",), "never there")
    assert await store.aget(("a",), "key") is None
    assert await store.asearch(("a",)) == []


async def test_a_search_stays_under_its_prefix(store: BaseStore):
    for path in [("a",), ("a", "b"), ("ab",), ("a", "bc"), ("c", "a")]:
        await store.aput(path, "key", {"path": "/".join(path)})
    found = await store.asearch(("a",))
    assert {item.value["path"] for item in found} == {"a", "a/b", "a/bc"}
    assert {item.namespace for item in await store.asearch(("a", "b"))} == {("a", "b")}


async def test_search_filters_and_pages(store: BaseStore):
    for n in range(10):
        await store.aput(("a",), f"k{n}", {"n": n, "even": n % 2 == 0})
    even = await store.asearch(("a",), filter={"even": True}, limit=20)
    assert {item.value["n"] for item in even} == {0, 2, 4, 6, 8}
    big = await store.asearch(("a",), filter={"n": {"$gte": 7}}, limit=20)
    assert {item.value["n"] for item in big} == {7, 8, 9}
    assert len(await store.asearch(("a",), filter={"n": {"$ne": 3}}, limit=20)) == 9
    pages = [await store.asearch(("a",), limit=4, offset=start) for start in (0, 4, 8)]
    assert sorted(item.value["n"] for page in pages for item in page) == list(range(10))


async def test_namespaces_are_listed(store: BaseStore):
    for path in [("a", "b", "c"), ("a", "b", "d"), ("a", "x"), ("y", "c")]:
        await store.aput(path, "key", {})
    assert sorted(await store.alist_namespaces(prefix=("a",))) == [
        ("a", "b", "c"),
        ("a", "b", "d"),
        ("a", "x"),
    ]
    assert sorted(await store.alist_namespaces(suffix=("c",))) == [("a", "b", "c"), ("y", "c")]
    assert sorted(await store.alist_namespaces(prefix=("a", "*", "d"))) == [("a", "b", "d")]
    assert sorted(await store.alist_namespaces(prefix=("a",), max_depth=2)) == [
        ("a", "b"),
        ("a", "x"),
    ]


async def test_a_batch_reads_what_was_there_before_it(store: BaseStore):
    await store.aput(("a",), "key", {"n": 1})
    results: list[Any] = await store.abatch(
        [
            GetOp(("a",), "key"),
            PutOp(("a",), "key", {"n": 2}),
            PutOp(("a",), "new", {"n": 3}),
            PutOp(("a",), "new", {"n": 4}),
            SearchOp(("a",)),
        ]
    )
    assert results[0].value == {"n": 1}
    assert results[1:4] == [None, None, None]
    assert [item.value for item in results[4]] == [{"n": 1}]
    now = await store.asearch(("a",))
    assert sorted(item.value["n"] for item in now) == [2, 4]


async def test_a_label_with_a_period_is_refused(store: BaseStore):
    with pytest.raises(InvalidNamespaceError):
        await store.aput(("a.b",), "key", {})
