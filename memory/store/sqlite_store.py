"""A LangGraph store in one SQLite file: durable, safe with several processes, no extensions.

One thread writes and one reads, each with its own connection. The writer takes all that waits into
one transaction (group commit): a write is acknowledged only when its transaction is on the disk,
and concurrent writers share the cost of the flush. Several processes may hold the file open at once
(WAL): a writer waits for the other's transaction.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from langgraph.store.base import BaseStore, Op, PutOp, Result, validate_op_namespace

from ...core.errors import InvalidInput, MetathinkError, StoreFailed
from ...core.paths import private_file
from .sqlite_op import Put, answer, encoded, write_puts
from .sqlite_schema import (
    is_erasing,
    mark_erased,
    prepare,
    purge_tombstones,
    require_openable,
    require_ours,
)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Outcome = tuple[Any, BaseException | None]
"""What a piece of work returned, or what it raised."""
Waiting = tuple[Work[Any], asyncio.Future[Outcome]]

_log = logging.getLogger(__name__)

GROUP_LIMIT: Final = 1_024
"""Most writes that one transaction takes in."""
CHECKED_AT_ONCE: Final = 500
"""Operations that are checked and encoded on the event loop; more are on a thread."""
BUSY_SECONDS: Final = 30.0
"""How long a write waits for another process's transaction."""
ERASE_SECONDS: Final = 2.0
"""How long forgetting waits for those who are reading, before it says that the log still holds text."""
_DAMAGE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading raises where a row holds other than was written."""
_CACHE_KIB: Final = 65_536


class SqliteStore(BaseStore):
    """LangGraph's store interface over a memory file; `async with` or `close` when done.

    A search lists the newest first. It holds no vectors: the `query` of a search is left aside, as
    in any LangGraph store without an index (recall keeps its own).

    Raises InvalidInput for a path that cannot hold a memory, a file of another program or of a
    newer version; StoreFailed when the disk fails: then nothing of that write was kept.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _openable(path)
        with self._typed_errors():
            require_ours(self.path)
            self._writer = self._connected()
            try:
                prepare(self._writer, self.path)
                purge_tombstones(self._writer)
                self._erase_log(seconds=0.0)
            except BaseException:
                self._writer.close()
                raise
            self._reader = self._connected()
            self._reader.execute("PRAGMA query_only = ON")
            self._inode = self.path.stat().st_ino
        self._closed = False
        self._gathered: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
        self._pending: deque[tuple[list[Work[Any]], Future[list[Outcome]]]] = deque()
        self._writing = ThreadPoolExecutor(1, f"writer of {self.path.name}")
        self._reading = ThreadPoolExecutor(1, f"reader of {self.path.name}")

    async def __aenter__(self) -> SqliteStore:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Finish what waits and close the file. Twice is no harm."""
        if self._closed:
            return
        self._closed = True
        self._writing.shutdown()
        self._reading.shutdown()
        self._reader.close()
        with closing(self._writer):
            try:
                with self._typed_errors():
                    self._erase_log(seconds=0.0)
            except StoreFailed as failure:  # whatever was asked of the file is done
                _log.warning("forgotten text may still stand in the log: %s", failure)

    # -- LangGraph's interface ------------------------------------------------------------------

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Carry out operations: reads see what was there before the batch's own writes."""
        ops, puts = _checked(ops)
        results = self._submit_read(lambda c: [answer(c, op) for op in ops]).result()
        if puts:
            [outcome] = self._submit_writes([lambda c: write_puts(c, puts)]).result()
            _result(outcome)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Carry out operations: reads see what was there before the batch's own writes."""
        ops = list(ops)
        many = len(ops) > CHECKED_AT_ONCE
        ops, puts = await asyncio.to_thread(_checked, ops) if many else _checked(ops)
        results: list[Result] = [None] * len(ops)
        if len(ops) > len(puts):
            results = await self.read(lambda c: [answer(c, op) for op in ops])
        if puts:
            await self.write(lambda c: write_puts(c, puts))
        return results

    # -- for those who know that it is SQLite ---------------------------------------------------

    async def write(self, work: Work[T]) -> T:
        """Run `work` inside the next transaction; its result once that is durable.

        If `work` raises, what it did is undone and the rest of the transaction stands.
        """
        loop = asyncio.get_running_loop()
        waiting = self._gathered.setdefault(loop, [])
        if not waiting:  # whoever else writes in this round of the loop comes along
            loop.call_soon(self._submit_gathered, loop)
        done = loop.create_future()
        waiting.append((work, done))
        return _result(await done)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on the reading connection, which sees every write acknowledged before."""
        return await asyncio.wrap_future(self._submit_read(work))

    async def finish_erasing(self) -> bool:
        """Overwrite what the log holds of forgotten text; whether none is left.

        Not while another process reads what was there before: it is waited for `ERASE_SECONDS`. What is
        left is erased when the file is next opened or closed, or this is called again.
        """
        self._require_open()
        return await asyncio.wrap_future(self._writing.submit(self._finish_erasing))

    def _finish_erasing(self) -> bool:
        with self._typed_errors():
            return self._erase_log(ERASE_SECONDS)

    def _erase_log(self, seconds: float) -> bool:
        """Move the log into the file and empty it, if something was forgotten since the last time."""
        if not is_erasing(self._writer):
            return True
        self._writer.execute(f"PRAGMA busy_timeout = {seconds * 1_000:.0f}")
        try:
            is_busy, *_ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._writer.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000:.0f}")
        if not is_busy:
            mark_erased(self._writer)
        return not is_busy

    def _submit_gathered(self, loop: asyncio.AbstractEventLoop) -> None:
        group = self._gathered.pop(loop)
        try:
            committed = self._submit_writes([work for work, _ in group])
        except StoreFailed as error:
            _deliver(group, [(None, error)] * len(group))
            return

        def deliver(committed: Future[list[Outcome]]) -> None:
            error = committed.exception()
            outcomes: list[Outcome] = [(None, error)] * len(group)
            if error is None:
                outcomes = committed.result()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_deliver, group, outcomes)

        committed.add_done_callback(deliver)

    def _submit_writes(self, works: list[Work[Any]]) -> Future[list[Outcome]]:
        self._require_open()
        future: Future[list[Outcome]] = Future()
        self._pending.append((works, future))
        self._writing.submit(self._commit_pending)
        return future

    def _submit_read(self, work: Work[T]) -> Future[T]:
        self._require_open()
        return self._reading.submit(self._read, work)

    def _read(self, work: Work[T]) -> T:
        with self._typed_errors():
            self._require_in_place()
            return work(self._reader)

    def _commit_pending(self) -> None:
        groups = []
        while self._pending and sum(len(works) for works, _ in groups) < GROUP_LIMIT:
            groups.append(self._pending.popleft())
        if not groups:
            return
        try:
            with self._typed_errors():
                outcomes = self._transaction([work for works, _ in groups for work in works])
                self._require_in_place()
        except StoreFailed as error:
            for _, future in groups:
                future.set_exception(error)
            return
        for works, future in groups:
            future.set_result(outcomes[: len(works)])
            del outcomes[: len(works)]

    def _transaction(self, works: list[Work[Any]]) -> list[Outcome]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [self._attempt(work) for work in works]
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise
        return outcomes

    def _attempt(self, work: Work[Any]) -> Outcome:
        self._writer.execute("SAVEPOINT work")
        try:
            result = work(self._writer)
        except sqlite3.OperationalError:
            raise  # the disk's fault, not this work's: nobody's write is kept
        except Exception as error:  # noqa: BLE001 - it reaches whoever submitted the work
            self._writer.execute("ROLLBACK TO work")
            self._writer.execute("RELEASE work")
            return None, self._typed(error) if isinstance(error, sqlite3.Error) else error
        self._writer.execute("RELEASE work")
        return result, None

    # -- the file -------------------------------------------------------------------------------

    def _connected(self) -> sqlite3.Connection:
        private_file(self.path)
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what goes or is replaced is overwritten
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        return connection

    def _require_open(self) -> None:
        if self._closed:
            raise StoreFailed(f"the memory {self.path} is closed; open it again")

    def _require_in_place(self) -> None:
        try:
            same = os.stat(self.path).st_ino == self._inode
        except FileNotFoundError:
            same = False
        if not same:
            raise StoreFailed(
                f"{self.path} was removed or replaced while it was open: what is written to it is "
                "lost. Put the file back (or start anew) and open it again"
            )

    @contextmanager
    def _typed_errors(self) -> Iterator[None]:
        try:
            yield
        except MetathinkError:
            raise
        except (sqlite3.Error, OSError, *_DAMAGE) as error:
            raise self._typed(error) from error

    def _typed(self, error: Exception) -> MetathinkError:
        if isinstance(error, UnicodeEncodeError):  # of what was asked, not of what is stored
            return InvalidInput(f"a namespace or key that is no text: {error}")
        failure = StoreFailed(f"{self.path}: {error}. {_advice(error)}")
        failure.__cause__ = error
        return failure


def _openable(path: str | os.PathLike[str]) -> Path:
    """Where the file is; InvalidInput where none can be."""
    try:
        place = Path(path).expanduser().absolute()
        os.fsencode(place)
        require_openable(place)
    except MetathinkError:
        raise
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as fault:  # too long, no such user's home, NUL, half characters
        raise InvalidInput(f"{os.fspath(path)!r:.200} cannot be a memory file: {fault}") from fault
    return place


def _result(outcome: Outcome) -> Any:
    result, error = outcome
    if error is not None:
        raise error
    return result


def _deliver(group: list[Waiting], outcomes: list[Outcome]) -> None:
    for (_, done), outcome in zip(group, outcomes, strict=True):
        if not done.done():  # its writer was cancelled
            done.set_result(outcome)


def _advice(error: Exception) -> str:
    damaged = isinstance(error, _DAMAGE)
    name = "SQLITE_CORRUPT" if damaged else getattr(error, "sqlite_errorname", "")
    advice = {
        "SQLITE_FULL": "The disk is full: nothing of this write was kept. Free space and try again",
        "SQLITE_BUSY": "Another process holds the file; try again when it is done",
        "SQLITE_READONLY": "The file or its folder is read-only: allow writing and open it again",
        "SQLITE_CORRUPT": "The file is damaged: restore a copy (metathink memory export/import)",
        "SQLITE_NOTADB": "It is not a memory file; name another one",
        "SQLITE_CANTOPEN": "It cannot be opened: check that its folder exists and can be written",
    }
    for code, words in advice.items():
        if name.startswith(code):
            return words
    return "Nothing of this write was kept; check the disk and try again"


def _checked(ops: Iterable[Op]) -> tuple[list[Op], list[Put]]:
    ops = list(ops)
    for op in ops:
        validate_op_namespace(op)
    latest = {(op.namespace, op.key): op for op in ops if isinstance(op, PutOp)}
    for namespace, key in latest:
        if not namespace or not isinstance(key, str):
            raise InvalidInput(f"an item needs a namespace and a text key: {namespace}, {key!r}")
    return ops, [encoded(op) for op in latest.values()]
