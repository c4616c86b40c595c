"""A report of the replay as one HTML page with its pictures."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from metathink.evals.curve import Drawing
from metathink.evals.picture import document, keep, pictures

from .bench import Figure, Report


def page(report: Report, images: dict[str, bytes]) -> str:
    """The whole report as one HTML file that needs nothing else."""
    rows = "\n".join(_row(f) for f in report.figures)
    return document(
        report.file,
        f"<p>{report.records} records, {report.questions} questions, "
        f"{html.escape(report.fitted_on)}. Intervals: 95 % bootstrap over questions.</p>"
        "<table><tr><th>measure<th>slice<th>name<th>unit<th>value<th>interval<th>over seeds"
        f"<th>difference</tr>{rows}</table>",
        images,
    )


def _row(figure: Figure) -> str:
    words = (figure.measure, figure.slice, figure.name, figure.unit)
    numbers = (
        f"{figure.value:.3f}",
        f"{figure.low:.3f} to {figure.high:.3f}",
        f"{figure.spread:.3f}",
    )
    cells = "".join(f"<td>{html.escape(w)}" for w in words)
    return f"<tr>{cells}" + "".join(f'<td class="n">{n}' for n in (*numbers, compared(figure)))


def compared(figure: Figure) -> str:
    """The difference to the reference in words; empty where there is none."""
    if figure.difference is None or figure.difference_low is None or figure.difference_high is None:
        return ""
    span = f"{figure.difference_low:+.3f} to {figure.difference_high:+.3f}"
    return f"{figure.difference:+.3f} ({span}) against {figure.against}"


def write(report: Report, drawings: Sequence[Drawing], folder: Path) -> list[Path]:
    """The PNGs and `report.html` in `folder`, which is made; their paths."""
    images = pictures(drawings)
    return keep(folder, page(report, images), images)
