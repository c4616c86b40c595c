"""Vectors as items of their own in any LangGraph store, PostgreSQL's among them.

They are not put into the store's own index (pgvector's, where it has one): recall compares vectors
in the process, the same way over every store, and fuses them with words and graph.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from langgraph.store.base import BaseStore, GetOp, Item, Op, PutOp

from ..records.change import BEHAVIORS
from ..store.namespace import store_path
from ..store.store_page import pages
from .vector_store import StoredVector

_OPS_LIMIT = 5_000


class ItemVectors:
    """See `VectorStore`. A vector's item has the key of the item it is of (journal_feed erases both)."""

    def __init__(self, store: BaseStore, labels: Sequence[str]) -> None:
        self._store = store
        self._labels = labels

    async def read(self, kind: str, keys: Sequence[str]) -> list[StoredVector]:
        """What is kept of these items."""
        path = vector_path(self._labels, kind)
        found: list[StoredVector] = []
        for start in range(0, len(keys), _OPS_LIMIT):
            ops = [GetOp(path, key) for key in keys[start : start + _OPS_LIMIT]]
            items = await self._store.abatch(ops)
            kept = [_kept(item) for item in items if isinstance(item, Item)]
            found += [row for row in kept if row is not None]
        return found

    async def write(self, kind: str, rows: Sequence[StoredVector]) -> None:
        """Keep vectors, then drop those of items that are gone.

        In this order: who deletes an item after the look at it deletes the vector that is there.
        """
        path = vector_path(self._labels, kind)
        for start in range(0, len(rows), _OPS_LIMIT):
            part = rows[start : start + _OPS_LIMIT]
            ops: list[Op] = [PutOp(path, row.key, _value(row), index=False) for row in part]
            await self._store.abatch(ops)
            there = await self._there(kind, [row.key for row in part])
            gone: list[Op] = [PutOp(path, row.key, None) for row in part if row.key not in there]
            if gone:
                await self._store.abatch(gone)

    async def _there(self, kind: str, keys: Sequence[str]) -> set[str]:
        """Those of these keys under which an item stands, or of which a behavior's records speak."""
        path = store_path(self._labels, kind)
        if kind == BEHAVIORS:
            portions = [items async for items in pages(self._store, path)]
            return {str(item.value.get("behavior")) for items in portions for item in items}
        found = await self._store.abatch([GetOp(path, key) for key in keys])
        return {item.key for item in found if isinstance(item, Item)}


def vector_path(labels: Sequence[str], kind: str) -> tuple[str, ...]:
    """Where the vectors of a kind of items are kept."""
    return store_path(labels, f"vectors-{kind}")


def _value(row: StoredVector) -> dict[str, object]:
    vector = base64.b64encode(row.vector).decode("ascii")
    return {"embedder": row.embedder, "text": row.text, "vector": vector}


def _kept(item: Item) -> StoredVector | None:
    """A stored vector; None where it is damaged: it is made again."""
    try:
        value = item.value
        vector = base64.b64decode(value["vector"])
        return StoredVector(item.key, value["embedder"], value["text"], vector)
    except (LookupError, TypeError, ValueError):
        return None
