"""A solver that reads the question's text agrees with the generator and with the real labels."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from metathink.training.embedded.families.logical_deduction import (
    LEVELS,
    SCENES,
    At,
    Before,
    Parts,
    generate,
    rounds,
)

RANKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
HIGH = "right|newe|more expensive|most expensive|below|tall|last"


def place(text: str, count: int) -> int:
    """The number of a place in words, 1 being leftmost, oldest, cheapest, shortest or first."""
    found = re.search("|".join(RANKS), text.replace("leftmost", "").replace("rightmost", ""))
    rank = RANKS[found[0]] if found else 1
    return count + 1 - rank if re.search(HIGH, text) else rank


def read(question: str) -> tuple[list[str], dict[str, int], list[tuple[str, str]]]:
    """The things, the places that clues name, and the pairs (lower, higher)."""
    body = question.split("within each paragraph. ")[1].split("\nOptions:\n")[0]
    row, clues = re.split(r"\. ", body.partition(": ")[2], maxsplit=1)
    things = [re.sub(r"^(an?|the) ", "", thing) for thing in re.split(r", and |, | and ", row)]
    fixed: dict[str, int] = {}
    less: list[tuple[str, str]] = []
    for clue in clues.rstrip(".").split(". "):
        said = sorted((t for t in things if re.search(rf"\b{t}\b", clue)), key=clue.index)
        rest = clue
        for thing in said:
            rest = rest.replace(thing, "", 1)
        if len(said) == 2:
            less.append((said[1], said[0]) if re.search(HIGH, rest) else (said[0], said[1]))
        else:
            fixed[said[0]] = place(rest, len(things))
    return things, fixed, less


def solve(question: str) -> str:
    """Tries orders from place 1 on until one keeps all clues; there must be one only."""
    things, fixed, less = read(question)
    listed = question.split("\nOptions:\n")[1]
    found = list(orders(things, fixed, less, ()))
    assert len(found) == 1
    for label, option in re.findall(r"^\((\w)\) (.*)$", listed, re.M):
        thing = next(t for t in things if re.search(rf"\b{t}\b", option))
        if found[0][place(option.replace(thing, "", 1), len(things)) - 1] == thing:
            return f"({label})"
    raise AssertionError("no option is true")


def orders(
    things: list[str], fixed: dict[str, int], less: list[tuple[str, str]], done: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    if len(done) == len(things):
        yield done
    for thing in things:
        early = all(a in done for a, b in less if b == thing)
        owner = [t for t, p in fixed.items() if p == len(done) + 1]
        due = fixed.get(thing, len(done) + 1) == len(done) + 1 and owner in ([], [thing])
        if thing not in done and early and due:
            yield from orders(things, fixed, less, (*done, thing))


@pytest.mark.parametrize("level", LEVELS)
def test_the_order_is_unique_and_the_answer_true(level: int) -> None:
    for seed in range(150):
        problem = generate(random.Random(seed), level)
        assert solve(problem.question) == problem.answer


def test_real_items_have_the_same_form_and_meaning(real) -> None:
    rows = [r for r in real("bbh_programmatic") if r["task"].startswith("logical_deduction")]
    assert len(rows) > 300
    assert all(solve(row["input"]) == row["target"] for row in rows)


def test_the_two_rules_suffice_for_the_real_items(real) -> None:
    rows = [r for r in real("bbh_programmatic") if r["task"].startswith("logical_deduction")]
    for row in rows:
        things, fixed, less = read(row["input"])
        at = [At(thing, place, "") for thing, place in fixed.items()]
        before = [Before(low, high, False) for low, high in less]
        parts = Parts(SCENES[0], tuple(things), (*at, *before), "", 1)
        assert len(rounds(parts)[-1].placed) == len(things)
