"""Times: aware datetimes outside, seconds since 1970 inside, and never the same one twice."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Final

from ...core.errors import InvalidInput

TICK: Final = 1e-6
"""Seconds between two things learned one after the other."""

_lock = threading.Lock()
_last = 0.0


def now(count: int = 1) -> float:
    """The present in seconds, later than any `now` this process was told before.

    With `count` above 1 the following `count - 1` ticks are this caller's too, so that the order
    within a batch is an order in time.
    """
    global _last
    with _lock:
        first = max(round(time.time(), 6), round(_last + TICK, 6))
        _last = first + (count - 1) * TICK
    return first


def seconds(moment: datetime) -> float:
    """An aware datetime as seconds; InvalidInput for a naive one, which says nothing about when."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise InvalidInput("give a datetime with a time zone, e.g. datetime.now(UTC)")
    return moment.timestamp()


def moment(stamp: float) -> datetime:
    """Seconds as an aware datetime (UTC); InvalidInput outside the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError) as fault:
        raise InvalidInput(f"{stamp} is not a time of the years 1 to 9999") from fault
