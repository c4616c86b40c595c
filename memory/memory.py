"""One open memory: the typed views of one namespace, and the way of every read and write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .change import KINDS, POLL_SECONDS, Change, Index, Value
from .feed import Feed
from .graph import KnowledgeGraph

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore

    from .evidence import Evidence
    from .recall import Recaller


class Memory:
    """The memory of one namespace; open it with `open_memory`."""

    def __init__(
        self, feed: Feed, store: BaseStore, namespace: tuple[str, ...], embedder: Any = None
    ) -> None:
        self.store = store
        self.namespace = namespace
        self.embedder = embedder
        self.graph = KnowledgeGraph(self)
        self._feed = feed
        self._following: list[Index] = []
        self._lock = asyncio.Lock()
        self._refreshed = time.monotonic()

    @cached_property
    def recaller(self) -> Recaller:
        """What finds: the indexes over this memory, made at the first recall."""
        from .recall import Recaller

        return Recaller(self)

    async def recall(self, query: str, **settings: Any) -> list[Evidence]:
        """What matters for a query, best first; see `Recaller.recall` for recipes and budgets."""
        return await self.recaller.recall(query, **settings)

    # -- following ------------------------------------------------------------------------------

    @property
    def cursor(self) -> int:
        """How far this memory has followed the store; `follow(index, since=...)` takes it."""
        return self._feed.cursor

    async def follow(self, index: Index, since: int = 0) -> None:
        """Tell `index` all that is stored (or changed after `since`), then every change."""
        async with self._lock:
            if index not in self._following:
                await self._fill(index, since)
                self._following.append(index)

    async def ready(self, index: Index) -> None:
        """Have `index` know everything this process wrote, and others until POLL_SECONDS ago."""
        if index not in self._following:
            await self.follow(index)
        await self.refresh()

    async def refresh(self, *, now: bool = False) -> None:
        """Take in what other processes wrote; at most every POLL_SECONDS unless `now`."""
        if not now and time.monotonic() - self._refreshed < POLL_SECONDS:
            return
        async with self._lock:
            asked = time.monotonic()
            changes = await self._feed.news()
            if changes is None:
                await self._start_again()
            else:
                self._tell(changes)
            self._refreshed = asked

    async def _start_again(self) -> None:
        for index in self._following:
            index.clear()
            await self._fill(index, 0)

    async def _fill(self, index: Index, since: int) -> None:
        async for changes in self._feed.scan(sorted(index.kinds), since):
            index.apply(changes)

    def _tell(self, changes: Sequence[Change]) -> None:
        for index in self._following:
            heard = [change for change in changes if change.kind in index.kinds]
            if heard:
                index.apply(heard)

    # -- items ----------------------------------------------------------------------------------

    async def write(self, changes: Sequence[Change]) -> None:
        """Store changes, all or none; returns when they are durable and every index knows them."""
        if changes:
            await self._feed.write(changes)
            self._tell(changes)

    async def get(self, kind: str, keys: Sequence[str]) -> list[Value | None]:
        """Stored items by key, None for one that is not there."""
        return await self._feed.read(kind, keys)

    async def items(self, kinds: Sequence[str] = KINDS) -> AsyncIterator[Change]:
        """Every stored item of these kinds: what an export holds and `write` takes back."""
        async for changes in self._feed.scan(kinds):
            for change in changes:
                if change.value is not None:
                    yield change
