"""Dyck languages: close the brackets that are still open.

The worked solution copies the sequence in numbered groups of four, so that the next bracket is
always easy to find, then writes the stack after every bracket, the top first: an opening bracket
goes before the stack, a closing one takes the first bracket away, and at the end the stack names
the missing brackets in order. Neighbours that close each other at once need no stack.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from ..phrases.marked import full, short
from ..problem import Behavior, Problem

FAMILY = "dyck_languages"
DESCRIPTION = "greatest number of brackets given"
LEVELS = (8, 16, 32, 64, 100)
TRAINED = (8, 16, 32, 64)

CLOSES = {"(": ")", "[": "]", "{": "}", "<": ">"}
GROUP = 4
EMPTY = "empty"
ASKS = (
    "Complete the rest of the sequence, making sure that the parentheses are closed properly. "
    "Input: {}",
    "Close the parentheses that are still open, in the right order. Input: {}",
    "Which brackets are missing at the end of this sequence? Input: {}",
)


def generate(rng: random.Random, level: int) -> Problem:
    """At most `level` brackets, one to three of them open (up to five beyond training)."""
    brackets = _draw(rng, level)
    steps, answer = worked(brackets)
    groups = -(-len(brackets) // GROUP)
    ask = ASKS[0] if rng.random() < 0.9 else rng.choice(ASKS)
    return Problem(
        family=FAMILY,
        level=level,
        question=ask.format(" ".join(brackets)),
        answer=answer,
        steps=full(steps),
        plan=(
            f"Copy the sequence in {groups} numbered groups of {GROUP}",
            f"Keep a stack from the first {brackets[0]} through group {groups}, the top first",
            "Close what is left on the stack from the top",
        ),
        cuts=(1, 1 + groups, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_stacks_alone", rng.choice(STACKS_ALONE)),
    )


STACKS_ALONE = (
    "After the numbered groups write only the stack that each bracket leaves, the top first.",
    "Do not copy the groups again: an opening bracket shows as the new top of the stack.",
    "Stacks without equals signs, and the closing brackets only in the answer.",
)


def _draw(rng: random.Random, level: int) -> tuple[str, ...]:
    left_open = rng.randint(1, 3 if level in TRAINED else 5)
    smallest = 2 if level <= 8 else (level if level <= 64 else 128) // 2 + 1
    size = max(rng.randint(smallest, level), left_open)
    if (size - left_open) % 2:
        size = size - 1 if size > left_open else size + 1
    deepest, rise = rng.choice((4, 6, 8, 10, 12)), rng.choice((0.45, 0.55, 0.65))
    stack: list[str] = []
    drawn = []
    for left in range(size, 0, -1):
        must_open = len(stack) <= left_open - left or not stack
        must_close = len(stack) - left_open >= left or len(stack) >= deepest
        if must_open or (not must_close and rng.random() < rise):
            stack.append(rng.choice("([{<"))
            drawn.append(stack[-1])
        else:
            drawn.append(CLOSES[stack.pop()])
    return tuple(drawn)


def worked(brackets: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The solution with the stack after every bracket, and the answer."""
    groups = [brackets[at : at + GROUP] for at in range(0, len(brackets), GROUP)]
    numbered = (f"{number} {' '.join(group)}" for number, group in enumerate(groups, 1))
    steps = [f"«groups: »{' ; '.join(numbered)}"]
    stack: tuple[str, ...] = ()
    for number, group in enumerate(groups, 1):
        said, stack = _follow(group, stack)
        steps.append(f"{number} «{' '.join(group)} : »{' ; '.join(said)}")
    answer = " ".join(CLOSES[bracket] for bracket in stack)
    steps.append(f"left {_shown(stack)}« : close {answer}»")
    steps.append(f"answer: {answer}")
    return tuple(steps), answer


def _follow(group: Sequence[str], stack: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
    """What is said of one group of brackets, and the stack after it."""
    said, at = [], 0
    while at < len(group):
        bracket = group[at]
        if at + 1 < len(group) and CLOSES.get(bracket) == group[at + 1]:
            said.append(f"{bracket} {group[at + 1]}« gone»")
            at += 2
            continue
        opens = bracket in CLOSES
        stack = (bracket, *stack) if opens else stack[1:]
        said.append(f"«{bracket} = »{_shown(stack)}" if opens else f"{bracket} «= »{_shown(stack)}")
        at += 1
    return said, stack


def _shown(stack: tuple[str, ...]) -> str:
    return " ".join(stack) or EMPTY
