"""Where threads are kept: an SQLite file, a PostgreSQL, or any LangGraph saver, and how values are written.

LangGraph's msgpack writes a tuple as a list and would build any type that a row names. Here only the types
of this library's states are built, and what was a tuple is one again.
"""

from __future__ import annotations

import asyncio
import copy
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from ..core.approval import Approval
from ..core.errors import InvalidInput, MetathinkError, MissingExtra, StoreFailed
from ..core.off_loop import on_own_thread
from ..core.paths import private_file
from ..core.record import Step
from ..core.text.printable import holds_secret, masked, tell_address
from ..models.request import Completion

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Place = str | os.PathLike[str] | BaseCheckpointSaver
"""A path, a "postgresql://..." address, or a LangGraph saver that is open already."""

SETUP_LOCK = 7_315_042_901
"""Number of PostgreSQL's advisory lock for making the tables."""

ALWAYS = (Step, Completion, Approval)
"""What is kept whatever the machine."""


@asynccontextmanager
async def open_saver(where: Place, state: type) -> AsyncIterator[BaseCheckpointSaver]:
    """The saver of that place, for machines of this state and of every method's; closed with the block
    if it was opened here.

    Raises InvalidInput for a place that cannot be, MissingExtra for PostgreSQL without its extra,
    StoreFailed where the disk or the database fails.
    """
    types = await on_own_thread(lambda: _types_of_states(state))
    if isinstance(where, BaseCheckpointSaver):
        yield _with_serializer(where, types)
    elif isinstance(where, str) and where.startswith(("postgresql://", "postgres://")):
        async with _postgres(where, Serializer(types)) as saver:
            yield saver
    elif isinstance(where, (str, os.PathLike)) and os.fspath(where):
        async with _sqlite(Path(where), Serializer(types)) as saver:
            yield saver
    else:
        raise InvalidInput("checkpoint: a file, a postgresql:// address, or a LangGraph saver")


class Serializer(JsonPlusSerializer):
    """LangGraph's serializer for these types and no others, with tuples that stay tuples.

    A file may come from somebody else: every field of a value must be what its type says. Keys and passwords
    of this process are masked in what is written.
    """

    def __init__(self, types: frozenset[type]) -> None:
        super().__init__(
            allowed_msgpack_modules=[(each.__module__, each.__name__) for each in types]
        )

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The value as it is kept."""
        kind, data = super().dumps_typed(obj)
        return super().dumps_typed(masked(obj)) if holds_secret(data) else (kind, data)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value, as it was. Raises StoreFailed for what is no value of these types."""
        with readable("a kept value"):
            value = super().loads_typed(data)
            _check_fields(value)
        return value


@contextmanager
def readable(what: str) -> Iterator[None]:
    """While kept values are read: whatever a damaged or foreign one makes a reader do is StoreFailed."""
    try:
        yield
    except (MetathinkError, sqlite3.Error):
        raise
    except Exception as error:
        if _is_psycopg(error):
            raise
        raise StoreFailed(
            f"{what} cannot be read, it is damaged or not ours: {type(error).__name__}"
        ) from error


def check_values(values: Mapping[str, Any], state: type) -> None:
    """Raises ValueError where a channel's value is not what the state's field says."""
    readers = _readers(state)
    for name, value in values.items():
        if name in readers:
            readers[name].validate_python(value)


def _check_fields(value: Any) -> None:
    """Make every field of every dataclass within what its type says: a list is a tuple again."""
    parts: Iterable[Any] = ()
    if isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, (list, tuple)):
        parts = value
    elif is_dataclass(value) and not isinstance(value, type):
        for name, reader in _readers(type(value)).items():
            object.__setattr__(value, name, reader.validate_python(getattr(value, name)))
        parts = (getattr(value, part.name) for part in fields(value))
    for part in parts:
        _check_fields(part)


@cache
def _readers(kind: type) -> dict[str, TypeAdapter[Any]]:
    from pydantic import TypeAdapter

    hints = get_type_hints(kind)
    return {field.name: TypeAdapter(hints[field.name]) for field in fields(kind)}


def _with_serializer(saver: BaseCheckpointSaver, types: frozenset[type]) -> BaseCheckpointSaver:
    """The same saver, reading our types; one that encrypts or reads in a way of its own keeps that."""
    if isinstance(saver.serde, Serializer):
        return saver
    if type(saver.serde) is not JsonPlusSerializer:
        return saver.with_allowlist([(each.__module__, each.__name__) for each in types])
    saver = copy.copy(saver)
    saver.serde = Serializer(types)
    return saver


@cache
def _types_of_states(state: type) -> frozenset[type]:
    """The dataclasses in the states of every machine that may run here."""
    from .registry import method, method_names

    found: set[type] = set()
    schemas = [method(name).graph.builder.state_schema for name in method_names()]
    for schema in (*ALWAYS, state, *schemas):
        _collect(schema, found)
    return frozenset(found)


def _collect(hint: Any, found: set[type]) -> None:
    if isinstance(hint, type) and is_dataclass(hint) and hint not in found:
        found.add(hint)
        for part in get_type_hints(hint, include_extras=True).values():
            _collect(part, found)
    for part in get_args(hint):
        _collect(part, found)


@asynccontextmanager
async def _sqlite(path: Path, serde: Serializer) -> AsyncIterator[BaseCheckpointSaver]:
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    class Saver(AsyncSqliteSaver):
        """It reads what stands beside the serialized values, as JSON, without a check."""

        async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
            with _damage(path):
                return await super().aget_tuple(config)

        async def alist(
            self,
            config: RunnableConfig | None,
            *,
            filter: dict[str, Any] | None = None,
            before: RunnableConfig | None = None,
            limit: int | None = None,
        ) -> AsyncIterator[CheckpointTuple]:
            with _damage(path):
                listed = super().alist(config, filter=filter, before=before, limit=limit)
                async for each in listed:
                    yield each

    await asyncio.to_thread(_require_openable, path)
    with typed_errors():
        async with aiosqlite.connect(path, timeout=60) as connection:
            saver = Saver(connection, serde=serde)
            await saver.setup()
            yield saver


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """What cannot be read of a row, as StoreFailed."""
    try:
        yield
    except MetathinkError:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreFailed(f"{path} is damaged: {error}") from error


def _require_openable(path: Path) -> None:
    if "\0" in str(path):
        raise InvalidInput("checkpoint: a path has no NUL character")
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder; name a file in it, e.g. {path / 'runs.db'}")
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {path.parent}; create it first")
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        private_file(path)
        return
    except (OSError, ValueError) as error:
        raise StoreFailed(f"cannot read {path}: {error}") from error
    if head and head != b"SQLite format 3\0":
        raise InvalidInput(f"{path} keeps no threads; it was left as it is. Name another file")


@asynccontextmanager
async def _postgres(address: str, serde: Serializer) -> AsyncIterator[BaseCheckpointSaver]:
    try:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    except ImportError as error:
        raise MissingExtra(
            "threads in PostgreSQL need the extra: pip install 'metathink[postgres]'"
        ) from error

    class Saver(AsyncPostgresSaver):
        """It writes short texts beside its serializer, in the row of the checkpoint."""

        async def aput(
            self,
            config: RunnableConfig,
            checkpoint: Checkpoint,
            metadata: CheckpointMetadata,
            new_versions: ChannelVersions,
        ) -> RunnableConfig:
            kept = checkpoint.copy()
            kept["channel_values"] = masked(checkpoint["channel_values"])
            return await super().aput(config, kept, metadata, new_versions)

    with typed_errors():
        tell_address(address)
        async with Saver.from_conn_string(address, serde=serde) as saver:
            await _set_up(saver)
            yield saver


async def _set_up(saver: Any) -> None:
    """Make the tables, one process at a time: made twice at once they are an error.

    The lock is polled: who waited for it within a statement would hold up `CREATE INDEX CONCURRENTLY`.
    """
    async with saver.conn.cursor() as cursor:
        while True:
            await cursor.execute("SELECT pg_try_advisory_lock(%s) AS got", (SETUP_LOCK,))
            if (await cursor.fetchone())["got"]:
                break
            await asyncio.sleep(0.05)
    try:
        await saver.setup()
    finally:
        async with saver.conn.cursor() as cursor:
            await cursor.execute("SELECT pg_advisory_unlock(%s)", (SETUP_LOCK,))


@contextmanager
def typed_errors() -> Iterator[None]:
    """What the disk or the database did wrong, as StoreFailed."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreFailed(f"the threads cannot be read or written: {error}") from error
    except Exception as error:  # psycopg's, which may not be installed: its errors go by name
        if not _is_psycopg(error):
            raise
        raise StoreFailed(f"the threads' database: {error}") from error


def _is_psycopg(error: Exception) -> bool:
    return any(kind.__module__.startswith("psycopg") for kind in type(error).__mro__)
