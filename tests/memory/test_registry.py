"""An open memory goes by a name within its block, for whoever runs there, and nowhere else."""

from __future__ import annotations

import asyncio

import pytest

from metathink.core.errors import InvalidInput
from metathink.memory import Memory, open_memory, register_memory
from metathink.memory.pool import memories


async def found(name: str) -> Memory:
    async with open_memory(name, namespace="another") as memory:
        return memory


async def test_it_is_that_very_memory_and_stays_open(local: Memory) -> None:
    with register_memory(local, "notes") as name:
        assert name == "open:notes"
        assert await found(name) is local
        async with memories() as kept:
            assert await kept.at(name) is local
    await local.graph.add_facts([("Ada", "wrote", "Note G")], source="a book")


async def test_names_are_seen_within_and_the_innermost_counts(local: Memory) -> None:
    async with open_memory() as other:
        with register_memory(local), register_memory(other, "other"):
            assert await found("open:memory") is local
            with register_memory(other):
                assert await found("open:memory") is other
            assert await asyncio.create_task(found("open:other")) is other
    with pytest.raises(InvalidInput, match="register_memory"):
        await found("open:memory")


async def test_two_at_once_do_not_see_each_others(local: Memory) -> None:
    async def lends(memory: Memory) -> bool:
        with register_memory(memory) as name:
            await asyncio.sleep(0)
            async with memories() as kept:
                await asyncio.sleep(0)
                return await kept.at(name) is memory and await found(name) is memory

    async with open_memory() as other, memories():
        assert await asyncio.gather(lends(local), lends(other)) == [True, True]
