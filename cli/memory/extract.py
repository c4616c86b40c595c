"""`metathink memory add --extract`: a text's facts, read by a model, with progress on stderr."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from ..output import echo, new_console
from .opening import with_memory

if TYPE_CHECKING:
    from rich.console import Console

    from ...core.budget import Budget
    from ...memory import Memory, Remembered
    from ...memory.remember import Extracted, Extractor

SHOWN = 5
"""Refused facts, and unread passages, that are told one by one."""


def extracted(at: str, namespace: str, words: str, source: str, model: str, budget: Budget) -> None:
    """Remember a text with its facts: ids on stdout, what was refused or not read on stderr.

    Exits with 1 where a passage was not read.
    """

    from ...core.run import Run, in_run

    console = new_console(err=True, soft_wrap=True)
    run = Run()
    run.open_account(budget)
    with in_run(run):
        kept = with_memory(
            at, namespace, lambda memory: _read(memory, words, source, model, console), new=True
        )
    for name in (*kept.passages, *kept.facts):
        echo(name)
    _tell(kept, console)
    console.print(f"{run.usage.calls} calls, {run.usage.tokens:,} tokens", style="dim")
    if kept.unread:
        raise typer.Exit(1)


async def _read(
    memory: Memory, words: str, source: str, model: str, console: Console
) -> Remembered:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from ...agents.extractor import Extractor as Role
    from ...memory.passage import passages
    from ...models.open import open_model
    from ...models.pool import connections

    role = Role(await open_model(model))
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    total = len(set(passages(words)))
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=total)
        memory.extractor = _Counted(role, lambda: bar.advance(task))
        async with connections():
            kept = await memory.remember(words, source)
        bar.update(task, completed=total)  # with those that were read before
    return kept


class _Counted:
    """An extractor, and who is told of each passage it is done with."""

    def __init__(self, extractor: Extractor, done: Callable[[], None]) -> None:
        self._extractor, self._done = extractor, done

    async def extract(self, text: str) -> Sequence[Extracted]:
        try:
            return await self._extractor.extract(text)
        finally:
            self._done()


def _tell(kept: Remembered, console: Console) -> None:
    """How much was kept, and the first of what was not."""
    read = len(kept.passages) - len(kept.unread)
    console.print(f"{read} of {len(kept.passages)} passages read, {len(kept.facts)} facts")
    _list(console, "refused", kept.refused)
    _list(console, "not read", [f"{name}: {why}" for name, why in kept.unread.items()])


def _list(console: Console, what: str, lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        console.print(f"{what}: {line}", style="yellow", markup=False)
    if len(lines) > SHOWN:
        console.print(f"{what}: {len(lines) - SHOWN} more", style="yellow")
