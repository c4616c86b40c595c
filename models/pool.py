"""Connections, one pool for each event loop, open as long as somebody needs them.

A client per call is the commonest mistake in this trade (16 ms each for a new TLS context), and a client
nobody closes the second. So: whoever makes several calls stands inside `connections()`; the pool closes
when the last one leaves.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import aiohttp


class Pool:
    """The open connections of one event loop, and the limits on requests in flight."""

    def __init__(self) -> None:
        self.users = 0
        self._session: aiohttp.ClientSession | None = None
        self._limits: dict[str, asyncio.Semaphore] = {}

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

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None


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
