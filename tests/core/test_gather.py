"""One that fails alone is a gap; a spent budget is an error, after all have ended."""

from __future__ import annotations

import asyncio

import pytest

from metathink.core.errors import BudgetExceeded, ContextTooLong, EmptyReply, EndpointFailed
from metathink.core.gather import gather_tolerant

ended: list[int] = []


async def work(number: int, error: Exception | None = None) -> int:
    await asyncio.sleep(0.01 * number)
    ended.append(number)
    if error is not None:
        raise error
    return number


@pytest.mark.parametrize("error", [EmptyReply("x"), EndpointFailed("x"), ContextTooLong("x")])
async def test_a_failure_of_one_leaves_a_gap(error: Exception) -> None:
    assert await gather_tolerant([work(2), work(1, error), work(0)]) == [2, None, 0]


@pytest.mark.parametrize("error", [BudgetExceeded("x"), ZeroDivisionError("x")])
async def test_any_other_failure_is_raised_when_all_have_ended(error: Exception) -> None:
    ended.clear()
    with pytest.raises(type(error)):
        await gather_tolerant([work(0, error), work(3)])
    assert ended == [0, 3]


async def test_whoever_waits_can_be_cancelled() -> None:
    ended.clear()
    task = asyncio.ensure_future(gather_tolerant([work(500)]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == []
