"""Connections, one pool for each event loop, open as long as somebody needs them.

A client per call is the commonest mistake in this trade (16 ms each for a new TLS context), and a client
nobody closes the second. So: whoever makes several calls stands inside `connections()`; the pool closes
when the last one leaves.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from ..core.errors import EndpointUnreachable, RequestRejected

if TYPE_CHECKING:
    import aiohttp

KNOCK_SECONDS = 4.0
"""How long an address may take to open a connection when it is first asked."""


class Pool:
    """The open connections of one event loop, and the limits on requests in flight."""

    def __init__(self) -> None:
        self.users = 0
        self._session: aiohttp.ClientSession | None = None
        self._limits: dict[str, asyncio.Semaphore] = {}
        self._probes: dict[str, asyncio.Future[None]] = {}

    @property
    def session(self) -> aiohttp.ClientSession:
        """One HTTP session without a cap of its own: the limits below are the cap."""
        if self._session is None:
            import aiohttp  # 0.15 s: only when the first request goes out

            connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector, read_bufsize=2**20)
        return self._session

    def limit(self, address: str, in_flight: int) -> asyncio.Semaphore:
        """The semaphore that keeps at most `in_flight` requests open at this address."""
        if address not in self._limits:
            self._limits[address] = asyncio.Semaphore(in_flight)
        return self._limits[address]

    async def reach(self, base: str) -> None:
        """Knock at an address before its first request. Raises OSError if nothing opens, ValueError for no
        address.

        In a thread: there the seconds are kept while a thousand starting runs keep the loop busy; a timer
        of the loop's own fires before the loop looks at the connection, and calls a live server dead.
        """
        if (probe := self._probes.get(base)) is None:
            probe = self._probes[base] = asyncio.ensure_future(asyncio.to_thread(_probe, base))
            probe.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.shield(probe)
        except (OSError, ValueError):
            self._probes.pop(base, None)
            raise

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _probe(base: str) -> None:
    parts = urlsplit(base)
    if not parts.hostname:
        raise ValueError(f"{base} names no host")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    socket.create_connection((parts.hostname, port), KNOCK_SECONDS).close()


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = WeakKeyDictionary()


class connections:
    """`async with connections() as pool`: the loop's pool, open for this block and those around it."""

    async def __aenter__(self) -> Pool:
        self._pool = _pools.setdefault(asyncio.get_running_loop(), Pool())
        self._pool.users += 1
        return self._pool

    async def __aexit__(self, *_: object) -> None:
        self._pool.users -= 1
        if self._pool.users == 0:
            await self._pool.close()


@asynccontextmanager
async def reached(base: str) -> AsyncIterator[Pool]:
    """The pool, once the address has opened a connection.

    Raises RequestRejected for what is no address and EndpointUnreachable where nothing opens.
    """
    async with connections() as pool:
        try:
            await pool.reach(base)
        except ValueError as error:
            raise RequestRejected(f"{base} is not an address") from error
        except OSError as error:
            raise EndpointUnreachable(f"nothing answers at {base}: {error}") from error
        yield pool
