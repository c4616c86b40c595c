"""Real benchmark items of the families, in the form our generators write: to keep them out of
training.

The files are not part of this repository; without them (`METATHINK_DATA` or `../shared/data` beside
the checkout) there is nothing to keep out and nothing to measure on.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

from ...evals.task import Task, read
from .problem import normal

FILES = ("bbh_programmatic", "bbh", "tomi_nc", "hitom", "knights_knaves", "game24")
"""The files of the supported families; the few items of `bbh` count apart."""

OTHER_NAMES = {"belief_stories": ("tomi", "hitom"), "game_of_24": ("game24",)}
"""What the real sets of a family are called where they do not bear its name."""


def names(family: str) -> tuple[str, ...]:
    """What the names of a family's real sets begin with."""
    return OTHER_NAMES.get(family, (family,))


def folder() -> Path | None:
    """Where the real items lie, or None."""
    named = os.environ.get("METATHINK_DATA")
    path = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    return path if path.is_dir() else None


@cache
def items() -> tuple[Task, ...]:
    """All real items of the supported families, by set; empty where the files are absent."""
    at = folder()
    paths = [path for name in FILES if at and (path := at / f"{name}.jsonl").exists()]
    return tuple(
        replace(task, set=f"few {task.set}") if path.stem == "bbh" else task
        for path in paths
        for task in read(path)
    )


def questions() -> set[str]:
    """The normal forms of all real questions."""
    return {normal(task.question) for task in items()}
