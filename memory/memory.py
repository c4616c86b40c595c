"""One open memory: the typed views of one namespace, and the way of every read and write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Final

from ..core.errors import ErasurePending, StoreFailed
from .episodes.episodes import Episodes
from .forget import to_forget
from .graph.graph import KnowledgeGraph
from .handbook.handbook import Handbook
from .people.people import People
from .records.change import KINDS, MUTABLE, POLL_SECONDS, Change, Index, Value
from .records.record import fault_of
from .remember import Extractor, Remembered, remember
from .rules.rules import Rules
from .store.feed import Feed

if TYPE_CHECKING:
    from datetime import datetime

    from langgraph.store.base import BaseStore

    from .recall.recall import Recaller
    from .records.evidence import Evidence, Source
    from .vectors.embedder import Embedder


PORTION: Final = 500
"""Changes that are taken in at a time, some milliseconds' work."""
_PENDING: Final = (
    "{} records are forgotten and nothing finds them, but their text still stands in the file's log: "
    "another process is reading. It is erased when the memory is next opened or closed after that, or "
    "by finish_forgetting() (`metathink memory forget --finish`)"
)


class Memory:
    """The memory of one namespace; open it with `open_memory`."""

    def __init__(
        self,
        feed: Feed,
        store: BaseStore,
        namespace: tuple[str, ...],
        *,
        embedder: Embedder | None = None,
        extractor: Extractor | None = None,
    ) -> None:
        self.store = store
        self.namespace = namespace
        self.embedder = embedder
        self.extractor = extractor
        self.graph = KnowledgeGraph(self)
        self.handbook = Handbook(self)
        self.episodes = Episodes(self)
        self.people = People(self)
        self.rules = Rules(self)
        self.keeping = asyncio.Lock()
        """Held while something is forgotten, and while what was read is written beside its passage."""
        self._feed = feed
        self._following: list[Index] = []
        self._lock = asyncio.Lock()
        self._refreshed = time.monotonic()
        self._heard = 0

    @cached_property
    def recaller(self) -> Recaller:
        """What finds: the indexes over this memory, made at the first recall."""
        from .recall.recall import Recaller

        return Recaller(self)

    async def recall(
        self,
        query: str,
        *,
        recipe: str = "everything",
        tokens: int = 600,
        limit: int = 50,
        evaluating: bool = False,
    ) -> list[Evidence]:
        """What matters for a query, best first, within a token budget; see `Recaller.recall`."""
        return await self.recaller.recall(
            query, recipe=recipe, tokens=tokens, limit=limit, evaluating=evaluating
        )

    async def remember(self, text: str, source: Source | str) -> Remembered:
        """Keep a text as passages and, where an extractor is set, the facts it states.

        A passage has at most 2,000 characters and costs the extractor one call. Names are resolved
        against the entities known. Text and source heard before are not stored again, and a passage
        whose facts were read is not read again, unless one of them was forgotten.
        """
        return await remember(self, text, source, self.extractor)

    async def forget(
        self,
        *,
        namespace: str | None = None,
        source: Source | str | None = None,
        older_than: datetime | None = None,
    ) -> int:
        """Delete, for good and from every index, what meets all the conditions given; how many.

        `source` is a document or run (as text) or a `Source` whose named parts must match;
        `older_than` goes by the time something was learned; what is said of other records (that a
        relation is single-valued, a fact retracted, a behavior merged or retired) stays as long as
        they do, unless its source is named too. `namespace`, which must be this memory's own, deletes
        all of it, its name too. What others wrote meanwhile stays.

        Raises ErasurePending where all of this was done but a file's log still holds text, because
        another process was reading: it is erased when the file is next opened or closed, or by
        `finish_forgetting`. A database server keeps deleted rows until it vacuums.
        """
        everything = namespace is not None and source is None and older_than is None
        async with self.keeping:
            doomed = await to_forget(self, namespace, source, older_than)
            if doomed or everything:
                is_gone = await self._feed.erase(doomed, everything=everything)
                await self.refresh(now=True)
                if not is_gone:
                    raise ErasurePending(_PENDING.format(len(doomed)), len(doomed))
        return len(doomed)

    async def finish_forgetting(self) -> bool:
        """Erase what the disk still holds of forgotten text; whether none is left. See `forget`."""
        return await self._feed.finish_erasing()

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
            self._heard += 1
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
                heard = [change for change in part if change.kind in index.kinds]
                if heard:
                    index.apply(heard)

    # -- items ----------------------------------------------------------------------------------

    async def write(self, changes: Sequence[Change]) -> None:
        """Store changes, all or none; returns when they are durable and every index knows them.

        A store without transactions (neither a file, nor PostgreSQL, nor in memory) takes 5,000 at a
        time: StoreFailed says if some were kept.
        """
        if not changes:
            return
        heard = self._heard
        receipt = await self._feed.write(changes)
        async with self._lock:  # an index that is being filled is told afterwards
            self._feed.note(receipt)
            await self._tell(changes if heard == self._heard else await self._current(changes))

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
        await self._feed.erase(list(items))
        await self.refresh(now=True)

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
