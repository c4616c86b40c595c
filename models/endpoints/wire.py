"""The OpenAI wire protocol over pooled connections: how vLLM, llama.cpp and their like are reached.

Why not litellm here: it costs 4 s to import and 2 ms of CPU a call; this costs a tenth of that.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...core.budget import FREE, Price
from ...core.errors import EndpointFailed, EndpointUnreachable, MetathinkError, RequestRejected
from ...core.off_loop import off_loop
from ..pool import reached
from ..profiles.body import body_of
from ..profiles.families import known_profile
from ..profiles.learning import Learned, learned_at
from ..profiles.profile import Profile
from ..replies.events import events_of
from ..replies.fault import fault_of, message_in
from ..replies.wire_format import Streamed, completion_of, recounted, well_formed
from ..request import Choice, Completion, Request

if TYPE_CHECKING:
    import aiohttp

CONTEXT_NAMES = (
    "max_model_len",  # vLLM, SGLang
    "loaded_context_length",  # LM Studio
    "n_ctx",  # llama.cpp
    "context_window",  # Groq
    "context_length",  # OpenRouter, Together
    "max_context_length",  # Mistral
)
CONTEXT_SECONDS = 2
"""How long a server may take to tell its context; its refusals tell it too."""
CONNECT_SECONDS = 60
"""For each further connection to an address that has answered before."""


@dataclass(frozen=True)
class WireEndpoint:
    """One model at one OpenAI-compatible server. `base` ends in /v1; `key` is sent as bearer token."""

    base: str
    model: str
    key: str = ""
    in_flight: int = 1024
    price: Price | None = FREE

    @property
    def address(self) -> str:
        """The server's address."""
        return self.base

    @property
    def learned(self) -> Learned:
        """What is known of the model at this address."""
        return learned_at(self.base, self.model, self._known)

    def _known(self) -> Profile:
        place = self.base.partition("://")[2]
        return replace(known_profile(f"{place}/{self.model}"), recounts=True, needs_cap=True)

    @property
    def enforces_schema(self) -> bool:
        """Whether replies to a request with a schema follow it, as far as is known."""
        return self.learned.profile.typed == "json_schema"

    @property
    def gives_logprobs(self) -> bool:
        """Whether log-probabilities come when they are asked for, as far as is known."""
        return "logprobs" not in self.learned.profile.left_out

    async def complete(self, request: Request) -> Completion:
        """POST /chat/completions, streamed when somebody wants the words as they come."""
        profile = request.profile or self.learned.profile
        body = await off_loop(lambda: body_of(request, self.model, profile), _length(request))
        if request.on_words is None or "stream" in profile.left_out:
            reply = await self._post("/chat/completions", body, request.timeout)
            said = completion_of(reply, self.base)
            for first in said.choices[:1]:
                request.tell(first)
        else:
            if "stream_options" not in profile.left_out:
                body["stream_options"] = {"include_usage": True}
            said = await self._stream(body, request)
        return recounted(said, keep_tokens=request.logprobs is not None)

    async def context(self) -> int | None:
        """What the server tells of the model: vLLM and hosted APIs in /models, llama.cpp in /props."""
        return await self.learned.served_context(self._served_context)

    async def _served_context(self) -> int | None:
        root = self.base.removesuffix("/v1")
        for url, read in (
            (self.base + "/models", _context_listed),
            (root + "/props", _context_set),
        ):
            try:
                async with self._open("GET", url, None, CONTEXT_SECONDS) as response:
                    found = read(await self._json(response), self.model)
            except (
                MetathinkError,
                ArithmeticError,
                LookupError,
                TypeError,
                ValueError,
                AttributeError,
            ):
                continue  # a server that does not tell; its refusals will
            if found is not None:
                return found
        return None

    async def count(self, request: Request) -> int | None:
        """Ask the server to tokenize: vLLM takes messages, llama.cpp the text of its template."""
        root = self.base.removesuffix("/v1")
        profile = request.profile or self.learned.profile
        body = await off_loop(lambda: body_of(request, self.model, profile), _length(request))
        try:
            if (count := (await self._post("/tokenize", body, 10, root)).get("count")) is not None:
                return int(count)
            text = (await self._post("/apply-template", body, 10, root))["prompt"]
            pieces = {"content": text, "add_special": True, "parse_special": True}
            return len((await self._post("/tokenize", pieces, 10, root))["tokens"])
        except (MetathinkError, ArithmeticError, KeyError, TypeError, ValueError):
            return None  # a server without these routes; the caller has a bound of its own

    async def embeddings(self, texts: list[str]) -> dict[str, Any]:
        """POST /embeddings, the reply as it is."""
        return await self._post("/embeddings", {"model": self.model, "input": texts}, 120)

    async def models(self) -> list[str]:
        """The names the server serves, in its order."""
        async with self._open("GET", self.base + "/models", None, 5) as response:
            reply = await self._json(response)
        with well_formed(self.base):
            return [str(model["id"]) for model in reply.get("data") or ()]

    async def _post(
        self, path: str, body: dict[str, Any], timeout: float | None, base: str = ""
    ) -> dict[str, Any]:
        async with self._open("POST", (base or self.base) + path, body, timeout) as response:
            return await self._json(response)

    async def _stream(self, body: dict[str, Any], request: Request) -> Completion:
        import aiohttp

        streamed, url = Streamed(self.base), self.base + "/chat/completions"
        async with self._open("POST", url, body | {"stream": True}, request.timeout) as response:
            try:
                async for event in events_of(response.content.iter_any(), self.base):
                    words, thoughts = streamed.take(event)
                    request.tell(Choice(words, reasoning=thoughts))
            except (aiohttp.ClientError, TimeoutError):
                if not streamed.whole:
                    raise
        return streamed.completion()

    async def _json(self, response: aiohttp.ClientResponse) -> dict[str, Any]:
        text = (await response.read()).decode("utf-8", "replace")
        try:
            reply = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise EndpointFailed(
                f"{self.base} sent what is no JSON: {message_in(text) or 'nothing'}",
                unreported=True,
            ) from error
        if not isinstance(reply, dict):
            raise EndpointFailed(f"{self.base} sent JSON that is no object", unreported=True)
        return reply

    @asynccontextmanager
    async def _open(
        self, verb: str, url: str, body: dict[str, Any] | None, timeout: float | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One exchange; transport faults and refusals come out as our errors."""
        import aiohttp

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        data = None
        if body is not None:  # aiohttp's own json= wraps the text twice
            data = await off_loop(lambda: json.dumps(body).encode(), _length_of(body))
            headers["Content-Type"] = "application/json"
        limits = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_SECONDS)
        try:
            async with (
                reached(self.base) as pool,
                pool.session.request(
                    verb, url, data=data, headers=headers, timeout=limits, allow_redirects=False
                ) as response,
            ):
                if response.status != 200:
                    text = await response.text("utf-8", "replace")
                    raise fault_of(response.status, text, url, response.headers)
                yield response
        except aiohttp.InvalidURL as error:
            raise RequestRejected(f"{self.base} is not an address") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise EndpointUnreachable(f"nothing answers at {self.base}: {error}") from error
        except TimeoutError as error:
            raise EndpointFailed(
                f"{self.base} took longer than {timeout:g} s", unreported=True
            ) from error
        except aiohttp.ClientError as error:
            raise EndpointFailed(
                f"{self.base} dropped the connection: {error}", unreported=True
            ) from error


def _length(request: Request) -> int:
    """Characters of the conversation."""
    return sum(len(message.content) for message in request.messages)


def _length_of(body: dict[str, Any]) -> int:
    """Characters of what a body holds of texts."""
    said = sum(len(message["content"]) for message in body.get("messages", ()))
    return said + len(body.get("content", "")) + sum(map(len, body.get("input", ())))


def _context_listed(reply: dict[str, Any], model: str) -> int | None:
    """The context in a list of models."""
    listed = [entry for entry in reply["data"] if entry.get("id") == model] or reply["data"][:1]
    entry = {**(listed[0].get("meta") or {}), **listed[0]}
    return next((int(entry[name]) for name in CONTEXT_NAMES if (entry.get(name) or 0) > 0), None)


def _context_set(reply: dict[str, Any], model: str) -> int | None:
    """The context of one slot of llama.cpp."""
    return int(reply["default_generation_settings"]["n_ctx"]) or None
