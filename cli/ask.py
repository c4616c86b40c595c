"""`metathink ask`: one question, the dialogue on stderr while it happens, the answer on stdout."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import InvalidInput, MetathinkError, StoreFailed
from ..graphs import DEFAULT_METHOD
from .option import Cassette, Prompts, recording, settings_given
from .outcome import keep, show
from .output import echo, new_console

if TYPE_CHECKING:
    from rich.console import Console

    from ..core.answer import Answer


def ask(
    question: Annotated[str, typer.Argument(help="What to think about.")],
    method: Annotated[
        str, typer.Option(help="How to think; see `metathink methods`.")
    ] = DEFAULT_METHOD,
    model: Annotated[str, typer.Option(help="Model string; see `metathink models`.")] = "",
    cassette: Cassette = None,
    prompts: Prompts = None,
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
    options |= {"prompts": prompts} if prompts is not None else {}
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
    from ..core.record import Step
    from .dialogue import show_step, show_summary

    async for event in stream(question, **options):
        if isinstance(event, Step):
            show_step(console, event, thoughts=thoughts)
        elif isinstance(event, Answer):
            show_summary(console, event)
            return event
    raise AssertionError("a stream ends with its answer")


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
