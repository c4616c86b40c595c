"""A run ends within half a second of its time. What it waits for here lasts half a minute or more."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.runtime.machine import END, START, Card, Settings, State, Wiring
from tests.server import FakeServer, refuses, says

SECONDS = 1.0
LATE = 0.5
"""Seconds beyond the run's that are promised, not counting the time without a processor."""
LOOPS = "while True:\n        pass"


def starved() -> float:
    """Seconds in which threads of this process could have run and had no processor."""
    waited = 0
    for task in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):  # the thread has ended
            waited += int(task.read_text().split()[1])
    return waited / 1e9


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    begun, before = time.monotonic(), starved()
    with suppress(mt.MetathinkError):
        yield
    late = time.monotonic() - begun - SECONDS
    assert late < LATE + max(0.0, starved() - before)


async def ask(
    model: str, method: str = "direct", question: str = "How many?", **settings: Any
) -> mt.Answer[Any]:
    budget = mt.Budget(seconds=SECONDS)
    return await mt.think(question, method=method, model=model, budget=budget, **settings)


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


async def test_a_verifier_that_loops(server: FakeServer) -> None:
    pytest.importorskip("pydantic_monty", reason="the sandbox extra is not installed")
    server.always = says(r"\boxed{7}")
    async with in_time():
        await ask(server.model, "metacognition", verifier=f"def right(answer):\n    {LOOPS}")


async def test_programs_that_loop(server: FakeServer) -> None:
    pytest.importorskip("pydantic_monty", reason="the sandbox extra is not installed")
    server.always = says(f"```python\ndef double(n):\n    {LOOPS}\n```")
    async with in_time():
        wanted = "Write a Python function double(n) that doubles a number."
        await ask(server.model, "self_consistency", wanted, samples=4)


@pytest.mark.parametrize("answer", ["9^{9^{9^{9}}}", "9" * 100_000, "{" * 50_000, "½" * 50_000])
async def test_answers_that_are_hard_to_compare(server: FakeServer, answer: str) -> None:
    server.always = says(rf"\boxed{{{answer}}}")
    async with in_time():
        await ask(server.model, "self_consistency", samples=8)


FIRST_USE = """
import asyncio, sys, time
import metathink as mt
think = mt.think
begun = time.monotonic()
try:
    asyncio.run(think("How many?", model=sys.argv[1], method="direct", budget=mt.Budget(seconds=0.01)))
except mt.MetathinkError as error:
    print(type(error).__name__)
print(time.monotonic() - begun, "langgraph.graph" in sys.modules)
"""


def test_the_imports_of_the_first_use() -> None:
    """They take longer than this run has; nobody waits for them."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_USE, "openai/none"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    ended, took = done.stdout.splitlines()
    assert ended == "BudgetExceeded", done.stderr
    assert took.endswith("False"), took
