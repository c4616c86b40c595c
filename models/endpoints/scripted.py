"""A model that plays given replies and remembers what it heard: for walking every edge of a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ...core.budget import FREE, Price
from ...core.errors import InvalidInput
from ...core.message import Message
from ...core.usage import Usage
from ..model import Model
from ..profiles.learning import Learned
from ..request import Choice, Completion, Request, Token

Script = str | Choice | BaseException | Callable[[Sequence[Message]], str]
"""A reply: words, a choice with its finish reason or tokens, an error to raise, or a function of what
was heard."""


@dataclass
class ScriptedEndpoint:
    """Plays `replies` in order, one for each sample asked, and keeps every request in `heard`.

    Tokens are counted as words. Raises InvalidInput when more is asked than the script holds.
    """

    replies: list[Script]
    price: Price | None = FREE
    enforces_schema: bool = False
    gives_logprobs: bool = True
    in_flight: int = 64
    address: str = "scripted"
    learned: Learned = field(default_factory=Learned)
    heard: list[Request] = field(default_factory=list)

    async def complete(self, request: Request) -> Completion:
        """The next `n` replies."""
        self.heard.append(request)
        choices = tuple(self._next(request) for _ in range(request.n))
        if choices[0].reasoning:
            request.tell(Choice("", reasoning=choices[0].reasoning))
        for word in choices[0].text.split(" "):
            request.tell(Choice(word + " "))
        said = sum(len(f"{choice.reasoning} {choice.text}".split()) for choice in choices)
        return Completion(choices, Usage(await self.count(request), said, calls=1))

    async def context(self) -> None:
        """A script has none."""
        return None

    async def count(self, request: Request) -> int:
        """Words of all messages, and one for each message."""
        return sum(len(message.content.split()) + 1 for message in request.messages)

    def _next(self, request: Request) -> Choice:
        if not self.replies:
            raise InvalidInput(f"the script ended after {len(self.heard) - 1} requests")
        reply = self.replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        if callable(reply):
            reply = reply(request.messages)
        return reply if isinstance(reply, Choice) else Choice(reply, tokens=_certain(reply))


def _certain(text: str) -> tuple[Token, ...]:
    return tuple(Token(word, -0.1) for word in text.split())


def scripted(
    replies: Iterable[Script], *, name: str = "scripted", context: int | None = None
) -> Model:
    """A model that says exactly this. What it heard: `model.endpoint.heard`."""
    return Model(name, ScriptedEndpoint(list(replies)), context=context)
