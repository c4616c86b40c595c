"""`metathink ask`: one question, the dialogue on stderr while it happens, the answer on stdout."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import InvalidConfig, InvalidInput, MetathinkError, StoreFailed
from ..core.text.printable import as_json as json_text
from ..core.text.printable import without_secrets
from ..graphs import DEFAULT_METHOD
from .option import Cassette, recording
from .output import echo, echo_json, new_console

if TYPE_CHECKING:
    from rich.console import Console

    from ..core.answer import Answer


def ask(
    question: Annotated[str, typer.Argument(help="What to think about.")],
    method: Annotated[
        str, typer.Option(help="How to think; see `metathink methods`.")
    ] = DEFAULT_METHOD,
    model: Annotated[str, typer.Option(help="Who thinks; see `metathink models`.")] = "",
    cassette: Cassette = None,
    tokens: Annotated[int | None, typer.Option(help="Most tokens to spend, in and out.")] = None,
    calls: Annotated[int | None, typer.Option(help="Most model calls to make.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Most seconds to take.")] = None,
    usd: Annotated[float | None, typer.Option(help="Most dollars to spend.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of the method: key=value. Repeatable."),
    ] = None,
    checkpoint: Annotated[
        str, typer.Option(help="SQLite file or postgresql:// address to go on from after a crash.")
    ] = "",
    thread: Annotated[str, typer.Option(help="The name to go on under, with --checkpoint.")] = "",
    approve: Annotated[
        str, typer.Option(help="What a person sees first: answer, memory, or answer,memory.")
    ] = "",
    kind: Annotated[
        str,
        typer.Option(help="Kind of answer: auto, number, choice, short, text, code or json."),
    ] = "auto",
    full: Annotated[
        bool, typer.Option("--full", help="The whole reply and the short answer in it.")
    ] = False,
    thoughts: Annotated[
        bool, typer.Option("--thoughts", help="Show what the model thinks before it replies.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the answer.")] = False,
) -> None:
    """Think about one question."""

    from ..core.budget import Budget
    from ..models.embedded import warm_up
    from .resume import settled

    model = recording(model, cassette)
    if (model or os.environ.get("METATHINK_MODEL", "").strip() or "embedded") == "embedded":
        warm_up()
    console = new_console(err=True, quiet=quiet, soft_wrap=True)
    options: dict[str, Any] = settings_given(setting or []) | (
        {"approve": approve} if approve else {}
    )
    options |= {"kind": kind} if kind != "auto" else {}
    options |= {"method": method, "model": model, "budget": Budget(tokens, calls, seconds, usd)}
    if checkpoint or thread:
        options |= {"checkpoint": checkpoint or None, "thread": thread}
    try:
        answer = asyncio.run(_watched(question, console, options, thoughts))
    except MetathinkError as error:
        _keep_failed(error, console)
        raise
    show(settled(answer, checkpoint, thread), as_json, checkpoint, thread, full=full)


async def _watched(
    question: str, console: Console, options: dict[str, Any], thoughts: bool
) -> Answer:
    from metathink.api import stream

    from ..core.answer import Answer
    from ..core.run import Step
    from .dialogue import show_step, show_summary

    async for event in stream(question, **options):
        if isinstance(event, Step):
            show_step(console, event, thoughts=thoughts)
        elif isinstance(event, Answer):
            show_summary(console, event)
            return event
    raise AssertionError("a stream ends with its answer")


def show(
    answer: Answer, as_json: bool, checkpoint: str, thread: str, *, full: bool = False
) -> None:
    """The answer on stdout, then the run kept for `metathink replay`. One that waits says how to go on."""
    from .dialogue import told
    from .resume import WAITING, how_to_go_on, show_approval

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


def _keep_failed(error: MetathinkError, console: Console) -> None:
    """Keep what was said before the error; where that cannot be written either, say so."""
    from ..core.answer import Answer

    if error.run is None or not error.run.steps:
        return
    reason = f"{type(error).__name__}: {error}"
    try:
        keep(Answer("", ending="failed", reason=reason, run=error.run))
    except (StoreFailed, InvalidInput) as unkept:
        echo(str(unkept), err=True)
    else:
        console.print(f"run {error.run.id} failed; `metathink replay {error.run.id}` shows it")


RESERVED = frozenset(
    {
        "question",
        "questions",
        "method",
        "model",
        "budget",
        "checkpoint",
        "thread",
        "tokens",
        "decision",
    }
    | {"total", "concurrency", "progress", "resume", "each"}
)
"""What `think` and its relatives take beside the settings; options of the commands, not of `--set`."""


def settings_given(given: list[str]) -> dict[str, str]:
    """Settings given as key=value. Raises InvalidConfig for anything else."""
    settings = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise InvalidConfig(f"--set wants key=value, not {item!r}")
        if key.strip() in RESERVED:
            raise InvalidConfig(f"--set {key.strip()}: that is no setting of a method")
        settings[key.strip()] = value
    return settings


def keep(answer: Answer) -> None:
    """Keep the run for `metathink replay`. For this user alone, without keys.

    Raises StoreFailed where it cannot be written, InvalidInput for an id that is no name.
    """
    from ..core.paths import home, is_name, write_private

    if not is_name(answer.run.id):
        raise InvalidInput(f"{answer.run.id!r} is no run id; the run is not kept")
    record = without_secrets(json_text(answer.to_dict()))
    write_private(home() / "runs" / f"{answer.run.id}.json", record)
