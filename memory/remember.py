"""Text into memory: kept word for word as passages and, by an extractor, as facts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from ..core.errors import InvalidInput
from .change import PASSAGES, Change
from .clock import TICK, now
from .evidence import Source, source_of, source_value
from .fact import NewFact, Triple
from .passage import passage_id, passages
from .resolution import EntityResolver
from .text import checked_text

if TYPE_CHECKING:
    from .memory import Memory

CALLS_AT_ONCE: Final = 8


class Extractor(Protocol):
    """Who reads facts out of a passage (a role with a model; see agents).

    One call and at most 3,000 prompt characters a passage; passages have at most 2,000.
    """

    async def extract(self, text: str) -> Sequence[Triple | NewFact]:
        """The facts that a text states."""
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """What became of a text: ids of its passages and facts, and facts refused, with the reason."""

    passages: tuple[str, ...]
    facts: tuple[str, ...]
    refused: tuple[str, ...]


async def remember(
    memory: Memory, text: str, source: Source | str, extractor: Extractor | None
) -> Remembered:
    """Store a text's passages, then the facts found in each; see `Memory.remember`."""
    origin = source_of(source)
    pieces = list(dict.fromkeys(passages(checked_text(text, "a text to remember"))))
    ids = await _store_passages(memory, pieces, origin)
    if extractor is None:
        return Remembered(ids, (), ())
    facts, refused = await _extracted(memory, pieces, extractor)
    return Remembered(ids, tuple(await memory.graph.add_facts(facts, origin)), tuple(refused))


async def _store_passages(memory: Memory, pieces: list[str], source: Source) -> tuple[str, ...]:
    ids = tuple(passage_id(piece, source) for piece in pieces)
    known = await memory.get(PASSAGES, ids)
    start = now(len(pieces))
    changes = [
        Change(PASSAGES, key, _value(piece, source, round(start + index * TICK, 6)))
        for index, (key, piece) in enumerate(zip(ids, pieces, strict=True))
        if known[index] is None
    ]
    await memory.write(changes)
    return ids


def _value(text: str, source: Source, learned: float) -> dict[str, object]:
    return {"text": text, "source": source_value(source), "learned": learned}


async def _extracted(
    memory: Memory, pieces: list[str], extractor: Extractor
) -> tuple[list[NewFact], list[str]]:
    gate = asyncio.Semaphore(CALLS_AT_ONCE)

    async def extract(piece: str) -> Sequence[Triple | NewFact]:
        async with gate:
            return await extractor.extract(piece)

    found = await asyncio.gather(*(extract(piece) for piece in pieces))
    resolver = EntityResolver((await memory.graph.view()).table)
    facts: list[NewFact] = []
    refused: list[str] = []
    for fact in (fact for of_piece in found for fact in of_piece):
        try:
            facts.append(_resolved(fact, resolver))
        except InvalidInput as error:
            refused.append(str(error))
    return facts, refused


def _resolved(fact: Triple | NewFact, resolver: EntityResolver) -> NewFact:
    if not isinstance(fact, NewFact):
        if len(fact) != 3:
            raise InvalidInput(f"not (subject, relation, object): {fact!r:.80}")
        fact = NewFact(*fact)
    return NewFact(
        resolver.resolve(fact.subject),
        fact.relation,
        resolver.resolve(fact.object),
        fact.confidence,
        fact.about,
        fact.quote,
        fact.contradicts,
    )
