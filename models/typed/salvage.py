"""What can be saved of a list in a malformed reply.

One bad entry must not cost the good ones, and a reply cut at its cap still holds those before the cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from .lenient_json import Found, find_json, walk
from .structured import explained, fitted

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True)
class Salvage(Generic[A]):
    """The entries that read as asked for, and for each other one why it was dropped."""

    kept: tuple[A, ...] = ()
    dropped: tuple[str, ...] = ()


def salvage(said: str, entry: type[A]) -> Salvage[A]:
    """The entries of the first list of objects in a reply. Never raises; without such a list it is empty."""
    for found in find_json(said).found:
        for part in walk(found.value):
            if isinstance(part, list) and any(isinstance(item, dict) for item in part):
                return _kept(part, found, entry)
    return Salvage(dropped=("the reply holds no list of entries",))


def _kept(entries: list[object], found: Found, entry: type[A]) -> Salvage[A]:
    kept, dropped = [], []
    for number, said in enumerate(entries, start=1):
        cut = number == len(entries) and not found.closed
        if cut and found.torn:
            continue
        try:
            kept.append(fitted(said, entry))
        except ValidationError as error:
            if not cut:
                dropped.append(f"entry {number}: {explained(error)}")
    return Salvage(tuple(kept), tuple(dropped))
