"""Reading a graph of facts as it stands, or stood, at one time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .fact import Entity, Fact
from .fact_table import FactTable

if TYPE_CHECKING:
    import networkx


class GraphView:
    """What is believed, to be read without waiting: a table and nothing else."""

    def __init__(self, table: FactTable) -> None:
        self.table = table

    def __len__(self) -> int:
        """How many facts are believed."""
        return int(self.table.believed.sum())

    def entity(self, name: str) -> Entity | None:
        """The entity that goes by this name."""
        node = self.table.node(name)
        return None if node is None else self.table.entity(node)

    def entities(self) -> Iterator[Entity]:
        """Every entity, in the order they came."""
        root = self.table.root
        for node in np.flatnonzero(root == np.arange(len(root))).tolist():
            yield self.table.entity(node)

    def facts(
        self,
        about: str | None = None,
        relation: str | None = None,
        *,
        superseded: bool = False,
    ) -> list[Fact]:
        """Facts that touch the entity `about` and are of that relation (None: any), oldest first.

        With `superseded` also those no longer believed: the whole history.
        """
        rows = self._rows(about)
        if relation is not None:
            number = self.table.relation_id(relation)
            rows = rows[self.table.relation[rows] == (-1 if number is None else number)]
        if not superseded:
            rows = rows[self.table.believed[rows]]
        return [self.table.fact(row) for row in rows.tolist()]

    def neighbors(self, name: str) -> list[Entity]:
        """The entities one believed fact away."""
        entity = self.entity(name)
        if entity is None:
            return []
        facts = self.facts(entity.name)
        names = dict.fromkeys(end for fact in facts for end in (fact.subject, fact.object))
        names.pop(entity.name, None)
        found = (self.entity(other) for other in names)
        return [other for other in found if other is not None]

    def networkx(self) -> networkx.MultiDiGraph:
        """What is believed as a networkx graph: entities by canonical name, facts by id.

        About 12 microseconds and 600 bytes a fact: for analysis and drawing, not for recall.
        """
        import networkx

        graph = networkx.MultiDiGraph()
        for entity in self.entities():
            graph.add_node(entity.name, id=entity.id, kind=entity.kind, aliases=entity.aliases)
        for row in np.flatnonzero(self.table.believed).tolist():
            fact = self.table.fact(row)
            graph.add_edge(
                fact.subject,
                fact.object,
                key=fact.id,
                relation=fact.relation,
                confidence=fact.confidence,
                source=str(fact.source),
                learned=fact.learned,
                about=fact.about,
            )
        return graph

    def _rows(self, about: str | None) -> np.ndarray:
        if about is None:
            return np.arange(len(self.table))
        node = self.table.node(about)
        return np.empty(0, int) if node is None else self.table.incident_to_entity(node)
