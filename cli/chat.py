"""`metathink chat`: a conversation on the terminal with somebody who remembers you."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .option import Prompts
from .output import echo, new_console

if TYPE_CHECKING:
    from rich.console import Console

    from ..core.answer import Answer

LINES = 20
"""Messages of the conversation, both sides together, that the next turn is told."""


def chat(
    method: Annotated[str, typer.Option(help="How to think before each reply.")] = "metamind",
    person: Annotated[str, typer.Option(help="Who you are: remembered by this name.")] = "",
    memory: Annotated[
        str, typer.Option(help="File or postgresql:// address; else METATHINK_MEMORY or the home.")
    ] = "",
    model: Annotated[str, typer.Option(help="Model string; see `metathink models`.")] = "",
    prompts: Prompts = None,
    tokens: Annotated[int | None, typer.Option(help="Most tokens for a turn, in and out.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of the method: key=value. Repeatable."),
    ] = None,
    approve: Annotated[
        str,
        typer.Option(help="What you decide on first, at a terminal: answer, memory, or both."),
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the replies.")] = False,
) -> None:
    """Talk: a line is a message, Ctrl-D ends it. Replies come on stdout."""

    from ..core.budget import Budget
    from .option import settings_given

    given: dict[str, Any] = {"person": person} if person else {}
    if person or memory:
        given["memory"] = _place(memory)
    if approve:
        given["approve"] = approve
    if prompts is not None:
        given["prompts"] = prompts
    talk = Conversation(method, model, Budget(tokens), given | settings_given(setting or []))
    talk.check()
    console = new_console(err=True, quiet=quiet, soft_wrap=True)
    for message in _messages(console):
        _turn(talk, message, console)


@dataclass
class Conversation:
    """What every turn is told, and what was said so far."""

    method: str
    model: str
    budget: Any
    settings: dict[str, Any]
    said: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raises InvalidConfig for a method that holds no conversation, and for wrong settings."""
        from metathink.api import settings_of_method

        from ..core.errors import InvalidConfig

        known = {f.name for f in fields(settings_of_method(self.method, {}))}
        if "conversation" not in known:
            raise InvalidConfig(f"{self.method} holds no conversation; metamind does")
        settings_of_method(self.method, self.settings)
        if self.settings.get("approve") and not sys.stdin.isatty():
            raise InvalidConfig("approve: who decides sits at a terminal, and there is none")

    @property
    def so_far(self) -> dict[str, Any]:
        """The settings of the next turn."""
        return self.settings | {"conversation": "\n".join(self.said[-LINES:])}

    def heard(self, message: str, reply: str) -> None:
        """One more exchange."""
        name = self.settings.get("person") or "The person"
        self.said += [f"{name}: {_line(message)}", f"You: {_line(reply)}"]


def _turn(talk: Conversation, message: str, console: Console) -> None:
    """One message, one reply. On a terminal, what fails is told and the conversation goes on."""
    from ..core.errors import ExternalError, ModelError

    try:
        if talk.settings.get("approve"):
            answer = _decided(talk, message, console)
        else:
            answer = asyncio.run(_answered(talk, message, console))
    except (ModelError, ExternalError) as fault:
        if not sys.stdin.isatty():
            raise
        console.print(f"{type(fault).__name__}: {fault}", style="red", markup=False)
        return
    if answer.abstained:
        echo(f"not sent: {answer.reason}", err=True)
        return
    talk.heard(message, answer.text)
    echo(answer.text)


def _decided(talk: Conversation, message: str, console: Console) -> Answer:
    """The reply after what the person decided. Who leaves before that can decide with `metathink resume`,
    and a turn that failed goes on with it; of a turn that is over no thread is kept."""
    from ..core.errors import MetathinkError
    from ..core.paths import home
    from .outcome import WAITING, how_to_go_on, keep, resuming
    from .resume import settled

    place, thread = home() / "chat.db", f"chat-{uuid.uuid4().hex[:12]}"
    _make_folder(place)
    kept = {"checkpoint": str(place), "thread": thread}
    try:
        answer = settled(asyncio.run(_answered(talk, message, console, **kept)), **kept)
    except MetathinkError:
        console.print(f"what was done is kept: {resuming(**kept)}", markup=False)
        raise
    keep(answer)
    if answer.asks is not None:
        echo(f"\n{how_to_go_on(str(place), thread)}", err=True)
        raise typer.Exit(WAITING)
    asyncio.run(_forget(str(place), thread))
    return answer


async def _forget(place: str, thread: str) -> None:
    from ..runtime.checkpoint import open_saver
    from ..runtime.machine import State

    async with open_saver(place, State) as saver:
        await saver.adelete_thread(thread)


async def _answered(talk: Conversation, message: str, console: Console, **kept: str) -> Answer:
    from metathink.api import stream

    from ..core.answer import Answer
    from ..core.record import Step
    from .dialogue import show_step, show_summary
    from .outcome import keep

    options = {"method": talk.method, "model": talk.model, "budget": talk.budget, **talk.so_far}
    options |= kept
    async for event in stream(message, **options):
        if isinstance(event, Step):
            show_step(console, event)
        elif isinstance(event, Answer):
            show_summary(console, event)
            keep(event)
            return event
    raise AssertionError("a stream ends with its answer")


def _messages(console: Console) -> Iterator[str]:
    """Lines of stdin with words, until it ends; a person at a terminal is prompted."""
    while True:
        if sys.stdin.isatty():
            console.print("> ", end="")
        if not (line := sys.stdin.readline()):
            return
        if line.strip():
            yield line.strip()


def _place(memory: str) -> str:
    """Where people are remembered; the folder of a file is made."""
    from ..core.paths import home

    place = memory or os.environ.get("METATHINK_MEMORY") or str(home() / "memory.db")
    if not place.startswith(("postgresql://", "postgres://")):
        _make_folder(Path(place))
    return place


def _make_folder(file: Path) -> None:
    from ..core.paths import private_folder

    private_folder(file.parent)


def _line(text: str) -> str:
    return " ".join(text.split())
