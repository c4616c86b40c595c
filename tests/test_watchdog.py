"""The watchdog names what holds a loop, and nothing else."""

from __future__ import annotations

import asyncio
import gc
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.watchdog import Watchdog


def compute(seconds: float) -> None:
    begun = time.thread_time()
    while time.thread_time() - begun < seconds:
        pass


def block(seconds: float) -> None:
    time.sleep(seconds)


def match(_: float) -> None:
    """One call that keeps the interpreter's lock to its end."""
    re.match(r"(a+)+b", "a" * 23)


@pytest.mark.parametrize("hold", [compute, block, match])
async def test_what_holds_the_loop_is_named(hold: Callable[[float], None]) -> None:
    with pytest.raises(AssertionError, match=f"in {hold.__name__}\n"):
        async with Watchdog():
            await asyncio.sleep(0.02)
            hold(0.2)
            await asyncio.sleep(0.02)


async def test_each_time_is_told_once() -> None:
    async with Watchdog(fails=False) as watch:
        for _ in range(3):
            compute(0.1)
            await asyncio.sleep(0.05)
    assert len(watch.stalls) == 3


async def test_work_in_pieces_is_no_fault() -> None:
    async with Watchdog() as watch:
        for _ in range(50):
            compute(0.01)
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
    assert watch.longest < 0.05


async def test_other_threads_and_collections_are_no_fault() -> None:
    """Neither the lock that others hold, nor what the whole heap costs to look through."""
    heap = [[number] for number in range(500_000)]
    ended = threading.Event()

    def busy() -> None:
        while not ended.is_set():
            sum(range(1_000))

    with ThreadPoolExecutor(3) as pool:
        try:
            for _ in range(3):
                pool.submit(busy)
            async with Watchdog():
                for _ in range(3):
                    gc.collect()
                    await asyncio.sleep(0.02)
        finally:
            ended.set()
    assert heap
