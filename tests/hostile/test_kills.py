"""A batch that is killed with -9 again and again loses no answer and pays for no finished call twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import material
from tests.server import FakeServer, completion, web

METHODS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("direct", {}),
    ("rema", {"max_turns": 2}),
    ("self_consistency", {"samples": 2}),
    ("critique_revise", {}),
)
CONCURRENCY, QUESTIONS = 4, 10


class Counting:
    """A server that tells each question's answer after a moment, and counts what it was asked."""

    def __init__(self) -> None:
        self.asked = Counter[str]()
        self.arrived = asyncio.Condition()

    async def behave(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        """The number in the question, boxed."""
        words = json.dumps([body["messages"], body.get("n")])
        self.asked[hashlib.sha256(words.encode()).hexdigest()] += 1
        async with self.arrived:
            self.arrived.notify_all()
        await asyncio.sleep(0.01)
        number = words.split("question number ")[1].split(" ")[0]
        return web.json_response(completion(body, *[rf"\boxed{{{number}}}"] * (body.get("n") or 1)))

    async def until(self, requests: int) -> None:
        """Return once so many requests have arrived in all."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: self.asked.total() >= requests)


async def start(plan: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.hostile.kills",
        str(plan),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2_000:]
    return json.loads(out)


@pytest.mark.parametrize(
    ("method", "settings"), METHODS if material.LONG else METHODS[1:2], ids=lambda value: str(value)
)
async def test_nothing_is_lost_and_nothing_paid_twice(
    method: str, settings: dict[str, Any], server: FakeServer, tmp_path: Path
) -> None:
    counting = Counting()
    server.always = counting.behave
    questions = [
        f"This is question number {number} of them: say it." for number in range(QUESTIONS)
    ]
    plan = {"questions": questions, "method": method, "model": server.model, "settings": settings}
    plan |= {"concurrency": CONCURRENCY}

    def planned(name: str) -> Path:
        path = tmp_path / f"{name}.json"
        places = {
            "resume": str(tmp_path / f"{name}.jsonl"),
            "checkpoint": str(tmp_path / f"{name}.db"),
        }
        path.write_text(json.dumps(plan | places), "utf-8")
        return path

    whole = await ended(await start(planned("whole")))
    assert [answer["value"] for answer in whole] == [str(n) for n in range(QUESTIONS)]
    calls, counting.asked = counting.asked, Counter()
    wanted = material.many(2, 76)  # of each method: over 300 kills in the long form
    kills, number = 0, wanted.start
    while kills < len(wanted):
        number += 1
        rng, name = material.chance("kill", method, number), f"run-{number}"
        counting.asked.clear()
        path, deaths = planned(name), rng.randrange(1, 4)
        for _ in range(deaths):
            process = await start(path)
            waiting = asyncio.ensure_future(
                counting.until(counting.asked.total() + rng.randrange(1, 9))
            )
            running = asyncio.ensure_future(process.wait())
            await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            await asyncio.sleep(rng.random() * 0.02)
            if process.returncode is None:
                process.kill()
                kills += 1
            await process.communicate()
            running.cancel()
        again = await ended(await start(path))
        assert [answer["value"] for answer in again] == [answer["value"] for answer in whole]
        paid = counting.asked.total() - calls.total()
        assert 0 <= paid <= deaths * CONCURRENCY, f"{paid} calls paid again after {deaths} kills"
        assert counting.asked.keys() == calls.keys()
