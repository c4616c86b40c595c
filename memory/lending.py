"""Memories that are open already, under a name that settings (plain data) can carry.

    async with open_memory("notes.db") as memory:
        with lent(memory) as name:
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

_lent: ContextVar[Mapping[str, Memory] | None] = ContextVar("metathink_lent_memories", default=None)


@contextmanager
def lent(memory: Memory, name: str = "memory") -> Iterator[str]:
    """The string, "open:" and the name, by which `open_memory` finds this memory while the block runs."""
    token = _lent.set({**(_lent.get() or {}), name: memory})
    try:
        yield PREFIX + name
    finally:
        _lent.reset(token)


def lent_memory(where: str) -> Memory:
    """The memory lent under this string. Raises InvalidInput where none is."""
    known = _lent.get() or {}
    name = where.removeprefix(PREFIX)
    if name not in known:
        raise InvalidInput(f"no open memory goes by {name!r:.80} here: lend it with `lent(memory)`")
    return known[name]
