"""One run at a time on a thread: between tasks, between processes, after deaths."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from langgraph.checkpoint.memory import InMemorySaver

import metathink as mt
from metathink.core.errors import StoreFailed, ThreadInUse
from metathink.runtime import lease as leases
from metathink.runtime.checkpoint import open_saver
from metathink.runtime.lease import Holder, leased
from metathink.runtime.machine import State
from tests.server import FakeServer, completion, says

LIFE = """
import asyncio, json, sys
import metathink as mt
from metathink.core.errors import ThreadInUse
model, place, seconds = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
async def life():
    try:
        answer = await mt.think("How much?", method="rema", model=model, checkpoint=place, thread="t",
                                budget=mt.Budget(calls=6, seconds=seconds), max_turns=6)
        return {"text": answer.text, "ending": answer.ending, "calls": answer.usage.calls}
    except ThreadInUse as busy:
        return {"pid": busy.pid, "host": busy.host, "since": busy.since, "said": str(busy)}
print(json.dumps(asyncio.run(life())))
"""


async def life(server: FakeServer, place: object, seconds: float | None = None) -> Any:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", LIFE, server.model, str(place), json.dumps(seconds), stdout=-1
    )


async def told(process: Any) -> dict[str, Any]:
    out, _ = await asyncio.wait_for(process.communicate(), 90)
    return json.loads(out)


def counts(server: FakeServer, gate: asyncio.Event | None = None) -> Any:
    """Every answer is another one, so that two runs cannot agree by chance; none comes before the gate."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if gate is not None:
            await gate.wait()
        await asyncio.sleep(0.1)
        return web.json_response(completion(body, rf"So \boxed{{{len(server.bodies)}}}"))

    return behave


async def asked(server: FakeServer) -> None:
    async with asyncio.timeout(60):
        while not server.bodies:
            await asyncio.sleep(0.05)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return request.getfixturevalue("postgres")
    return str(tmp_path / "threads.db")


async def test_the_second_process_is_told_who_has_the_thread(
    server: FakeServer, place: str
) -> None:
    gate = asyncio.Event()
    server.always = counts(server, gate)
    first = await life(server, place)
    await asked(server)
    busy = await told(await life(server, place))
    assert len(server.bodies) == 1
    gate.set()
    assert busy["pid"] == first.pid and busy["host"] and busy["since"] in busy["said"]
    answer = await told(first)
    assert len(server.bodies) == answer["calls"] <= 6


async def test_the_second_process_waits_within_its_seconds_and_gets_the_same_answer(
    server: FakeServer, tmp_path: Path
) -> None:
    gate = asyncio.Event()
    server.always = counts(server, gate)
    first = await life(server, tmp_path / "t.db", 60)
    second = await life(server, tmp_path / "t.db", 60)
    await asked(server)
    await asyncio.sleep(3)
    assert len(server.bodies) == 1
    gate.set()
    one, two = await asyncio.gather(told(first), told(second))
    assert one == two and len(server.bodies) == one["calls"] <= 6


async def test_after_a_kill_the_next_process_goes_on_at_once(
    server: FakeServer, tmp_path: Path
) -> None:
    server.always = counts(server)
    first = await life(server, tmp_path / "t.db")
    async with asyncio.timeout(60):
        while len(server.bodies) < 2:
            await asyncio.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()
    answer = await told(await life(server, tmp_path / "t.db"))
    assert "text" in answer and len(server.bodies) == answer["calls"] <= 6


async def test_two_tasks_of_one_process(server: FakeServer) -> None:
    server.always = says(r"\boxed{1}", delay=0.3)
    saver = InMemorySaver()

    async def ask(seconds: float | None) -> Any:
        budget = mt.Budget(seconds=seconds)
        kept: dict[str, Any] = {"checkpoint": saver, "thread": "t", "budget": budget}
        return await mt.think("q", method="direct", model=server.model, **kept)

    found = await asyncio.gather(ask(None), ask(None), return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["Answer", "ThreadInUse"]
    await saver.adelete_thread("t")
    one, two = await asyncio.gather(ask(30), ask(30))
    assert one.text == two.text == "1" and len(server.bodies) == 2


async def test_of_many_that_try_one_gets_it(place: str) -> None:
    inside = most = 0

    async def hold() -> None:
        nonlocal inside, most
        async with open_saver(place, State) as saver, leased(saver, "t", 60):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.02)
            inside -= 1

    await asyncio.gather(*(hold() for _ in range(8)))
    assert most == 1 and inside == 0


async def test_a_holder_elsewhere_that_is_silent_counts_as_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "EXPIRY", 0.6)
    saver = InMemorySaver()
    elsewhere = Holder("token", "other-host", 77, "2026-01-01T00:00:00+00:00", "other", "1")
    monkeypatch.setattr(Holder, "new", classmethod(lambda cls: elsewhere))
    lost = await leases._acquire(saver, "t", None)
    monkeypatch.undo()
    monkeypatch.setattr(leases, "EXPIRY", 0.6)
    with pytest.raises(ThreadInUse, match="process 77 on other-host"):
        async with leased(saver, "t", 0.2):
            pass
    async with leased(saver, "t", 5) as lease:
        assert lease.number == 1
        with pytest.raises(ThreadInUse):
            await lost.renew()
        await lease.renew()


async def test_a_holder_elsewhere_that_renews_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "EXPIRY", 0.8)
    saver = InMemorySaver()
    lease = await leases._acquire(saver, "t", None)
    monkeypatch.setattr(leases, "_machine", lambda: "another machine")

    async def renew() -> None:
        while True:
            await asyncio.sleep(0.1)
            await lease.renew()

    renewing = asyncio.create_task(renew())
    begun = time.monotonic()
    with pytest.raises(ThreadInUse):
        await leases._acquire(saver, "t", 2.0)
    assert time.monotonic() - begun >= 2.0
    renewing.cancel()


async def test_a_damaged_lease_is_typed() -> None:
    saver = InMemorySaver()
    async with leased(saver, "t"):
        pass
    await saver.aput_writes(leases._place("t", leases.LEASE), [(leases.LEASE, "x")], "00000009")
    with pytest.raises(StoreFailed, match="damaged lease"):
        async with leased(saver, "t"):
            pass
