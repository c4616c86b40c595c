"""A real HTTP server on loopback that speaks the OpenAI protocol, well or badly, as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Behaviour = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


def words(body: dict[str, Any]) -> int:
    """This server's tokens: the words of all messages, and three for each message."""
    return sum(len(m["content"].split()) + 3 for m in body["messages"])


def completion(body: dict[str, Any], *texts: str | None, finish: str = "stop") -> dict[str, Any]:
    """A chat completion with these samples, honest about its tokens."""
    said = sum(len((text or "").split()) for text in texts)
    choices = [
        {"index": i, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        for i, text in enumerate(texts)
    ]
    usage = {
        "prompt_tokens": words(body),
        "completion_tokens": said,
        "total_tokens": words(body) + said,
    }
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": choices,
        "usage": usage,
    }


def says(*texts: str | None, finish: str = "stop", delay: float = 0.0) -> Behaviour:
    """Answers with these words (a stream where one is asked for)."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(delay)
        reply = completion(body, *texts, finish=finish)
        return await stream(request, reply) if body.get("stream") else web.json_response(reply)

    return behave


def waits_for(number: int, server: FakeServer) -> Behaviour:
    """Answers nobody before this many requests are in flight at once."""
    together = asyncio.Event()

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if server.in_flight >= number:
            together.set()
        await together.wait()
        return web.json_response(completion(body, "yes"))

    return behave


def fills(delay: float = 0.0) -> Behaviour:
    """Says as many words as it is allowed to, in every sample: the dearest model there can be."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(delay)
        texts = [" ".join(["word"] * body["max_tokens"])] * body.get("n", 1)
        return web.json_response(completion(body, *texts, finish="length"))

    return behave


def refuses(status: int, message: str = "no", **headers: str) -> Behaviour:
    """Answers with this status."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response({"error": {"message": message}}, status=status, headers=named)

    return behave


def counts(usage: dict[str, int] | None) -> Behaviour:
    """Answers in words, with this usage; None leaves it out."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        reply = completion(body, "a few words")
        if usage is None:
            del reply["usage"]
        else:
            reply["usage"] = usage
        return web.json_response(reply)

    return behave


def raw(text: str) -> Behaviour:
    """Answers 200 with exactly this body."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(text=text, content_type="application/json")

    return behave


def hangs_up() -> Behaviour:
    """Closes the connection without a word."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    return behave


def cuts_stream(after: int = 1) -> Behaviour:
    """Streams `after` pieces and closes the connection."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, completion(body, "one two three four"), cut_after=after)

    return behave


def sends(*events: dict[str, Any]) -> Behaviour:
    """Streams exactly these events and ends the stream."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        shared = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
        for event in events:
            await response.write(f"data: {json.dumps(shared | event)}\n\n".encode())
        return response

    return behave


def trickles() -> Behaviour:
    """Streams a word every tenth of a second for half a minute, then ends as it should."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, completion(body, " ".join(["word"] * 300)), pause=0.1)

    return behave


async def stream(
    request: web.Request,
    reply: dict[str, Any],
    cut_after: int | None = None,
    pause: float = 0.0,
) -> web.StreamResponse:
    """The reply as server-sent events, a word at a time, each split across two writes."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    sent = 0
    shared = {k: reply[k] for k in ("id", "created", "model")} | {"object": "chat.completion.chunk"}

    async def send(event: dict[str, Any]) -> None:
        line = f"data: {json.dumps(shared | event)}\n\n".encode()
        await response.write(line[: len(line) // 2])
        await response.write(line[len(line) // 2 :])

    for choice in reply["choices"]:
        for piece in (choice["message"]["content"] or "").split(" "):
            if cut_after is not None and sent >= cut_after:
                assert request.transport is not None
                request.transport.close()
                return response
            await send({"choices": [{"index": choice["index"], "delta": {"content": piece + " "}}]})
            await asyncio.sleep(pause)
            sent += 1
        done = {"index": choice["index"], "delta": {}, "finish_reason": choice["finish_reason"]}
        await send({"choices": [done]})
    await send({"choices": [], "usage": reply["usage"]})
    await response.write(b"data: [DONE]\n\n")
    return response


@dataclass
class FakeServer:
    """Plays `script` in order, then `always`. Counts what a meter at the server would count."""

    script: list[Behaviour] = field(default_factory=list)
    always: Behaviour = field(default_factory=lambda: says("answer: 42"))
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """What its list of models says of the model, beside its name."""
    in_flight: int = 0
    most_in_flight: int = 0
    cancelled: int = 0

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application(client_max_size=2**30)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/embeddings", self._embeddings)
        self._runner = web.AppRunner(app, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=2048)
        await site.start()
        self.port: int = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close it."""
        await self._runner.cleanup()

    @property
    def base(self) -> str:
        """The address for a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def model(self) -> str:
        """The model string that reaches it."""
        return f"{self.base}#fake"

    async def _models(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"data": [{"id": "fake", **self.facts}]})

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        """Each text becomes (length, words); sent in reverse order, as the protocol allows."""
        texts = (await request.json())["input"]
        data = [
            {"object": "embedding", "index": i, "embedding": [float(len(t)), float(len(t.split()))]}
            for i, t in enumerate(texts)
        ]
        self.bodies.append({"input": texts})
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return web.json_response(
            {"object": "list", "data": data[::-1], "model": "fake", "usage": usage}
        )

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        behave = self.script.pop(0) if self.script else self.always
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await behave(request, body)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1
