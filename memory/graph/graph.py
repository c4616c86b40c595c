"""The knowledge graph: entities and facts with their sources, and what was believed when.

A fact is stored once and never changed. A newer one of a relation that holds one value at a time
(`declare_single_valued`), or one that names what it contradicts, supersedes the older; `as_of`
still sees the graph as it was. Aliases join names into one entity, also after the fact.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from ...core.errors import InvalidInput
from ..records.change import ENTITIES, FACTS, Change
from ..records.clock import TICK, now, seconds
from ..records.evidence import RankedEntity, Source, source_of, source_value
from ..records.text import checked_name, normalized, spelling
from ..store.open_namespace import OpenNamespace
from .belief import Rank
from .fact import Entity, Fact, NewFact, Triple, digest, fact_value, key_number, new_facts
from .fact_table import FactTable
from .graph_view import GraphView

if TYPE_CHECKING:
    import networkx


_PORTION: Final = 500


class EntityRecall(Protocol):
    """How the entities that matter for a question are found; see `Recaller.entities`."""

    async def __call__(
        self, question: str, limit: int, *, evaluating: bool
    ) -> list[RankedEntity]: ...


class KnowledgeGraph:
    """The facts of one namespace. Reading loads them once and then follows every change."""

    def __init__(self, memory: OpenNamespace, entities: EntityRecall) -> None:
        self._memory = memory
        self._entities = entities
        self._networkx: tuple[int, networkx.MultiDiGraph] | None = None
        self.table = FactTable()

    async def view(self) -> GraphView:
        """The graph as it is now, other processes' writes included."""
        await self._memory.ready(self.table)
        return GraphView(self.table)

    async def as_of(self, time: datetime) -> GraphView:
        """The graph as it was believed at `time`: nothing learned later is in it.

        Costs a pass over all facts.
        """
        view = await self.view()
        return GraphView(view.table.before(seconds(time)))

    async def networkx(self, as_of: datetime | None = None) -> networkx.MultiDiGraph:
        """The believed graph for networkx, made once for each state of it: do not edit it."""
        if as_of is not None:
            return (await self.as_of(as_of)).networkx()
        view = await self.view()
        if self._networkx is None or self._networkx[0] != view.table.version:
            self._networkx = view.table.version, view.networkx()
        return self._networkx[1]

    async def entity(self, name: str) -> Entity | None:
        """The entity that goes by this name, if it is known."""
        return (await self.view()).entity(name)

    async def facts(
        self, about: str | None = None, relation: str | None = None, *, superseded: bool = False
    ) -> list[Fact]:
        """Facts that touch an entity and are of a relation (None: any); see `GraphView.facts`."""
        return (await self.view()).facts(about, relation, superseded=superseded)

    async def recall_entities(
        self, question: str, limit: int = 50, *, evaluating: bool = False
    ) -> list[RankedEntity]:
        """The entities that matter for a question, best first, each with the reason.

        With `evaluating` none comes by way of what was learned from this very question or a near copy.
        """
        return await self._entities(question, limit, evaluating=evaluating)

    async def add_facts(
        self,
        facts: Sequence[Triple | NewFact],
        source: Source | str,
        *,
        learned: datetime | None = None,
    ) -> list[str]:
        """Store facts from one source; returns their ids once they are durable, in order.

        A fact that is believed already on the word of the same source is not stored twice. Later in
        the list is learned later (by a microsecond). `learned` is now, unless it is given.
        Raises InvalidInput for a malformed fact: then none is stored.
        """
        checked, origin = await asyncio.to_thread(new_facts, facts), source_of(source)
        table = (await self.view()).table
        start = now(len(checked)) if learned is None else seconds(learned)
        batch = _Batch(table, origin)
        for index, fact in enumerate(checked):
            batch.add(fact, round(start + index * TICK, 6))
            if index % _PORTION == _PORTION - 1:  # others go on meanwhile
                await asyncio.sleep(0)
        await self._memory.write(batch.changes)
        return batch.ids

    async def add_fact(
        self, subject: str, relation: str, object: str, *, source: Source | str
    ) -> str:
        """Store one fact; its id."""
        return (await self.add_facts([(subject, relation, object)], source))[0]

    async def retract(self, fact_id: str, *, source: Source | str, reason: str = "") -> None:
        """From now on the fact is not believed; it stays in the history.

        Raises InvalidInput for an id that no fact has.
        """
        table = (await self.view()).table
        _require(table, fact_id)
        value = {"retracts": fact_id, "learned": now(), "source": source_value(source_of(source))}
        if reason:
            value["reason"] = checked_name(reason, "a reason")
        await self._memory.write([_retraction(value)])

    async def declare_single_valued(self, relation: str, single_valued: bool = True) -> None:
        """Say that a subject has one object of this relation at a time: a newer fact supersedes."""
        relation = checked_name(relation, "a relation")
        stamp = now()
        value = {"relation": relation, "single_valued": single_valued, "learned": stamp}
        key = f"d{digest(normalized(relation), repr(stamp)):016x}"
        await self._memory.write([Change(FACTS, key, value)])

    async def add_entity(
        self, name: str, *, kind: str = "", aliases: Iterable[str] = (), source: Source | str = ""
    ) -> Entity:
        """Store an entity with the other names it goes by; joins what was known under each.

        Each source's word is kept beside the others'. Of several kinds the one said last is shown.
        """
        name = checked_name(name, "an entity's name")
        kind = checked_name(kind, "an entity's kind") if kind else ""
        others = [checked_name(alias, "an alias") for alias in aliases]
        origin = source_of(source) if source else Source()
        changes = _entity_records((await self.view()).table, name, kind, others, origin)
        await self._memory.write(changes)
        entity = await self.entity(name)
        assert entity is not None
        return entity

    async def add_alias(self, alias: str, name: str, *, source: Source | str = "") -> Entity:
        """Say that `alias` is another name of `name`; the entity they are from now on."""
        return await self.add_entity(name, aliases=[alias], source=source)


class _Batch:
    """The records of one `add_facts`, with ids that repeat only where nothing new is said."""

    def __init__(self, table: FactTable, source: Source) -> None:
        self._table, self._source = table, source
        self._stamp = str(source)
        self._said: dict[str, tuple[Rank, str]] = {}
        self._newest: dict[tuple[int | str, str], list[tuple[Rank, int | str]]] = {}
        self._retracted: set[str] = set()
        self._new: set[str] = set()
        self.ids: list[str] = []
        self.changes: list[Change] = []

    def add(self, fact: NewFact, learned: float) -> None:
        for contradicted in fact.contradicts:
            _require(self._table, contradicted)
        first = self._first_id(fact)
        key = self._standing(fact, first) or self._told(fact, first, learned)
        self.ids.append(key)
        for contradicted in fact.contradicts:
            if contradicted != key:
                value = {"retracts": contradicted, "by": key, "learned": learned}
                value["source"] = source_value(self._source)
                self.changes.append(_retraction(value))
                self._retracted.add(contradicted)

    def _first_id(self, fact: NewFact) -> str:
        """The id of the fact where this source says it for the first time."""
        about = "" if fact.about is None else repr(seconds(fact.about))
        names = (spelling(fact.subject), normalized(fact.relation), spelling(fact.object))
        return f"f{digest(*names, self._stamp, about):016x}"

    def _standing(self, fact: NewFact, first: str) -> str | None:
        """The id of the same fact from this source, if what this batch says so far leaves it standing."""
        known = [self._said[first]] if first in self._said else self._believed(fact, first)
        standing = (key for rank, key in known if not self._is_ended(fact, rank, key))
        return next(standing, None)

    def _believed(self, fact: NewFact, first: str) -> list[tuple[Rank, str]]:
        table, row = self._table, self._table.row(first)
        if row is None:
            return []
        rows = table.rows_saying(fact, self._source) if table.is_ended(row) else [row]
        return [(table.rank(row), table.fact_id(row)) for row in rows if not table.is_ended(row)]

    def _is_ended(self, fact: NewFact, rank: Rank, key: str) -> bool:
        newest, object_ = self._newest.get(self._group(fact), ()), self._entity(fact.object)
        is_superseded = any(rival > rank and other != object_ for rival, other in newest)
        return is_superseded or key in self._retracted

    def _told(self, fact: NewFact, first: str, learned: float) -> str:
        """Put the fact among the changes; its id."""
        key, table = first, self._table
        if key in self._new or table.row(key) is not None:
            # What is no longer believed and is said again is a new fact, with its own time.
            key = f"f{digest(first, repr(learned)):016x}"
        about = None if fact.about is None else seconds(fact.about)
        rank = learned if about is None else about, learned, key_number(key)
        self._said[first] = rank, key
        if table.is_single_valued(fact.relation):
            self._note(self._group(fact), rank, self._entity(fact.object))
        if table.row(key) is None:
            self._new.add(key)
            names = fact.subject, fact.relation, fact.object
            value = fact_value(*names, self._source, fact.confidence, learned, about, fact.quote)
            self.changes.append(Change(FACTS, key, value))
        return key

    def _note(self, group: tuple[int | str, str], rank: Rank, object_: int | str) -> None:
        """Of the newest fact of a group, and the newest with another object, is all that counts."""
        newest = sorted([*self._newest.get(group, ()), (rank, object_)], key=lambda e: e[0])
        others = [entry for entry in newest if entry[1] != newest[-1][1]]
        self._newest[group] = [newest[-1], *others[-1:]]

    def _group(self, fact: NewFact) -> tuple[int | str, str]:
        return self._entity(fact.subject), normalized(fact.relation)

    def _entity(self, name: str) -> int | str:
        node = self._table.node(name)
        return spelling(name) if node is None else int(self._table.root[node])


def _entity_records(
    table: FactTable, name: str, kind: str, aliases: Iterable[str], source: Source
) -> list[Change]:
    """What a source says of an entity, but for what it has said before."""
    origin, learned = source_value(source), now()
    stamp = (source.document, source.run, source.step)
    value: dict[str, Any] = {"name": name, "learned": learned, "source": origin}
    key = f"n{digest(spelling(name), kind, *stamp):016x}"
    if kind:
        value["kind"] = kind
        node = table.node(name)
        if table.has_record(key) and node is not None and table.entity(node).kind != kind:
            key = f"n{digest(spelling(name), kind, *stamp, repr(learned)):016x}"  # said once more
    records = {key: value}
    for alias in aliases:
        key = f"a{digest(spelling(alias), spelling(name), *stamp):016x}"
        records[key] = {"name": name, "alias": alias, "learned": learned, "source": origin}
    return [Change(ENTITIES, key, v) for key, v in records.items() if not table.has_record(key)]


def _retraction(value: dict[str, Any]) -> Change:
    parts = value["retracts"], repr(value["learned"]), str(Source(**value["source"]))
    return Change(FACTS, f"r{digest(*parts):016x}", value)


def _require(table: FactTable, fact_id: str) -> None:
    if table.row(fact_id) is None:
        raise InvalidInput(f"no fact has the id {fact_id!r:.80}")
