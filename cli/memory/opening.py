"""What the commands on memories and handbooks share: opening one, and reading a text file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ...core.errors import InvalidInput, StoreFailed
from ...core.paths import home, private_folder

if TYPE_CHECKING:
    from ...memory import Memory

T = TypeVar("T")


def with_memory(
    at: str,
    namespace: str,
    action: Callable[[Memory], Awaitable[T]],
    *,
    new: bool = False,
    embedder: str = "",
) -> T:
    """Open the memory, do the action, close it. A file is made only with `new`."""
    return asyncio.run(_opened(at, namespace, action, new, embedder))


async def _opened(
    at: str, namespace: str, action: Callable[[Memory], Awaitable[T]], new: bool, embedder: str
) -> T:
    from ...memory import open_memory

    place = at or os.environ.get("METATHINK_MEMORY") or str(home() / "memory.db")
    if not place.startswith(("postgresql://", "postgres://")):
        if new:
            private_folder(Path(place).parent)
        elif not Path(place).exists():
            raise InvalidInput(f"there is no memory at {place}: `metathink memory add` makes one")
    async with open_memory(place, namespace=namespace, embedder=embedder or None) as memory:
        return await action(memory)


def read_text(path: Path) -> str:
    """A text file; InvalidInput where it is no UTF-8, StoreFailed where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as failure:
        raise StoreFailed(f"cannot read {path}: {failure.strerror}") from failure
    except UnicodeDecodeError as fault:
        raise InvalidInput(f"{path} is not UTF-8 text: {fault}") from fault
