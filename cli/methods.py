"""`metathink methods`: what ways of thinking there are, and what each can be told."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated

import typer

from .output import echo, new_console

if TYPE_CHECKING:
    from metathink.runtime.machine import Card


def methods(
    name: Annotated[str, typer.Argument(help="One method: its settings too.")] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="The table for a document.")] = False,
) -> None:
    """List the methods, or show one with its settings."""
    from rich.table import Table

    from metathink.api import card_of, settings_of_method
    from metathink.api import methods as all_cards

    cards = [card_of(name)] if name else all_cards()
    if markdown:
        echo(as_markdown(cards))
        return
    table = Table("method", "good for", "model calls", "paper", box=None, pad_edge=False)
    for card in cards:
        table.add_row(card.name, card.good_for, card.calls, card.paper)
    console = new_console()
    console.print(table)
    if name:
        settings = settings_of_method(name, {})
        notes = _notes(type(settings))
        shown = Table("setting", "default", "meaning", box=None, pad_edge=False)
        for field in fields(settings):
            shown.add_row(
                field.name, repr(getattr(settings, field.name)), notes.get(field.name, "")
            )
        console.print("\n", shown)


def as_markdown(cards: Sequence[Card]) -> str:
    """The cards as a Markdown table."""
    rows = [
        (f"[`{c.name}`](../{_file(c.name)})", c.good_for, c.calls, c.paper or "-") for c in cards
    ]
    table = [("method", "good for", "model calls", "paper"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def _file(method: str) -> str:
    from metathink.runtime.registry import module_of

    return module_of(method).removeprefix("metathink.").replace(".", "/") + ".py"


def _notes(settings: type) -> dict[str, str]:
    """The sentence under each field of a settings class and of those it builds on."""
    notes: dict[str, str] = {}
    for kind in reversed(settings.__mro__[:-1]):
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, note in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                notes[field.target.id] = _sentence(note)
    return notes


def _sentence(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""
