"""What goes to an endpoint and what comes back, the same for every kind of endpoint."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ..core.budget import Price
from ..core.errors import MetathinkError
from ..core.message import Message
from ..core.usage import Usage
from .profiles.profile import Profile
from .profiles.thinking import Thinking

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Token:
    """One generated token, its natural log-probability, and the likeliest alternatives."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One sample.

    `text` holds the words without thoughts and without control characters, `reasoning` the thoughts. (An
    endpoint gives both as they came, with thoughts in the text; `read_choice` takes them apart.) `finish`
    is "stop", "length" (cut at its cap), "content_filter", "tool_calls" or "refusal". `tokens` are those of
    `text`; empty unless log-probabilities were asked for and the endpoint gives them. `refusal` holds the
    words with which the model declined, `tool_calls` the names of the tools it called.
    """

    text: str
    finish: str = "stop"
    tokens: tuple[Token, ...] = ()
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[str, ...] = ()

    @property
    def logprob(self) -> float | None:
        """Log-probability of the whole sample; None without token log-probabilities."""
        return sum(token.logprob for token in self.tokens) if self.tokens else None

    @property
    def least_probability(self) -> float | None:
        """Probability of the least sure token, 0 to 1; None without log-probabilities."""
        if not self.tokens:
            return None
        return math.exp(min(0.0, *(token.logprob for token in self.tokens)))

    @property
    def mean_probability(self) -> float | None:
        """Geometric mean of the token probabilities, 0 to 1; None without log-probabilities."""
        if not self.tokens:
            return None
        return math.exp(min(0.0, sum(token.logprob for token in self.tokens) / len(self.tokens)))


@dataclass(frozen=True)
class Request:
    """One request as an endpoint sees it.

    `schema` is a JSON schema the reply must follow, where the endpoint can enforce one. `logprobs` is
    the number of alternatives to report for each token (0: only the token itself; None: none).
    `on_words` receives the pieces of the first sample's text as they arrive, `on_thoughts` those of its
    thoughts where the endpoint sends them apart. `timeout` is in seconds. `thinking` says how
    much the model is to think. `profile` is how the request is
    put; without one, as the endpoint's profile says.
    """

    messages: Sequence[Message]
    n: int = 1
    temperature: float | None = None
    max_tokens: int | None = None
    stop: Sequence[str] = ()
    seed: int | None = None
    logprobs: int | None = None
    schema: dict[str, Any] | None = None
    timeout: float | None = None
    profile: Profile | None = None
    thinking: Thinking | None = None
    on_words: Callable[[str], None] | None = field(default=None, compare=False)
    on_thoughts: Callable[[str], None] | None = field(default=None, compare=False)

    def tell(self, choice: Choice) -> None:
        """Tell a sample in one piece to whoever listens."""
        if self.on_thoughts is not None and choice.reasoning:
            self.on_thoughts(choice.reasoning)
        if self.on_words is not None and choice.text:
            self.on_words(choice.text)


@dataclass(frozen=True)
class Completion:
    """What came back: one choice for each sample, and the usage as the server counted it."""

    choices: tuple[Choice, ...]
    usage: Usage


class Learner(Protocol):
    """Finds the way to put a request that an endpoint accepts, and remembers it.

    `counted` is what the endpoint's counts of prompts taught (a `models.cost.Counted`).
    """

    profile: Profile
    counted: Any

    async def answered(
        self,
        request: Request,
        ask: Callable[[Profile], Awaitable[T]],
        *,
        retried: bool = False,
    ) -> T:
        """What `ask` returns for the first profile with which it is not refused."""
        ...

    def may_mend(
        self, error: MetathinkError, request: Request, profile: Profile, *, retried: bool
    ) -> bool:
        """Whether another way to put the request may help against the error."""
        ...


class Endpoint(Protocol):
    """Somewhere a request can be sent.

    `address` groups calls for the limit of `in_flight` requests. `enforces_schema` says that replies to
    a request with a schema follow it. `price` is for one token, None where nobody knows it. `learned` is
    what is known of it and what its refusals taught (a `models.learning.Learned`).
    """

    @property
    def address(self) -> str: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def enforces_schema(self) -> bool: ...
    @property
    def gives_logprobs(self) -> bool: ...
    @property
    def price(self) -> Price | None: ...
    @property
    def learned(self) -> Learner: ...

    async def complete(self, request: Request) -> Completion:
        """Answer the request. Raises the endpoint errors of core/errors.py."""
        ...

    async def context(self) -> int | None:
        """Tokens of prompt and completion together that the model takes; None where it cannot be known."""
        ...

    async def count(self, request: Request) -> int | None:
        """The request's prompt tokens, exactly; None where the endpoint cannot say."""
        ...
