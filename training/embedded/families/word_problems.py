"""Arithmetic word problems in plain English, composed from an opening, changes and a question.

Every part says something about the quantity reached so far and costs a known number of
operations, so that any number of operations can be composed. The worked solution repeats each
sentence and writes its arithmetic in small steps (`spelled`); the short one leaves the sentences
out.
"""

from __future__ import annotations

import random

from ..phrases.marked import full, short
from ..phrases.phrase import PEOPLE
from ..problem import Behavior, Problem
from ..stories.tale import LARGEST, THINGS, Fact, Tale, Teller
from ..stories.tale_changes import MONEY_CHANGES, THING_CHANGES
from ..stories.tale_openings import opening
from ..stories.tale_questions import CLOSINGS

FAMILY = "word_problems"
DESCRIPTION = "number of arithmetic operations"
LEVELS = (1, 2, 3, 4, 5, 6, 7, 8)
TRAINED = (1, 2, 3, 4, 5, 6)

TRIES = 60
"""Changes drawn before a story is given up whose number allows none of them."""

EQUATIONS_ONLY = (
    "Write the calculation of each fact and what it counts, without repeating the story.",
    "Skip the sentences: chain the calculations in small steps and give the last result.",
    "Arithmetic is enough here: each calculation and the name of its result.",
)


def generate(rng: random.Random, level: int) -> Problem:
    """A story that takes `level` operations."""
    tale = tell(rng, level)
    steps, cuts = worked(tale)
    return Problem(
        family=FAMILY,
        level=level,
        question=tale.question,
        answer=str(tale.answer),
        steps=full(steps),
        plan=tale.plan,
        cuts=cuts,
        short=short(steps),
        behavior=Behavior("behavior_equations_only", rng.choice(EQUATIONS_ONLY)),
        facts=tale.facts,
    )


def tell(rng: random.Random, cost: int) -> Tale:
    """A story that takes `cost` operations."""
    while True:
        tale = _tell(rng, cost)
        if tale:
            return tale


def _tell(rng: random.Random, cost: int) -> Tale | None:
    names = rng.sample(PEOPLE, 8)
    teller = Teller(rng, names.pop(), rng.choice(THINGS), names=names)
    teller.dollars = rng.random() < 0.35
    first, spent = opening(teller, cost)
    start = teller.own
    changes: list[Fact] = []
    closing_cost = min(cost - spent, rng.choice((0, 1, 1)))
    for _ in range(TRIES):
        if spent == cost - closing_cost:
            break
        price, part = rng.choice(MONEY_CHANGES if teller.dollars else THING_CHANGES)
        fact = part(teller) if price <= cost - closing_cost - spent else None
        if fact:
            changes.append(fact)
            spent += price
    else:
        return None
    told = [fact.said for fact in (*first, *changes)]
    closing = rng.choice(CLOSINGS[closing_cost])(teller)
    if not closing or not 0 < teller.count <= 2 * LARGEST:
        return None
    last, asked, query = closing
    if rng.random() < 0.12:
        told.insert(rng.randint(1, len(told)), _aside(teller))
    told += [fact.said for fact in last if fact.said]
    question = " ".join([f"{sentence}." for sentence in told] + [query])
    return Tale(
        question=question,
        chapters=(tuple(first), tuple(changes), tuple(last)),
        asked=asked,
        answer=teller.count,
        plan=_plan(start, len(changes), asked),
        facts=tuple(teller.facts),
    )


def _plan(start: str, changes: int, asked: str) -> tuple[str, ...]:
    moves = [f"Note the number of {start} at the start"]
    if changes:
        moves.append(
            "Work out the change" if changes == 1 else f"Work out the {changes} changes in order"
        )
    return (*moves, f"Find {asked}")


def _aside(teller: Teller) -> str:
    """A sentence that does not matter."""
    who = teller.rng.choice((teller.who, teller.names[0]))
    return teller.rng.choice(
        (
            f"{who} is {teller.rng.randint(7, 60)} years old",
            f"It is a {teller.rng.choice(('sunny', 'rainy', 'cold', 'windy'))} day",
            f"{who} lives at number {teller.rng.randint(2, 99)}",
            f"{who} has {teller.rng.randint(2, 5)} cousins",
        )
    )


def worked(tale: Tale) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Each fact repeated with its arithmetic, and where the moves of the plan end."""
    first, changes, closing = tale.chapters
    steps = [line for fact in first for line in _lines(fact)]
    cuts = [len(steps)]
    if changes:
        steps += [line for fact in changes for line in _lines(fact)]
        cuts.append(len(steps))
    steps += [line for fact in closing for line in _lines(fact)]
    steps += [f"«{tale.asked}: {tale.answer}»", f"answer: {tale.answer}"]
    return tuple(steps), (*cuts, len(steps))


def _lines(fact: Fact) -> list[str]:
    """The sentence with its first calculation, and a line for each further one."""
    spelled = [operation.spelled() for operation in fact.operations]
    if not fact.said or not spelled:
        return [f"«read: {fact.said}»"] if fact.said else spelled
    return [f"«read: {fact.said}: »{spelled[0]}", *spelled[1:]]
