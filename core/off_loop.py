"""Reading long texts beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

R = TypeVar("R")

LONG_TEXT: Final = 10_000
"""Characters; reading fewer takes some milliseconds at most."""


async def off_loop(work: Callable[[], R], characters: int) -> R:
    """What `work` returns, run on a thread if it reads more than `LONG_TEXT` characters."""
    return await asyncio.to_thread(work) if characters > LONG_TEXT else work()
