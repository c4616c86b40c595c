"""When to ask again: transient faults, with jittered exponential waits, within the run's time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from ..core.errors import EndpointFailed, EndpointUnreachable

ATTEMPTS = 6
UNREACHABLE_SECONDS = 2.0
"""How long an address that nothing answers at is given (a server may be restarting)."""

_jittered = wait_random_exponential(multiplier=0.25, max=8)

TRANSIENT = (EndpointFailed, EndpointUnreachable)

T = TypeVar("T")


async def with_retries(
    attempt: Callable[[], Awaitable[T]], seconds_left: Callable[[], float | None]
) -> T:
    """Await `attempt()` until it succeeds, fails for good, or time or attempts are up.

    Only EndpointFailed (429, 5xx, timeout, dropped connection) and EndpointUnreachable are tried again;
    the last error is raised as it is.
    """

    begun = time.monotonic()
    try:
        return await attempt()
    except TRANSIENT as error:
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
        return await attempt()

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(TRANSIENT), wait=wait, stop=stop, reraise=True
    )
    return await retrying(again)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
