"""What holds for every test: no network but loopback, no keys, a home of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.server import FakeServer


@pytest.fixture(autouse=True)
def closed_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sockets reach loopback only; keys and settings of the person running the tests are out of sight."""
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and isinstance(address, tuple):
            assert str(address[0]) in ("127.0.0.1", "::1", "localhost"), (
                f"a test reached for {address}"
            )
        return connect(self, address)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(socket.socket, "connect", loopback_only)
    for name in list(os.environ):
        if name.endswith("_API_KEY") or name.startswith("METATHINK_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("METATHINK_HOME", str(tmp_path / "home"))


@pytest_asyncio.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A real OpenAI-compatible server on loopback that behaves as it is told."""
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()
