"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Cassette = Annotated[
    Path | None,
    typer.Option(
        help="Replay the model's replies from this JSONL file; with --model, record what is missing.",
        metavar="PATH",
    ),
]


def recording(model: str, cassette: Path | None) -> str:
    """The model string that goes through the cassette, if there is one."""
    if cassette is None:
        return model
    from ..models.endpoints.cassette import cassette_name

    return cassette_name(cassette, model)
