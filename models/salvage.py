"""What can be saved of a list in a malformed reply.

One bad entry must not cost the good ones, and a reply cut at its cap still holds those before the cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from .structured import explained

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True)
class Salvage(Generic[A]):
    """The entries that read as asked for, and for each other one why it was dropped."""

    kept: tuple[A, ...] = ()
    dropped: tuple[str, ...] = ()


def salvage(said: str, entry: type[A]) -> Salvage[A]:
    """The entries of the first list in a reply. Never raises: a reply without a list gives nothing."""
    kept, dropped = [], []
    for number, found in enumerate(_entries(said), start=1):
        try:
            kept.append(entry.model_validate(found))
        except ValidationError as error:
            dropped.append(f"entry {number}: {explained(error)}")
    if not kept and not dropped:
        dropped.append("the reply holds no list of entries")
    return Salvage(tuple(kept), tuple(dropped))


def _entries(said: str) -> Iterator[Any]:
    """The values after the first bracket that opens a list of objects, up to the first that is no JSON."""
    decoder = json.JSONDecoder(strict=False)
    place = said.find("[")
    while place >= 0 and said[place + 1 :].lstrip()[:1] != "{":
        place = said.find("[", place + 1)
    while place >= 0:
        place += 1
        place += len(said[place:]) - len(said[place:].lstrip())
        try:
            value, place = decoder.raw_decode(said, place)
        except (ValueError, RecursionError):
            return
        yield value
        place += len(said[place:]) - len(said[place:].lstrip())
        if said[place : place + 1] != ",":
            return
