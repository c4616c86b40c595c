"""The final answer is found where models put it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.extract import final_answer, stated_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{42}", "42"),
        (r"first \boxed{1}, no: \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        ("2 + 2 = 4\nanswer: 4", "4"),
        ("**Answer:** (B)", "(B)"),
        ("The final answer is 7.", "7"),
        ("answer: { [ ] }", "{ [ ] }"),
        ("I think\nit is Paris.", "it is Paris"),
        ("answer: 1\nwait\nAnswer: 2", "2"),
        (r"cut \boxed{12", r"cut \boxed{12"),
        ("", ""),
        ("  \n ", ""),
    ],
)
def test_final_answer(text: str, answer: str) -> None:
    assert final_answer(text) == answer


def test_a_text_that_states_nothing_has_no_stated_answer() -> None:
    assert stated_answer("step 1: add the numbers") is None


@given(st.text())
def test_any_text_is_read_without_error(text: str) -> None:
    assert bool(final_answer(text)) <= bool(text.strip())
