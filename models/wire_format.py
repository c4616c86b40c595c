"""What the OpenAI wire protocol looks like: request bodies, replies, streamed events, refusals."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from ..core.errors import (
    AuthenticationFailed,
    ContextTooLong,
    EndpointFailed,
    MetathinkError,
    RequestRejected,
)
from ..core.usage import Usage
from .request import Choice, Completion, Request, Token

CONTEXT_WORDS = ("context length", "context size", "context window", "maximum context", "too long")


def body_of(request: Request, model: str) -> dict[str, Any]:
    """The JSON body of a chat completion; what the request leaves open is left to the server."""
    wanted: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": str(m.content)} for m in request.messages],
        "n": request.n if request.n != 1 else None,
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stop": list(request.stop) or None,
        "seed": request.seed,
    }
    if request.logprobs is not None:
        # llama.cpp reports nothing at all for top_logprobs 0
        wanted |= {"logprobs": True, "top_logprobs": max(1, request.logprobs)}
    if request.schema is not None:
        schema = {
            "name": request.schema.get("title", "answer"),
            "schema": request.schema,
            "strict": True,
        }
        wanted["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {key: value for key, value in wanted.items() if value is not None}


def completion_of(reply: Mapping[str, Any]) -> Completion:
    """A whole reply. A null choice or message counts as a sample without words."""
    choices = []
    for item in reply.get("choices") or ():
        growing = Growing()
        growing.add({**(item or {}), "delta": (item or {}).get("message"), "index": 0}, None)
        choices.append(growing.choice())
    return Completion(tuple(choices), usage_of(reply))


class Growing:
    """A choice while its pieces arrive."""

    def __init__(self) -> None:
        self.finish = ""
        self._text: list[str] = []
        self._tokens: list[Token] = []

    def add(self, piece: Mapping[str, Any], on_words: Callable[[str], None] | None) -> None:
        """Take one piece of a stream; `on_words` hears the first sample."""
        words = (piece.get("delta") or {}).get("content")
        if isinstance(words, str) and words:
            self._text.append(words)
            if on_words is not None and piece.get("index", 0) == 0:
                on_words(words)
        for token in (piece.get("logprobs") or {}).get("content") or ():
            top = tuple((t["token"], t["logprob"]) for t in token.get("top_logprobs") or ())
            self._tokens.append(Token(token["token"], token["logprob"], top))
        self.finish = piece.get("finish_reason") or self.finish

    def choice(self) -> Choice:
        """The choice as far as it has arrived."""
        return Choice("".join(self._text), self.finish or "stop", tuple(self._tokens))


def usage_of(reply: Mapping[str, Any]) -> Usage:
    """The server's count; zeros where it sent none. llama.cpp tells cached tokens in `timings`."""
    usage = reply.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens") or (reply.get("timings") or {}).get("cache_n")
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return Usage(int(prompt or 0), int(completion or 0), int(cached or 0), calls=1)


def recounted(completion: Completion, *, keep_tokens: bool) -> Completion:
    """The completion with all its samples' tokens counted.

    llama.cpp's usage tells the tokens of one sample only, however many there are; the tokens that come
    with the log-probabilities tell them all. Without `keep_tokens` they were asked for this alone.
    """
    usage, counted = completion.usage, sum(len(choice.tokens) for choice in completion.choices)
    if counted > usage.completion_tokens:
        usage = replace(usage, completion_tokens=counted)
    choices = completion.choices
    if not keep_tokens:
        choices = tuple(replace(choice, tokens=()) for choice in choices)
    return Completion(choices, usage)


async def events_of(lines: AsyncIterable[bytes]) -> AsyncIterator[dict[str, Any]]:
    """The server-sent events of a stream, parsed."""
    async for line in lines:
        data = line.strip().removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
        if not data:
            continue
        if data == b"[DONE]":
            return
        try:
            event = json.loads(data)
        except ValueError as error:
            raise EndpointFailed(
                f"malformed event in a stream: {error}", unreported=True
            ) from error
        if not isinstance(event, dict) or event.get("error"):
            raise EndpointFailed(
                f"the stream reported a fault: {str(event)[:300]}", unreported=True
            )
        yield event


def refusal(status: int, headers: Mapping[str, str], text: str, url: str) -> MetathinkError:
    """The error for a reply that is not 200."""
    said = f"{url} answered {status}: {_message(text)}"
    if status in (401, 403):
        return AuthenticationFailed(said)
    if status in (408, 429) or status >= 500:
        return EndpointFailed(said, retry_after=_seconds(headers.get("Retry-After", "")))
    if any(words in said.lower() for words in CONTEXT_WORDS):
        return ContextTooLong(said)
    return RequestRejected(said)


def _message(text: str) -> str:
    try:
        error = json.loads(text)["error"]
        said = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError):
        said = text
    return " ".join(str(said).split())[:300]


def _seconds(value: str) -> float | None:
    """The wait that a Retry-After header asks for, in either of its forms."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (TypeError, ValueError):
        return None
