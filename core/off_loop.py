"""Work that would hold the event loop, done beside it: long texts, imports, programs, files being opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from typing import Final, TypeVar

R = TypeVar("R")

LONG_TEXT: Final = 10_000
"""Characters; reading fewer takes some milliseconds at most."""


async def off_loop(work: Callable[[], R], characters: int) -> R:
    """What `work` returns, run on a thread if it reads more than `LONG_TEXT` characters."""
    return await on_own_thread(work) if characters > LONG_TEXT else work()


async def on_own_thread(work: Callable[[], R]) -> R:
    """What `work` returns, run on a thread that nobody waits for once the wait is cancelled.

    `asyncio.run` waits at its end for the threads of `asyncio.to_thread`, whatever became of who asked. So
    what may outlast a run's time is done here. The thread has a copy of the context.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
    done: asyncio.Future[R] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if done.done() else settle())

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            failure = error
            tell(lambda: done.set_exception(failure))
        else:
            tell(lambda: done.set_result(result))

    Thread(target=run, name="metathink", daemon=True).start()
    return await done
