"""Vectors in the memory file, in a table of their own: 2 bytes a number."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..records.change import BEHAVIORS
from ..store.namespace import store_path
from ..store.sqlite_op import path_text
from ..store.sqlite_store import SqliteStore
from .vector_store import StoredVector

_ASKED = 500  # parameters of one statement; SQLite took 999 for long

_NS = "(SELECT id FROM namespaces WHERE path = ?)"
_EMBEDDER = "INSERT OR IGNORE INTO recall_embedders (name) VALUES (?)"
_KEEP = """
INSERT OR REPLACE INTO recall_vectors (ns, key, embedder, text, vector)
SELECT n.id, ?2, e.id, ?4, ?5 FROM namespaces n, recall_embedders e
WHERE n.path = ?1 AND e.name = ?3
"""
_OF_AN_ITEM = """
AND EXISTS (SELECT 1 FROM items i WHERE i.ns = n.id AND i.key = ?2 AND i.value IS NOT NULL)
"""
_BEHAVIORS = f"""
SELECT DISTINCT json_extract(value, '$.behavior') FROM items
WHERE ns = {_NS} AND key >= 'v' AND key < 'w' AND value IS NOT NULL
"""


class SqliteVectors:
    """See `VectorStore`. Items that are deleted or erased take their vectors along (sqlite_op)."""

    def __init__(self, store: SqliteStore, labels: Sequence[str]) -> None:
        self._store = store
        self._labels = labels

    async def read(self, kind: str, keys: Sequence[str]) -> list[StoredVector]:
        """What is kept of these items."""
        path = path_text(store_path(self._labels, kind))
        return await self._store.read(lambda connection: _read(connection, path, keys))

    async def write(self, kind: str, rows: Sequence[StoredVector]) -> None:
        """Keep vectors; returns when they are durable."""
        path = path_text(store_path(self._labels, kind))

        def work(connection: sqlite3.Connection) -> None:
            kept, keep = rows, _KEEP + _OF_AN_ITEM
            if kind == BEHAVIORS:  # made of records with other keys
                there = {name for (name,) in connection.execute(_BEHAVIORS, (path,))}
                kept, keep = [row for row in rows if row.key in there], _KEEP
            names = {row.embedder for row in kept}
            connection.executemany(_EMBEDDER, ((name,) for name in names))
            connection.executemany(keep, ((path, *row) for row in kept))

        await self._store.write(work)


def _read(connection: sqlite3.Connection, path: str, keys: Sequence[str]) -> list[StoredVector]:
    found: list[StoredVector] = []
    for start in range(0, len(keys), _ASKED):
        part = keys[start : start + _ASKED]
        rows = connection.execute(
            "SELECT v.key, e.name, v.text, v.vector FROM recall_vectors v "
            f"JOIN recall_embedders e ON e.id = v.embedder WHERE v.ns = {_NS} "
            f"AND v.key IN ({','.join('?' * len(part))})",
            (path, *part),
        )
        found += map(StoredVector._make, rows)
    return found
