"""Answering follows confidence and stakes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.control.abstention import act
from metathink.meta.control.utility import Utility


def test_the_act_follows_the_stakes() -> None:
    stakes = Utility(right=1.0, wrong=-4.0, price=0.1)
    assert act(0.95, stakes).choice == "answer"
    assert act(0.6, stakes).choice == "abstain"
    assert "abstain 0.000" in act(0.6, stakes).reason
    assert act(0.8, stakes).choice == "answer", "a tie is answered"
    with pytest.raises(InvalidInput):
        act(math.nan, stakes)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_confidence_never_turns_an_answer_into_silence(low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    stakes = Utility(wrong=-1.0)
    if act(low, stakes).choice == "answer":
        assert act(high, stakes).choice == "answer"
