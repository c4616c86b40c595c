"""A combined confidence for each number of voices heard.

What one voice's token probabilities are worth when nothing else is known is not what they are worth
beside the agreement of seven others, so each number of voices has weights of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator

from ...core.errors import InvalidInput
from ..monitor.confidence import Confidence
from ..sample import Label, Question, Sample

Voices = tuple[Sequence[Question], Sequence[Sequence[Sample]], Sequence[Sequence[Label]]]
"""Past questions, the voices heard on each, and whether each voice was right."""


class Control(BaseModel):
    """Fitted confidences by the number of voices; `Control()` is the prior whatever was heard."""

    model_config = ConfigDict(frozen=True)

    after: dict[int, Confidence] = {1: Confidence()}

    @field_validator("after")
    @classmethod
    def _begins_with_one(cls, after: dict[int, Confidence]) -> dict[int, Confidence]:
        if 1 not in after or min(after) < 1:
            raise ValueError("a control begins with one voice")
        return after

    def of(self, voices: int) -> Confidence:
        """The confidence for so many voices: the one fitted on the greatest number not above it."""
        return self.after[max(count for count in self.after if count <= max(voices, 1))]

    @classmethod
    def fit(cls, heard: Mapping[int, Voices]) -> Self:
        """Fit on past questions by the number of voices. Raises InvalidInput without one voice."""
        if 1 not in heard:
            raise InvalidInput("a control is fitted on single voices too")
        return cls(after={count: Confidence.fit(*voices) for count, voices in heard.items()})
