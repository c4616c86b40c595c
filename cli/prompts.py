"""`metathink prompts`: the texts said to models, what they are filled with, and files of them to change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .option import AsJson
from .output import echo, echo_json, new_console

if TYPE_CHECKING:
    from ..core.message import Prompt


def prompts(
    name: Annotated[str, typer.Argument(help="One prompt: its text too.")] = "",
    export: Annotated[
        Path | None,
        typer.Option(help="Write every prompt as FOLDER/NAME.txt, to change.", metavar="FOLDER"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the prompts, show one, or write them as files for `--prompts FOLDER`."""
    from rich.table import Table

    from ..runtime.prompts import all_prompts, export_prompts, find_prompt

    if export is not None:
        echo(f"{len(export_prompts(export))} prompts written to {export}")
        return
    chosen = [find_prompt(name)] if name else all_prompts()
    if as_json:
        echo_json([_as_data(prompt) for prompt in chosen])
        return
    table = Table("prompt", "role", "variables", box=None, pad_edge=False)
    for prompt in chosen:
        table.add_row(prompt.name, prompt.role, ", ".join(sorted(prompt.variables)) or "-")
    new_console().print(table)
    if name:
        echo(f"\n{chosen[0].text}")


def _as_data(prompt: Prompt) -> dict[str, Any]:
    return {
        "name": prompt.name,
        "role": prompt.role,
        "variables": sorted(prompt.variables),
        "text": prompt.text,
    }
