"""Arithmetic word problems in plain English, composed from an opening, changes and a question.

Every part says something about the quantity reached so far and costs a known number of operations, so
that any number of operations can be composed. The worked solution repeats each sentence and writes
its arithmetic in small steps (`spelled`); the short one keeps the equations alone.
"""

from __future__ import annotations

import random

from ..problem import Behavior, Problem
from ..tale import Fact, Tale, tell

FAMILY = "word_problems"
DESCRIPTION = "number of arithmetic operations"
LEVELS = (1, 2, 3, 4, 5, 6, 7, 8)
TRAINED = (1, 2, 3, 4, 5, 6)

EQUATIONS_ONLY = (
    "Write only the equations, one for each fact, without repeating the story.",
    "Skip the sentences: chain the calculations and give the last result.",
    "Bare arithmetic is enough here: one equation per fact.",
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
        steps=steps,
        plan=tale.plan,
        cuts=cuts,
        short=brief(tale),
        behavior=Behavior("behavior_equations_only", rng.choice(EQUATIONS_ONLY)),
        facts=tale.facts,
    )


def worked(tale: Tale) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Each fact repeated with its arithmetic, and where the moves of the plan end."""
    opening, changes, closing = tale.chapters
    steps = [line for fact in opening for line in _lines(fact)]
    cuts = [len(steps)]
    if changes:
        steps += [line for fact in changes for line in _lines(fact)]
        cuts.append(len(steps))
    steps += [line for fact in closing for line in _lines(fact)]
    steps += [f"{tale.asked}: {tale.answer}", f"answer: {tale.answer}"]
    return tuple(steps), (*cuts, len(steps))


def _lines(fact: Fact) -> list[str]:
    """The sentence with its first calculation, and a line for each further one."""
    spelled = [operation.spelled() for operation in fact.operations]
    if not fact.said or not spelled:
        return [f"read: {fact.said}"] if fact.said else spelled
    return [f"read: {fact.said}: {spelled[0]}", *spelled[1:]]


def brief(tale: Tale) -> tuple[str, ...]:
    """The equations alone."""
    equations = [
        operation.plain()
        for chapter in tale.chapters
        for fact in chapter
        for operation in fact.operations
    ]
    return (*equations, f"answer: {tale.answer}")
