"""A rule as it is read (MENTOR, 2511.07107)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from ..records.evidence import Source

Grade = Literal["guide", "reflect", "deny"]
"""What a rule asks for: mind it, think again, or refuse."""
GRADES: Final[tuple[Grade, ...]] = get_args(Grade)

Link = Literal["refines", "conflicts with", "follows from"]
LINKS: Final[tuple[Link, ...]] = get_args(Link)


@dataclass(frozen=True, slots=True)
class Rule:
    """When `condition` holds, do as `rule` says.

    A static rule has a `path` in the tree ("finance/lending"); a dynamic one has none: it was
    learned, and is linked to the rules it came from. Where several sources say the same rule, it has
    the strictest of their grades, `source` is one that gives it that grade, and `learned` is when the
    first of them said it.
    """

    id: str
    condition: str
    rule: str
    grade: Grade
    source: Source
    learned: datetime
    path: str = ""

    @property
    def is_static(self) -> bool:
        """Whether it belongs to the tree."""
        return bool(self.path)

    @property
    def text(self) -> str:
        """The rule as a line of plain words."""
        return f"[{self.grade}] When {self.condition}: {self.rule}"
