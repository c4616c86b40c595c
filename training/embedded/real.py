"""Real benchmark items of the families, in the form our generators write: to keep them out of
training.

The files are not part of this repository; without them (`METATHINK_DATA` or `../shared/data` beside
the checkout) there is nothing to keep out and nothing to measure on.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .problem import normal


@dataclass(frozen=True)
class Item:
    """One real question with its label. `kind` is the row of the card's table it counts in."""

    kind: str
    question: str
    answer: str


def folder() -> Path | None:
    """Where the real items lie, or None."""
    named = os.environ.get("METATHINK_DATA")
    path = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    return path if path.is_dir() else None


@cache
def items() -> tuple[Item, ...]:
    """All real items of the supported families; empty where the files are absent."""
    return (
        *_bbh("bbh_programmatic"),
        *_bbh("bbh", "few "),
        *_tomi(),
        *_hitom(),
        *_knights(),
        *_game24(),
    )


def questions() -> set[str]:
    """The normal forms of all real questions."""
    return {normal(item.question) for item in items()}


def _rows(name: str) -> list[dict[str, Any]]:
    at = folder()
    path = at / f"{name}.jsonl" if at else None
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def _bbh(name: str, mark: str = "") -> list[Item]:
    return [Item(mark + row["task"], row["input"], row["target"]) for row in _rows(name)]


def _tomi() -> list[Item]:
    return [
        Item(f"tomi {row['question_type']}", f"{row['story']}\n{row['question']}", row["answer"])
        for row in _rows("tomi_nc")
    ]


def _hitom() -> list[Item]:
    return [
        Item(
            f"hitom order {row['order']}",
            f"{row['story']}\n{row['question']}\nChoices: {', '.join(row['choices'])}",
            row["answer"],
        )
        for row in _rows("hitom")
    ]


def _knights() -> list[Item]:
    return [
        Item(
            f"knights_knaves {row['n_people']}",
            row["quiz"],
            ", ".join(
                f"{name} is a {'knight' if true else 'knave'}"
                for name, true in zip(row["names"], row["solution"], strict=True)
            ),
        )
        for row in _rows("knights_knaves")
    ]


def _game24() -> list[Item]:
    return [Item("game24", row["puzzle"], "24") for row in _rows("game24")]
