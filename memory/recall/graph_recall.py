"""Recall from the knowledge graph: which entities and facts a question leads to, and why.

The entities a question names are found in it (mention.py), a walk weighed by its words leads from
them to others (walk.py), and where it names several, the shortest paths between them are evidence
too (graph_path.py). A question that names nobody starts from the facts that share its words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Final

from ..graph.links import Links
from ..records.evidence import RankedEntity
from .fusion import Ranking
from .graph_path import shortest_paths
from .mention import Names, mentions
from .walk import Found, Walk
from .word import FUNCTION_WORDS, RelationLexicon

if TYPE_CHECKING:
    from ..graph.fact_table import FactTable

NAMES: Final = 1_000
"""Names that are taken in at a time."""
NAMED: Final = 8
"""Entities named in a question that a walk starts from, the weightiest ones."""
CERTAIN: Final = 2.0
"""What the walk's list counts, words and meaning 1 each: it alone reads the question as a path."""
UNNAMED: Final = 0.5
"""What it counts when the question names nobody and the walk started from a guess."""
PATH_ENDS: Final = 4
"""Entities named in a question between which paths are looked for."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a question leads: the entities it starts from (entity -> weight) and those found."""

    seeds: Mapping[int, float]
    named: bool
    """Whether the seeds are named in the question (else they only share words with it)."""
    found: Found


class GraphRecall:
    """The walkable form of a fact table, brought up to date before each question."""

    def __init__(self, table: FactTable) -> None:
        self._table = table
        self._state = (-1, -1)
        self._start()

    def _start(self) -> None:
        self._links = Links()
        self._names = Names()
        self._lexicon = RelationLexicon()

    async def catch_up(self) -> None:
        """Take in new names a few at a time, so that nobody waits for a large graph."""
        self._start_again_if_new()
        while self._names.count < len(self._table.names):
            self._names.update(self._table.names, NAMES)
            await asyncio.sleep(0)
            self._start_again_if_new()

    def _start_again_if_new(self) -> None:
        if self._state[0] != self._table.generation:
            self._start()
            self._state = (self._table.generation, -1)

    def refresh(self) -> None:
        """Take in what changed in the table; costs what is new, not what is there."""
        table = self._table
        if self._state == (table.generation, table.version):
            return
        self._start_again_if_new()
        self._links.update(table.subject, table.relation, table.object, table.root)
        self._names.update(table.names)
        self._lexicon.extend(table.relations[self._lexicon.count :])
        self._state = (table.generation, table.version)

    def lead(self, question: str, limit: int, alike: Sequence[str] = ()) -> Lead:
        """Walk from what the question names, else from the facts `alike` (ids), best first."""
        self.refresh()
        found, rest = mentions(question, self._names, self._table.names)
        seeds: dict[int, float] = {}
        for mention in found:
            for node in mention.nodes:
                root = int(self._table.root[node])
                seeds[root] = max(seeds.get(root, 0.0), mention.weight)
        named = bool(seeds)
        seeds = _strongest(seeds or self._ends_of(alike))
        asked = [word for word in dict.fromkeys(rest) if word not in FUNCTION_WORDS]
        table = self._table
        walk = Walk(self._links, table.until, table.confidence, self._lexicon.similarity(asked))
        return Lead(seeds, named, walk.find(seeds, limit))

    def entities(
        self, lead: Lead, limit: int, allowed: Callable[[Sequence[str]], bool] | None = None
    ) -> list[RankedEntity]:
        """The entities found, best first; those the question itself names come after them.

        `allowed` says of the ids of the facts that led to one whether it may come.
        """
        table, found = self._table, lead.found
        ranked = []
        for root, score, chain in zip(found.entities, found.scores, found.chains, strict=True):
            if allowed is not None and not allowed([table.fact_id(row) for row in chain]):
                continue
            entity = table.entity(root)
            ranked.append(RankedEntity(entity.id, entity.name, score, self._chain_text(chain)))
        for root in lead.seeds:
            if root not in found.entities:
                entity = table.entity(root)
                ranked.append(RankedEntity(entity.id, entity.name, 0.0, _seed_reason(lead)))
        return ranked[:limit]

    def rankings(self, lead: Lead) -> list[Ranking]:
        """Facts as ranked lists, found by a chain of rows: on paths between named ones, on the walk."""
        if not lead.named:
            near = partial(self._reason, "near what shares the question's words: ")
            return [Ranking(self._facts_on(lead.found.chains), near, UNNAMED)]
        lists = [Ranking(self._facts_on(lead.found.chains), self._chain_text, CERTAIN)]
        if paths := self._paths(list(lead.seeds)[:PATH_ENDS]):
            joins = partial(self._reason, "joins what the question names: ")
            lists.append(Ranking(self._facts_on(paths), joins))
        return lists

    def _paths(self, ends: Sequence[int]) -> list[list[int]]:
        paths = [
            path
            for start, end in combinations(ends, 2)
            for path in shortest_paths(self._links, self._table.until, start, end)
        ]
        return sorted(paths, key=len)

    def _facts_on(self, chains: Iterable[Sequence[int]]) -> dict[str, Sequence[int]]:
        """The facts of these chains by their ids, each with the chain as far as it."""
        chain_to: dict[int, Sequence[int]] = {}
        for chain in chains:
            for position, row in enumerate(chain, start=1):
                chain_to.setdefault(row, chain[:position])
        return {self._table.fact_id(row): chain for row, chain in chain_to.items()}

    def _reason(self, what: str, chain: Sequence[int]) -> str:
        return what + self._chain_text(chain)

    def _ends_of(self, fact_ids: Sequence[str]) -> dict[int, float]:
        table, ends = self._table, {}
        for rank, fact_id in enumerate(fact_ids, start=1):
            row = table.row(fact_id)
            if row is not None:
                for node in (table.subject[row], table.object[row]):
                    ends.setdefault(int(table.root[node]), 1.0 / rank)
        return ends

    def _chain_text(self, chain: Sequence[int]) -> str:
        """`Tim Burns <- written_by - Freaked - written_by -> Alex Winter`."""
        table = self._table
        links = [
            (int(table.root[table.subject[row]]), int(table.root[table.object[row]]), row)
            for row in chain
        ]
        at = _beginning(links)
        text = table.names[at]
        for subject, object_, row in links:
            relation = table.relations[table.relation[row]]
            ahead = subject == at
            at = object_ if ahead else subject
            arrow = f" - {relation} -> " if ahead else f" <- {relation} - "
            text += arrow + table.names[at]
        return text


def _beginning(links: Sequence[tuple[int, int, int]]) -> int:
    """The end of the first link that the second does not touch."""
    subject, object_, _ = links[0]
    if len(links) > 1 and subject in links[1][:2] and object_ not in links[1][:2]:
        return object_
    return subject


def _strongest(seeds: Mapping[int, float]) -> dict[int, float]:
    best = sorted(seeds.items(), key=lambda item: -item[1])[:NAMED]
    total = sum(weight for _, weight in best)
    return {entity: weight / total for entity, weight in best}


def _seed_reason(lead: Lead) -> str:
    return "named in the question" if lead.named else "in a fact that shares the question's words"
