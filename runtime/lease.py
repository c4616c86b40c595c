"""One run at a time on a thread, also between processes and machines.

A lease is kept by the thread's own saver. It relies on what LangGraph asks of every saver's `put_writes`:
an ordinary write of a task is kept once, the first one, and a special one (here `ERROR`) replaces its like.
Taking lease number n is an ordinary write of task n: of several processes that try, one finds its own name
there afterwards. The holder renews the lease by a special write every `RENEWAL` seconds; who waits watches
by its own clock whether it changes, so clocks need not agree. A holder that died is recognised at once on
the same machine, and after `EXPIRY` seconds elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.serde.types import ERROR

from ..core.errors import StoreFailed, ThreadInUse
from .checkpoint import typed_errors

LEASE: Final = "metathink_lease"
RENEWAL: Final = 1.0
"""Seconds between two renewals."""
EXPIRY: Final = 5.0
"""Seconds without a renewal after which a holder counts as dead."""
POLL: Final = 0.2
"""Seconds between two looks of a process that waits."""

_held_here: set[str] = set()


@dataclass(frozen=True)
class Holder:
    """Who has a lease: `machine` names the host, its boot and its process namespace."""

    token: str
    host: str
    pid: int
    since: str
    machine: str
    started: str

    @classmethod
    def new(cls) -> Holder:
        """This process, from now on."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        machine, pid = _machine(), os.getpid()
        return cls(uuid.uuid4().hex, socket.gethostname(), pid, now, machine, _started(pid))

    @property
    def alive(self) -> bool | None:
        """Whether it still runs; None where that cannot be seen from here."""
        if self.machine != _machine():
            return None
        if self.pid == os.getpid() and self.started == _started(self.pid):
            return self.token in _held_here
        return None if _runs(self.pid) and self.started == _started(self.pid) else False


@dataclass
class Lease:
    """The right to run a thread, number `number`, until it is released or lost."""

    saver: BaseCheckpointSaver
    thread: str
    number: int
    holder: Holder
    _beats: int = 0
    _renewed: float = field(default_factory=time.monotonic)

    async def ensure(self) -> None:
        """Raises ThreadInUse if the lease was not renewed in time and another process has taken it."""
        if time.monotonic() - self._renewed > 2 * RENEWAL:
            await self.renew()

    async def renew(self) -> None:
        """Say that the holder lives. Raises ThreadInUse if another process has taken the lease."""
        taken = await _taken(self.saver, self.thread)
        if taken is not None and taken.number > self.number:
            raise _in_use(self.thread, taken.holder)
        await self._beat({"beat": self._beats})

    async def keep_renewed(self) -> None:
        """Renew it until cancelled; a renewal that fails is left to `ensure`, before the next call."""
        while True:
            await asyncio.sleep(RENEWAL)
            with suppress(StoreFailed, ThreadInUse):
                await self.renew()

    async def release(self) -> None:
        """Give it back."""
        _held_here.discard(self.holder.token)
        await self._beat({"beat": self._beats, "released": True})

    async def _beat(self, row: Mapping[str, Any]) -> None:
        with typed_errors():
            place = _place(self.thread, LEASE)
            await self.saver.aput_writes(place, [(ERROR, dict(row))], f"{self.number:08d}")
        self._beats += 1
        self._renewed = time.monotonic()


@dataclass(frozen=True)
class _Taken:
    """The newest lease of a thread, as the saver has it."""

    number: int
    holder: Holder
    beat: Any = None
    released: bool = False


@asynccontextmanager
async def leased(
    saver: BaseCheckpointSaver, thread: str, seconds: float | None = None
) -> AsyncIterator[Lease]:
    """Hold the thread while the block runs; wait up to `seconds` for whoever holds it.

    Raises ThreadInUse, which names the holder, when it is not free by then; without `seconds`, as soon as
    the holder is seen to be alive.
    """
    lease = await _acquire(saver, thread, seconds)
    renewing = asyncio.create_task(lease.keep_renewed())
    try:
        yield lease
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        with suppress(StoreFailed):  # it expires; what the block raised matters more
            await lease.release()


async def _acquire(saver: BaseCheckpointSaver, thread: str, seconds: float | None) -> Lease:
    begun = seen = time.monotonic()
    last: _Taken | None = None
    while True:
        taken = await _taken(saver, thread)
        if taken is None or taken.released or taken.holder.alive is False:
            if (lease := await _take(saver, thread, taken)) is not None:
                return lease
            continue
        now = time.monotonic()
        changed = last is not None and (last.number, last.beat) != (taken.number, taken.beat)
        if last is None or changed:
            last, seen = taken, now
        elif now - seen > EXPIRY and (lease := await _take(saver, thread, taken)) is not None:
            return lease
        if seconds is None and (changed or taken.holder.alive):
            raise _in_use(thread, taken.holder)
        if seconds is not None and now - begun > seconds:
            raise _in_use(thread, taken.holder)
        await asyncio.sleep(POLL)


async def _take(saver: BaseCheckpointSaver, thread: str, before: _Taken | None) -> Lease | None:
    """The next lease, or None if another process was first."""
    holder, number = Holder.new(), before.number + 1 if before else 0
    _held_here.add(holder.token)  # before others can see the row
    got = False
    try:
        with typed_errors():
            if before is None:
                checkpoint = empty_checkpoint()
                checkpoint["id"] = LEASE
                await saver.aput(_place(thread), checkpoint, {}, {})
            row = [(LEASE, vars(holder) | {"number": number})]
            await saver.aput_writes(_place(thread, LEASE), row, f"{number:08d}")
        taken = await _taken(saver, thread)
        got = taken is not None and taken.holder.token == holder.token
    finally:
        if not got:
            _held_here.discard(holder.token)
    return Lease(saver, thread, number, holder) if got else None


async def _taken(saver: BaseCheckpointSaver, thread: str) -> _Taken | None:
    with typed_errors():
        kept = await saver.aget_tuple(_place(thread, LEASE))
    rows = kept.pending_writes or () if kept else ()
    holders = {task: row for task, channel, row in rows if channel == LEASE}
    beats = {task: row for task, channel, row in rows if channel == ERROR}
    if not holders:
        return None
    task = max(holders)
    beat = beats.get(task)
    try:
        named = {key: value for key, value in holders[task].items() if key != "number"}
        holder, number = Holder(**named), int(holders[task]["number"])
        told = dict(beat or {})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoreFailed(f"thread {thread!r} has a damaged lease: {error!r}") from error
    return _Taken(number, holder, told.get("beat"), told.get("released") is True)


def _in_use(thread: str, holder: Holder) -> ThreadInUse:
    return ThreadInUse(
        f"thread {thread!r} is being run by process {holder.pid} on {holder.host} since {holder.since}: "
        "wait for it, or give this run a budget of seconds to wait for it itself",
        host=str(holder.host),
        pid=holder.pid,
        since=str(holder.since),
    )


def _place(thread: str, checkpoint: str = "") -> RunnableConfig:
    place = {"thread_id": thread, "checkpoint_ns": LEASE}
    return {"configurable": place | ({"checkpoint_id": checkpoint} if checkpoint else {})}


@cache
def _machine() -> str:
    """What two processes share that see each other's process ids."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)


def _started(pid: int) -> str:
    """When the process began, in ticks since the boot, where the system says: a process id comes back."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _runs(pid: int) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
