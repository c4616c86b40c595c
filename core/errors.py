"""Everything that can go wrong, as one tree.

MetathinkError                  every error this library raises on purpose
├── UserError                   the caller can mend it; the message says how (exit code 2)
│   ├── InvalidInput            an empty question, a value out of range, a malformed file
│   ├── UnknownMethod           no such method; names the nearest
│   ├── UnknownModel            an unknown model string; says the forms there are
│   ├── InvalidConfig           a setting a method does not have, or of the wrong kind
│   ├── MissingExtra            an optional part is not installed; says what to install
│   ├── UnsupportedByModel      the model was not trained on such questions; names models that answer them
│   ├── NotRecorded             a cassette holds no reply to the request and may not record one
│   ├── AuthenticationFailed    the endpoint refused the key
│   └── RequestRejected         the endpoint refused the request itself (400, 404, 422)
│       └── ContextTooLong      the prompt is longer than the model's context
├── ExternalError               something outside failed; asking again later may work (exit code 1)
│   ├── EndpointUnreachable     nothing answers at that address
│   ├── EndpointFailed          the endpoint answered with a fault, also after retries
│   │   └── RateLimited         it asks to wait longer than the run can; says until when
│   ├── ServerDied              a server we started ended; carries the last lines of its log
│   ├── StoreFailed             a memory or record file could not be read or written
│   │   └── ErasurePending      what was forgotten is not yet gone from the disk
│   └── ThreadInUse             another run has the thread; says which process, and since when
├── ModelError                  the model said something unusable
│   ├── EmptyReply              it said nothing, also when asked again
│   ├── ReplyRefused            it declined to answer; the message carries its words
│   ├── ReplyFiltered           the provider's content filter stopped it; carries what came before
│   ├── UnexpectedToolCall      it called a tool although none was offered
│   └── MalformedReply          not the structure asked for, after a repair if asked for; carries what it said
├── BudgetExceeded              the next call does not fit what is left of the run's budget
└── InternalError               an exception that nobody foresaw: a bug of metathink, or of code it was given

A `ModelError` was already fed back to the model once where feeding back can help. `BudgetExceeded` ends a
method early with its best answer so far; it reaches a caller only where there is no answer at all.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .record import RunRecord
from .text.printable import safe_message

LONGEST_QUOTE: Final = 500
"""Characters of another program's message that an error repeats."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an endpoint sent instead of an answer.

    `status` is the HTTP status, `text` the body (its beginning). `sent` is False where the request was
    refused on this machine. `cap` is the cap on the reply that was sent, in tokens, None for none.
    """

    status: int
    text: str
    sent: bool = True
    cap: int | None = None


class MetathinkError(Exception):
    """Every error this library raises on purpose.

    Its message holds no key or password and no control characters, whatever a server put into it. `run` is
    the record of the run it ended, so that nothing said before it is lost. `refusal` is what the endpoint
    sent, where it sent something else than an answer.
    """

    run: RunRecord | None = None
    refusal: Refusal | None = None

    def __init__(self, *parts: object) -> None:
        super().__init__(*(safe_message(p) if isinstance(p, str) else p for p in parts))


class UserError(MetathinkError):
    """The caller can mend it; the message says how."""


class InvalidInput(UserError):
    """An empty question, a value out of range, a malformed file."""


class UnknownMethod(UserError):
    """No method of that name."""


class UnknownModel(UserError):
    """An unknown model string."""


class InvalidConfig(UserError):
    """A setting the method does not have, or of the wrong kind."""


class MissingExtra(UserError):
    """An optional part is not installed."""


class UnsupportedByModel(UserError):
    """The model was not trained on such questions; the message names three ways to get one that was."""


class NotRecorded(UserError):
    """A cassette holds no reply to the request, and may not record one."""


class AuthenticationFailed(UserError):
    """The endpoint refused the key."""


class QuotaExceeded(UserError):
    """The account at the provider has nothing left (no credit, an exhausted quota): waiting does not help."""


class RequestRejected(UserError):
    """The endpoint refused the request itself; asking again the same way cannot work."""


class ContextTooLong(RequestRejected):
    """The prompt is longer than the model's context."""


class ExternalError(MetathinkError):
    """Something outside failed; asking again later may work."""


class EndpointUnreachable(ExternalError):
    """Nothing answers at that address."""


class EndpointFailed(ExternalError):
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


class RateLimited(EndpointFailed):
    """The endpoint asks to wait longer than the run's time or a minute; the message says until when."""


class ServerDied(ExternalError):
    """A server that this process started has ended; the message ends with the last lines of its log."""


class StoreFailed(ExternalError):
    """A memory or record file could not be read or written."""


class ErasurePending(StoreFailed):
    """What was forgotten is read by nobody any more, but its text is not yet gone from the disk.

    `forgotten` is how many records that concerns.
    """

    def __init__(self, message: str, forgotten: int) -> None:
        super().__init__(message)
        self.forgotten = forgotten


class ThreadInUse(ExternalError):
    """Another run has the thread.

    `host`, `pid` and `since` (ISO 8601, by that host's clock) say which.
    """

    def __init__(self, message: str, *, host: str = "", pid: int = 0, since: str = "") -> None:
        super().__init__(message)
        self.host, self.pid, self.since = host, pid, since


class ModelError(MetathinkError):
    """The model said something unusable."""


class EmptyReply(ModelError):
    """The model said nothing; the message says what its tokens went into, where that is known."""


class ReplyRefused(ModelError):
    """The model declined to answer; the message carries its words."""


class ReplyFiltered(ModelError):
    """The provider's content filter stopped the reply. `said` is what came before it."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class UnexpectedToolCall(ModelError):
    """The model called a tool although none was offered."""


class MalformedReply(ModelError):
    """Not the structure asked for, also after one repair where one was asked for.

    `said` is what the model said last.
    """

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class BudgetExceeded(MetathinkError):
    """The next call does not fit what is left of the run's budget."""


class InternalError(MetathinkError):
    """An exception that nobody foresaw, chained as its cause; it ended one run and no other.

    A bug of metathink, or of code that was given to it (a model, a callback).
    """

    @classmethod
    def of(cls, error: Exception, during: str = "") -> InternalError:
        """The error as one of ours; `during` names the step it happened in."""
        place = traceback.extract_tb(error.__traceback__)[-1:]
        where = (
            f" in {place[0].name} ({Path(place[0].filename).name}:{place[0].lineno})"
            if place
            else ""
        )
        step = f" during {during}" if during else ""
        said = f"{type(error).__name__}: {str(error)[:LONGEST_QUOTE]}"
        return cls(
            f"unexpected {said}{where}{step}; unless code of yours raised it, this is a bug of metathink: "
            "please report it with its traceback"
        )
