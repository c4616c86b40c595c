"""A comparison to read: Markdown to paste into a log, and one HTML page with the pictures."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .comparison import ALL, BASELINES, Comparison, Report
from .line import Confidence, Difference, Line
from .picture import document, keep, pictures
from .step_effect import StepEffect

NOTES = (
    "Intervals: 95 %; Wilson's for accuracy, percentile bootstrap over questions for the rest; differences "
    "are paired by question, p by McNemar's exact test. Tokens: prompt + completion, a question; seconds: "
    "of the model calls, "
    "waiting included, so they depend on how many questions ran at once. A failed question and one "
    "abstained from count as wrong. *: on the Pareto front of accuracy against tokens."
)


@dataclass(frozen=True)
class Table:
    """Cells of text under a heading; the first column is words, the others figures."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """As GitHub reads it."""
        lines = [self.head, ["---"] + ["---:"] * (len(self.head) - 1), *self.rows]
        table = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
        return f"**{self.title}**\n\n{table}"

    def html(self) -> str:
        """As a table element with its heading."""
        head = "".join(f"<th>{html.escape(cell)}" for cell in self.head)
        rows = "\n".join(
            "<tr>"
            + "".join(
                f"<td{' class=n' if place else ''}>{html.escape(cell)}"
                for place, cell in enumerate(row)
            )
            for row in self.rows
        )
        return f"<h2>{html.escape(self.title)}</h2><table><tr>{head}</tr>{rows}</table>"


def tables(report: Report, steps: bool = False) -> list[Table]:
    """What there is to show; `steps` adds what each kind of step changed and cost."""
    found = [_methods(report)]
    if len(report.sets) > 1:
        found.append(_sets(report))
    sure = [(line.row, line.confidence) for line in report.of() if line.confidence]
    if sure:
        found.append(_confidence(sure))
    if steps:
        found.append(_steps(report.steps))
    if report.failures:
        rows = [(failure.row, failure.task, failure.error) for failure in report.failures]
        found.append(Table("Failed questions", ("row", "task", "error"), rows))
    return found


def markdown(report: Report, steps: bool = False) -> str:
    """The report to paste."""
    parts = [_heading(report), *(table.markdown() for table in tables(report, steps)), NOTES]
    return "\n\n".join(parts)


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """`report.html` with all tables and the pictures, the pictures as PNG, `report.md` and
    `report.json`; their paths. Raises MissingExtra without matplotlib."""
    report, images = comparison.report(), pictures(comparison.drawings())
    body = "\n".join(table.html() for table in tables(report, steps=True))
    intro = f"<p>{html.escape(_heading(report))}</p><p>{html.escape(NOTES)}</p>"
    paths = keep(folder, document(report.source, intro + body, images), images)
    (folder / "report.md").write_text(markdown(report, steps=True) + "\n", encoding="utf-8")
    (folder / "report.json").write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return [*paths, folder / "report.md", folder / "report.json"]


def _heading(report: Report) -> str:
    questions = sum(report.sets.values())
    models = ", ".join(dict.fromkeys(row.model for row in report.rows if row.model)) or "no model"
    return (
        f"{report.source}: {questions} questions of {len(report.sets)} sets "
        f"(drawn with seed {report.seed}), {models}"
    )


def _methods(report: Report) -> Table:
    twins = {row.tokens_of: row.name for row in report.rows if row.tokens_of}
    against = [name for name in BASELINES if any(row.name == name for row in report.rows)]
    head = ["method", "accuracy", *(f"- {name}" for name in against)]
    head += ["- sampling at its tokens"] if twins else []
    head += ["calls", "tokens", "in + out", "s", "abstained", "right of answered", "failed"]
    rows = []
    for line in report.of():
        known = {difference.against: difference for difference in line.differences}
        others = [*against, twins.get(line.row, "")] if twins else against
        rows.append(
            [
                f"{line.row}{' *' if line.pareto else ''}",
                _accuracy(line),
                *(_difference(known.get(name)) for name in others),
                *_costs(line),
            ]
        )
    return Table("All sets", head, rows)


def _costs(line: Line) -> tuple[str, ...]:
    return (
        f"{line.calls:.1f}",
        f"{line.tokens:.0f}",
        f"{line.prompt_tokens:.0f} + {line.completion_tokens:.0f}",
        f"{line.seconds:.2f}",
        f"{line.abstained:.2f}",
        "" if line.accuracy_answered is None else f"{line.accuracy_answered:.3f}",
        str(line.failed),
    )


def _sets(report: Report) -> Table:
    head = ["method", *(f"{name} ({count})" for name, count in report.sets.items())]
    by_place = {(line.row, line.set): line for line in report.lines if line.set != ALL}
    rows = [
        [row.name, *(_with_cost(by_place[row.name, part]) for part in report.sets)]
        for row in report.rows
    ]
    return Table("Accuracy on each set, with its interval and the tokens a question", head, rows)


def _with_cost(line: Line) -> str:
    star = " *" if line.pareto else ""
    return f"{line.accuracy:.2f} ({line.low:.2f}-{line.high:.2f}), {line.tokens:.0f}{star}"


def _confidence(rows: Sequence[tuple[str, Confidence]]) -> Table:
    head = ("method", "answers", "ECE", "Brier", "AUROC", "right", "right of the surer 4/5", "gain")
    cells = [
        (
            name,
            str(sure.answers),
            f"{sure.ece:.3f}",
            f"{sure.brier:.3f}",
            _span(sure.auroc, sure.auroc_low, sure.auroc_high),
            f"{sure.all:.3f}",
            f"{sure.kept:.3f}",
            f"{sure.gain:+.3f} ({sure.gain_low:+.3f} to {sure.gain_high:+.3f})",
        )
        for name, sure in rows
    ]
    return Table("answer.confidence", head, cells)


def _steps(steps: Sequence[StepEffect]) -> Table:
    head = ("method", "step", "times", "changed", "proposed (right)", "wrong to right")
    head += ("right to wrong", "wrong to wrong", "errors", "tokens", "of all", "s")
    rows = [
        (
            effect.row,
            f"{effect.speaker} {effect.action}",
            f"{effect.times:.2f}",
            f"{effect.changed:.0%}",
            f"{effect.proposed} ({effect.proposed_right})",
            *(str(count) for count in (effect.mended, effect.broken, effect.moved, effect.errors)),
            f"{effect.tokens:.0f}",
            f"{effect.share:.0%}",
            f"{effect.seconds:.2f}",
        )
        for effect in steps
    ]
    return Table("Each kind of step, what it changed and what it cost a question", head, rows)


def _accuracy(line: Line) -> str:
    return f"{line.accuracy:.3f} ({line.low:.3f}-{line.high:.3f})"


def _difference(found: Difference | None) -> str:
    if found is None:
        return ""
    return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f}), p {found.p:.2g}"


def _span(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "one class only"
    return f"{value:.3f} ({low:.3f}-{high:.3f})"


def _cell(text: str) -> str:
    """One line, with bars that do not end the cell."""
    return " ".join(text.split()).replace("|", "\\|")
