"""What a person is asked before a run goes on, and what they can reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import InvalidInput

Matter = Literal["answer", "memory"]
"""What a run can wait for: an answer before it is sent, a memory before it is written."""


@dataclass(frozen=True)
class Approval:
    """What a person sees: the question, the answer with its confidence (0 to 1, None without one) and its
    reason, and, where a memory is to be written, each thing that would be."""

    matter: Matter
    question: str
    answer: str = ""
    confidence: float | None = None
    reason: str = ""
    writes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What a person replies: `Decision("accept")`, `Decision("edit", answer="12")`, or
    `Decision("refuse", reason="unproven")`.

    An edited answer is sent in place of the first; a refused one is not sent, and the run abstains with the
    reason; a refused memory is not written. Raises InvalidInput for an edit without an answer and a refusal
    without a reason.
    """

    decision: Literal["accept", "edit", "refuse"]
    answer: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.decision not in ("accept", "edit", "refuse"):
            raise InvalidInput(f"accept, edit or refuse, not {self.decision!r}")
        if self.decision == "edit" and not self.answer.strip():
            raise InvalidInput("an edit needs the answer to send instead")
        if self.decision == "refuse" and not self.reason.strip():
            raise InvalidInput("a refusal needs its reason")
