"""A solver that reads the question's text agrees with the generator and with the real labels."""

from __future__ import annotations

import random
import re

import pytest

from metathink.training.embedded.families.tracking_shuffled_objects import LEVELS, generate


def solve(question: str) -> str:
    """Simulates the swaps as read."""
    opening, story, *rest = question.split("\n")
    options = dict(re.findall(r"^\((\w)\) (.*)$", "\n".join(rest), re.M))
    starts = opening.rsplit(": ", 1)[1]
    thing = {}
    for part in re.split(r", and |, | and (?=[A-Z])", starts.rstrip(".")):
        who = part.split()[0]
        thing[who] = next(t for t in sorted(options.values(), key=len, reverse=True) if t in part)
    for a, b in re.findall(r"(?:First|Then|Finally), (\w+) and (\w+) ", story):
        thing[a], thing[b] = thing[b], thing[a]
    asked = re.findall(r"At the end of .*?, (\w+) ", story)[0]
    return next(f"({label})" for label, option in options.items() if option == thing[asked])


@pytest.mark.parametrize("level", LEVELS)
def test_the_answer_is_what_the_text_says(level: int) -> None:
    for seed in range(150):
        problem = generate(random.Random(seed), level)
        assert solve(problem.question) == problem.answer


def test_real_items_have_the_same_form_and_meaning(real) -> None:
    rows = [r for r in real("bbh_programmatic") if r["task"].startswith("tracking_shuffled")]
    assert len(rows) > 300
    assert all(solve(row["input"]) == row["target"] for row in rows)
