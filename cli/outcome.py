"""What became of a question: the answer shown, its run kept, or what a person is asked first."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import typer

from ..core.errors import InvalidInput
from ..core.text.printable import as_json as json_text
from ..core.text.printable import without_secrets
from .output import echo, echo_json

if TYPE_CHECKING:
    from ..core.answer import Answer
    from ..core.approval import Approval

WAITING: Final = 3
"""Exit code of a run that waits for a person."""


def show(
    answer: Answer, as_json: bool, checkpoint: str, thread: str, *, full: bool = False
) -> None:
    """The answer on stdout, then the run kept for `metathink replay`. One that waits says how to go on."""
    from .dialogue import told

    try:
        if as_json:
            echo_json(answer.to_dict())
        elif answer.asks is None:
            echo(told(answer, full=full))
        if answer.asks is not None:
            show_approval(answer.asks)
            echo(how_to_go_on(checkpoint, thread), err=True)
    finally:
        keep(answer)
    if answer.asks is not None:
        raise typer.Exit(WAITING)


def keep(answer: Answer) -> None:
    """Keep the run for `metathink replay`. For this user alone, without keys.

    Raises StoreFailed where it cannot be written, InvalidInput for an id that is no name.
    """
    from ..core.paths import home, is_name, write_private

    if not is_name(answer.run.id):
        raise InvalidInput(f"{answer.run.id!r} is no run id; the run is not kept")
    record = without_secrets(json_text(answer.to_dict()))
    write_private(home() / "runs" / f"{answer.run.id}.json", record)


def resuming(checkpoint: str, thread: str) -> str:
    """The command that goes on with a thread."""
    return f"metathink resume {shlex.quote(thread)} --checkpoint {shlex.quote(checkpoint)}"


def how_to_go_on(checkpoint: str, thread: str) -> str:
    """What to type to decide later."""
    command = resuming(checkpoint, thread)
    return f"waits for your decision: {command} --accept (or --answer TEXT, --refuse REASON)"


def show_approval(asked: Approval) -> None:
    """What a person is asked."""
    sure = "" if asked.confidence is None else f" (confidence {asked.confidence:.2f})"
    lines = [f"question: {asked.question}", f"answer: {asked.answer or 'none'}{sure}"]
    lines += [f"reason: {asked.reason}"] if asked.reason else []
    lines += [f"would be remembered: {line}" for line in asked.writes]
    echo("\n".join(lines), err=True)
