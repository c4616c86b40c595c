"""`metathink chat` as a person meets it: lines in, replies out, and a memory between talks."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import metathink as mt
from metathink.memory import open_memory
from metathink.models.model import EMPTY_RETRIES
from tests import server as serve
from tests.mind import lessons, understands
from tests.server import FakeServer


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Chat = Callable[..., Awaitable[Ended]]


@pytest.fixture
def chat() -> Chat:
    async def run(said: str, *arguments: str, **environment: str) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "metathink.cli.main", "chat", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **environment},
        )
        out, err = await process.communicate(said.encode())
        return Ended(process.returncode or 0, out.decode(), err.decode())

    return run


async def test_lines_are_messages_and_the_conversation_goes_on(
    server: FakeServer, chat: Chat, tmp_path: Path
) -> None:
    server.always = understands("I see.", lessons("is tired of the rain", "tired of this rain"))
    ended = await chat(
        "I am tired of this rain.\n\nAnd you?\n", "--person", "alice", "--model", server.model
    )
    assert (ended.code, ended.out) == (0, "I see.\nI see.\n")
    assert "theory_of_mind hypothesize" in ended.err
    assert "8 calls" in ended.err
    second = str(server.bodies[10]["messages"])
    assert "alice: I am tired of this rain.\\nYou: I see.\\n\\nalice now says:\\nAnd you?" in second
    assert "is tired of the rain" in second, "the turn before was remembered"
    home = Path(os.environ["METATHINK_HOME"])
    async with open_memory(str(home / "memory.db")) as memory:
        assert await memory.people.names() == ["alice"]
    assert len(list((home / "runs").iterdir())) == 2


async def test_another_talk_remembers_the_person_at_the_place_given(
    server: FakeServer, chat: Chat, tmp_path: Path
) -> None:
    place = str(tmp_path / "new" / "people.db")
    server.always = understands("Hello.", lessons("is called Ali by friends", "Call me Ali"))
    told = ("--memory", place, "--model", server.model, "-q")
    first = await chat("Call me Ali.\n", "--person", "alice", *told)
    assert (first.out, first.err) == ("Hello.\n", "")
    await chat("Who am I?\n", "--person", "alice", *told)
    assert "is called Ali by friends" in str(server.bodies[9]["messages"])
    await chat("Who am I?\n", "--person", "bob", *told)
    assert "is called Ali by friends" not in str(server.bodies[-1]["messages"])


async def test_without_a_person_nothing_is_kept(server: FakeServer, chat: Chat) -> None:
    server.always = understands("Hm.", lessons("talks", "Hi"))
    ended = await chat("Hi\n", "--model", server.model, "--set", "hypotheses=0")
    assert (ended.code, ended.out, len(server.bodies)) == (0, "Hm.\n", 2)
    assert not (Path(os.environ["METATHINK_HOME"]) / "memory.db").exists()


async def test_a_memory_that_is_named_is_used_without_a_person_too(
    server: FakeServer, chat: Chat, tmp_path: Path
) -> None:
    place, rule = str(tmp_path / "rules.db"), "never speak of the weather"
    async with open_memory(place) as memory:
        path = "social/cultural/house"
        await memory.rules.add_static(path, "you reply", rule, grade="deny", source="me")
    server.always = understands("Hm.", lessons("talks", "Hi"))
    ended = await chat("Hi\n", "--memory", place, "--model", server.model)
    assert (ended.code, ended.out) == (0, "Hm.\n"), ended.err
    assert rule in str(server.bodies[-1]["messages"])


@pytest.mark.parametrize(
    ("typed", "out", "noted"),
    [
        (b"a\na\n", "I see.\n", ["likes rain"]),
        (b"e\nIndeed.\nr\nprivate\n", "Indeed.\n", []),
        (b"r\ntoo short\n", "", []),
    ],
)
async def test_at_a_terminal_reply_and_memory_are_decided_on(
    server: FakeServer, typed: bytes, out: str, noted: list[str]
) -> None:
    """The message, the decisions, then the end of the talk."""
    server.always = understands("I see.", lessons("likes rain", "I like rain"))
    ended = await at_a_terminal(server, b"I like rain.\n" + typed + b"\x04")
    assert (ended.code, ended.out) == (0, out), ended.err
    assert ("not sent: too short" in ended.err) is (not out)
    home = Path(os.environ["METATHINK_HOME"])
    async with open_memory(str(home / "memory.db")) as memory:
        assert [note.text for note in (await memory.people.person("alice")).notes] == noted
    with closing(sqlite3.connect(home / "chat.db")) as kept:
        assert kept.execute("SELECT count(*) FROM writes").fetchone() == (0,)


async def test_who_leaves_before_deciding_can_decide_later(server: FakeServer) -> None:
    server.always = understands("I see.", lessons("likes rain", "I like rain"))
    ended = await at_a_terminal(server, b"I like rain.\n\x04")
    assert (ended.code, ended.out) == (3, "")
    [thread] = re.findall("metathink resume (chat-[0-9a-f]+) --checkpoint", ended.err)
    place = Path(os.environ["METATHINK_HOME"]) / "chat.db"
    answer = await mt.resume(thread, mt.Decision("refuse", reason="late"), checkpoint=place)
    assert (answer.abstained, answer.reason) == (True, "late")


async def test_a_turn_that_fails_after_a_decision_goes_on_later(server: FakeServer) -> None:
    """The reply was accepted; then the server no longer knows us."""
    well = understands("I see.", lessons("likes rain", "I like rain"))

    async def until_it_learns(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        learning = "You keep notes" in body["messages"][0]["content"]
        return await (serve.refuses(401) if learning else well)(request, body)

    server.always = until_it_learns
    ended = await at_a_terminal(server, b"I like rain.\na\n\x04")
    assert (ended.code, ended.out) == (2, "")
    assert "AuthenticationFailed" in ended.err
    [thread] = re.findall("is kept: metathink resume (chat-[0-9a-f]+) --checkpoint", ended.err)
    server.always, asked = well, len(server.bodies)
    place = Path(os.environ["METATHINK_HOME"]) / "chat.db"
    answer = await mt.resume(thread, checkpoint=place)
    assert answer.asks is not None
    assert (answer.asks.matter, answer.asks.answer) == ("memory", "I see.")
    assert len(server.bodies) == asked + 1


async def at_a_terminal(server: FakeServer, typed: bytes) -> Ended:
    """A talk in which everything is decided on, with these keys typed ahead."""
    keyboard, screen = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "metathink.cli.main", "chat", "--approve", "answer,memory"),
        *("--person", "alice", "--model", server.model),
        stdin=screen,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    os.write(keyboard, typed)
    try:
        out, err = await asyncio.wait_for(process.communicate(), 120)
    finally:
        os.close(keyboard)
        os.close(screen)
    return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--approve", "answer"), "there is none"),
        (("--approve", "everything"), "answer and memory, not 'everything'"),
        (("--method", "direct"), "direct holds no conversation"),
        (("--method", "metamnd"), "did you mean 'metamind'"),
        (("--set", "persn=Bob"), "did you mean 'person'"),
        (("--set", "accept=high"), "accept"),
    ],
)
async def test_the_users_faults_are_told_before_the_first_word(
    chat: Chat, arguments: tuple[str, ...], told: str
) -> None:
    ended = await chat("Hi\n", *arguments)
    assert ended.code == 2
    assert told in ended.err
    assert "Traceback" not in ended.err


async def test_a_piped_talk_ends_at_the_first_fault(server: FakeServer, chat: Chat) -> None:
    server.always = serve.says("")
    ended = await chat("Hi\nAgain\n", "--model", server.model, "--set", "hypotheses=0")
    asked = 1 + EMPTY_RETRIES  # an empty reply is asked for again
    assert (ended.code, ended.out, len(server.bodies)) == (1, "", asked)
    assert "said nothing" in ended.err
