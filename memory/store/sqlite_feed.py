"""A namespace of a memory file, followed by the file's own numbering of changes."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

import orjson
from langgraph.store.base import GetOp, Item, PutOp

from ..records.change import BEHAVIORS, KINDS, Change, Value, plain
from .feed import Receipt
from .namespace import store_path
from .sqlite_op import encoded, path_text, write_puts
from .sqlite_schema import last_seq, mark_erasing, mark_purged, purged
from .sqlite_store import SqliteStore

_PORTION: Final = 10_000
_MAX_SEQ: Final = 2**63 - 1


class SqliteFeed:
    """See `Feed`. The cursor is the file's seq."""

    def __init__(self, store: SqliteStore, labels: Sequence[str], cursor: int) -> None:
        self.store = store
        self.cursor = cursor
        self._paths = {kind: store_path(labels, kind) for kind in KINDS}
        self._own: dict[int, int] = {}

    @classmethod
    async def open(cls, store: SqliteStore, labels: Sequence[str]) -> SqliteFeed:
        """Follow a namespace from now on."""
        return cls(store, labels, await store.read(last_seq))

    async def write(self, changes: Sequence[Change]) -> Receipt:
        """Store all changes in one transaction; returns when it is durable."""

        def work(connection: sqlite3.Connection) -> Receipt:  # on the thread that writes
            puts = [encoded(PutOp(self._paths[c.kind], c.key, plain(c.value))) for c in changes]
            return write_puts(connection, puts)

        return await self.store.write(work)

    def note(self, receipt: Receipt) -> None:
        """Say that a write of one's own is known."""
        before, last = receipt
        if before >= self.cursor:
            self._own[before] = last

    async def read(self, kind: str, keys: Sequence[str]) -> list[Value | None]:
        """The items with these keys, None where there is none."""
        ops = [GetOp(self._paths[kind], key) for key in keys]
        items = await self.store.abatch(ops)
        return [item.value if isinstance(item, Item) else None for item in items]

    async def scan(self, kinds: Sequence[str], since: int = 0) -> AsyncIterator[list[Change]]:
        """Every item of these kinds that changed after `since`, kind by kind, oldest first."""
        for kind in kinds:
            after = since
            while rows := await self.store.read(lambda c, k=kind, s=after: self._portion(c, k, s)):
                after = rows[-1][0]
                yield [change for _, change in rows]

    async def news(self) -> list[Change] | None:
        """What others changed since the last call; None after an `erase` or a very long time."""
        own = dict(self._own)
        changes, self.cursor = await self.store.read(lambda c: self._news(c, own))
        self._own = {start: end for start, end in self._own.items() if start >= self.cursor}
        return changes

    async def erase(self, changes: Sequence[Change], *, everything: bool = False) -> bool:
        """See `Feed.erase`: what was deleted is overwritten, in the file and in its log."""
        keys = [(path_text(self._paths[change.kind]), change.key) for change in changes]
        # A behavior's vector is made of several records: where one goes, all of them are made again.
        remade = [BEHAVIORS] if any(c.kind == BEHAVIORS for c in changes) else []
        emptied = [path_text(self._paths[kind]) for kind in (KINDS if everything else remade)]

        def work(connection: sqlite3.Connection) -> None:
            _erase(connection, keys, emptied)
            if everything:
                _drop_namespaces(connection, emptied)

        await self.store.write(work)
        return await self.store.finish_erasing()

    async def finish_erasing(self) -> bool:
        """See `Feed.finish_erasing`."""
        return await self.store.finish_erasing()

    async def close(self) -> None:
        """Nothing to let go: whoever opened the store closes it."""

    def _news(
        self, connection: sqlite3.Connection, own: dict[int, int]
    ) -> tuple[list[Change] | None, int]:
        cursor, last = self.cursor, last_seq(connection)
        if cursor < purged(connection):
            return None, last
        changes: list[Change] = []
        while cursor < last:
            if cursor in own:  # known already: this process wrote them
                cursor = own[cursor]
                continue
            end = min([last, *(start for start in own if start > cursor)])
            changes += (change for _, change in self._rows(connection, KINDS, cursor, end))
            cursor = end
        return changes, last

    def _portion(
        self, connection: sqlite3.Connection, kind: str, since: int
    ) -> list[tuple[int, Change]]:
        # Of one kind at a time, so that the index gives the order and nothing is sorted.
        return list(self._rows(connection, [kind], since, None, _PORTION))

    def _rows(
        self,
        connection: sqlite3.Connection,
        kinds: Sequence[str],
        since: int,
        until: int | None,
        limit: int = -1,
    ) -> Iterator[tuple[int, Change]]:
        ids = self._namespace_ids(connection, kinds)
        rows = connection.execute(
            f"SELECT seq, ns, key, value FROM items WHERE ns IN ({','.join(map(str, ids))}) "
            "AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (since, _MAX_SEQ if until is None else until, limit),
        )
        for seq, ns, key, value in rows:
            yield seq, Change(ids[ns], key, None if value is None else _loaded(value))

    def _namespace_ids(
        self, connection: sqlite3.Connection, kinds: Sequence[str]
    ) -> dict[int, str]:
        ids = {}
        for kind in kinds:
            path = (path_text(self._paths[kind]),)
            row = connection.execute("SELECT id FROM namespaces WHERE path = ?", path).fetchone()
            if row:
                ids[row[0]] = kind
        return ids


def _loaded(value: Any) -> Any:
    """A stored value; where it is no JSON, as it stands, for the reader to refuse by its key."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


_OF_PATH = "ns = (SELECT id FROM namespaces WHERE path = ?1)"


def _erase(
    connection: sqlite3.Connection, keys: Sequence[tuple[str, str]], emptied: Sequence[str]
) -> None:
    """Delete items with their vectors, and all vectors under the paths `emptied`."""
    for table in ("items", "recall_vectors"):
        connection.executemany(f"DELETE FROM {table} WHERE key = ?2 AND {_OF_PATH}", keys)
    connection.executemany(
        f"DELETE FROM recall_vectors WHERE {_OF_PATH}", ((path,) for path in emptied)
    )
    connection.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'items'")
    mark_purged(connection, last_seq(connection))
    mark_erasing(connection)


def _drop_namespaces(connection: sqlite3.Connection, paths: Sequence[str]) -> None:
    """Drop these namespaces' names and what remembers deletions in them, unless others wrote meanwhile."""
    rows = [(path,) for path in paths]
    connection.executemany(f"DELETE FROM items WHERE value IS NULL AND {_OF_PATH}", rows)
    connection.executemany(
        "DELETE FROM namespaces WHERE path = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM items WHERE ns = namespaces.id)",
        rows,
    )
