"""The suite's table counts what it says it counts."""

import pytest

from metathink.core.errors import InvalidInput
from metathink.evals import suite
from metathink.evals.suite import Task

A, B = Task("a-0", "a", "1+1?", "2"), Task("a-1", "a", "2+2?", "4")


def test_room_of_a_set() -> None:
    (row,) = suite.table([A, B], {"a-0": ["2", "2", "3", "5"], "a-1": ["1", "1", "1", "4 "]})
    assert (row.tasks, row.samples) == (2, 4)
    assert row.single == pytest.approx((0.5 + 0.25) / 2)
    assert row.any_right == 1.0
    assert row.vote == 0.5
    assert row.diversity == pytest.approx((1 + 0) / 2)


def test_room_needs_errors_that_differ() -> None:
    said = {"a-0": ["2", "2", "3", "3"], "a-1": ["4", "4", "5", "5"]}
    (same,) = suite.table([A, B], said)
    (varied,) = suite.table([A, B], said | {"a-0": ["2", "2", "3", "1"]})
    assert not same.roomy
    assert varied.roomy


def test_yes_or_no_errors_differ_by_their_work() -> None:
    task = Task("c-0", "c", "Is it?", "Yes")
    said = {"c-0": ["No", "No", "Yes", "Yes"]}
    (blind,) = suite.table([task], said)
    (seen,) = suite.table([task], said, {"c-0": ["a, so No", "b, so No", "so Yes", "so Yes"]})
    assert (blind.diversity, seen.diversity) == (0.0, 1.0)


def test_an_unanswered_task_is_left_out() -> None:
    assert suite.table([A], {}) == ()
    assert suite.table([A, B], {"a-1": ["4"]})[0].tasks == 1


def test_the_shipped_suite_has_six_sets_of_distinct_questions() -> None:
    tasks = suite.load("room-to-think")
    assert len({task.set for task in tasks}) >= 6
    assert len({task.question for task in tasks}) == len(tasks)
    assert all(task.question and task.answer for task in tasks)


def test_an_unknown_suite_is_the_users_fault() -> None:
    with pytest.raises(InvalidInput, match="room-to-think"):
        suite.load("room")
