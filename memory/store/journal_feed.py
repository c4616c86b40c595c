"""A namespace of any LangGraph store, followed through a journal kept beside the items.

A store says nothing of what changed in it. So each writer keeps two kinds of records, under
`@journal` and `@journal-entries`: a head with the number of its last write, and for each of its last
RING writes the keys it touched. Who follows reads the heads, then what is new. Items that someone put
into the namespace by other means are seen when the memory is opened, not while it is open.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from langgraph.store.base import BaseStore, GetOp, Item, Op, PutOp

from ...core.errors import StoreFailed
from ..graph.fact import digest
from ..records.change import BEHAVIORS, KINDS, Change, Value, plain
from ..records.clock import now
from ..vectors.item_vectors import vector_path
from .feed import Receipt
from .namespace import ROOT, store_path
from .store_page import pages

RING: Final = 256
"""Writes of one writer that are remembered; who falls further behind scans everything."""
JOURNAL_DAYS: Final = 7
"""After how long without a write a writer's journal is deleted, when the namespace is opened."""
_OPS_LIMIT: Final = 5_000  # a PostgreSQL statement takes 65,535 parameters; a put needs a handful
_KEYS_LIMIT: Final = 5_000  # a write of more keys is not listed: everyone scans
_HEADS: Final = 10_000


@runtime_checkable
class Transactional(Protocol):
    """A store that can carry out any number of puts all or none."""

    async def put_all(self, ops: Sequence[PutOp]) -> None:
        """Carry out puts in one transaction."""
        ...


class JournalFeed:
    """See `Feed`. Writes of concurrent tasks are gathered into one batch of the store."""

    def __init__(self, store: BaseStore, labels: Sequence[str]) -> None:
        self.store = store
        self.cursor = 0
        self._paths = {kind: store_path(labels, kind) for kind in KINDS}
        self._vectors = {kind: vector_path(labels, kind) for kind in KINDS}
        name = f"{digest(*labels):016x}"
        self._journal = (ROOT, "@journal", name)
        self._entries = (ROOT, "@journal-entries", name)
        self._writer = secrets.token_hex(8)
        self._written = 0
        self._seen: dict[str, int] = {}
        self._doubts = self._settled = 0  # reasons to scan everything, and those that were heeded
        self._pending: list[tuple[Sequence[Change], asyncio.Future[None]]] = []
        self._flushing = asyncio.Lock()
        self._flushes: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, store: BaseStore, labels: Sequence[str]) -> JournalFeed:
        """Follow a namespace from now on."""
        feed = cls(store, labels)
        feed._seen = await feed._heads()
        return feed

    async def write(self, changes: Sequence[Change]) -> Receipt:
        """Store changes; returns when the store has them.

        All or none where the store is `Transactional`, else in portions of 5,000: where a later one
        fails, StoreFailed says that those before it are kept.
        """
        done = asyncio.get_running_loop().create_future()
        self._pending.append((changes, done))
        flush = asyncio.create_task(self._flush())  # its own task: a writer may be cancelled
        self._flushes.add(flush)
        flush.add_done_callback(self._flushes.discard)
        await done
        return 0, 0

    def note(self, receipt: Receipt) -> None:
        """Nothing to do: one's own journal is not read."""

    async def read(self, kind: str, keys: Sequence[str]) -> list[Value | None]:
        """The items with these keys, None where there is none."""
        return [change.value for change in await self._got([(kind, key) for key in keys])]

    async def scan(self, kinds: Sequence[str], since: int = 0) -> AsyncIterator[list[Change]]:
        """Every item of these kinds (a journal has no cursor that outlives it: always all)."""
        for kind in kinds:
            async for items in pages(self.store, self._paths[kind]):
                yield [Change(kind, item.key, item.value) for item in items]

    async def news(self) -> list[Change] | None:
        """What others changed since the last call; None: too much to say."""
        doubts, heads = self._doubts, await self._heads()
        keys = None if doubts != self._settled else await self._touched(heads)
        changes = None if keys is None else await self._got(keys)
        self._seen, self._settled = heads, doubts  # only now: what fails is asked for again
        return changes

    async def erase(self, changes: Sequence[Change], *, everything: bool = False) -> bool:
        """See `Feed.erase`. The journal names its namespace by a digest: of the name nothing stays."""
        ops = [PutOp(self._paths[c.kind], c.key, None) for c in changes]
        ops += [PutOp(self._vectors[c.kind], c.key, None) for c in changes]
        # A behavior's vector is made of several records: where one goes, all of them are made again.
        remade = [BEHAVIORS] if any(c.kind == BEHAVIORS for c in changes) else []
        for kind in KINDS if everything else remade:
            async for items in pages(self.store, self._vectors[kind]):
                ops += [PutOp(item.namespace, item.key, None) for item in items]
        try:
            async with self._flushing:
                await self._carry_out(ops, None)
        finally:
            self._doubts += 1
        return True

    async def finish_erasing(self) -> bool:
        """Nothing to do: how a store keeps what was deleted is its own."""
        return True

    async def close(self) -> None:
        """Nothing to let go: whoever opened the store closes it."""

    # -- writing --------------------------------------------------------------------------------

    async def _flush(self) -> None:
        async with self._flushing:
            group, self._pending = self._pending, []
            if not group:
                return
            changes = {(c.kind, c.key): c for batch, _ in group for c in batch}
            ops = [
                PutOp(self._paths[c.kind], c.key, plain(c.value), index=False)
                for c in changes.values()
            ]
            gone = (change for change in changes.values() if change.value is None)
            ops += [PutOp(self._vectors[change.kind], change.key, None) for change in gone]
            keys = [list(key) for key in changes] if len(changes) <= _KEYS_LIMIT else None
            error = None
            try:
                await self._carry_out(ops, keys)
            except Exception as failure:  # noqa: BLE001 - every writer of the group gets it
                error = failure
        for _, done in group:
            if done.done():  # its writer was cancelled
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

    async def _carry_out(self, ops: Sequence[PutOp], keys: list[list[str]] | None) -> None:
        """Each portion is a write of its own in the journal: what is kept of them is heard of."""
        limit = max(len(ops), 1) if isinstance(self.store, Transactional) else _OPS_LIMIT
        for start in range(0, len(ops), limit):
            portion = [
                *ops[start : start + limit],
                *self._entry(keys if len(ops) <= limit else None),
            ]
            try:
                await self._put(portion)
            except Exception as failure:
                self._doubts += 1  # it may be kept all the same, where only the reply was lost
                if not start:
                    raise
                raise StoreFailed(
                    f"the store failed ({failure}); the first {start:,} of {len(ops):,} puts were "
                    "kept: write them all again, what is there already stays as it is"
                ) from failure

    def _entry(self, keys: list[list[str]] | None) -> list[PutOp]:
        """The next write's records in the journal. Its number is spent also if it fails: where it
        was kept after all, who follows must not take the write after it for known."""
        self._written += 1
        key = f"{self._writer}-{self._written % RING}"
        entry = {"entry": self._written, "keys": keys}
        head = {"entry": self._written, "learned": now()}
        return [
            PutOp(self._entries, key, entry, index=False),
            PutOp(self._journal, self._writer, head, index=False),
        ]

    async def _put(self, ops: Sequence[PutOp]) -> None:
        if isinstance(self.store, Transactional):
            await self.store.put_all(ops)
        else:
            await self.store.abatch(ops)

    # -- following ------------------------------------------------------------------------------

    async def _heads(self) -> dict[str, int]:
        """The number of the last write of every other writer; long silent ones are dropped."""
        heads = await self.store.asearch(self._journal, limit=_HEADS)
        numbers = {head.key: _entry_number(head) for head in heads}
        if damaged := [key for key, number in numbers.items() if number is None]:
            self._doubts += 1  # what they told of is unknown
            await self.store.abatch([PutOp(self._journal, key, None) for key in damaged])
        silent_since = now() - JOURNAL_DAYS * 86_400
        known = {key: number for key, number in numbers.items() if number is not None}
        silent = [h.key for h in heads if h.key in known and h.value["learned"] < silent_since]
        if silent:
            await self._drop({key: known[key] for key in silent})
        return {key: number for key, number in known.items() if key != self._writer}

    async def _drop(self, heads: Mapping[str, int]) -> None:
        ops: list[Op] = []
        for writer, last in heads.items():
            ops += [PutOp(self._entries, key, None) for key in _entry_keys(writer, 0, last)]
            ops.append(PutOp(self._journal, writer, None))
        await self.store.abatch(ops)

    async def _touched(self, heads: dict[str, int]) -> list[tuple[str, str]] | None:
        """Kind and key of each item written since the heads seen last; None if some are unknown."""
        touched: dict[tuple[str, str], None] = {}
        for writer, last in heads.items():
            seen = self._seen.get(writer, 0)
            if last - seen > RING:
                return None
            keys = _entry_keys(writer, seen, last)
            entries = await self.store.abatch([GetOp(self._entries, key) for key in keys])
            for number, entry in enumerate(entries, seen + 1):
                keys_of = _entry_of(entry, number)
                if keys_of is None:
                    return None
                touched.update(dict.fromkeys(keys_of))
        return list(touched)

    async def _got(self, keys: Sequence[tuple[str, str]]) -> list[Change]:
        changes = []
        for start in range(0, len(keys), _OPS_LIMIT):
            part = keys[start : start + _OPS_LIMIT]
            items = await self.store.abatch([GetOp(self._paths[kind], key) for kind, key in part])
            for (kind, key), item in zip(part, items, strict=True):
                changes.append(Change(kind, key, item.value if isinstance(item, Item) else None))
        return changes


def _entry_number(head: Item) -> int | None:
    """The number of a writer's last write; None where the record is damaged."""
    entry, learned = _field(head, "entry"), _field(head, "learned")
    is_sound = isinstance(entry, int) and isinstance(learned, (int, float))
    return entry if is_sound else None


def _field(item: Item, name: str) -> Any:
    return item.value.get(name) if isinstance(item.value, dict) else None


def _entry_of(entry: Any, number: int) -> list[tuple[str, str]] | None:
    """Kind and key of each item of a write; None where they are not known."""
    if not isinstance(entry, Item) or _field(entry, "entry") != number:
        return None
    keys = _field(entry, "keys")
    if not isinstance(keys, list):
        return None
    pairs = [tuple(pair) for pair in keys if isinstance(pair, list) and len(pair) == 2]
    is_sound = len(pairs) == len(keys) and all(
        kind in KINDS and isinstance(key, str) for kind, key in pairs
    )
    return pairs if is_sound else None


def _entry_keys(writer: str, seen: int, last: int) -> list[str]:
    """Where the entries after `seen` up to `last` are kept; of the last RING, which is all."""
    return [f"{writer}-{number % RING}" for number in range(max(seen, last - RING) + 1, last + 1)]
