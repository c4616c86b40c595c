"""What the commands print: text of any origin, shown on terminals and in files of any encoding."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import typer

from ..core.text.printable import as_json, printable

if TYPE_CHECKING:
    from rich.console import Console


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """A line on stdout, or on stderr; control characters in it are written out (`\\u001b`)."""
    typer.echo(printable(str(text)), err=err, nl=nl)


def echo_json(value: Any) -> None:
    """The value as one line of JSON on stdout."""
    typer.echo(as_json(value, ascii_only=sys.stdout.encoding.lower() not in ("utf-8", "utf8")))


def new_console(*, err: bool = False, **options: Any) -> Console:
    """A rich console that writes out the control characters of what it is given to print."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class SafeConsole(Console):
        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Any:
            for segment in super().render(renderable, options):
                if segment.control is None and not segment.text.isprintable():
                    segment = Segment(printable(segment.text), segment.style)
                yield segment

    return SafeConsole(stderr=err, highlight=False, **options)


def accept_any_text() -> None:
    """Whatever the encoding of the standard streams, no character makes printing or reading fail."""
    streams = {sys.stdout: "backslashreplace", sys.stderr: "backslashreplace", sys.stdin: "replace"}
    for stream, errors in streams.items():
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)
