"""`metathink replay`: show a run again, step by step, as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .output import new_console


def replay(
    run: Annotated[
        str, typer.Argument(help="The id that `ask` printed, or a file of --json or of a batch.")
    ],
) -> None:
    """Show a recorded run."""
    from rich.text import Text

    from ..core.answer import Answer
    from .dialogue import show_step, show_summary, told

    console = new_console(soft_wrap=True)
    for line in _lines(run):
        answer = Answer.from_dict(line)
        console.print(Text(answer.run.question, "bold"))
        for step in answer.run.steps:
            show_step(console, step)
        console.print(Text(told(answer), "bold"))
        show_summary(console, answer)


def _lines(run: str) -> list[dict]:
    """The recorded answers in a file. Raises InvalidInput where there are none."""
    from ..core.errors import InvalidInput
    from ..core.paths import home

    path = Path(run)
    try:
        if not path.is_file():
            path = home() / "runs" / f"{Path(run).name}.json"
        lines = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    except FileNotFoundError:
        raise InvalidInput(f"no run {run!r}: neither a file nor an id in {path.parent}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is not a recorded run: {error}") from error
    if not lines:
        raise InvalidInput(f"{path} holds no recorded run")
    return lines
