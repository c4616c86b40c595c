"""Which example comes next: a deterministic stream of token sequences over families, levels and
roles.

Document number i is a pure function of the seed, i and the mixture, so a run that was broken off
goes on where it stood, and several workers can share the stream by taking every n-th number.
Problems that equal a real benchmark item after `normal` never come out.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import cast

from tokenizers import Tokenizer

from . import families
from .problem import Family, Problem, normal
from .roles import ROLES, Attempt, Example, Material
from .tokenizer import chat


@dataclass(frozen=True)
class Document:
    """Token ids of one exchange; the first `prompt` of them are heard, the others learned."""

    ids: tuple[int, ...]
    prompt: int


@dataclass(frozen=True)
class Tried:
    """A problem of a family, by level and seed, and the model's attempts at it."""

    level: int
    seed: int
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Mixture:
    """Shares of families and roles (any positive numbers), and where their material comes from.

    `levels` narrows a family to some of its trained levels; all of them alike where nothing is said.
    """

    roles: Mapping[str, float]
    families: Mapping[str, float]
    seed: int = 0
    longest: int = 640
    attempts: Mapping[str, tuple[Tried, ...]] = field(default_factory=dict)
    real: Collection[str] = frozenset()
    levels: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def example(self, number: int) -> Example | None:
        """Example `number` of the stream; None when the drawn role cannot be taught from the drawn
        problem."""
        rng = random.Random(f"{self.seed}/{number}")
        role = _draw(rng, self.roles)
        family = _draw(rng, self.families)
        return ROLES[role](rng, self._material(rng, family, role))

    def _material(self, rng: random.Random, family: str, role: str) -> Material:
        own = self.attempts.get(family, ()) if role in LOOKING else ()
        if own and rng.random() < 0.85:
            tried = rng.choice(own)
            return Material(problem_at(family, tried.level, tried.seed), tried.attempts)
        return Material(
            self._unseen(rng, family, self.level(rng, family)), others=_behaviors(family)
        )

    def level(self, rng: random.Random, family: str) -> int:
        """One of the family's levels here, all alike."""
        return rng.choice(self.levels.get(family) or load(family).TRAINED)

    def _unseen(self, rng: random.Random, family: str, level: int) -> Problem:
        while True:
            problem = load(family).generate(rng, level)
            if normal(problem.question) not in self.real:
                return problem

    def documents(
        self, tokenizer: Tokenizer, first: int = 0, every: int = 1
    ) -> Iterator[tuple[int, Document]]:
        """(number, document) from number `first` on; too long ones and empty draws are passed
        over."""
        number = first
        while True:
            example = self.example(number)
            if example is not None:
                ids, prompt = chat(tokenizer, example.ask, example.reply)
                if len(ids) <= self.longest:
                    yield number, Document(tuple(ids), prompt)
            number += every


LOOKING = frozenset({"revise", "judge", "confidence", "compare"})


@cache
def names() -> tuple[str, ...]:
    """All families that are there."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(families.__path__) if m.name[0] != "_")
    )


@cache
def load(family: str) -> Family:
    module: ModuleType = importlib.import_module(f"{families.__name__}.{family}")
    return cast(Family, module)


def problem_at(family: str, level: int, seed: int) -> Problem:
    """The problem that these three name, always the same."""
    return load(family).generate(random.Random(f"{family}-{level}-{seed}"), level)


def read_attempts(path: Path) -> dict[str, tuple[Tried, ...]]:
    """The model's own attempts by family, as `attempts.py` wrote them (JSON lines)."""
    found: dict[str, list[Tried]] = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        attempts = tuple(Attempt(tuple(a["steps"]), a["share"]) for a in row["attempts"])
        found.setdefault(row["family"], []).append(Tried(row["level"], row["seed"], attempts))
    return {family: tuple(tried) for family, tried in found.items()}


@cache
def _behaviors(family: str) -> tuple[tuple[str, str], ...]:
    """One behavior of every other family, to stand beside the right one as a distraction."""
    rng = random.Random(0)
    drawn = [
        load(name).generate(rng, load(name).TRAINED[0]).behavior
        for name in names()
        if name != family
    ]
    return tuple((b.name, b.instruction) for b in drawn if b is not None)


def _draw(rng: random.Random, weights: Mapping[str, float]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
