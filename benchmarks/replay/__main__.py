"""The meta-level on recorded outputs of real models: python -m benchmarks.replay FILE"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from metathink.cli.output import echo, new_console
from metathink.core.errors import MetathinkError

from .bench import Report
from .bench import replay as run
from .page import compared, write

app = typer.Typer(add_completion=False)


@app.command()
def replay(
    file: Annotated[
        Path | None, typer.Argument(help="Recorded outputs (JSONL) to report on.")
    ] = None,
    fit: Annotated[
        Path | None, typer.Option(help="Fit on this file instead of on the other folds.")
    ] = None,
    on: Annotated[
        Path | None, typer.Option(help="With --fit: the file of the same form to report on.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds by question.", min=2)] = 5,
    seeds: Annotated[int, typer.Option(help="Fold seeds to repeat over.", min=1)] = 3,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for the pictures and one HTML report.")
    ] = None,
) -> None:
    """Run every measure that a file of recorded outputs allows, beside its three anchors."""
    if on is not None and fit is None:
        raise typer.BadParameter("--on goes with --fit")
    target = on or file
    if target is None:
        raise typer.BadParameter("name a file, or --fit FILE --on OTHER")
    report, drawings = run(target, fit, folds, seeds)
    if json:
        echo(report.model_dump_json(indent=2))
    else:
        _show(report)
    if pictures is not None:
        for path in write(report, drawings, pictures):
            echo(f"wrote {path}", err=True)


def _show(report: Report) -> None:
    console = new_console(width=200 if not sys.stdout.isatty() else None)
    console.print(
        f"{report.file}: {report.records} records, {report.questions} questions, "
        f"form {report.form}, {report.fitted_on}",
        highlight=False,
    )
    for name, unit in dict.fromkeys((f.slice, f.unit) for f in report.figures):
        table = Table("", "value", "95 %", "over seeds", "difference", title=f"{unit}, {name}")
        for f in report.figures:
            if (f.slice, f.unit) == (name, unit):
                numbers = (f"{f.value:.3f}", f"{f.low:.3f} to {f.high:.3f}", f"{f.spread:.3f}")
                table.add_row(f"{f.measure}: {f.name}", *numbers, compared(f))
        console.print(table)
    for measure in report.left_out:
        console.print(f"left out: {measure}", highlight=False)


if __name__ == "__main__":
    try:
        app()
    except MetathinkError as error:
        echo(error, err=True)
        sys.exit(1)
