"""What is known of a person: MetaMind's social memory (2505.18943, section 3; released schema)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

from ..records.evidence import Source

Note = Literal["preference", "emotion", "hypothesis", "experience", "pain point", "role"]
NOTES: Final[tuple[Note, ...]] = get_args(Note)

DECAY: Final = 0.05
"""Share of a note's weight that fades in a day (the reference's `memory_decay_rate`, which it never
applies): after two weeks about half is left."""
CAP: Final = 100
"""Most notes kept of one person (the reference's `max_memory_items`, which it never applies)."""


@dataclass(frozen=True, slots=True)
class PersonNote:
    """One thing noted of a person.

    `strength` (0 to 1) is an emotion's intensity or how sure a hypothesis is; `weight` is what time
    has left of it. `evidence` quotes what it was read from.
    """

    id: str
    kind: Note
    text: str
    strength: float
    weight: float
    evidence: str
    source: Source
    learned: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """All that is known of a person: the summary and the notes, the weightiest first."""

    name: str
    summary: str
    notes: tuple[PersonNote, ...]
    summary_source: Source = field(default_factory=Source)

    def of_kind(self, kind: Note) -> list[PersonNote]:
        """The notes of one kind, the weightiest first."""
        return [note for note in self.notes if note.kind == kind]
