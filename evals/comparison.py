"""A comparison of methods on task sets: held, counted, and put into one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from .curve import Curve, Drawing, confidence_curves
from .entry import Entry
from .line import Line, confidence, line, mark_pareto, rated
from .step_effect import StepEffect, effects
from .trial import SAMPLING, Contest, Trial, Trials

ALL = "all"
"""The line over all sets together."""

BASELINES = ("direct", SAMPLING)
"""Rows that every other is compared with, where they take part."""


class Row(BaseModel):
    """What was compared under a name."""

    name: str
    method: str
    settings: dict[str, Any]
    model: str  # as the record says; empty when nothing was answered
    tokens_of: str = ""


class Failure(BaseModel):
    """A question that ended in an error; it counts as wrong."""

    row: str
    task: str
    error: str


class Report(BaseModel):
    """Everything a comparison found."""

    source: str
    sets: dict[str, int]  # questions of each
    seed: int
    rows: list[Row]
    lines: list[Line]
    steps: list[StepEffect]
    failures: list[Failure]

    def of(self, part: str = ALL) -> list[Line]:
        """The lines of a set, in the rows' order."""
        return [found for found in self.lines if found.set == part]


@dataclass(frozen=True)
class Comparison:
    """The trials of every row, by its name, on the same tasks in the same order."""

    source: str
    seed: int
    entries: Sequence[Entry]
    held: Mapping[str, Trials]

    @property
    def sets(self) -> dict[str, int]:
        """The questions of each set."""
        return dict(Counter(trial.task.set for trial in self.held[self.entries[0].name]))

    @cached_property
    def lines(self) -> list[Line]:
        """One for each row, over all tasks and on each set."""
        parts = [ALL, *self.sets] if len(self.sets) > 1 else [ALL]
        return [found for part in parts for found in self._lines(part)]

    def report(self) -> Report:
        """The figures."""
        return Report(
            source=self.source,
            sets=self.sets,
            seed=self.seed,
            rows=[_row(entry, self.held[entry.name]) for entry in self.entries],
            lines=self.lines,
            steps=[e for entry in self.entries for e in effects(entry.name, self.held[entry.name])],
            failures=[
                Failure(row=entry.name, task=trial.task.id, error=trial.error)
                for entry in self.entries
                for trial in self.held[entry.name]
                if trial.error
            ],
        )

    def drawings(self) -> list[Drawing]:
        """Accuracy against tokens, reliability, risk against coverage: for the pictures."""
        lines = [found for found in self.lines if found.set == ALL]
        front = sorted((found.tokens, found.accuracy) for found in lines if found.pareto)
        rows = {e.name: rated(self.held[e.name]) for e in self.entries if not e.tokens_of}
        sure = [
            c for name, rated in rows.items() if len(rated) for c in confidence_curves(name, rated)
        ]
        whole = Curve("tokens", "Pareto front", *_axes(front))
        return [Drawing(self.source, ALL, [whole, *map(_point, lines), *sure])]

    def _lines(self, part: str) -> list[Line]:
        here = {name: _of(part, trials) for name, trials in self.held.items()}
        lines = [
            line(entry.name, part, here[entry.name], self._others(entry, here))
            for entry in self.entries
        ]
        mark_pareto(lines)
        if part == ALL:
            for found in lines:
                found.confidence = confidence(here[found.row])
        return lines

    def _others(self, entry: Entry, here: Mapping[str, Trials]) -> dict[str, Trials]:
        """What a row is compared with: the baselines, and sampling at its own tokens."""
        if entry.tokens_of:
            return {}
        return {
            other.name: here[other.name]
            for other in self.entries
            if other.tokens_of == entry.name or (other.name in BASELINES and other != entry)
        }


async def compare(
    source: str, contest: Contest, entries: Sequence[Entry], *, seed: int = 0, equal: bool = False
) -> Comparison:
    """Hold every row; with `equal`, self-consistency at the tokens of each other method too."""
    held = {entry.name: await contest.hold(entry) for entry in entries}
    twins = await _twins(contest, entries) if equal else []
    held |= {twin.name: await contest.hold(twin) for twin in twins}
    return Comparison(source, seed, [*entries, *twins], held)


async def _twins(contest: Contest, entries: Sequence[Entry]) -> list[Entry]:
    """Self-consistency at the tokens of each row that is no baseline."""
    base = next((e for e in entries if e.method == SAMPLING), Entry(SAMPLING, SAMPLING))
    others = [entry for entry in entries if entry.method not in BASELINES]
    return [await contest.equal_tokens(entry, base) for entry in others]


def _of(part: str, trials: Trials) -> Trials:
    return tuple(t for t in trials if part in (ALL, t.task.set))


def _row(entry: Entry, trials: Sequence[Trial]) -> Row:
    said_by = next((trial.run.model for trial in trials if trial.run.model), "")
    return Row(
        name=entry.name,
        method=entry.method,
        settings={**entry.settings},
        model=said_by,
        tokens_of=entry.tokens_of,
    )


def _point(found: Line) -> Curve:
    point = (found.tokens, found.accuracy)
    return Curve("tokens", found.row, *_axes([point]), span=((found.low, found.high),))


def _axes(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(x for x, _ in points), tuple(y for _, y in points)
