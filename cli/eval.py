"""`metathink eval`: measure methods on tasks, and the meta-level on recordings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import suite
from .output import echo, new_console

if TYPE_CHECKING:
    from ..evals.replay.bench import Report

app = typer.Typer(help="Measure the library.", no_args_is_help=True)


app.command("suite")(suite.suite)
app.command("room")(suite.room)
app.command("control")(suite.control)


@app.callback()
def measure() -> None:
    """Measure the library on recordings and tasks."""


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
    from ..evals.replay.bench import replay as run

    report, drawings = run(target, fit, folds, seeds)
    if json:
        echo(report.model_dump_json(indent=2))
    else:
        _show(report)
    if pictures is not None:
        from ..evals.replay.picture import write

        for path in write(report, drawings, pictures):
            echo(f"wrote {path}", err=True)


def _show(report: Report) -> None:
    from rich.table import Table

    from ..evals.replay.picture import compared

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
