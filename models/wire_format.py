"""What the OpenAI wire protocol looks like: request bodies, replies, streamed events, refusals."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..core.errors import (
    EndpointFailed,
)
from ..core.usage import Usage
from .request import Choice, Completion, Token


@contextmanager
def well_formed(sender: str) -> Iterator[None]:
    """While a reply is read: JSON of another shape than the protocol's is the sender's fault."""
    try:
        yield
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise EndpointFailed(
            f"{sender} sent a malformed reply: {error!r}", unreported=True
        ) from error


def completion_of(reply: Mapping[str, Any]) -> Completion:
    """A whole reply. A null choice or message counts as a sample without words."""
    choices = []
    for item in reply.get("choices") or ():
        growing = Growing()
        growing.add({**(item or {}), "delta": (item or {}).get("message")})
        choices.append(growing.choice())
    return Completion(tuple(choices), usage_of(reply))


class Growing:
    """A choice while its pieces arrive."""

    def __init__(self) -> None:
        self.finish = ""
        self._text: list[str] = []
        self._tokens: list[Token] = []

    def add(self, piece: Mapping[str, Any]) -> str:
        """Take one piece of a stream; the words in it."""
        words = (piece.get("delta") or {}).get("content")
        words = words if isinstance(words, str) else ""
        self._text.append(words)
        for token in (piece.get("logprobs") or {}).get("content") or ():
            top = tuple((t["token"], float(t["logprob"])) for t in token.get("top_logprobs") or ())
            self._tokens.append(Token(token["token"], float(token["logprob"]), top))
        self.finish = str(piece.get("finish_reason") or self.finish)
        return words

    def choice(self) -> Choice:
        """The choice as far as it has arrived."""
        return Choice("".join(self._text), self.finish or "stop", tuple(self._tokens))


class Streamed:
    """A completion while the events of its stream arrive."""

    def __init__(self) -> None:
        self._choices: dict[int, Growing] = {}
        self._last: Mapping[str, Any] = {}

    def take(self, event: Mapping[str, Any]) -> str:
        """Take one event; the words it adds to the first sample."""
        self._last = event if event.get("usage") else self._last
        words = ""
        for piece in event.get("choices") or ():
            index = piece.get("index") or 0
            said = self._choices.setdefault(index, Growing()).add(piece)
            words += said if index == 0 else ""
        return words

    @property
    def whole(self) -> bool:
        """Whether every sample has come to its end; a stream that was cut off has not."""
        return bool(self._choices) and all(choice.finish for choice in self._choices.values())

    def completion(self) -> Completion:
        """All that has arrived."""
        choices = tuple(self._choices[index].choice() for index in sorted(self._choices))
        return Completion(choices, usage_of(self._last))


def usage_of(reply: Mapping[str, Any]) -> Usage:
    """The server's count; zeros where it sent none. llama.cpp tells cached tokens in `timings`."""
    usage = reply.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens") or (reply.get("timings") or {}).get("cache_n")
    counts = [
        int(n or 0) for n in (usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)
    ]
    if min(counts) < 0:
        raise ValueError(f"a negative count in {usage}")
    return Usage(*counts, calls=1)


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
        except (ValueError, RecursionError) as error:
            raise EndpointFailed(
                f"malformed event in a stream: {error}", unreported=True
            ) from error
        if not isinstance(event, dict) or event.get("error"):
            raise EndpointFailed(
                f"the stream reported a fault: {str(event)[:300]}", unreported=True
            )
        yield event
