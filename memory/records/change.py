"""What changed in the store, and who wants to know.

A typed view or a recall index is an `Index`: it is told of every change of the kinds it names.
First comes all that is stored already, then each write of this process as soon as it is durable,
and those of other processes whenever the memory refreshes (before a read, at most `POLL_SECONDS`
late).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

POLL_SECONDS: Final = 0.25
"""How long a read may rely on what it last heard from other processes."""

FACTS: Final = "facts"
ENTITIES: Final = "entities"
PASSAGES: Final = "passages"
BEHAVIORS: Final = "behaviors"
EPISODES: Final = "episodes"
PEOPLE: Final = "people"
RULES: Final = "rules"
KINDS: Final = (FACTS, ENTITIES, PASSAGES, BEHAVIORS, EPISODES, PEOPLE, RULES)
"""Every kind of item; each is kept under its own path of the namespace."""

MUTABLE: Final = frozenset({PEOPLE, RULES})
"""Kinds in which an item may be replaced or dropped by itself; those of the others only come, or go
where something is forgotten."""

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One item as it is now stored; `value` is None when it was deleted."""

    kind: str
    key: str
    value: Value | None


class Index(Protocol):
    """Something kept up with the store. Everything here is called on the event loop: be quick."""

    kinds: frozenset[str]

    def apply(self, changes: Sequence[Change]) -> None:
        """Take the changes in, in order. The same change may come twice: the second is no news."""
        ...

    def clear(self) -> None:
        """Forget everything: all that is stored comes again (after a `forget`)."""
        ...


def plain(value: Value | None) -> dict[str, Any] | None:
    """A value as LangGraph's stores want it."""
    return None if value is None else dict(value)
