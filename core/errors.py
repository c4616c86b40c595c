"""Everything that can go wrong, as one tree.

MetathinkError                  every error this library raises on purpose
├── UserError                   the caller can mend it; the message says how (exit code 2)
│   ├── InvalidInput            an empty question, a value out of range, a malformed file
│   ├── UnknownMethod           no such method; names the nearest
│   ├── UnknownModel            a model string nobody serves; says the forms there are
│   ├── InvalidConfig           a setting a method does not have, or of the wrong kind
│   ├── MissingExtra            an optional part is not installed; says what to install
│   ├── NotRecorded             a cassette holds no reply to the request and may not record one
│   ├── AuthenticationFailed    the endpoint refused the key
│   └── RequestRejected         the endpoint refused the request itself (400, 404, 422)
│       └── ContextTooLong      the prompt is longer than the model's context
├── WorldError                  the world failed; asking again later may work (exit code 1)
│   ├── EndpointUnreachable     nothing answers at that address
│   ├── EndpointFailed          the endpoint answered with a fault, also after retries
│   ├── ServerDied              a server we started ended; carries the last lines of its log
│   └── StoreFailed             a memory or record file could not be read or written
├── ModelError                  the model said something unusable
│   ├── EmptyReply              it said nothing
│   └── MalformedReply          not the structure asked for, after a repair if asked for; carries what it said
└── BudgetExceeded              the next call does not fit what is left of the run's budget

A `ModelError` was already fed back to the model once where feeding back can help. `BudgetExceeded` ends a
method early with its best answer so far; it reaches a caller only where there is no answer at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .run import Run


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an endpoint sent instead of an answer.

    `status` is the HTTP status, `text` the body (its beginning).
    """

    status: int
    text: str


class MetathinkError(Exception):
    """Every error this library raises on purpose.

    `run` is the record of the run it ended, so that nothing said before it is lost. `refusal` is what the
    endpoint sent, where it sent something else than an answer.
    """

    run: Run | None = None
    refusal: Refusal | None = None


class UserError(MetathinkError):
    """The caller can mend it; the message says how."""


class InvalidInput(UserError):
    """An empty question, a value out of range, a malformed file."""


class UnknownMethod(UserError):
    """No method of that name."""


class UnknownModel(UserError):
    """A model string that nobody serves."""


class InvalidConfig(UserError):
    """A setting the method does not have, or of the wrong kind."""


class MissingExtra(UserError):
    """An optional part is not installed."""


class NotRecorded(UserError):
    """A cassette holds no reply to the request, and may not record one."""


class AuthenticationFailed(UserError):
    """The endpoint refused the key."""


class RequestRejected(UserError):
    """The endpoint refused the request itself; asking again the same way cannot work."""


class ContextTooLong(RequestRejected):
    """The prompt is longer than the model's context."""


class WorldError(MetathinkError):
    """The world failed; asking again later may work."""


class EndpointUnreachable(WorldError):
    """Nothing answers at that address."""


class EndpointFailed(WorldError):
    """The endpoint answered with a fault, also after retries.

    `retry_after` is the wait in seconds the server asked for. `unreported` means that the request may
    have been worked on (a timeout, a reply cut off), so its cost is unknown.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, unreported: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.unreported = unreported


class ServerDied(WorldError):
    """A server that this process started has ended; the message ends with the last lines of its log."""


class StoreFailed(WorldError):
    """A memory or record file could not be read or written."""


class ModelError(MetathinkError):
    """The model said something unusable."""


class EmptyReply(ModelError):
    """The model said nothing."""


class MalformedReply(ModelError):
    """Not the structure asked for, also after one repair where one was asked for.

    `said` is what the model said last.
    """

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class BudgetExceeded(MetathinkError):
    """The next call does not fit what is left of the run's budget."""
