"""The facts of one namespace in columns: small, quick to load, one more costs the same at any size.

A *node* is one spelling of a name ("Drama", a genre, is not "drama", a tag); aliases join nodes
into an entity, whose canonical node is its *root*. A *row* is one fact from one source. Rows and
nodes are numbered in the order they came; the numbers hold until `generation` changes.

What is believed is derived from the records alone, so it does not depend on the order in which they
arrive, and two processes can never disagree: of a relation declared single-valued, the fact that
speaks of the latest time holds (of those, the one learned last); a retraction ends the fact that it
names.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..records.change import ENTITIES, FACTS, Change, Value
from ..records.clock import moment, seconds
from ..records.evidence import Source
from .adjacency import Adjacency
from .alias import AliasSet
from .belief import Rank, Rivals, beliefs
from .column import Column
from .fact import Entity, Fact, NewFact, entity_id, fact_value, key_number
from .vocabulary import Vocabulary

Record = tuple[str, str, Value]
"""Kind, key and value of a stored item."""


class FactTable:
    """Facts, entities, aliases, retractions and declarations of one namespace; an `Index`."""

    kinds = frozenset({FACTS, ENTITIES})

    def __init__(self) -> None:
        self.version = 0
        self.generation = 0
        self._start()

    def _start(self) -> None:
        self._aliases = AliasSet()
        self._vocabulary = Vocabulary(self._aliases)
        self.names, self.relations = self._vocabulary.names, self._vocabulary.relations
        self._sources = self._vocabulary.sources
        self._rows: dict[int, int] = {}
        self._key = Column("uint64")
        self._subject, self._relation, self._object = (Column("int32") for _ in range(3))
        self._source, self._successor = Column("int32"), Column("int32")
        self._confidence = Column("float32")
        self._learned, self._about, self._until = (Column("float64") for _ in range(3))
        self._columns = (
            *(self._key, self._subject, self._relation, self._object, self._source),
            *(self._confidence, self._learned, self._about, self._until, self._successor),
        )
        self._staged: list[tuple[Any, ...]] = []
        self._quotes: dict[int, str] = {}
        self._adjacency = Adjacency(self._subject, self._object)
        self._retractions: dict[str, dict[str, Value]] = {}
        self._declarations: dict[str, Value] = {}
        self._entity_records: dict[str, Value] = {}
        self._entity_kinds: dict[int, tuple[float, str, str]] = {}
        self._single: set[int] = set()
        self._groups: dict[tuple[int, int], Rivals] = defaultdict(Rivals)
        self._touched: set[tuple[int, int]] = set()

    # -- reading --------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._key)

    @property
    def subject(self) -> np.ndarray:
        """Node of each row's subject, int32."""
        return self._subject.array

    @property
    def relation(self) -> np.ndarray:
        """Number of each row's relation (an index into `relations`), int32."""
        return self._relation.array

    @property
    def object(self) -> np.ndarray:
        """Node of each row's object, int32."""
        return self._object.array

    @property
    def confidence(self) -> np.ndarray:
        """Confidence of each row, 0 to 1, float32."""
        return self._confidence.array

    @property
    def learned(self) -> np.ndarray:
        """When each row was learned, seconds since 1970, float64."""
        return self._learned.array

    @property
    def until(self) -> np.ndarray:
        """Since when each row is no longer believed (infinity: it still is), float64."""
        return self._until.array

    @property
    def believed(self) -> np.ndarray:
        """Whether each row is believed now, bool."""
        return np.isposinf(self._until.array)

    @property
    def root(self) -> np.ndarray:
        """For each node the canonical node of its entity, int32."""
        return self._aliases.root

    def members(self, node: int) -> Sequence[int]:
        """All nodes (spellings) of the entity of `node`."""
        return self._aliases.members(node)

    def node(self, name: str) -> int | None:
        """The node of that spelling, else the only one of the same letters in another case."""
        return self._vocabulary.node(name)

    def relation_id(self, relation: str) -> int | None:
        """The number of that relation, if it is known."""
        return self._vocabulary.relation(relation)

    def is_single_valued(self, relation: str) -> bool:
        """Whether a newer fact of that relation supersedes an older one of the same subject."""
        number = self.relation_id(relation)
        return number is not None and number in self._single

    def row(self, fact_id: str) -> int | None:
        """The row of a fact, by its id."""
        return self._rows.get(key_number(fact_id)) if fact_id.startswith("f") else None

    def is_ended(self, row: int) -> bool:
        """Whether a row is no longer believed."""
        return math.isfinite(self._until.array[row])

    def rank(self, row: int) -> Rank:
        """By what a row is newer than its rivals: see `Rank`."""
        about, learned = float(self._about.array[row]), float(self._learned.array[row])
        return learned if math.isnan(about) else about, learned, int(self._key.array[row])

    def rows_saying(self, fact: NewFact, source: Source) -> list[int]:
        """The rows that say this in these names on the word of that source, believed or not."""
        subject, object_ = self.node(fact.subject), self.node(fact.object)
        if subject is None or object_ is None:
            return []
        rows = self.incident(subject)
        rows = rows[(self.subject[rows] == subject) & (self.object[rows] == object_)]
        rows = rows[self.relation[rows] == self.relation_id(fact.relation)]
        about = self._about.array[rows]
        rows = rows[np.isnan(about) if fact.about is None else about == seconds(fact.about)]
        return [r for r in rows.tolist() if self._sources[self._source.array[r]] == source]

    def has_record(self, key: str) -> bool:
        """Whether the record of an entity or an alias with this key is known."""
        return key in self._entity_records

    def incident(self, node: int) -> np.ndarray:
        """The rows whose subject or object is this node, believed or not, int32."""
        return self._adjacency.incident(node)

    def incident_to_entity(self, node: int) -> np.ndarray:
        """The rows that touch any spelling of the entity of `node`."""
        members = self.members(node)
        if len(members) == 1:
            return self.incident(members[0])
        return np.unique(np.concatenate([self.incident(member) for member in members]))

    def fact_id(self, row: int) -> str:
        """The id of a row's fact."""
        return f"f{int(self._key.array[row]):016x}"

    def entity(self, node: int) -> Entity:
        """The entity a node belongs to."""
        root = int(self.root[node])
        others = (self.names[other] for other in self.members(node) if other != root)
        name = self.names[root]
        *_, kind = self._entity_kinds.get(root, ("",))
        return Entity(entity_id(name), name, tuple(sorted(others)), kind)

    def fact(self, row: int) -> Fact:
        """A row as it is shown: with canonical names."""
        until, about = float(self._until.array[row]), float(self._about.array[row])
        return Fact(
            id=self.fact_id(row),
            subject=self._canonical(self._subject, row),
            relation=self.relations[self._relation.array[row]],
            object=self._canonical(self._object, row),
            source=self._sources[self._source.array[row]],
            confidence=round(float(self._confidence.array[row]), 6),
            learned=moment(float(self._learned.array[row])),
            about=None if math.isnan(about) else moment(about),
            quote=self._quotes.get(row, ""),
            superseded=None if math.isinf(until) else moment(until),
            superseded_by=self._successor_id(row),
        )

    def _successor_id(self, row: int) -> str:
        successor = int(self._successor.array[row])
        if successor >= 0:
            return self.fact_id(successor)
        retractions = self._retractions.get(self.fact_id(row), {}).values()
        return min(retractions, key=lambda v: v["learned"]).get("by", "") if retractions else ""

    def _canonical(self, nodes: Column, row: int) -> str:
        return self.names[self.root[nodes.array[row]]]

    # -- taking changes in ----------------------------------------------------------------------

    def clear(self) -> None:
        """Forget everything; row and node numbers start anew."""
        self.generation += 1
        self.version += 1
        self._start()

    def apply(self, changes: Sequence[Change]) -> None:
        """Take in stored items; a deleted one makes the table be built anew from the others."""
        gone = {(change.kind, change.key) for change in changes if change.value is None}
        if gone:
            kept = [record for record in self.records() if record[:2] not in gone]
            self.clear()
            self._take(kept)
        self._take((c.kind, c.key, c.value) for c in changes if c.value is not None)

    def before(self, time: float) -> FactTable:
        """A table of what was learned up to `time`, as it was believed then.

        Which relations are single-valued is taken as it is known now: that is how the world is.
        """
        past = FactTable()
        records = self.records()
        past._take(r for r in records if r[1][0] == "d" or r[2]["learned"] <= time)
        return past

    def records(self) -> Iterator[Record]:
        """Everything the table was given, as stored items."""
        for row in range(len(self)):
            yield FACTS, self.fact_id(row), self._fact_value(row)
        for retractions in self._retractions.values():
            yield from ((FACTS, key, value) for key, value in retractions.items())
        yield from ((FACTS, key, value) for key, value in self._declarations.items())
        yield from ((ENTITIES, key, value) for key, value in self._entity_records.items())

    def _take(self, records: Iterable[Record]) -> None:
        take = {"r": self._take_retraction, "d": self._take_declaration}
        for kind, key, value in records:
            if kind == FACTS and key[0] == "f":
                self._stage_fact(key, value)
                continue
            self._take_staged()
            if kind == ENTITIES:
                self._take_entity(key, value)
            else:
                take[key[0]](key, value)
        self._take_staged()
        self._settle()
        self.version += 1

    def _stage_fact(self, key: str, value: Value) -> None:
        number = key_number(key)
        if number in self._rows:
            return
        row = self._rows[number] = len(self._rows)
        about = value.get("about")
        self._staged.append(
            (
                number,
                self._vocabulary.add_name(value["subject"]),
                self._vocabulary.add_relation(value["relation"]),
                self._vocabulary.add_name(value["object"]),
                self._vocabulary.add_source(value.get("source") or {}),
                value.get("confidence", 1.0),
                value["learned"],
                math.nan if about is None else about,
                math.inf,
                -1,
            )
        )
        if quote := value.get("quote"):
            self._quotes[row] = quote

    def _take_staged(self) -> None:
        if not self._staged:
            return
        start = len(self)
        for column, values in zip(self._columns, zip(*self._staged, strict=True), strict=True):
            column.extend(values)
        self._staged.clear()
        if self._single or self._retractions:
            for row in range(start, len(self)):
                self._take_belief(row)

    def _take_belief(self, row: int) -> None:
        if int(self._relation.array[row]) in self._single:
            group = self._group(row)
            rivals = self._groups[group]
            if group in self._touched or not self._ends_all(row, rivals):
                self._touched.add(group)
            rivals.rows.append(row)
        elif self.fact_id(row) in self._retractions:
            self._touch(row)

    def _take_retraction(self, key: str, value: Value) -> None:
        self._retractions.setdefault(value["retracts"], {})[key] = value
        row = self.row(value["retracts"])
        if row is not None:
            self._touch(row)

    def _take_declaration(self, key: str, value: Value) -> None:
        self._declarations[key] = value
        relation = self._vocabulary.add_relation(value["relation"])
        spoken = [
            v for v in self._declarations.values() if self.relation_id(v["relation"]) == relation
        ]
        latest = max(spoken, key=lambda v: v["learned"])
        if latest["single_valued"] == (relation in self._single):
            return
        rows = np.flatnonzero(self._relation.array == relation).tolist()
        if latest["single_valued"]:
            self._single.add(relation)
            for row in rows:
                self._groups[self._group(row)].rows.append(row)
        else:
            self._single.discard(relation)
            self._groups = defaultdict(
                Rivals, {group: of for group, of in self._groups.items() if group[1] != relation}
            )
        for row in rows:
            self._touch(row)

    def _take_entity(self, key: str, value: Value) -> None:
        known = key in self._entity_records
        self._entity_records[key] = value
        if known:
            return
        node = self._vocabulary.add_name(value["name"])
        if "alias" in value:
            self._join(self._vocabulary.add_name(value["alias"]), node)
        if value.get("kind"):
            self._take_kind(int(self.root[node]), (value["learned"], key, value["kind"]))

    def _take_kind(self, root: int, said: tuple[float, str, str]) -> None:
        self._entity_kinds[root] = max(said, self._entity_kinds.get(root, said))

    def _join(self, alias: int, name: int) -> None:
        before = self._aliases.join(alias, name, self.names)
        root = int(self.root[name])
        for old in set(before) - {root}:
            if said := self._entity_kinds.pop(old, None):
                self._take_kind(root, said)
            for relation in self._single:
                if moved := self._groups.pop((old, relation), None):
                    self._groups[(root, relation)].rows += moved.rows
        if self._single:
            self._touched.update(self._touched_by_root(root))

    def _touched_by_root(self, root: int) -> Iterator[tuple[int, int]]:
        # Objects that are now one entity no longer contradict each other, whoever their subject.
        for relation in self._single:
            if (root, relation) in self._groups:
                yield root, relation
        for row in self.incident_to_entity(root).tolist():
            if int(self._relation.array[row]) in self._single:
                yield self._group(row)

    # -- belief ---------------------------------------------------------------------------------

    def _group(self, row: int) -> tuple[int, int]:
        return int(self.root[self._subject.array[row]]), int(self._relation.array[row])

    def _touch(self, row: int) -> None:
        if int(self._relation.array[row]) in self._single:
            self._touched.add(self._group(row))
        else:
            self._believe(row, math.inf, -1)

    def _ends_all(self, row: int, rivals: Rivals) -> bool:
        """Let a row that is newer than all its rivals supersede them; False if it is not."""
        rank = self.rank(row)
        if rank < rivals.newest or rank[1] <= rivals.learned or self._is_retracted(row):
            return False
        object_ = self.root[self._object.array[row]]
        unrivalled = [row]
        for other in rivals.unrivalled:
            if self.root[self._object.array[other]] == object_:
                unrivalled.append(other)
            else:
                self._believe(other, rank[1], row)
        rivals.unrivalled, rivals.newest, rivals.learned = unrivalled, rank, rank[1]
        return True

    def _settle(self) -> None:
        for group in self._touched:
            rivals = self._groups.get(group)
            if rivals is None or not rivals.rows:
                continue
            rows = rivals.rows
            about, learned = self._about.array[rows], self._learned.array[rows]
            about = np.where(np.isnan(about), learned, about)
            keys, objects = self._key.array[rows], self.root[self._object.array[rows]]
            # What is retracted contradicts nothing: an older value is believed again.
            stands = np.array([not self._is_retracted(row) for row in rows])
            found = beliefs(about, learned, keys, objects, stands)
            for row, (until, by) in zip(rows, found, strict=True):
                self._believe(row, until, rows[by] if by >= 0 else -1)
            rivals.unrivalled = [r for r, (_, by) in zip(rows, found, strict=True) if by < 0]
            rivals.newest = self.rank(rows[int(np.lexsort((keys, learned, about))[-1])])
            rivals.learned = float(learned.max())
        self._touched.clear()

    def _is_retracted(self, row: int) -> bool:
        return bool(self._retractions) and self.fact_id(row) in self._retractions

    def _believe(self, row: int, until: float, successor: int) -> None:
        for value in self._retractions.get(self.fact_id(row), {}).values():
            if value["learned"] < until:
                until, successor = value["learned"], -1
        self._until.array[row] = until
        self._successor.array[row] = successor

    # -- as stored ------------------------------------------------------------------------------

    def _fact_value(self, row: int) -> dict[str, Any]:
        about = float(self._about.array[row])
        return fact_value(
            self.names[self._subject.array[row]],
            self.relations[self._relation.array[row]],
            self.names[self._object.array[row]],
            self._sources[self._source.array[row]],
            round(float(self._confidence.array[row]), 6),
            float(self._learned.array[row]),
            None if math.isnan(about) else about,
            self._quotes.get(row, ""),
        )
