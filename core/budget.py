"""Budgets that are never exceeded: spending is reserved before a call and settled after it.

A `Budget` is the limit; a `Ledger` is one run's account against it. A call first reserves the most it
can cost. When that does not fit only because calls in flight hold reservations, it waits for them to
settle; when it does not fit at all, its completion is clipped to what is left, or refused.

A call that names no cap on its reply is given a share of what is left: a quarter, and at least 4,096 tokens
for each sample where there are as many. So parallel calls under one budget do not wait for one that could
say anything. Without a limit in tokens or dollars nothing is cut, and such a call that fails is booked as
4,096 tokens a sample.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields

from .errors import BudgetExceeded, InvalidInput
from .usage import Usage

LEAST_SHARE = 4096
"""Tokens of a sample that a call without a cap is given where there are as many, and waits for."""
SHARE = 4
"""Such a call is given this part of what is left, if that is more."""
LEAST_COMPLETION = 8
"""A call that could say fewer tokens than this is refused instead of clipped."""


@dataclass(frozen=True)
class Budget:
    """The most a run may spend; any subset. None is no limit.

    tokens: prompt and completion together, thoughts included. calls: requests sent to a model, also those
    that failed or were refused. seconds: wall clock. usd: by the model's price. Raises InvalidInput for
    negative or non-finite numbers.
    """

    tokens: int | None = None
    calls: int | None = None
    seconds: float | None = None
    usd: float | None = None

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise InvalidInput(f"budget {limit.name} must be 0 or more, not {value}")


@dataclass(frozen=True)
class Price:
    """US dollars for one token."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The dollars for these many tokens."""
        return self.prompt * prompt_tokens + self.completion * completion_tokens


FREE = Price()


@dataclass(frozen=True)
class Reservation:
    """What one call may cost at most. `max_tokens` is for each of its `n` samples.

    `uncapped` says that nobody named a cap: `max_tokens` is what the model could say.
    """

    prompt_tokens: int
    max_tokens: int
    n: int
    price: Price
    uncapped: bool = False

    @property
    def worst(self) -> Usage:
        """The usage if every sample runs to its cap; see the module for calls without one."""
        longest = min(self.max_tokens, LEAST_SHARE) if self.uncapped else self.max_tokens
        completion = longest * self.n
        usd = self.price.of(self.prompt_tokens, completion)
        return Usage(self.prompt_tokens, completion, calls=1, usd=usd)


class Ledger:
    """One run's account. Belongs to one event loop; `parent` is charged along (the budget of a batch).

    `spent` and `seconds` are what is used up already.
    """

    def __init__(
        self,
        budget: Budget | None = None,
        *,
        spent: Usage | None = None,
        parent: Ledger | None = None,
        seconds: float = 0.0,
    ) -> None:
        self.budget = budget or Budget()
        self.spent = spent or Usage()
        self.parent = parent
        self._held = Usage()
        self._settled = asyncio.Event()
        self._started = time.monotonic() - seconds

    @property
    def started(self) -> float:
        """When the account was opened (`time.monotonic()`), earlier by what was used up already."""
        return self._started

    @property
    def seconds_left(self) -> float | None:
        """Wall-clock seconds until the nearest limit; None without one."""
        own = None
        if self.budget.seconds is not None:
            own = max(0.0, self.budget.seconds - (time.monotonic() - self._started))
        outer = self.parent.seconds_left if self.parent else None
        return own if outer is None else outer if own is None else min(own, outer)

    @asynccontextmanager
    async def in_time(self, grace: float = 0.0) -> AsyncIterator[None]:
        """What is awaited inside is given up, with BudgetExceeded, when the time is up by `grace` seconds."""
        left = self.seconds_left
        clock = asyncio.timeout(None if left is None else left + grace)
        try:
            async with clock:
                yield
        except TimeoutError:
            if not clock.expired():
                raise
            raise BudgetExceeded("the run's time is up") from None

    @property
    def limits_usd(self) -> bool:
        """Whether money is limited, here or in a ledger above."""
        return self.budget.usd is not None or (self.parent is not None and self.parent.limits_usd)

    @property
    def limits_tokens(self) -> bool:
        """Whether the length of replies is limited, by tokens or money, here or in a ledger above."""
        own = self.budget.tokens is not None or self.budget.usd is not None
        return own or (self.parent is not None and self.parent.limits_tokens)

    def fits(self, wanted: Reservation) -> bool:
        """Whether the call could be held right now as it is; one without a cap, with a whole share."""
        return _is_enough(self._clip(wanted), wanted)

    async def reserve(self, wanted: Reservation) -> Reservation:
        """Hold the wanted spending, waiting for calls in flight and clipping if need be.

        Raises BudgetExceeded when not even a clipped call fits.
        """
        while True:
            granted = self._clip(wanted)
            if granted is not None and (_is_enough(granted, wanted) or not self._others_hold()):
                self._hold(granted.worst)
                return granted
            if not self._others_hold():
                raise BudgetExceeded(self._refusal(wanted))
            await self._next_settlement()

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Give the reservation back and book what was really spent (nothing, for a refused call)."""
        held = reservation.worst
        ledger: Ledger | None = self
        while ledger is not None:
            ledger._held = _less(ledger._held, held)
            ledger.spent = ledger.spent + usage
            ledger._settled.set()
            ledger = ledger.parent

    def _clip(self, wanted: Reservation) -> Reservation | None:
        """The wanted call with its completion cut to what every ledger has left; None if too little."""
        room: float = math.inf
        ledger: Ledger | None = self
        while ledger is not None:
            room = min(room, ledger._room(wanted))
            ledger = ledger.parent
        if wanted.uncapped and self.limits_tokens:
            room = min(room, max(room // SHARE, LEAST_SHARE), wanted.max_tokens)
        elif room >= wanted.max_tokens:
            return wanted
        if room < min(LEAST_COMPLETION, wanted.max_tokens):
            return None
        return Reservation(wanted.prompt_tokens, int(room), wanted.n, wanted.price)

    def _room(self, wanted: Reservation) -> float:
        """The largest max_tokens this ledger can pay for; -1 when not even the prompt fits."""
        used = self.spent + self._held
        limit, room = self.budget, math.inf
        if limit.calls is not None and used.calls + 1 > limit.calls:
            return -1
        if limit.seconds is not None and time.monotonic() - self._started >= limit.seconds:
            return -1
        if limit.tokens is not None:
            room = (limit.tokens - used.tokens - wanted.prompt_tokens) // wanted.n
        if limit.usd is not None:
            left = limit.usd - used.usd - wanted.price.of(wanted.prompt_tokens, 0)
            each = wanted.price.completion * wanted.n
            room = min(room, left // each if each else (math.inf if left >= 0 else -1))
        return room

    def _hold(self, worst: Usage) -> None:
        ledger: Ledger | None = self
        while ledger is not None:
            ledger._held = ledger._held + worst
            ledger = ledger.parent

    def _others_hold(self) -> bool:
        return self._held.calls > 0 or (self.parent is not None and self.parent._others_hold())

    async def _next_settlement(self) -> None:
        ledger: Ledger = self
        while ledger.parent is not None:  # every settlement reaches the outermost ledger
            ledger = ledger.parent
        ledger._settled.clear()
        async with self.in_time():
            await ledger._settled.wait()

    def _refusal(self, wanted: Reservation) -> str:
        limits = {f.name: getattr(self.budget, f.name) for f in fields(self.budget)}
        named = ", ".join(
            f"{name} {value:g}" for name, value in limits.items() if value is not None
        )
        spent = f"{self.spent.tokens} tokens, {self.spent.calls} calls, ${self.spent.usd:.4f} spent"
        return (
            f"the next call ({wanted.prompt_tokens} prompt tokens) does not fit the budget "
            f"({named or 'of the batch'}): {spent}"
        )


def _is_enough(granted: Reservation | None, wanted: Reservation) -> bool:
    if granted is None:
        return False
    least = min(wanted.max_tokens, LEAST_SHARE) if wanted.uncapped else wanted.max_tokens
    return granted.max_tokens >= least


def _less(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.prompt_tokens - other.prompt_tokens,
        one.completion_tokens - other.completion_tokens,
        calls=one.calls - other.calls,
        usd=max(0.0, one.usd - other.usd) if one.calls > other.calls else 0.0,
    )
