"""An episode: what was tried on a problem with which method, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..graph.fact import digest
from ..records.evidence import Source
from ..records.text import normalized


@dataclass(frozen=True, slots=True)
class Episode:
    """One attempt. `correct` is None where nothing validated the answer.

    `mistake` and `reason` say what went wrong and why (the notebook of mistakes of OlaGPT,
    2305.16334); `kind` groups problems (a task or topic) for the statistics.
    """

    id: str
    problem: str
    method: str
    answer: str
    correct: bool | None
    source: Source
    learned: datetime
    kind: str = ""
    mistake: str = ""
    reason: str = ""
    tokens: int = 0
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The episode as a line of plain words."""
        outcome = {True: "right", False: "wrong", None: "not checked"}[self.correct]
        parts = [f"Problem: {self.problem}", f"{self.method} answered {self.answer} ({outcome})"]
        if self.mistake:
            parts.append(f"Mistake: {self.mistake}")
        if self.reason:
            parts.append(f"Because: {self.reason}")
        return ". ".join(parts)


@dataclass(frozen=True, slots=True)
class NewEpisode:
    """An attempt to be stored; fields as in `Episode`.

    Of the same `key`, where one is given, the last writing stands: a run that was killed between writing
    and knowing of it writes again, and there is one attempt still.
    """

    problem: str
    method: str
    answer: str
    correct: bool | None
    source: Source | str = field(default_factory=Source)
    kind: str = ""
    mistake: str = ""
    reason: str = ""
    tokens: int = 0
    seconds: float = 0.0
    key: str = ""


@dataclass(frozen=True, slots=True)
class MethodStatistics:
    """How a method did on one kind of problem: what a strategy chooser learns from."""

    method: str
    kind: str
    tried: int
    checked: int
    correct: int
    mean_tokens: float

    @property
    def accuracy(self) -> float | None:
        """Share of the checked attempts that were right; None where none was checked."""
        return self.correct / self.checked if self.checked else None


def problem_id(problem: str) -> str:
    """What two wordings of a problem share if they differ in case and spacing only."""
    return f"q{digest(normalized(problem)):016x}"
