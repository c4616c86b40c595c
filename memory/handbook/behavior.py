"""A behavior as it is read, and the names behaviors have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ...core.errors import InvalidInput
from ..graph.fact import digest
from ..records.evidence import Source
from ..records.text import checked_name, checked_text
from .credit import Credit

Status = Literal["candidate", "active", "retired"]
STATUSES: Final[tuple[Status, ...]] = ("active", "candidate", "retired")
Edit = Literal["add", "edit", "rollback", "merge"]

PREFIX: Final = "behavior_"
INSTRUCTION_LIMIT: Final = 2_000
"""Characters of an instruction: it is a hint of one or two sentences."""

_NOT_NAME = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Behavior:
    """A named hint on how to think (Metacognitive Reuse, 2509.13237, section 2).

    `status`: a candidate is not backed by a validated outcome yet and is not recalled by default;
    a retired one is not recalled at all. `also` are the names merged into it, `sources` where it
    (and they) came from, `version` the id of the version shown.
    """

    id: str
    name: str
    instruction: str
    topic: str
    status: Status
    credit: Credit
    sources: tuple[Source, ...]
    also: tuple[str, ...]
    version: str
    learned: datetime

    @property
    def text(self) -> str:
        """The behavior as a line of plain words."""
        return f"{self.name}: {self.instruction}"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a behavior's words: who wrote it when, by which edit.

    An `edit` of "merge" holds the words of a behavior that said the same; they were kept, not used.
    """

    id: str
    name: str
    instruction: str
    topic: str
    edit: Edit
    source: Source
    learned: datetime


def behavior_name(name: str) -> str:
    """A behavior's name in canonical form: snake case with the prefix `behavior_`."""
    words = _NOT_NAME.sub("_", checked_name(name, "a behavior's name").casefold()).strip("_")
    if not words:
        raise InvalidInput(f"a behavior's name needs letters or digits: {name!r:.80}")
    return words if words.startswith(PREFIX) else PREFIX + words


def behavior_id(name: str) -> str:
    """The id of the behavior that was first added under this name."""
    return f"b{digest(behavior_name(name)):016x}"


def checked_instruction(instruction: str) -> str:
    """An instruction that may be stored: text on one line."""
    return " ".join(checked_text(instruction, "an instruction", INSTRUCTION_LIMIT).split())
