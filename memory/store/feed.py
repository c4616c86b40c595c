"""How a memory writes to a store and hears of what others wrote to it.

A `Feed` is one namespace of one store. `SqliteFeed` reads the file's own log of changes. For any
other LangGraph store, `JournalFeed` keeps a log beside the items (journal.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ..records.change import Change, Value

Receipt = tuple[int, int]
"""The last change before a write and the last of it, in the feed's own numbering."""


class Feed(Protocol):
    """The items of one namespace: written, read, followed."""

    cursor: int
    """The last change that `news` told of; it can be given to `scan` again in a later process."""

    async def write(self, changes: Sequence[Change]) -> Receipt:
        """Store all changes or none; returns when they are durable."""
        ...

    def note(self, receipt: Receipt) -> None:
        """Say that a write of one's own is known, and need not come as news."""
        ...

    async def read(self, kind: str, keys: Sequence[str]) -> list[Value | None]:
        """The items with these keys, None where there is none."""
        ...

    def scan(self, kinds: Sequence[str], since: int = 0) -> AsyncIterator[list[Change]]:
        """Every item of these kinds (that changed since a cursor), in portions."""
        ...

    async def news(self) -> list[Change] | None:
        """What others changed since the last call; None: too long ago to say, scan everything."""
        ...

    async def erase(self, changes: Sequence[Change], *, everything: bool = False) -> bool:
        """Delete these items, and what was made of them, for good; whether the disk is rid of them.

        The next `news`, here and elsewhere, is None. With `everything` they are all there is: whatever
        else is kept beside them, the namespace's name among it, goes too.
        """
        ...

    async def finish_erasing(self) -> bool:
        """Try again to rid the disk of what was erased; whether it is."""
        ...

    async def close(self) -> None:
        """Let the store go, if it was opened for this feed."""
        ...
