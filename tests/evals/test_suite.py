"""The kept suite is what it says it is."""

import pytest

from metathink.core.errors import InvalidInput
from metathink.evals import suite


def test_the_shipped_suite_has_six_sets_of_distinct_questions() -> None:
    tasks = suite.load("room-to-think")
    assert len({task.set for task in tasks}) >= 6
    assert len({task.question for task in tasks}) == len(tasks)
    assert all(task.question and task.answer for task in tasks)


def test_an_unknown_suite_is_the_users_fault() -> None:
    with pytest.raises(InvalidInput, match="room-to-think"):
        suite.load("room")
