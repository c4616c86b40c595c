"""One pool a loop: knocked at once, known from then on, closed when the last one leaves."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from metathink.models import pool as pools
from metathink.models.pool import connections
from tests.server import FakeServer


async def test_a_busy_loop_does_not_make_a_live_server_unreachable(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "KNOCK_SECONDS", 0.3)
    async with connections() as pool:
        reaching = asyncio.ensure_future(pool.reach(server.base))
        await asyncio.sleep(0)
        time.sleep(1)  # a thousand runs start: the loop looks at no connection
        await reaching


async def test_a_dead_address_is_knocked_at_anew(server: FakeServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        async with connections() as pool:
            for _ in range(2):
                with pytest.raises(ConnectionRefusedError):
                    await pool.reach(address)
            taken.listen()
            await asyncio.gather(*(pool.reach(address) for _ in range(10)))
            taken.setblocking(False)
            taken.accept()[0].close()
            with pytest.raises(BlockingIOError):
                taken.accept()  # ten asked at once, one knocked


@pytest.mark.parametrize("address", ["http://", "http://[half", "http://host:port/v1"])
async def test_what_is_no_address_is_told_so(address: str) -> None:
    async with connections() as pool:
        with pytest.raises(ValueError):
            await pool.reach(address)


async def test_the_pool_closes_when_the_last_one_leaves() -> None:
    async with connections() as outer:
        session = outer.session
        async with connections() as inner:
            assert inner is outer
        assert not session.closed
    assert session.closed
