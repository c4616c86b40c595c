"""One open namespace of a store: the way of every read and write, and of what follows them.

The typed views of a memory (graph, handbook, episodes, people, rules) and its indexes are made over it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Final

from ...core.errors import StoreFailed
from ..records.change import KINDS, MUTABLE, POLL_SECONDS, Change, Index, Value
from ..records.record import fault_of
from .feed import Feed

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore

PORTION: Final = 500
"""Changes that are taken in at a time, some milliseconds' work."""


class OpenNamespace:
    """The items of one namespace: read, written, followed by indexes, erased."""

    def __init__(self, feed: Feed, store: BaseStore, namespace: tuple[str, ...]) -> None:
        self.store = store
        self.namespace = namespace
        self.erasing = asyncio.Lock()
        """Held while items are erased, and by who writes only where an item read before still stands."""
        self._feed = feed
        self._following: list[Index] = []
        self._lock = asyncio.Lock()
        self._refreshed = time.monotonic()
        self._refreshes = 0

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
                self._require_sound(changes)
                await self._tell(changes)
            self._refreshes += 1
            self._refreshed = asked

    async def _start_again(self) -> None:
        for index in self._following:
            index.clear()
            await self._fill(index, 0)

    async def _fill(self, index: Index, since: int) -> None:
        async for changes in self._feed.scan(sorted(index.kinds), since):
            async for part in _portions(changes):
                self._require_sound(part)
                index.apply(part)

    async def _tell(self, changes: Sequence[Change]) -> None:
        async for part in _portions(changes):
            for index in self._following:
                of_kinds = [change for change in part if change.kind in index.kinds]
                if of_kinds:
                    index.apply(of_kinds)

    # -- items ----------------------------------------------------------------------------------

    async def write(self, changes: Sequence[Change]) -> None:
        """Store changes, all or none; returns when they are durable and every index knows them.

        A store without transactions (neither a file, nor PostgreSQL, nor in memory) takes 5,000 at a
        time: StoreFailed says if some were kept.
        """
        if not changes:
            return
        refreshes = self._refreshes
        receipt = await self._feed.write(changes)
        async with self._lock:  # an index that is being filled is told afterwards
            self._feed.note(receipt)
            await self._tell(
                changes if refreshes == self._refreshes else await self._current(changes)
            )

    async def _current(self, changes: Sequence[Change]) -> list[Change]:
        """The same items as they are now: another process may have replaced them meanwhile."""
        current = []
        for change in changes:
            if change.kind in MUTABLE:
                [value] = await self.get(change.kind, [change.key])
                change = Change(change.kind, change.key, value)
            current.append(change)
        return current

    async def get(self, kind: str, keys: Sequence[str]) -> list[Value | None]:
        """Stored items by key, None for one that is not there."""
        values = await self._feed.read(kind, keys)
        self._require_sound(map(Change, repeat(kind), keys, values))
        return values

    async def items(self, kinds: Sequence[str] = KINDS) -> AsyncIterator[Change]:
        """Every stored item of these kinds: what an export holds and `write` takes back."""
        async for changes in self._feed.scan(kinds):
            async for part in _portions(changes):
                self._require_sound(part)
                for change in part:
                    if change.value is not None:
                        yield change

    # -- damage ---------------------------------------------------------------------------------

    async def damaged(self) -> list[tuple[Change, str]]:
        """The stored items that are none of this library's records, with what is wrong with each.

        Every reading of a memory that holds one raises StoreFailed; `drop` is the way out.
        """
        found = []
        async for changes in self._feed.scan(KINDS):
            async for part in _portions(changes):
                there = (change for change in part if change.value is not None)
                faults = ((item, fault_of(item.kind, item.key, item.value)) for item in there)
                found += [(item, fault) for item, fault in faults if fault]
        return found

    async def drop(self, items: Iterable[Change]) -> None:
        """Delete stored items as they are, for good, damaged ones too."""
        await self.erase(list(items))

    async def erase(self, items: Sequence[Change], *, everything: bool = False) -> bool:
        """Delete items for good, from every index too; whether the disk is rid of them (see `Feed.erase`)."""
        is_gone = await self._feed.erase(items, everything=everything)
        await self.refresh(now=True)
        return is_gone

    def _require_sound(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.value is not None and (
                fault := fault_of(change.kind, change.key, change.value)
            ):
                place = getattr(self.store, "path", "the store")
                raise StoreFailed(
                    f"{place}: the record {change.key!r:.40} of {change.kind} is damaged ({fault}). "
                    "Restore a copy, or drop what is damaged: metathink memory check --drop"
                )


async def _portions(changes: Sequence[Change]) -> AsyncIterator[Sequence[Change]]:
    """The changes a few at a time; in between the event loop does what else there is to do."""
    for start in range(0, len(changes), PORTION):
        if start:
            await asyncio.sleep(0)
        yield changes[start : start + PORTION]
