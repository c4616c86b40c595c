"""The garbage collector during batches: calm while one runs, as it was when the last has ended."""

from __future__ import annotations

import gc

import pytest

import metathink as mt
from metathink.batch import ALLOCATIONS, seldom_collecting


@pytest.fixture(autouse=True)
def usual_threshold() -> None:
    gc.set_threshold(700, 10, 10)


def test_overlapping_batches_give_the_setting_back_only_once() -> None:
    first, second = seldom_collecting(), seldom_collecting()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (ALLOCATIONS, 10, 10), "the second batch still runs"
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("chosen", [0, 2 * ALLOCATIONS])
def test_a_caller_who_collects_less_is_left_alone(chosen: int) -> None:
    gc.set_threshold(chosen, 10, 10)
    with seldom_collecting():
        assert gc.get_threshold()[0] == chosen


async def test_a_batch_collects_seldom_and_leaves_no_trace() -> None:
    seen: list[int] = []

    def reply(_: object) -> str:
        seen.append(gc.get_threshold()[0])
        return "answer: 4"

    await mt.think_all(["2 + 2?"], method="direct", model=mt.scripted([reply]))
    assert seen == [ALLOCATIONS]
    assert gc.get_threshold() == (700, 10, 10)
