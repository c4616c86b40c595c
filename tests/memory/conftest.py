"""Places a memory can be: in this process, in a file, in a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore

from metathink.memory import Memory, open_memory


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
