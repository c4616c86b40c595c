"""`metathink eval`: measure methods on tasks."""

from __future__ import annotations

import typer

from . import reliability, suite

app = typer.Typer(help="Measure the library.", no_args_is_help=True)


app.command("suite")(suite.suite)
app.command("room")(suite.room)
app.command("control")(suite.control)
app.command("reliability")(reliability.reliability)


@app.callback()
def measure() -> None:
    """Measure the library on tasks with known answers."""
