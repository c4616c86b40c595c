"""PostgreSQL where several machines share one memory: LangGraph's own store, with typed errors.

Connections are pooled and checked before use, so a database that went away and came back is found
again at the next call. A memory sets no `index`: recall keeps its vectors as items of their own and
compares them in the process, as over every store (item_vectors). One that is set serves those who
search the store itself; its vectors are pgvector's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, cast

from langgraph.store.base import Item, Op, PutOp, Result

from ...core.errors import MissingExtra, StoreFailed
from ...core.text.printable import tell_address

try:
    import psycopg
    from langgraph.store.postgres.aio import AsyncPostgresStore
    from langgraph.store.postgres.base import PostgresIndexConfig
    from psycopg.rows import DictRow, dict_row
    from psycopg_pool import AsyncConnectionPool, PoolTimeout
except ImportError as error:
    raise MissingExtra(
        "a memory in PostgreSQL needs the extra: pip install 'metathink[postgres]'"
    ) from error

CONNECTIONS: Final = 8
WAIT_SECONDS: Final = 10.0
"""How long a call waits for a connection before it fails."""
_PORTION: Final = 10_000
_PUTS: Final = 5_000  # a statement takes 65,535 parameters; a put needs a handful
_SETUP_LOCK: Final = 0x4D455441


class PostgresStore(AsyncPostgresStore):
    """LangGraph's AsyncPostgresStore over a pool of its own; open it with `PostgresStore.open`.

    Raises StoreFailed when the database cannot be reached or refuses: then nothing of the call was kept
    (or all of it, where the connection broke after the database had it).
    """

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: str, *, index: PostgresIndexConfig | None = None
    ) -> AsyncIterator[PostgresStore]:
        """Connect to "postgresql://user:password@host/database" and make the tables if need be."""
        tell_address(address)
        pool = _pool(address)
        try:
            with _typed_errors():
                await pool.open(wait=True, timeout=WAIT_SECONDS)
                store = cls(cast(Any, pool), index=index)
                await store._set_up(pool)
            yield store
        finally:
            await pool.close()

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Carry out operations; see `BaseStore.abatch`."""
        with _typed_errors():
            return await super().abatch(ops)

    async def put_all(self, ops: Sequence[PutOp]) -> None:
        """Carry out puts in one transaction, however many they are: all or none."""
        with _typed_errors():
            async with self._cursor(pipeline=True) as cursor, cursor.connection.transaction():
                for start in range(0, len(ops), _PUTS):
                    part = ops[start : start + _PUTS]
                    await self._batch_put_ops(list(enumerate(part)), cursor)

    async def scan(self, path: tuple[str, ...]) -> AsyncIterator[Sequence[Item]]:
        """All items right under `path` by key, in portions; concurrent writes disturb nothing."""
        after = ""
        while True:
            with _typed_errors():
                async with self._cursor() as cursor:
                    await cursor.execute(
                        "SELECT key, value, created_at, updated_at FROM store "
                        "WHERE prefix = %s AND key > %s ORDER BY key LIMIT %s",
                        (".".join(path), after, _PORTION),
                    )
                    rows = await cursor.fetchall()
            if not rows:
                return
            after = rows[-1]["key"]
            yield [Item(namespace=path, **row) for row in rows]

    async def _set_up(self, pool: AsyncConnectionPool[Any]) -> None:
        """Migrate, one machine at a time.

        Polled, not waited for: LangGraph builds its index concurrently, which waits for every
        statement that is running, one that waits for this lock among them.
        """
        async with pool.connection() as connection:
            while not await self._has_lock(connection):
                await asyncio.sleep(0.05)
            try:
                await self.setup()
            finally:
                await connection.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,))

    async def _has_lock(self, connection: psycopg.AsyncConnection[DictRow]) -> bool:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS held", (_SETUP_LOCK,))
        row = await cursor.fetchone()
        return row is not None and row["held"]


def _pool(address: str) -> AsyncConnectionPool[Any]:
    return AsyncConnectionPool(
        address,
        min_size=1,
        max_size=CONNECTIONS,
        open=False,
        timeout=WAIT_SECONDS,
        reconnect_timeout=WAIT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    )


@contextmanager
def _typed_errors() -> Iterator[None]:
    try:
        yield
    except (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreFailed(
            f"the database cannot be reached ({_first_line(error)}); check that it runs and its "
            "address, then try again: unless only its reply was lost, nothing of this call was kept"
        ) from error
    except psycopg.Error as error:
        raise StoreFailed(
            f"the database refused ({_first_line(error)}); nothing of this call was kept"
        ) from error
    except (ValueError, TypeError, KeyError) as error:  # LangGraph reads rows that are not its own
        raise StoreFailed(f"a row of the table `store` is damaged: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
