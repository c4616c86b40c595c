"""Killed with -9 anywhere and asked again, a run makes no finished model call again."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from metathink.memory import open_memory
from tests.runtime.lives import Nursery, nursery
from tests.server import FakeServer, completion, web

EVERY = os.environ.get("METATHINK_TEST_LIVES") == "all"
MACHINES = ("rema", "multi_critique", "metacognition", "composed")
ROWS = "SELECT task_id FROM {table} WHERE checkpoint_ns = 'metathink' AND thread_id = "


@pytest.fixture(scope="module")
def cradle() -> Iterator[Nursery]:
    with nursery() as started:
        yield started


def says_one_thing(delay: float = 0.0, raising: tuple[Path, str, int] | None = None) -> Any:
    """The same words to everybody; unusable as a critique, so that replies are sent back too.

    `raising` is a file to make once that model was asked so many times; who asked then is killed for it,
    and gets no reply first.
    """
    heard = Counter[str]()

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        heard[body["model"]] += 1
        if raising is not None and heard[raising[1]] == raising[2]:
            raising[0].touch()
            await asyncio.sleep(60)
        await asyncio.sleep(delay * random.random())
        return web.json_response(completion(body, *[r"It is \boxed{4}"] * body.get("n", 1)))

    return behave


def kept_in(place: str, thread: str) -> tuple[int, int]:
    """How many calls the thread wrote down before they went out, and how many when they came back."""
    names: list[str] = []
    if place.startswith("postgresql://"):
        with psycopg.connect(place) as connection:
            query = ROWS.format(table="checkpoint_writes") + "%s"
            names = [row[0] for row in connection.execute(query, (thread,))]  # pyright: ignore
    elif Path(place).exists():
        with sqlite3.connect(place) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            if "writes" in tables:
                names = [
                    row[0]
                    for row in connection.execute(ROWS.format(table="writes") + "?", (thread,))
                ]
    return (
        sum(name.endswith("/asked") for name in names),
        sum(name.endswith("/ended") for name in names),
    )


def steps_of(outcome: dict[str, Any]) -> Counter[tuple[str, str, str]]:
    return Counter(
        (step["speaker"], step["action"], str(step["changes"])) for step in outcome["steps"]
    )


def in_order(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(steps, key=lambda step: step["index"])


class Lives:
    """Lives of one machine at one place, on threads of their own, against a counting server."""

    def __init__(self, cradle: Nursery, server: FakeServer, place: str, machine: str) -> None:
        self.cradle, self.server, self.place, self.machine = cradle, server, place, machine

    def requests(self, thread: str) -> int:
        return sum(body["model"] == thread for body in self.server.bodies)

    async def live(self, thread: str, **life: Any) -> dict[str, Any]:
        model = f"{self.server.base}#{thread}"
        settings = {"max_turns": 2} if self.machine == "rema" else {}
        settings |= life.pop("settings", {})
        return await self.cradle.live(
            machine=self.machine,
            model=model,
            place=self.place,
            thread=thread,
            settings=settings,
            **life,
        )

    async def undisturbed(self) -> dict[str, Any]:
        told = await self.live("whole")
        assert told["outcome"] is not None, told["log"]
        return told["outcome"]

    async def died_and_went_on(self, thread: str, whole: dict[str, Any], **death: Any) -> bool:
        """One killed life, one that ends; False if the first was not killed."""
        first = await self.live(thread, **death)
        if first["outcome"] is not None:
            return False
        assert first["log"] == "killed"
        before, (asked, ended) = self.requests(thread), kept_in(self.place, thread)
        second = await self.live(thread)
        assert second["outcome"] is not None, second["log"]
        outcome, calls = second["outcome"], whole["usage"]["calls"]
        assert self.requests(thread) - before == calls - ended, "a finished call was made again"
        assert outcome["text"] == whole["text"]
        assert steps_of(outcome) == steps_of(whole)
        assert outcome["usage"]["calls"] == calls + asked - ended
        assert outcome["usage"]["unreported"] == asked - ended
        third = await self.live(thread)
        assert third["outcome"]["text"] == whole["text"]
        assert self.requests(thread) - before == calls - ended, "a finished thread asked again"
        assert in_order(third["outcome"]["steps"]) == in_order(outcome["steps"])
        return True


@pytest.mark.parametrize("machine", MACHINES)
async def test_killed_at_any_write_it_goes_on(
    machine: str, cradle: Nursery, server: FakeServer, tmp_path: Path
) -> None:
    """Right before or right after a durable write; all of them with METATHINK_TEST_LIVES=all, else some."""
    server.always = says_one_thing()
    lives = Lives(cradle, server, str(tmp_path / "runs.db"), machine)
    whole = await lives.undisturbed()
    deaths = [(at, when) for at in range(1, whole["writes"] + 1) for when in ("before", "after")]
    for at, when in deaths if EVERY else random.sample(deaths, 5):
        killed = await lives.died_and_went_on(f"{when}-{at}", whole, kill=when, at=at)
        assert killed, f"{when} {at} of {whole['writes']}"


@pytest.mark.parametrize(
    ("machine", "kind"), [*((machine, "sqlite") for machine in MACHINES), ("composed", "postgres")]
)
async def test_killed_at_any_moment_it_goes_on(
    machine: str,
    kind: str,
    cradle: Nursery,
    server: FakeServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """From outside, once as many requests as that have arrived, with others in flight."""
    server.always = says_one_thing(0.05)
    place = str(tmp_path / "runs.db") if kind == "sqlite" else request.getfixturevalue("postgres")
    lives = Lives(cradle, server, place, machine)
    whole = await lives.undisturbed()
    for number in range(3):
        thread, flag = f"life-{number}", tmp_path / f"flag-{number}"
        arrived = random.randint(1, whole["usage"]["calls"])
        server.always = says_one_thing(0.05, raising=(flag, thread, arrived))
        assert await lives.died_and_went_on(thread, whole, flag=str(flag))


LESSONS = {
    "You keep notes": {
        "notes": [
            {"kind": kind, "text": text, "strength": 0.8, "evidence": "How much is 2 + 2"}
            for kind, text in (("preference", "Likes sums."), ("role", "Is at school."))
        ],
        "summary": "A pupil who likes sums.",
    },
    "You judge a reply": {"empathy": 1, "coherence": 1, "critique": "", "revision": ""},
    "Look back at the solution": {"sound": True, "mistake": "", "reason": "", "hints": ["add"]},
    "beginning with behavior_": {
        "behaviors": [{"name": "add_up", "instruction": "Add the numbers in turn."}]
    },
}
"""What is said to whom, by words of the prompt."""


async def teaches(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    asked = "\n".join(message["content"] for message in body["messages"])
    said = next((json.dumps(reply) for words, reply in LESSONS.items() if words in asked), None)
    texts = [said or r"It is \boxed{4}"] * body.get("n", 1)
    return web.json_response(completion(body, *texts))


async def learned(place: Path) -> Counter[tuple[str, ...]]:
    """What a memory holds, but when and by which run it was learned."""
    lasting = ("problem", "method", "answer", "tokens", "name", "edit", "person", "text", "summary")
    async with open_memory(str(place)) as memory:
        items = [(change.kind, change.value or {}) async for change in memory.items()]
    return Counter((kind, *(str(value.get(name)) for name in lasting)) for kind, value in items)


@pytest.mark.parametrize(
    ("machine", "settings", "kinds"),
    [
        ("metacognition", {"gold": "4", "min_confidence": 0.0}, {"episodes", "behaviors"}),
        ("behavior_curate", {"gold": "4"}, {"episodes", "behaviors"}),
        ("metamind", {"person": "Ann", "hypotheses": 0, "refine": False}, {"people"}),
    ],
)
async def test_killed_right_after_it_wrote_to_memory_it_has_written_once(
    machine: str,
    settings: dict[str, Any],
    kinds: set[str],
    cradle: Nursery,
    server: FakeServer,
    tmp_path: Path,
) -> None:
    """At every write: the memory is there, no checkpoint knows of it, and the node runs again."""
    server.always = teaches
    lives = Lives(cradle, server, str(tmp_path / "runs.db"), machine)

    async def live(name: str, **death: Any) -> dict[str, Any]:
        memory = {"memory": str(tmp_path / f"{name}.db")}
        return await lives.live(name, settings=settings | memory, **death)

    whole = (await live("whole"))["outcome"]
    wanted = await learned(tmp_path / "whole.db")
    assert {kind for kind, *_ in wanted} == kinds
    assert whole["remembered"] == {"metacognition": 2, "behavior_curate": 1, "metamind": 3}[machine]
    for at in range(1, whole["remembered"] + 1):
        assert (await live(f"at-{at}", kill="remembered", at=at))["log"] == "killed"
        told = await live(f"at-{at}")
        assert told["outcome"] is not None, told["log"]
        assert told["outcome"]["text"] == whole["text"]
        assert await learned(tmp_path / f"at-{at}.db") == wanted
        assert lives.requests(f"at-{at}") == lives.requests("whole")
