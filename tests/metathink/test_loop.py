"""Nothing of a run holds the event loop for more than 50 ms, however long and odd what a model says is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from pydantic import BaseModel

import metathink as mt
from metathink.models.profiles import learning
from tests.server import FakeServer, says
from tests.watchdog import Watchdog

LENGTH = 100_000
PIECES = {
    "markup": "Step 1: a*b = **x** <think> [behavior_a] 1: true, probability 0.5\n"
    "- item (A) ```python\n1\n``` ",
    "json": '{"a":[',
    "lines": "1: - ",
    "words": "word ",
    "answers": "answer: ",
}
METHODS = (
    "direct",
    "self_consistency",
    "critique_revise",
    "multi_critique",
    "metamind",
    "metacognition",
)


class Fruits(BaseModel):
    """What is counted."""

    apples: int
    pears: int


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[FakeServer]:
    """A server on a loop and thread of its own: what it does is not the watched loop's."""
    fake, ready, ends = FakeServer(), threading.Event(), list[Callable[[], object]]()

    async def serve() -> None:
        await fake.start()
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        ends.append(lambda: loop.call_soon_threadsafe(ended.set))
        ready.set()
        await ended.wait()
        await fake.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(30)
    yield fake
    ends[0]()
    thread.join(30)


async def asked(server: FakeServer, method: str, **options: object) -> None:
    """Ask under the watchdog; what comes of it is not the point here.

    What is slow by itself is slow again: on a busy machine a stall counts if it comes three times.
    """
    for attempt in range(3):
        learning.forget()
        async with Watchdog(fails=attempt == 2) as watch:
            await ask(server, method, **options)
        if not watch.stalls:
            return


async def ask(server: FakeServer, method: str, **options: object) -> None:
    with suppress(mt.MetathinkError):
        await mt.think(
            "Ann has 3 apples and 4 pears. What does Bob believe? How many fruits?",
            method=method,
            model=server.model,
            budget=mt.Budget(calls=8),
            **options,  # pyright: ignore[reportArgumentType]
        )


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("method", METHODS)
async def test_hostile_replies(elsewhere: FakeServer, method: str, piece: str) -> None:
    elsewhere.always = says((PIECES[piece] * LENGTH)[:LENGTH])
    await asked(elsewhere, method)


async def test_a_dialogue_of_hostile_replies(elsewhere: FakeServer) -> None:
    elsewhere.always = says((PIECES["markup"] * LENGTH)[:LENGTH])
    await asked(elsewhere, "rema")


async def test_typed_answers(elsewhere: FakeServer) -> None:
    elsewhere.always = says('{"apples": 3, "pears": 4, "note": "' + "x, " * 30_000 + '"}')
    await asked(elsewhere, "direct", answer_type=Fruits)


async def test_votes_on_programs(elsewhere: FakeServer) -> None:
    pytest.importorskip("pydantic_monty")
    learning.forget()
    program = "def f(n):\n    while n > 0:\n        pass\n    return n\n"
    elsewhere.always = says(f"```python\n{program}{'# note' * 10_000}\n```")
    await asked(elsewhere, "self_consistency", kind="code")
