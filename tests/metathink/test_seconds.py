"""A run ends with its seconds, whatever it waits for. What it waits for here lasts half a minute or more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import metathink as mt
from metathink.runtime.machine import END, START, Card, Settings, State, Wiring
from tests.server import FakeServer, refuses, says

SECONDS = 1.0
LATE = 4.0
"""Seconds beyond the run's that a loaded machine is forgiven; half a second is what is promised."""


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    begun = time.monotonic()
    with suppress(mt.MetathinkError):
        yield
    assert time.monotonic() - begun < SECONDS + LATE


async def ask(model: str, method: str = "direct") -> mt.Answer[Any]:
    return await mt.think(
        "How many?", method=method, model=model, budget=mt.Budget(seconds=SECONDS)
    )


async def test_a_server_that_never_answers(silent: str) -> None:
    async with in_time():
        await ask(f"{silent}#model")


async def test_a_server_that_never_says_what_it_serves(silent: str) -> None:
    async with in_time():
        await ask(silent)


async def test_a_slow_server(server: FakeServer) -> None:
    server.always = says(r"\boxed{1}", delay=30)
    async with in_time():
        await ask(server.model, "multi_critique")


async def test_a_server_that_asks_to_wait(server: FakeServer) -> None:
    server.always = refuses(429, "later", Retry_After="30")
    async with in_time():
        await ask(server.model)


async def test_what_a_method_does_after_its_end() -> None:
    """It is given up, and the answer stays as it was."""

    async def answer(state: State, settings: Settings) -> dict[str, Any]:
        return {"answer": "7", "ending": "finished"}

    async def keep(state: State, settings: Settings) -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"answer": "too late"}

    machine = (
        Wiring(Card("keeping", "", "", ""), State, Settings)
        .node(answer)
        .node(keep, run_after_finish=True)
        .edge(START, "answer")
        .edge("answer", "keep")
        .edge("keep", END)
        .build()
    )
    async with in_time():
        outcome = await machine.ainvoke({"question": "q"}, context={"budget_seconds": SECONDS})
        assert (outcome["answer"], outcome["ending"]) == ("7", "finished")
