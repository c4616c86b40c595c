"""Text into memory: kept word for word as passages and, by an extractor, as facts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from ..core.errors import BudgetExceeded, ContextTooLong, EndpointFailed, InvalidInput, ModelError
from .graph.fact import NewFact, Triple
from .graph.fact_table import FactTable
from .graph.graph import KnowledgeGraph
from .graph.resolution import EntityResolver
from .passage import passage_id, passages
from .records.change import PASSAGES, Change, Value
from .records.clock import TICK, now
from .records.evidence import Source, source_of, source_value
from .records.text import checked_text
from .store.open_namespace import OpenNamespace

CALLS_AT_ONCE: Final = 8
READ: Final = "facts"
"""In a stored passage: the ids of the facts that were read from it, once it was read."""

FORGOTTEN: Final = "it was forgotten while it was read"


@dataclass(frozen=True, slots=True)
class Refused:
    """Something an extractor said that is no fact, and why."""

    reason: str


Extracted = Triple | NewFact | Refused


class Extractor(Protocol):
    """Who reads facts out of a passage (a role with a model: `agents.extractor`).

    One call and at most 3,000 prompt characters a passage; passages have at most 2,000.
    """

    async def extract(self, text: str) -> Sequence[Extracted]:
        """The facts that a text states, and what cannot be taken for one."""
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """What became of a text: ids of its passages and facts, and facts refused, with the reason.

    A passage read before is not read again as long as its facts are there: they are named as they were
    then. `unread` names the passages (id -> reason) of which no facts were read: the model said nothing
    usable, its server failed at them, or the budget was spent. They are kept all the same, and read the
    next time; but one that was forgotten while it was read is gone, and what was read in it is dropped.
    """

    passages: tuple[str, ...]
    facts: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


async def remember(
    memory: OpenNamespace,
    graph: KnowledgeGraph,
    text: str,
    source: Source | str,
    extractor: Extractor | None,
) -> Remembered:
    """Store a text's passages, then the facts found in each; see `Memory.remember`."""
    origin = source_of(source)
    text = checked_text(text, "a text to remember")
    pieces = await asyncio.to_thread(lambda: list(dict.fromkeys(passages(text))))
    stored = await _store_passages(memory, pieces, origin)
    if extractor is None:
        return Remembered(tuple(stored))
    table = (await graph.view()).table
    reading = _Reading(memory, graph, origin, EntityResolver(table), _facts_read(stored, table))
    await reading.read(stored, extractor)
    facts = [fact for key in stored for fact in reading.facts.get(key, ())]
    return Remembered(tuple(stored), tuple(facts), tuple(reading.refused), reading.unread)


async def _store_passages(
    memory: OpenNamespace, pieces: list[str], source: Source
) -> dict[str, Value]:
    """The passages as they are stored now, by id."""
    ids = [passage_id(piece, source) for piece in pieces]
    known = await memory.get(PASSAGES, ids)
    start = now(len(pieces))
    new = {
        key: _value(piece, source, round(start + index * TICK, 6))
        for index, (key, piece) in enumerate(zip(ids, pieces, strict=True))
        if known[index] is None
    }
    await memory.write([Change(PASSAGES, key, value) for key, value in new.items()])
    return {key: value or new[key] for key, value in zip(ids, known, strict=True)}


def _facts_read(stored: Mapping[str, Value], table: FactTable) -> dict[str, Sequence[str]]:
    """The facts of each passage that was read, unless one of them has been forgotten since."""
    return {
        key: value[READ]
        for key, value in stored.items()
        if READ in value and all(table.row(fact) is not None for fact in value[READ])
    }


def _value(text: str, source: Source, learned: float) -> Value:
    return {"text": text, "source": source_value(source), "learned": learned}


@dataclass
class _Reading:
    """The facts of a text's passages, stored passage by passage and in the text's order.

    What was read, and paid for, stays when a later passage fails or the process dies: a passage that
    was read names its facts, by id.
    """

    memory: OpenNamespace
    graph: KnowledgeGraph
    source: Source
    resolver: EntityResolver
    facts: dict[str, Sequence[str]]
    refused: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    async def read(self, stored: Mapping[str, Value], extractor: Extractor) -> None:
        """Ask about `CALLS_AT_ONCE` passages at a time; stop at what would fail for every one."""
        gate = asyncio.Semaphore(CALLS_AT_ONCE)

        async def extract(piece: str) -> Sequence[Extracted]:
            async with gate:
                return await extractor.extract(piece)

        tasks = {
            key: asyncio.create_task(extract(value["text"]))
            for key, value in stored.items()
            if key not in self.facts
        }
        try:
            for key, task in tasks.items():
                try:
                    await self._store(key, await task)
                except _OF_ONE_PASSAGE as error:
                    self.unread[key] = f"{type(error).__name__}: {error}"
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _store(self, key: str, found: Sequence[Extracted]) -> None:
        facts: list[NewFact] = []
        for one in found:
            try:
                facts.append(_resolved(one, self.resolver))
            except InvalidInput as error:
                self.refused.append(str(error))
        async with self.memory.erasing:
            [passage] = await self.memory.get(PASSAGES, [key])
            if passage is None:
                self.unread[key] = FORGOTTEN
                return
            self.facts[key] = await self.graph.add_facts(facts, self.source)
            read = {**passage, READ: list(self.facts[key])}
            await self.memory.write([Change(PASSAGES, key, read)])


_OF_ONE_PASSAGE = (ModelError, ContextTooLong, EndpointFailed, BudgetExceeded)
"""What may fail at one passage and not at the next, or ends the reading without undoing it."""


def _resolved(fact: Extracted, resolver: EntityResolver) -> NewFact:
    if isinstance(fact, Refused):
        raise InvalidInput(fact.reason)
    if not isinstance(fact, NewFact):
        if len(fact) != 3:
            raise InvalidInput(f"not (subject, relation, object): {fact!r:.80}")
        fact = NewFact(*fact)
    subject, object_ = resolver.resolve(fact.subject), resolver.resolve(fact.object)
    return replace(fact, subject=subject, object=object_)
