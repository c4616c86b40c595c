"""`metathink ask`: one question, the dialogue on stderr while it happens, the answer on stdout."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..core.answer import Answer


def ask(
    question: Annotated[str, typer.Argument(help="What to think about.")],
    method: Annotated[str, typer.Option(help="How to think; see `metathink methods`.")] = "rema",
    model: Annotated[str, typer.Option(help="Who thinks; see `metathink models`.")] = "",
    tokens: Annotated[int | None, typer.Option(help="Most tokens to spend, in and out.")] = None,
    calls: Annotated[int | None, typer.Option(help="Most model calls to make.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Most seconds to take.")] = None,
    usd: Annotated[float | None, typer.Option(help="Most dollars to spend.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of the method: key=value. Repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the answer.")] = False,
) -> None:
    """Think about one question."""
    from ..core.budget import Budget
    from ..models.embedded import warm_up

    if (model or os.environ.get("METATHINK_MODEL", "").strip() or "embedded") == "embedded":
        warm_up()
    budget = Budget(tokens, calls, seconds, usd)
    answer = asyncio.run(
        _watched(question, method, model, budget, settings_given(setting or []), quiet)
    )
    keep(answer)
    if as_json:
        typer.echo(json.dumps(answer.to_dict(), ensure_ascii=False))
    else:
        typer.echo(f"I don't know: {answer.reason}" if answer.abstained else answer.text)


async def _watched(
    question: str, method: str, model: str, budget: Any, settings: dict[str, Any], quiet: bool
) -> Answer:
    from rich.console import Console

    from metathink.face import stream

    from ..core.answer import Answer
    from ..core.run import Step
    from .dialogue import show_step, show_summary

    console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
    async for event in stream(question, method=method, model=model, budget=budget, **settings):
        if isinstance(event, Step):
            show_step(console, event)
        elif isinstance(event, Answer):
            show_summary(console, event)
            return event
    raise AssertionError("a stream ends with its answer")


def settings_given(given: list[str]) -> dict[str, str]:
    """Settings given as key=value. Raises InvalidConfig for anything else."""
    from ..core.errors import InvalidConfig

    settings = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise InvalidConfig(f"--set wants key=value, not {item!r}")
        settings[key.strip()] = value
    return settings


def keep(answer: Answer) -> None:
    """Keep the run for `metathink replay`. Raises StoreFailed where it cannot be written."""
    from ..core.errors import StoreFailed
    from ..core.place import home

    path = home() / "runs" / f"{answer.run.id}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer.to_dict(), ensure_ascii=False), "utf-8", "replace")
    except OSError as error:
        raise StoreFailed(f"cannot keep the run at {path}: {error.strerror}") from error
