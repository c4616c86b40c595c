"""When to ask again: transient faults, with jittered exponential waits, within the run's time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_not_exception_type,
    wait_random_exponential,
)

from ..core.errors import EndpointFailed, EndpointUnreachable, RateLimited

ATTEMPTS = 6
UNREACHABLE_SECONDS = 2.0
"""How long an address that nothing answers at is given (a server may be restarting)."""
LONGEST_WAIT = 60.0
"""Seconds. A server that asks to wait longer is not waited for."""

_jittered = wait_random_exponential(multiplier=0.25, max=8)

TRANSIENT = (EndpointFailed, EndpointUnreachable)

T = TypeVar("T")


async def with_retries(
    attempt: Callable[[], Awaitable[T]], seconds_left: Callable[[], float | None]
) -> T:
    """Await `attempt()` until it succeeds, fails for good, or time or attempts are up.

    Only EndpointFailed (429, 5xx, timeout, dropped connection) and EndpointUnreachable are tried again;
    the last error is raised as it is. A wait that the server asks for is kept up to a minute and the time
    that is left; raises RateLimited, which says until when, for a longer one.
    """

    begun = time.monotonic()
    try:
        return await attempt()
    except TRANSIENT as error:
        _refuse_long_wait(error, seconds_left())
        failed: list[Exception] = [error]

    def wait(state: RetryCallState) -> float:
        return max(_jittered(state), getattr(_error(state), "retry_after", None) or 0.0)

    def stop(state: RetryCallState) -> bool:
        if state.attempt_number >= ATTEMPTS:
            return True
        waited = time.monotonic() - begun + state.upcoming_sleep
        if isinstance(_error(state), EndpointUnreachable) and waited > UNREACHABLE_SECONDS:
            return True
        left = seconds_left()
        return left is not None and state.upcoming_sleep >= left

    async def again() -> T:
        if failed:
            raise failed.pop()  # the first attempt: it was made without tenacity's 0.1 ms of machinery
        try:
            return await attempt()
        except TRANSIENT as error:
            _refuse_long_wait(error, seconds_left())
            raise

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(TRANSIENT) & retry_if_not_exception_type(RateLimited),
        wait=wait,
        stop=stop,
        reraise=True,
    )
    return await retrying(again)


def _refuse_long_wait(error: Exception, left: float | None) -> None:
    """Raise RateLimited for an error that asks for a wait nobody here can keep."""
    wait = getattr(error, "retry_after", None)
    longest = LONGEST_WAIT if left is None else min(LONGEST_WAIT, left)
    if wait is None or wait <= longest:
        return
    until = datetime.now(UTC) + timedelta(seconds=min(wait, 10**9))
    late = RateLimited(
        f"{error}; it asks to wait {wait:.0f} s: try again after {until:%Y-%m-%d %H:%M:%S} UTC",
        retry_after=wait,
    )
    late.refusal = getattr(error, "refusal", None)
    raise late from error


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
