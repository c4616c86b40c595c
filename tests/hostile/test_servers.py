"""Whatever a server sends, as a body or as a stream, a run ends in time: in an answer or a typed error."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import pytest

import metathink as mt
from metathink.core.errors import InternalError
from tests.hostile import material
from tests.server import FakeServer, completion, web

SECONDS = 2.0
METHODS = ("direct", "metacognition", "self_consistency", "rema", "critique_revise", "rema_plan")
STATUSES = (
    200,
    200,
    200,
    200,
    200,
    201,
    204,
    301,
    400,
    401,
    403,
    404,
    408,
    413,
    422,
    429,
    500,
    502,
    503,
    504,
    529,
)


def number_of(body: dict[str, Any]) -> int:
    """Which input the question asks for."""
    asked = "\n".join(str(message["content"]) for message in body["messages"])
    found = re.search(r"hostile input (\d+)", asked)
    return int(found[1]) if found else 0


def reply_to(rng: Any, body: dict[str, Any]) -> dict[str, Any]:
    """A completion with hostile words, or with a value of the schema that was asked for, mutated or not."""
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    texts = []
    for _ in range(body.get("n") or 1):
        if schema and rng.random() < 0.8:
            made = material.instance(rng, schema)
            texts.append(
                material.dumped(material.mutated(rng, made) if rng.random() < 0.5 else made)
            )
        else:
            texts.append(material.text(rng, rng.choice((50, 2_000, 30_000))))
    reply = completion(
        body, *texts, finish=rng.choice(("stop", "stop", "length", "content_filter", "x"))
    )
    for choice in reply["choices"]:
        if rng.random() < 0.3:
            choice["message"]["reasoning_content"] = material.text(rng)
        if rng.random() < 0.2:
            choice["logprobs"] = {"content": [{"token": "a", "logprob": material.value(rng)}]}
    return reply


async def hostile(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """One of many ways to answer badly, by the number in the question; now and then a proper answer."""
    rng = material.chance(
        "server", number_of(body), len(body["messages"]), request.app.get("asked", 0)
    )
    reply, form = reply_to(rng, body), rng.randrange(6)
    if form == 0:
        return web.json_response(completion(body, *[r"\boxed{42}"] * (body.get("n") or 1)))
    if body.get("stream") and form < 5:
        return await _streamed(rng, request, reply)
    if form == 1:
        data = material.damaged(rng, json.dumps(reply).encode())
        return web.Response(body=data, content_type="application/json")
    if form == 2:
        said = {"error": {"message": material.text(rng, 300), "code": material.value(rng)}}
        headers = {"Retry-After": rng.choice(("1", "0", "-3", "soon", "9" * 40, "nan"))}
        return web.json_response(said, status=rng.choice(STATUSES), headers=headers)
    if form == 3:
        return web.json_response(reply)
    return web.json_response(material.mutated(rng, reply))


async def _streamed(rng: Any, request: web.Request, reply: dict[str, Any]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for choice in reply["choices"]:
        words = str(choice["message"].get("content"))
        for place in range(0, min(len(words), 4_000), 37):
            event = {
                "choices": [
                    {"index": choice["index"], "delta": {"content": words[place : place + 37]}}
                ]
            }
            if rng.random() < 0.05:
                event = material.mutated(rng, event)
            await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            if rng.random() < 0.01:
                await response.write(material.damaged(rng, b"data: {}\n\n: x\n"))
    if rng.random() < 0.6:
        done = {
            "choices": [
                {"index": 0, "delta": {}, "finish_reason": rng.choice(("stop", None, "length"))}
            ]
        }
        await response.write(b"data: " + json.dumps(done).encode() + b"\n\ndata: [DONE]\n\n")
    return response


def require_typed(outcomes: list[Any]) -> None:
    """Every outcome is an answer or an error that somebody foresaw."""
    bugs = [(number, o) for number, o in enumerate(outcomes) if isinstance(o, InternalError)]
    assert not bugs, f"{len(bugs)} of {len(outcomes)}: {bugs[0][0]}: {bugs[0][1]!r}"


@pytest.mark.parametrize("method", METHODS)
async def test_any_body_is_survived(method: str, server: FakeServer) -> None:
    server.always = hostile
    numbers = material.many(24, 1_500)
    begun = time.monotonic()
    settings: dict[str, Any] = {"max_turns": 2} if method == "rema" else {}
    outcomes = await mt.think_all(
        [f"What is hostile input {number} + 1?" for number in numbers],
        method=method,
        model=server.model,
        budget=mt.Budget(seconds=SECONDS, calls=12),
        concurrency=24,
        **settings,
    )
    require_typed(outcomes)
    rounds = -(-len(numbers) // 24)
    assert time.monotonic() - begun < rounds * (SECONDS + 10) + 10


@pytest.mark.parametrize(
    "method", ["multi_critique", "metamind", "metamind_choice", "behavior_improve"]
)
async def test_any_typed_reply_is_survived(method: str, server: FakeServer) -> None:
    """Every role of these methods is given values that follow its schema, and mutated ones."""
    server.always = hostile
    outcomes = await mt.think_all(
        [
            f"Anna says: hostile input {number}. What should I say?"
            for number in material.many(12, 800)
        ],
        method=method,
        model=server.model,
        budget=mt.Budget(seconds=SECONDS, calls=20),
        concurrency=12,
    )
    require_typed(outcomes)


async def test_any_stream_is_survived(server: FakeServer) -> None:
    server.always = hostile

    async def streamed(number: int) -> None:
        words = ""
        with material.within(SECONDS + 15, number):
            try:
                async for event in mt.stream(
                    f"What is hostile input {number} + 1?",
                    method="direct",
                    model=server.model,
                    tokens=True,
                    budget=mt.Budget(seconds=SECONDS, calls=6),
                ):
                    if isinstance(event, mt.Words) and not event.thought:
                        words += event.text
            except mt.MetathinkError as error:
                assert not isinstance(error, InternalError), f"{number}: {error!r}"
        assert not set(words) & {"\x1b", "\x9b", "\x00"}, f"{number}: control characters in words"

    numbers = material.many(60, 3_000)
    for begin in range(0, len(numbers), 20):
        await asyncio.gather(*map(streamed, numbers[begin : begin + 20]))
