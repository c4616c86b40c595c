"""The replay bench: every measure a file allows, with intervals, spread and differences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from metathink.core.errors import InvalidInput, MissingExtra
from metathink.evals.curve import Drawing

from .interval import Floats, interval, mean
from .measure import Findings, Measure, Score, measures_for
from .records.record import Form, Record, load
from .split import Split, folds, transfer

STRONGEST = "gpt-4"
"""Models whose name begins so are left out of the second slice of a file with many agents."""

DRAWS = 1000
"""Bootstrap draws behind the interval of a mean."""

COSTLY_DRAWS = 200
"""Bootstrap draws behind the interval of any other statistic."""


class Figure(BaseModel):
    """One number of the report."""

    measure: str
    slice: str
    name: str
    unit: str
    value: float  # mean over fold seeds
    low: float  # 95 % bootstrap interval over questions, on the first fold seed
    high: float
    spread: float  # standard deviation over fold seeds
    questions: int
    against: str | None = None
    difference: float | None = None  # to `against`, paired by question
    difference_low: float | None = None
    difference_high: float | None = None


class Report(BaseModel):
    """What the bench found in one file."""

    file: str
    form: str
    records: int
    questions: int
    fitted_on: str  # "5 folds by question, 3 seeds" or the other file
    figures: list[Figure]
    left_out: list[str] = []  # measures that could not run, and what they need


def replay(
    path: Path, fit: Path | None = None, count: int = 5, seeds: int = 3
) -> tuple[Report, list[Drawing]]:
    """Run every measure on the file: over folds, or fitted on `fit` and reported on `path`.

    Raises `InvalidInput` for a file or form the bench cannot use.
    """
    records = load(path)
    forms = {r.form for r in records}
    if len(forms) != 1:
        raise InvalidInput(f"{path.name} mixes {', '.join(sorted(forms))}; one form a file")
    runs = _runs(records, load(fit) if fit else None, count, seeds)
    figures: list[Figure] = []
    drawings: list[Drawing] = []
    left_out: list[str] = []
    for measure in measures_for(records[0].form):
        for name, rounds in runs.items():
            try:
                found = [measure.run(splits) for splits in rounds]
            except MissingExtra as error:
                left_out.append(f"{measure.name}: {error}")
                break
            figures += _figures(measure, name, found)
            if found[0].curves:
                drawings.append(Drawing(measure.name, name, found[0].curves))
    how = f"fitted on {fit.name}" if fit else f"{count} folds by question, {seeds} seeds"
    report = Report(
        file=path.name,
        form=str(records[0].form),
        records=len(records),
        questions=len({r.group for r in records}),
        fitted_on=how,
        figures=figures,
        left_out=left_out,
    )
    return report, drawings


def _runs(
    records: Sequence[Record], fit: Sequence[Record] | None, count: int, seeds: int
) -> dict[str, list[list[Split]]]:
    """For each slice the splits of each fold seed (one round when fitted on another file)."""
    other = slices(fit) if fit else {}
    return {
        name: [transfer(other[name], part)]
        if fit and name in other
        else [folds(part, count, seed) for seed in range(seeds)]
        for name, part in slices(records).items()
        if not fit or name in other
    }


def slices(records: Sequence[Record]) -> dict[str, list[Record]]:
    """All, and for many agents also without the strongest models: the vote of the weaker ones."""
    parts = {"all": list(records)}
    if records[0].form is Form.AGENTS:
        weaker = [
            r.only([i for i, s in enumerate(r.samples) if not s.model.startswith(STRONGEST)])
            for r in records
        ]
        left = {s.speaker for r in weaker for s in r.samples}
        if len(left) >= 3 and any(
            len(w.samples) < len(r.samples) for w, r in zip(weaker, records, strict=True)
        ):
            parts[f"without {STRONGEST}*"] = weaker
    return parts


def _figures(measure: Measure, name: str, found: Sequence[Findings]) -> list[Figure]:
    first = {(s.name, s.unit): s for s in found[0].scores}
    later = [{(s.name, s.unit): s for s in f.scores} for f in found[1:]]
    return [
        _figure(measure, name, score, [r[key] for r in later if key in r], first)
        for key, score in first.items()
    ]


def _figure(
    measure: Measure,
    name: str,
    score: Score,
    again: Sequence[Score],
    first: dict[tuple[str, str], Score],
) -> Figure:
    values = [_value(s) for s in (score, *again)]
    draws = DRAWS if score.statistic is mean else COSTLY_DRAWS
    low, high = interval(list(score.rows.values()), score.statistic, draws=draws)
    figure = Figure(
        measure=measure.name,
        slice=name,
        name=score.name,
        unit=score.unit,
        value=float(np.mean(values)),
        low=low,
        high=high,
        spread=float(np.std(values)),
        questions=len(score.rows),
    )
    other = first.get((score.against or "", score.unit))
    return figure if other is None else figure.model_copy(update=_difference(score, other))


def _value(score: Score) -> float:
    return score.statistic(np.concatenate(list(score.rows.values())))


def _difference(score: Score, other: Score) -> dict[str, object]:
    """The paired difference of two means, with its interval; nothing for other statistics."""
    shared = [key for key in score.rows if key in other.rows]
    if score.statistic is not mean or other.statistic is not mean or not shared:
        return {"against": other.name}
    blocks: list[Floats] = [
        np.array([[score.rows[k][:, 0].mean() - other.rows[k][:, 0].mean()]]) for k in shared
    ]
    low, high = interval(blocks, draws=DRAWS)
    return {
        "against": other.name,
        "difference": float(np.mean([b[0, 0] for b in blocks])),
        "difference_low": low,
        "difference_high": high,
    }
