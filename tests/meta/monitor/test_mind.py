"""Whether a question is about minds is read off its words."""

from __future__ import annotations

import pytest

from metathink.meta.monitor.mind import asks_about_minds


@pytest.mark.parametrize(
    "question",
    [
        "Sally left. Where will Sally look for the marble?",
        "Tom broke the vase. How does Ann feel?\nOptions:\n(A) sad\n(B) glad",
        "My wife is upset since she lost her job. What can I say?",
        "I feel so lonely these days.",
        "Why does Max say that? What does Max want?",
    ],
)
def test_beliefs_wishes_and_feelings_are_minds(question: str) -> None:
    assert asks_about_minds(question).choice


@pytest.mark.parametrize(
    "question",
    [
        "",
        "John wants 3 pens at $2 each. How many dollars does John pay?",
        "Do you think 7 is prime?",
        "Let us think step by step. What is 2 + 2?",
        "Who was furthest left?\nOptions:\n(A) the happy man\n(B) the sad man",
        "x" * 100_000,
    ],
)
def test_other_questions_are_not(question: str) -> None:
    assert not asks_about_minds(question).choice
