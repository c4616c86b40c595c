"""Measure: how well a confidence knows whether its answer is right, raw and after fitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from metathink.evals.curve import Curve, confidence_curves
from metathink.meta.monitor.confidence import Confidence
from metathink.meta.monitor.metric import (
    aurc,
    auroc,
    brier,
    ece,
    ece_equal_mass,
    mean_error,
)
from metathink.meta.sample import Sample

from ..interval import Floats
from ..measure import Findings, Measure, Score
from ..records.record import Form, Record
from ..rules.calibrator import Calibrator, Shape
from ..split import Split

Estimate = Callable[[Record], list[float | None]]
"""From a record (whose labels it must leave shut) to a confidence for each sample."""

SHAPES: tuple[Shape, ...] = ("platt", "beta", "isotonic")


def _stated(sample: Sample) -> float | None:
    return sample.stated


def _token(sample: Sample) -> float | None:
    return sample.token_probability


SOURCES: dict[str, Callable[[Sample], float | None]] = {
    "stated": _stated,
    "token probability": _token,
}


def _calibrated(train: Sequence[Record], source: str, shape: Shape) -> Estimate:
    """The source's values through a map fitted on `train`, per speaker with shrinkage."""
    read = SOURCES[source]
    known = [
        (value, label, sample.speaker)
        for r in train
        for sample, label in zip(r.samples, r.labels, strict=True)
        if (value := read(sample)) is not None
    ]
    fitted = Calibrator(shape=shape)
    if known:
        values, labels, speakers = zip(*known, strict=True)
        fitted = Calibrator.fit(values, labels, speakers, shape)
    return lambda r: [
        None if (value := read(s)) is None else fitted(value, s.speaker) for s in r.samples
    ]


def _combined(model: Confidence) -> Estimate:
    return lambda r: list(model.of_samples(r.question, r.samples))


def estimates(train: Sequence[Record]) -> dict[str, Estimate]:
    """Every confidence the records allow, fitted on `train` where it has something to fit."""
    found: dict[str, Estimate] = {}
    for source, read in SOURCES.items():
        if any(read(s) is not None for r in train for s in r.samples):
            found[source] = lambda r, read=read: [read(s) for s in r.samples]
            for shape in SHAPES:
                found[f"{source}, {shape}"] = _calibrated(train, source, shape)
    fitted = Confidence.fit(
        [r.question for r in train], [r.samples for r in train], [r.labels for r in train]
    )
    found["combined, prior"] = _combined(Confidence())
    found["combined, fitted"] = _combined(fitted)
    return found


def collect(splits: Sequence[Split]) -> dict[str, dict[str, Floats]]:
    """For each estimate and record, rows of confidence and truth on the questions held out."""
    rows: dict[str, dict[str, Floats]] = {}
    for split in splits:
        for name, estimate in estimates(split.train).items():
            for record in split.test:
                pairs = [
                    (value, label.reveal())
                    for value, label in zip(estimate(record), record.labels, strict=True)
                    if value is not None
                ]
                if pairs:
                    rows.setdefault(name, {})[record.id] = np.array(pairs)
    return rows


def calibration(splits: Sequence[Split]) -> Findings:
    """Calibration and discrimination over all answers (each weighs the same)."""
    scores: list[Score] = []
    drawn: list[Curve] = []
    known = splits[0].test[0].form is Form.KNOWN
    for name, rows in collect(splits).items():
        if known:
            scores.append(Score(name, "mean error", rows, _of(mean_error)))
        scores.append(Score(name, "ECE (10 bins of equal width)", rows, _of(ece)))
        scores.append(Score(name, "ECE (10 bins of equal mass)", rows, _of(ece_equal_mass)))
        scores.append(Score(name, "Brier", rows, _of(brier)))
        if not known:
            scores.append(Score(name, "AUROC", rows, _of(auroc)))
            scores.append(Score(name, "AURC", rows, _of(aurc)))
        drawn += confidence_curves(name, np.concatenate(list(rows.values())))
    return Findings(scores, drawn)


def _of(figure: Callable[[Floats, Floats], float]) -> Callable[[Floats], float]:
    return lambda rows: figure(rows[:, 0], rows[:, 1])


MEASURES = (
    Measure(
        "calibration",
        frozenset({Form.STATED, Form.JUDGES, Form.KNOWN, Form.SCORES, Form.AGENTS}),
        calibration,
    ),
)
