"""Everything right under one path of a LangGraph store, in portions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol, runtime_checkable

from langgraph.store.base import BaseStore, Item
from langgraph.store.memory import InMemoryStore

_PAGE: Final = 10_000
_EVERYTHING: Final = 2**31


@runtime_checkable
class Scannable(Protocol):
    """A store that can list a namespace in an order that concurrent writes do not disturb."""

    def scan(self, path: tuple[str, ...]) -> AsyncIterator[Sequence[Item]]:
        """All items right under `path`, in portions."""
        ...


async def pages(store: BaseStore, path: tuple[str, ...]) -> AsyncIterator[Sequence[Item]]:
    """All items right under `path`, in portions."""
    if isinstance(store, Scannable):
        async for items in store.scan(path):
            yield items
        return
    # LangGraph's in-memory store walks all items for every page: give it one page.
    limit = _EVERYTHING if isinstance(store, InMemoryStore) else _PAGE
    offset = 0
    while items := await store.asearch(path, limit=limit, offset=offset):
        yield items
        offset += len(items)
