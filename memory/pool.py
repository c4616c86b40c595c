"""Memories that stay open: one for each place and namespace in an event loop, as long as somebody needs
them.

Opening reads what is stored; a machine that opened its memory at every node, or for every question of a
thousand, would do little else. So: whoever works with memories stands inside `memories()`; they close
when the last one leaves.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..core.off_loop import on_own_thread
from .registry import PREFIX, registered_memory

if TYPE_CHECKING:
    from .memory import Memory


class OpenMemories:
    """The open memories of one event loop."""

    def __init__(self) -> None:
        self.users = 0
        self._lock = asyncio.Lock()
        self._open: dict[tuple[str, str, str], Memory] = {}
        self._stack = AsyncExitStack()

    async def at(self, where: str, namespace: str = "default", embedder: str = "") -> Memory:
        """The memory there, opened when first asked for; `where` as for `open_memory`.

        Raises what `open_memory` raises.
        """
        if where.startswith(PREFIX):
            return registered_memory(where)  # whoever registered it keeps it open
        # A machine without a memory does not load one; and numpy's import is not for the loop.
        open_memory = (await on_own_thread(lambda: import_module(".open", __package__))).open_memory
        key = (where, namespace, embedder)
        async with self._lock:
            if key not in self._open:
                opening = open_memory(where, namespace=namespace, embedder=embedder or None)
                self._open[key] = await self._stack.enter_async_context(opening)
        return self._open[key]

    async def close(self) -> None:
        """Close every memory."""
        self._open.clear()
        await self._stack.aclose()


_open: WeakKeyDictionary[asyncio.AbstractEventLoop, OpenMemories] = WeakKeyDictionary()


class memories:
    """`async with memories() as open`: the loop's memories, kept for this block and those around it."""

    async def __aenter__(self) -> OpenMemories:
        self._memories = _open.setdefault(asyncio.get_running_loop(), OpenMemories())
        self._memories.users += 1
        return self._memories

    async def __aexit__(self, *_: object) -> None:
        self._memories.users -= 1
        if self._memories.users == 0:
            await self._memories.close()
