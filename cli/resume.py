"""`metathink resume`: go on with a thread that was left, or that waits for somebody's decision."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .outcome import show, show_approval
from .output import echo

if TYPE_CHECKING:
    from ..core.answer import Answer
    from ..core.approval import Approval, Decision

LEFT = "\x04"
"""What a person says who ends the input."""


def resume(
    thread: Annotated[str, typer.Argument(help="The name of the thread.")],
    checkpoint: Annotated[
        str, typer.Option(help="SQLite file or postgresql:// address the thread is kept at.")
    ],
    accept: Annotated[bool, typer.Option("--accept", help="Yes, as it is.")] = False,
    answer: Annotated[str, typer.Option(help="Send this answer instead.")] = "",
    refuse: Annotated[str, typer.Option(help="No, for this reason.")] = "",
    full: Annotated[
        bool, typer.Option("--full", help="The whole reply and the short answer in it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Go on with a thread. Where it waits for a decision, give one, or be asked on a terminal."""
    found = asyncio.run(_gone_on(thread, _given(accept, answer, refuse), checkpoint))
    show(settled(found, checkpoint, thread), as_json, checkpoint, thread, full=full)


def settled(answer: Answer, checkpoint: str, thread: str) -> Answer:
    """The answer after everything a person at this terminal decided; as it is without a terminal."""
    while answer.asks is not None and sys.stdin.isatty():
        show_approval(answer.asks)
        if (decision := _asked(answer.asks)) is None:
            return answer
        answer = asyncio.run(_gone_on(thread, decision, checkpoint))
    return answer


async def _gone_on(thread: str, decision: Decision | None, checkpoint: str) -> Answer:
    from metathink.api import resume as going_on

    from ..core.answer import Answer

    options: dict[str, Any] = {"decision": decision, "checkpoint": checkpoint}
    answer = await going_on(thread, **options)
    assert isinstance(answer, Answer)
    return answer


def _given(accept: bool, answer: str, refuse: str) -> Decision | None:
    from ..core.approval import Decision
    from ..core.errors import InvalidInput

    given: list[Decision] = [Decision("accept")] if accept else []
    given += [Decision("edit", answer=answer)] if answer else []
    given += [Decision("refuse", reason=refuse)] if refuse else []
    if len(given) > 1:
        raise InvalidInput("one of --accept, --answer and --refuse, not several")
    return given[0] if given else None


def _asked(asked: Approval) -> Decision | None:
    """The decision of the person at the terminal, None if they left."""
    from ..core.approval import Decision
    from ..core.errors import InvalidInput

    edits = "" if asked.matter == "memory" else "[e]dit, "
    while (said := _line(f"{asked.matter}: [a]ccept, {edits}[r]efuse? ").lower()) != LEFT:
        try:
            if said in ("a", "accept"):
                return Decision("accept")
            if said in ("r", "refuse"):
                return Decision("refuse", reason=_line("reason: "))
            if said in ("e", "edit") and edits:
                return Decision("edit", answer=_line("answer: "))
        except InvalidInput as wrong:
            echo(str(wrong), err=True)
    return None


def _line(prompt: str) -> str:
    echo(prompt, err=True, nl=False)
    line = sys.stdin.readline()
    return line.strip() if line else LEFT
