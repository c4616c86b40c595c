"""Memories that are open already, under a name that settings (plain data) can carry.

    async with open_memory("notes.db") as memory:
        with register_memory(memory) as name:
            await metathink.think("...", method="behavior_reuse", memory=name)

Inside the block `open_memory(name)` gives that very memory, with its own namespace, and leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from ..core.errors import InvalidInput

if TYPE_CHECKING:
    from .memory import Memory

PREFIX: Final = "open:"

_registered: ContextVar[Mapping[str, Memory] | None] = ContextVar(
    "metathink_registered_memories", default=None
)


@contextmanager
def register_memory(memory: Memory, name: str = "memory") -> Iterator[str]:
    """The string, "open:" and the name, by which `open_memory` finds this memory while the block runs."""
    token = _registered.set({**(_registered.get() or {}), name: memory})
    try:
        yield PREFIX + name
    finally:
        _registered.reset(token)


def registered_memory(where: str) -> Memory:
    """The memory registered under this string. Raises InvalidInput where none is."""
    known = _registered.get() or {}
    name = where.removeprefix(PREFIX)
    if name not in known:
        raise InvalidInput(
            f"no open memory is registered as {name!r:.80}: use `register_memory(memory)`"
        )
    return known[name]
