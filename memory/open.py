"""Opening a memory: a file, a database, or a store that is open already."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ..core.errors import InvalidInput
from ..core.off_loop import on_own_thread
from .memory import Memory
from .registry import PREFIX, registered_memory
from .remember import Extractor
from .store.namespace import parse_namespace

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore

    from .store.feed import Feed
    from .vectors.embedder import Embedder


@asynccontextmanager
async def open_memory(
    where: str | os.PathLike[str] | BaseStore | None = None,
    *,
    namespace: str | Sequence[str] = "default",
    embedder: Embedder | str | None = None,
    extractor: Extractor | None = None,
) -> AsyncIterator[Memory]:
    """Open the memory of one namespace; the store closes with the block if it was opened here.

    `where` is the path of an SQLite file (made if it is not there), a "postgresql://..." address,
    any LangGraph store, None for one that lives in this process only, or "open:NAME" for a memory
    registered under that name (which keeps its own namespace, embedder and extractor).
    `namespace` is "project/user": nothing read or written crosses it. `embedder` adds vectors to
    recall: "minilm" or "model2vec:MODEL" (local, extra `vectors`), the string of an embedding model
    ("openai/text-embedding-3-small", "http://HOST:PORT/v1#MODEL"), or any object with `name` and
    `embed`; `extractor` turns text that is remembered into facts.

    Raises InvalidInput for a place or namespace that cannot be; StoreFailed where the disk or the
    database fails; MissingExtra for PostgreSQL without its extra.
    """
    if isinstance(where, str) and where.startswith(PREFIX):
        yield registered_memory(where)
        return
    labels = parse_namespace(namespace)
    await on_own_thread(_import_parts)
    async with open_store(where) as store:
        feed = await _feed(store, labels)
        known = embedder_of(embedder) if isinstance(embedder, str) else embedder
        yield Memory(feed, store, labels, embedder=known, extractor=extractor)


@asynccontextmanager
async def open_store(
    where: str | os.PathLike[str] | BaseStore | None = None,
) -> AsyncIterator[BaseStore]:
    """The LangGraph store behind a memory: to compile a graph with, or for several namespaces."""
    from langgraph.store.base import BaseStore

    if isinstance(where, BaseStore):
        yield where
    elif where is None:
        from langgraph.store.memory import InMemoryStore

        yield InMemoryStore()
    elif isinstance(where, str) and where.startswith(("postgresql://", "postgres://")):
        from .store.postgres_store import PostgresStore

        async with PostgresStore.open(where) as store:
            yield store
    elif isinstance(where, (str, os.PathLike)) and os.fspath(where):
        from .store.sqlite_store import SqliteStore

        async with await asyncio.to_thread(SqliteStore, os.fspath(where)) as store:
            yield store
    else:
        raise InvalidInput("name a file, a postgresql:// address, or pass a LangGraph store")


def _import_parts() -> None:
    """Import what a memory works with (LangGraph, numpy): it takes seconds, not of the event loop."""
    from langgraph.store import memory  # noqa: F401

    from .recall import recall  # noqa: F401
    from .store import journal_feed, sqlite_feed  # noqa: F401


def embedder_of(name: str) -> Embedder:
    """The embedding model of that name."""
    if name == "minilm":
        from .vectors.minilm import MiniLM

        return MiniLM()
    if name.startswith("model2vec:"):
        from .vectors.static_embedder import StaticEmbedder

        return StaticEmbedder(name.removeprefix("model2vec:"))
    from ..models.embedding import EmbeddingModel

    return EmbeddingModel(name)


async def _feed(store: BaseStore, labels: tuple[str, ...]) -> Feed:
    from .store.sqlite_store import SqliteStore

    if isinstance(store, SqliteStore):
        from .store.sqlite_feed import SqliteFeed

        return await SqliteFeed.open(store, labels)
    from .store.journal_feed import JournalFeed

    return await JournalFeed.open(store, labels)
