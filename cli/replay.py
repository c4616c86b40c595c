"""`metathink replay`: show a run again, step by step, as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import InvalidInput
from .output import new_console

if TYPE_CHECKING:
    from ..core.answer import Answer


def replay(
    run: Annotated[
        str, typer.Argument(help="The id that `ask` printed, or a file of --json or of a batch.")
    ],
) -> None:
    """Show a recorded run."""
    from rich.text import Text

    from .dialogue import show_step, show_summary, told

    console = new_console(soft_wrap=True)
    for answer in _answers(run):
        console.print(Text(answer.run.question, "bold"))
        for step in answer.run.steps:
            show_step(console, step)
        console.print(Text(told(answer), "bold"))
        show_summary(console, answer)


def _answers(run: str) -> Iterator[Answer]:
    """The recorded answers in a file. Raises InvalidInput where there are none."""
    from ..core.answer import Answer
    from ..core.jsonl import read_objects
    from ..core.paths import home

    path = Path(run)
    if not os.path.isfile(path):
        path = home() / "runs" / f"{path.name}.json"
    if not os.path.isfile(path):
        raise InvalidInput(f"no run {run!r}: neither a file nor an id in {path.parent}")
    number = 0
    for number, line in read_objects(path, "a recorded run", appended=True):
        try:
            yield Answer.from_dict(line)
        except InvalidInput as error:
            raise InvalidInput(f"{path}, line {number}: {error}") from error
    if not number:
        raise InvalidInput(f"{path} holds no recorded run")
