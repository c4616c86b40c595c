"""Entities and facts as they are read, and the record a fact is stored as."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core.errors import InvalidInput
from ..records.clock import seconds
from ..records.evidence import Source, source_value
from ..records.text import checked_name, checked_text, spelling

Triple = tuple[str, str, str]
"""Subject, relation, object, as written."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing the graph knows: its canonical name, the other names it goes by, its kind."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was learned, from one source; never changed afterwards.

    `learned` is when, `about` the time it speaks of (None: the time it was learned).
    `superseded` is the time since which it is no longer believed, `superseded_by` the fact that
    replaced it (empty where it was retracted); both None/empty while it is believed.
    """

    id: str
    subject: str
    relation: str
    object: str
    source: Source
    confidence: float
    learned: datetime
    about: datetime | None = None
    quote: str = ""
    superseded: datetime | None = None
    superseded_by: str = ""

    @property
    def text(self) -> str:
        """The fact as a line of plain words."""
        return f"{self.subject} {self.relation.replace('_', ' ')} {self.object}"


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to be added. Names are checked; `confidence` is within 0 to 1."""

    subject: str
    relation: str
    object: str
    confidence: float = 1.0
    about: datetime | None = None
    quote: str = ""
    contradicts: tuple[str, ...] = ()
    """Ids of facts that are no longer believed from now on; its own, where it is one, has no effect."""

    def __post_init__(self) -> None:
        for name in ("subject", "relation", "object"):
            object.__setattr__(self, name, checked_name(getattr(self, name), f"a fact's {name}"))
        if not 0.0 <= self.confidence <= 1.0:
            raise InvalidInput(f"confidence {self.confidence} is not within 0 to 1")
        if self.about is not None:
            seconds(self.about)
        if self.quote:
            checked_text(self.quote, "a fact's quote")


def new_facts(facts: Sequence[Triple | NewFact]) -> list[NewFact]:
    """The facts a caller gave, checked; InvalidInput says which one is malformed."""
    checked = []
    for index, fact in enumerate(facts):
        if isinstance(fact, NewFact):
            checked.append(fact)
        elif isinstance(fact, (tuple, list)) and len(fact) == 3:
            checked.append(NewFact(*fact))
        else:
            raise InvalidInput(f"fact {index} is not (subject, relation, object): {fact!r:.80}")
    return checked


def digest(*parts: str) -> int:
    """64 bits that name these parts."""
    hashed = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(hashed.digest())


def entity_id(name: str) -> str:
    """The id of the entity of that name as it is spelled: the same in every process and store."""
    return f"e{digest(spelling(name)):016x}"


def key_number(key: str) -> int:
    """The 64 bits of an id (a letter and sixteen hexadecimal digits)."""
    return int(key[1:], 16)


def fact_value(
    subject: str,
    relation: str,
    object: str,
    source: Source,
    confidence: float,
    learned: float,
    about: float | None,
    quote: str = "",
) -> dict[str, Any]:
    """A fact as it is stored. Every record carries `learned`, in seconds since 1970."""
    value: dict[str, Any] = {
        "subject": subject,
        "relation": relation,
        "object": object,
        "source": source_value(source),
        "confidence": confidence,
        "learned": learned,
    }
    if about is not None:
        value["about"] = about
    if quote:
        value["quote"] = quote
    return value
