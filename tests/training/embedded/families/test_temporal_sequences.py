"""A solver that reads the question's text agrees with the generator and with the real labels."""

from __future__ import annotations

import random
import re

import pytest

from metathink.training.embedded.families.temporal_sequences import LEVELS, generate


def clock(text: str) -> int:
    return int(text[:-2]) % 12 + (12 if text.endswith("pm") else 0)


def solve(question: str) -> str:
    """The one option that no sighting overlaps, between waking up and closing."""
    first = clock(re.findall(r"woke up at (\w+)\.", question)[0])
    last = clock(re.findall(r"closed after (\w+)\.", question)[0])
    seen = [(clock(a), clock(b)) for a, b in re.findall(r" from (\w+) to (\w+)\.", question)]
    free = [
        f"({label})"
        for label, a, b in re.findall(r"^\((\w)\) (\w+) to (\w+)$", question, re.M)
        if first <= clock(a) < clock(b) <= last
        and all(end <= clock(a) or clock(b) <= start for start, end in seen)
    ]
    assert len(free) == 1
    return free[0]


@pytest.mark.parametrize("level", LEVELS)
def test_the_answer_is_the_only_free_time(level: int) -> None:
    for seed in range(200):
        problem = generate(random.Random(seed), level)
        assert solve(problem.question) == problem.answer


def test_real_items_have_the_same_form_and_meaning(real) -> None:
    rows = [r for r in real("bbh_programmatic") if r["task"] == "temporal_sequences"]
    assert len(rows) > 100
    assert all(solve(row["input"]) == row["target"] for row in rows)
