"""One generated problem with everything the roles are taught from: solution, plan, behavior.

A family module (`families/<family>.py`) offers `FAMILY` (its name), `LEVELS` (difficulties it can
make, small to large, named in `DESCRIPTION`), `TRAINED` (the levels training may use; the others
are held back for harder evaluation) and `generate(rng, level) -> Problem`. Generation is a pure
function of the random generator, so a seed names a problem.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Behavior:
    """A reusable hint: `name` is snake case with the prefix `behavior_`, `instruction` one
    sentence."""

    name: str
    instruction: str


@dataclass(frozen=True)
class Problem:
    """A question, its answer, and the worked material the roles learn from.

    `steps` is the deterministic worked solution: the same question always has the same steps, and
    each step restates what it uses (the sentence read, the value looked up, the result), because a
    small model learns a step only if everything it needs stands near it. `short` is the solution
    that the family's `behavior` allows: the same lines without what only says something again
    (`marked`), with every state that the next line needs. `plan` is what a
    meta-thinker would say: short moves in order, naming the parts of this very question, never the
    answer; `cuts[i]` is the number of steps that are done after move `i`, so `cuts[-1] ==
    len(steps)`.
    """

    family: str
    level: int
    question: str
    answer: str
    steps: tuple[str, ...]
    plan: tuple[str, ...]
    cuts: tuple[int, ...]
    short: tuple[str, ...] = ()
    behavior: Behavior | None = None
    options: tuple[str, ...] = ()
    facts: tuple[tuple[str, str, str], ...] = ()
    hypotheses: tuple[tuple[str, str], ...] = field(default=())
    """For stories about people: (kind, sentence), kind one of belief, desire, intention, emotion,
    thought."""


class Family(Protocol):
    """What a family module offers (see the module docstring)."""

    FAMILY: str
    DESCRIPTION: str
    LEVELS: tuple[int, ...]
    TRAINED: tuple[int, ...]

    def generate(self, rng: random.Random, level: int) -> Problem: ...


def normal(question: str) -> str:
    """The question with case, spacing and punctuation folded away: two problems that agree here are
    one."""
    return re.sub(r"[^a-z0-9+\-*/()<>\[\]{}=]+", " ", question.lower()).strip()
