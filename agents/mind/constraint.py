"""Constraints on reading people: cultural, ethical and role rules (MetaMind, arXiv 2505.18943, stage 2).

The base is `constraint.toml` beside this file. An application adds a file of the same form, or rules in its
memory under social/cultural, social/ethical or social/role.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ...core.errors import InvalidInput
from ...memory.rules.rule import Grade, Rule

Kind = Literal["cultural", "ethical", "role"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

BASE: Final = Path(__file__).with_name("constraint.toml")
TREE: Final = "social"
"""Where a memory's rules on reading people stand in its tree."""


@dataclass(frozen=True)
class Constraint:
    """When `condition` holds, do as `rule` says; `id` is what a modification log cites.

    `grade` as in memory: guide (mind it), reflect (think again), deny (never).
    """

    id: str
    kind: Kind
    condition: str
    rule: str
    grade: Grade

    @property
    def line(self) -> str:
        """One line of plain words, its id first."""
        return f"{self.id} [{self.grade}] When {self.condition}: {self.rule}"


class Written(BaseModel):
    """A rule in a file."""

    model_config = ConfigDict(extra="forbid", str_min_length=1, str_strip_whitespace=True)
    when: str
    rule: str
    grade: Grade = "guide"


class Sheet(BaseModel):
    """A file: a table for each kind."""

    model_config = ConfigDict(extra="forbid")
    cultural: list[Written] = []
    ethical: list[Written] = []
    role: list[Written] = []


Given = tuple[Kind, Written]


def read_rules(path: str | Path) -> list[Given]:
    """The rules of a TOML file. Raises InvalidInput when it is not one, or not readable."""
    try:
        sheet = Sheet.model_validate(tomllib.loads(Path(path).read_text("utf-8")))
    except OSError as error:
        raise InvalidInput(f"no rules at {path}: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise InvalidInput(f"{path}: {where}: {fault['msg']}") from error
    except ValueError as error:
        raise InvalidInput(f"{path} is not TOML: {error}") from error
    return [(kind, rule) for kind in KINDS for rule in getattr(sheet, kind)]


def remembered_rules(rules: Iterable[Rule]) -> list[Given]:
    """Those of a memory's rules that stand under social/<kind>."""
    found: list[Given] = []
    for rule in rules:
        for kind in KINDS:
            if f"{rule.path}/".startswith(f"{TREE}/{kind}/"):
                found.append((kind, Written(when=rule.condition, rule=rule.rule, grade=rule.grade)))
    return found


def constraints(given: Sequence[Given]) -> list[Constraint]:
    """The rules with the ids by which they are cited: C1, E1, R1 and so on.

    A rule given twice counts once, with the grade given last.
    """
    once: dict[tuple[Kind, str, str], Grade] = {
        (kind, rule.when, rule.rule): rule.grade for kind, rule in given
    }
    numbers: Counter[Kind] = Counter()
    found = []
    for (kind, condition, rule), grade in once.items():
        numbers[kind] += 1
        found.append(Constraint(f"{kind[0].upper()}{numbers[kind]}", kind, condition, rule, grade))
    return found


def rules_text(rules: Sequence[Constraint]) -> str:
    """The rules as lines, each kind under its heading."""
    parts = []
    for kind in KINDS:
        if lines := [rule.line for rule in rules if rule.kind == kind]:
            parts.append("\n".join([f"{kind.capitalize()} rules:", *lines]))
    return "\n\n".join(parts)
