"""Replies in the OpenAI wire protocol, whole or streamed, in the dialects that servers speak."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from ...core.errors import EndpointFailed, MetathinkError
from ...core.usage import Usage
from ..request import Choice, Completion, Token
from .events import DONE
from .fault import fault_of

MALFORMED = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What reading JSON of another shape than the protocol's raises."""

Part = Literal["text", "thought", "refusal", ""]

_THOUGHT_FIELDS = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "reasoning_details",
    "thinking_blocks",
    "reasoning_text",
)
"""Of a message; servers that send the same thoughts in several of them are read once."""

_PARTS: dict[str, Part] = {
    "text": "text",
    "output_text": "text",
    "thinking": "thought",
    "reasoning": "thought",
    "reasoning_content": "thought",
    "reasoning_text": "thought",
    "reasoning.text": "thought",
    "reasoning.summary": "thought",
    "summary_text": "thought",
    "thought": "thought",
    "refusal": "refusal",
}
"""What a part of a message holds, by its type. Parts of other types (pictures, signatures) hold no words."""
_PART_FIELDS = ("text", "thinking", "reasoning", "summary", "refusal", "content", "value", "parts")

_FINISHES = {
    "length": ("length", "max_tokens", "max_output_tokens", "max_length", "model_length"),
    "content_filter": (
        "content_filter",
        "content_filtered",
        "safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
        "language",
        "image_safety",
        "sensitive",
        "guardrail_intervened",
        "model_armor",
    ),
    "tool_calls": ("tool_calls", "tool_call", "tool_use", "function_call", "malformed_function_call"),
    "refusal": ("refusal",),
}  # fmt: skip
_FINISH = {name: finish for finish, names in _FINISHES.items() for name in names}
_BROKEN_OFF = ("error", "abort", "aborted", "insufficient_system_resource", "network_error")
"""Finish reasons of a reply that the server did not bring to its end."""

_LEAST = -9999.0
"""What providers put for a log-probability without a lower bound."""

_KINDS = (  # of an error object without a status, by a word of its type or message
    (429, ("rate_limit", "rate limit", "too many requests", "throttl")),
    (503, ("overloaded", "unavailable", "timeout", "timed out")),
    (401, ("authentication", "invalid_api_key", "unauthorized", "permission")),
    (400, ("invalid_request", "invalid request", "bad request", "not supported", "unsupported")),
)


@contextmanager
def well_formed(sender: str) -> Iterator[None]:
    """While a reply is read: JSON of another shape than the protocol's is the sender's fault."""
    try:
        yield
    except MALFORMED as error:
        raise EndpointFailed(
            f"{sender} sent a malformed reply: {error!r}", unreported=True
        ) from error


def completion_of(reply: Mapping[str, Any], sender: str) -> Completion:
    """A whole reply. A null choice or message counts as a sample without words.

    Raises EndpointFailed for one of another shape, and the error that a reply of status 200 holds.
    """
    with well_formed(sender):
        if reply.get("error") or reply.get("choices") is None:
            raise fault_in(reply, sender)
        choices = []
        for item in reply["choices"]:
            growing = Growing()
            growing.add(item or {})
            choices.append(growing.choice(sender))
        return Completion(tuple(choices), usage_of(reply))


def fault_in(reply: Mapping[str, Any], sender: str) -> MetathinkError:
    """The error that stands in a reply of status 200, as if it had come with its own status."""
    found = reply.get("error") or reply
    codes = (_count(_mapping(found).get(key)) for key in ("code", "status", "status_code"))
    status = next((code for code in codes if 400 <= code < 600), 0)
    if not status:
        words = json.dumps(found, default=str)[:2000].lower()
        status = next((code for code, names in _KINDS if any(n in words for n in names)), 502)
    return fault_of(status, json.dumps(reply, default=str), f"{sender}, with status 200,")


def parts_of(content: Any) -> list[tuple[Part, str]]:
    """The words in the content of a message, by what they are: a text, or parts inside one another."""
    found: list[tuple[Part, str]] = []
    left: list[tuple[Any, Part]] = [(content, "text")]
    while left:
        part, kind = left.pop()
        if isinstance(part, str):
            found.append((kind, part))
        elif isinstance(part, list):
            left.extend((each, kind) for each in reversed(part))
        elif isinstance(part, Mapping):
            named = part.get("type")
            inner = _PARTS.get(str(named), "") if named is not None else kind
            name = next((name for name in _PART_FIELDS if part.get(name) is not None), "")
            thinks = named is None and name in ("thinking", "reasoning")
            if thinks or part.get("thought") is True:
                inner = "thought"
            if name and inner:
                left.append((part[name], "thought" if kind == "thought" else inner))
    return found


class Growing:
    """A choice while its pieces arrive."""

    def __init__(self) -> None:
        self.finish = ""
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._refusal: list[str] = []
        self._tools: list[str] = []
        self._tokens: list[Token] | None = []  # None once one of them could not be read

    def add(self, piece: Mapping[str, Any]) -> tuple[str, str]:
        """Take a whole choice, or one piece of a stream; the words and the thoughts in it."""
        message = piece.get("delta") or piece.get("message") or {}
        self.finish = str(piece.get("finish_reason") or self.finish)
        content = message.get("content")
        if isinstance(content, Mapping) and not parts_of(content):
            content = json.dumps(content)  # a server that parses the JSON it was asked for
        elif isinstance(content, int | float) and not isinstance(content, bool):
            content = str(content)
        parts = parts_of(piece.get("text") if content is None else content)
        words = "".join(text for kind, text in parts if kind == "text")
        if self._text and self.finish and not piece.get("delta"):
            words = words.removeprefix(
                "".join(self._text)
            )  # a last piece that says all of it again
        thoughts = "".join(text for kind, text in parts if kind == "thought")
        for name in _THOUGHT_FIELDS:
            if apart := "".join(text for _, text in parts_of(_as_thought(message.get(name)))):
                thoughts = apart + thoughts
                break
        self._text.append(words)
        self._thoughts.append(thoughts)
        self._refusal += [text for kind, text in parts if kind == "refusal"]
        if isinstance(message.get("refusal"), str):
            self._refusal.append(message["refusal"])
        self._tools += _tools_in(message)
        tokens = tokens_of(piece.get("logprobs"))
        if tokens is None or self._tokens is None:
            self._tokens = None
        else:
            self._tokens += tokens
        return words, thoughts

    def choice(self, sender: str) -> Choice:
        """The choice as far as it has arrived. Raises EndpointFailed where the server broke it off."""
        finish = self.finish.lower().rpartition(".")[2]  # "FinishReason.SAFETY"
        if finish in _BROKEN_OFF:
            raise EndpointFailed(f"{sender} broke its reply off: {finish}", unreported=True)
        return Choice(
            "".join(self._text),
            _FINISH.get(finish, "stop"),
            tuple(self._tokens or ()),
            "".join(self._thoughts),
            "".join(self._refusal),
            tuple(self._tools),
        )


class Streamed:
    """A completion while the events of its stream arrive."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._choices: dict[int, Growing] = {}
        self._last: Mapping[str, Any] = {}
        self._ended = False

    def take(self, event: Mapping[str, Any]) -> tuple[str, str]:
        """Take one event; the words and the thoughts it adds to the first sample.

        Raises EndpointFailed for an event of another shape, and the error that an event holds.
        """
        if event is DONE:
            self._ended = True
            return "", ""
        with well_formed(self._sender):
            if event.get("error") or event.get("object") == "error":
                raise fault_in(event, self._sender)
            pieces: Sequence[Mapping[str, Any]] = event.get("choices") or ()
            if event.get("usage"):
                self._last = event
                self._ended = (
                    self._ended or not pieces
                )  # the count is the last thing a stream tells
            words, thoughts = "", ""
            for piece in pieces:
                index = int(piece.get("index") or 0)
                told = self._choices.setdefault(index, Growing()).add(piece)
                if index == 0:
                    words, thoughts = words + told[0], thoughts + told[1]
            return words, thoughts

    @property
    def whole(self) -> bool:
        """Whether every sample has come to its end; a stream that was cut off has not."""
        return bool(self._choices) and (
            self._ended or all(choice.finish for choice in self._choices.values())
        )

    def completion(self) -> Completion:
        """All that has arrived. Raises EndpointFailed for a stream that was cut off."""
        if not self.whole:
            raise EndpointFailed(f"{self._sender} cut its stream off", unreported=True)
        choices = tuple(
            self._choices[index].choice(self._sender) for index in sorted(self._choices)
        )
        return Completion(choices, usage_of(self._last))


def tokens_of(logprobs: Any) -> list[Token] | None:
    """The tokens of a choice with their log-probabilities; None where one cannot be read, for without it
    nothing can be said about the choice."""
    if isinstance(logprobs, Mapping):
        texts, values = logprobs.get("tokens"), logprobs.get("token_logprobs")
        if isinstance(texts, list) and isinstance(values, list):  # as legacy completions write them
            logprobs = [
                {"token": text, "logprob": value}
                for text, value in zip(texts, values, strict=False)
            ]
        else:
            logprobs = logprobs.get("content")
    if not isinstance(logprobs, list):
        return []
    tokens = [_token(each) for each in logprobs]
    known = [token for token in tokens if token is not None]
    return known if len(known) == len(tokens) else None


def _token(given: Any) -> Token | None:
    if not isinstance(given, Mapping) or not isinstance(given.get("token"), str):
        return None
    logprob = _logprob(given.get("logprob"))
    if logprob is None:
        return None
    others = given.get("top_logprobs")
    top = []
    for other in others if isinstance(others, list) else ():
        if isinstance(other, Mapping) and isinstance(other.get("token"), str):
            value = _logprob(other.get("logprob"))
            top += [(other["token"], value)] if value is not None else []
    return Token(given["token"], logprob, tuple(top))


def _logprob(value: Any) -> float | None:
    """A log-probability as servers write it: a number or its text, without a lower bound perhaps."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(number) or number == math.inf else max(_LEAST, number)


def _as_thought(value: Any) -> Any:
    """The value of a field for thoughts, as a part of a message."""
    return {"type": "thinking", "content": value} if value else None


def _tools_in(message: Mapping[str, Any]) -> list[str]:
    """The names of the tools that a message calls."""
    calls = message.get("tool_calls")
    called = [each.get("function") for each in calls or () if isinstance(each, Mapping)]
    called.append(message.get("function_call"))
    names = [call.get("name") for call in called if isinstance(call, Mapping)]
    return [name for name in names if isinstance(name, str) and name]


def usage_of(reply: Mapping[str, Any]) -> Usage:
    """The server's count; zeros where it sent none that can be read.

    Some servers count thoughts in `total_tokens` only, or leave them out of `completion_tokens`.
    llama.cpp tells cached tokens in `timings`.
    """
    usage = _mapping(reply.get("usage"))
    prompt, spoken = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    cached = _count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    details = _mapping(usage.get("completion_tokens_details"))
    reasoning = _count(details.get("reasoning_tokens")) or _count(usage.get("reasoning_tokens"))
    completion = max(spoken, _count(usage.get("total_tokens")) - prompt) if prompt else spoken
    if spoken and not reasoning:
        reasoning = completion - spoken
    elif reasoning > completion:
        completion += reasoning
    return Usage(
        prompt,
        completion,
        cached or _count(_mapping(reply.get("timings")).get("cache_n")),
        calls=1,
        reasoning_tokens=reasoning,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int:
    """A count of tokens; 0 where it is none."""
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return 0


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
