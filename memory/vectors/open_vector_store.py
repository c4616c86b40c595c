"""Where the vectors of a namespace are kept, by the kind of its store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .vector_store import VectorStore

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore


def open_vector_store(store: BaseStore, namespace: tuple[str, ...]) -> VectorStore | None:
    """The vectors of a namespace of this store; None where nothing outlives the process anyway."""
    from langgraph.store.memory import InMemoryStore

    from ..store.sqlite_store import SqliteStore

    if isinstance(store, SqliteStore):
        from .sqlite_vectors import SqliteVectors

        return SqliteVectors(store, namespace)
    if isinstance(store, InMemoryStore):
        return None
    from .item_vectors import ItemVectors

    return ItemVectors(store, namespace)
