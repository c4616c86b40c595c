"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import InvalidConfig

Cassette = Annotated[
    Path | None,
    typer.Option(
        help="Replay the model's replies from this JSONL file; with --model, record what is missing.",
        metavar="PATH",
    ),
]

Prompts = Annotated[
    Path | None,
    typer.Option(
        help="Folder of texts instead of prompts; see `metathink prompts`.", metavar="FOLDER"
    ),
]


At = Annotated[
    str,
    typer.Option(
        help="An SQLite file or postgresql:// address. Without: METATHINK_MEMORY, else "
        "memory.db in METATHINK_HOME (~/.metathink)."
    ),
]
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="Whose memory: project/user.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]

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


def recording(model: str, cassette: Path | None) -> str:
    """The model string that goes through the cassette, if there is one."""
    if cassette is None:
        return model
    from ..models.endpoints.cassette import cassette_name

    return cassette_name(cassette, model)


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
