"""What a machine with a memory can be told, and how it reaches that memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .machine import Settings

if TYPE_CHECKING:
    from ..memory.memory import Memory


@dataclass
class RememberingSettings(Settings):
    """Settings of a method that reads or writes a memory."""

    memory: str = ""
    """SQLite file, postgresql:// address, or open:NAME (see `register_memory`); empty: none."""
    namespace: str = "default"
    """Whose memory: project/user."""
    embedder: str = ""
    """Embedding model for recall (see `open_memory`); empty: words and graph alone."""

    async def recollection(self) -> Memory | None:
        """The memory, open as long as the outermost machine runs; None where none is set."""
        if not self.memory:
            return None
        from ..memory.pool import memories

        async with memories() as kept:
            return await kept.at(self.memory, self.namespace, self.embedder)
