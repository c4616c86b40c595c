"""`metathink`: the program. Commands are in the files beside this one; nothing heavy is imported here."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

import typer

from ..core.errors import BudgetExceeded, InternalError, MetathinkError, UserError
from . import ask, chat, methods, models, prompts, replay, resume
from .eval import commands as eval
from .handbook import commands as handbook
from .memory import commands as memory
from .output import accept_any_text, echo

app = typer.Typer(
    help="Metacognitive multi-agent reasoning: ask, watch the agents think, see what it cost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("ask")(ask.ask)
app.command("resume")(resume.resume)
app.command("chat")(chat.chat)
app.command("methods")(methods.methods)
app.command("prompts")(prompts.prompts)
app.command("replay")(replay.replay)
app.add_typer(models.app, name="models")
app.add_typer(memory.app, name="memory")
app.add_typer(handbook.app, name="handbook")
app.add_typer(eval.app, name="eval")


def main() -> None:
    """Run the command line. Exit codes: 0 done, 2 the user can mend it, 3 a person is asked
    first (see `metathink resume`), 1 the world or the model failed, or a bug (METATHINK_DEBUG=1 shows its
    traceback), 130 and 143 stopped by a signal."""
    accept_any_text()
    with suppress(ValueError):  # not the main thread: whoever runs us there handles signals
        signal.signal(signal.SIGTERM, _terminated)
    try:
        app()
    except MetathinkError as error:
        _tell(error)
        sys.exit(2 if isinstance(error, (UserError, BudgetExceeded)) else 1)
    except OSError as error:  # stdout, on a full disk; what is left for it has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        echo(f"metathink: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("METATHINK_DEBUG"):
            raise
        _tell(InternalError.of(error))
        sys.exit(1)


def _tell(error: MetathinkError) -> None:
    echo(f"metathink: {type(error).__name__}: {error}", err=True)


def _terminated(number: int, frame: object) -> None:
    """End as an interrupted program does: open files are closed and children ended."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
