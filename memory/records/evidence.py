"""What recall hands out: items with an id to cite, a score, a reason and a source."""

from __future__ import annotations

from dataclasses import dataclass

from ..quotation import quoted
from .text import checked_name


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was learned: a document, or a step of a run. All three may be empty."""

    document: str = ""
    run: str = ""
    step: str = ""

    def __str__(self) -> str:
        run = f"run {self.run}" + (f", step {self.step}" if self.step else "") if self.run else ""
        return ", ".join(part for part in (self.document, run) if part) or "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One recalled item.

    `id` cites it (and `Memory.get(kind, [id])` reads it back), `kind` says which memory it is from,
    `score` orders a list (only comparable within it), `why` says what made recall choose it.
    """

    id: str
    kind: str
    text: str
    score: float
    why: str
    source: Source

    def quoted(self) -> str:
        """The item as data for a prompt: on one line, quoted, labelled with its id and source."""
        return f"[{self.id}] {quoted(self.text, self.source)}"


@dataclass(frozen=True, slots=True)
class RankedEntity:
    """An entity recall found for a question: its name, score and the reason it ranks there."""

    id: str
    name: str
    score: float
    why: str


def source_of(source: Source | str) -> Source:
    """A source, checked; one given as text is a document's name."""
    if isinstance(source, str):
        return Source(document=checked_name(source, "a source"))
    for part in (source.document, source.run, source.step):
        if part:
            checked_name(part, "a source")
    return source


def source_value(source: Source) -> dict[str, str]:
    """A source as it is stored: `Source(**value)` reads it back."""
    parts = {"document": source.document, "run": source.run, "step": source.step}
    return {name: part for name, part in parts.items() if part}
