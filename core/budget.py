"""Budgets that are never exceeded: spending is reserved before a call and settled after it.

A `Budget` is the limit; a `Ledger` is one run's account against it. A call first reserves the most it
can cost. When that does not fit only because calls in flight hold reservations, it waits for them to
settle; when it does not fit at all, its completion is clipped to what is left, or refused.
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

LEAST_COMPLETION = 8
"""A call that could say fewer tokens than this is refused instead of clipped."""


@dataclass(frozen=True)
class Budget:
    """The most a run may spend; any subset. None is no limit.

    tokens: prompt and completion together. calls: requests to a model. seconds: wall clock.
    usd: by the model's price. Raises InvalidInput for negative or non-finite numbers.
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
    """What one call may cost at most. `max_tokens` is for each of its `n` samples."""

    prompt_tokens: int
    max_tokens: int
    n: int
    price: Price

    @property
    def worst(self) -> Usage:
        """The usage if every sample runs to its cap."""
        completion = self.max_tokens * self.n
        usd = self.price.of(self.prompt_tokens, completion)
        return Usage(self.prompt_tokens, completion, calls=1, usd=usd)


class Ledger:
    """One run's account. Belongs to one event loop; `parent` is charged along (a batch's common purse).

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
        """Whether money is limited, here or in a purse this ledger draws on."""
        return self.budget.usd is not None or (self.parent is not None and self.parent.limits_usd)

    def fits(self, wanted: Reservation) -> bool:
        """Whether the call could be held right now as it is, unclipped."""
        return self._clip(wanted) == wanted

    async def reserve(self, wanted: Reservation) -> Reservation:
        """Hold the wanted spending, waiting for calls in flight and clipping if need be.

        Raises BudgetExceeded when not even a clipped call fits.
        """
        while True:
            granted = self._clip(wanted)
            if granted is not None and (granted == wanted or not self._others_hold()):
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
        room: float = wanted.max_tokens
        ledger: Ledger | None = self
        while ledger is not None:
            room = min(room, ledger._room(wanted))
            ledger = ledger.parent
        if room >= wanted.max_tokens:
            return wanted
        if room < LEAST_COMPLETION:
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


def _less(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.prompt_tokens - other.prompt_tokens,
        one.completion_tokens - other.completion_tokens,
        calls=one.calls - other.calls,
        usd=max(0.0, one.usd - other.usd) if one.calls > other.calls else 0.0,
    )
