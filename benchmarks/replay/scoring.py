"""Whether an answer chosen from a record is right: the truth of the samples that gave it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metathink.meta.answers.equivalence import canonical

from .records.record import Record


def named(record: Record) -> list[str | None]:
    """Each sample's answer in canonical form, so that equal answers share a name."""
    question = record.question
    return [canonical(s.answer, question.kind, question.options) for s in record.samples]


def right_answers(record: Record) -> set[str]:
    """The canonical answers that are right; an answer is, if any sample that gave it is."""
    pairs = zip(named(record), record.labels, strict=True)
    return {name for name, label in pairs if name is not None and label.reveal() > 0.5}


def plurality(names: Sequence[str | None]) -> str | None:
    """The most frequent answer, the first to come among equals; None when there is none."""
    votes = Counter(name for name in names if name is not None)
    return max(votes, key=votes.__getitem__) if votes else None
