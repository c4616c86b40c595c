"""Which entities a question leads to: a random walk that chooses its relations by the question.

Personalised PageRank (Haveliwala 2002) from the entities a question names finds what is near them;
two or three steps away that is thousands of entities. The walk here differs in three ways, each
measured in docs/recall.md:

- at each step a relation is taken with a weight that says how alike its name is to some word of the
  question (`EPSILON` if to none), and then one of the entities it leads to, all alike: an entity
  with a thousand tags does not drown its one author;
- it never goes straight back by the fact it came from, nor to where it started;
- its paths are told apart by the relations they took, and a path counts for more, the more of the
  question's relation words it has used (`COVERAGE`): "who *acted* in the films *directed* by ..."
  wants a path with both.

It is truncated at `STEPS`, with PageRank's damping at every step, and follows at most `LINKS` links
a step, from the `FRONTIER` heaviest of the last: its time depends on these, not on the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..graph.links import Groups, Links, ranges

STEPS: Final = 3
"""Facts from a named entity to the farthest that is found."""
DAMPING: Final = 0.5
"""Weight of a step against the one before it (0.5: as in HippoRAG, arXiv 2405.14831)."""
EPSILON: Final = 0.1
"""Weight of a relation that no word of the question answers to; one that is named weighs 1.1."""
COVERAGE: Final = 4.0
"""A path that uses all relation words weighs e to this more than one that uses none."""
LINKS: Final = 4_000
"""Links followed at each step, the heaviest ones."""
FRONTIER: Final = 1_000
"""Links of one step from which the next one starts, the heaviest ones."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The links taken at one step of the walk, one per array element."""

    entity: np.ndarray
    """Where the link leads."""
    previous: np.ndarray
    """Where it came from."""
    origin: np.ndarray
    """The entity the walk started from."""
    row: np.ndarray
    """The fact (-1 at the start)."""
    parent: np.ndarray
    """The link before it, as an index into the step before."""
    path: np.ndarray
    """Its relation path (rows of `covered`)."""
    mass: np.ndarray
    """Probability of the walk, relation weights included."""
    covered: np.ndarray
    """(paths, words): how well each word is answered by the path so far."""


@dataclass(frozen=True, slots=True)
class Found:
    """Entities in order of their score, each with the best chain of facts that leads to it."""

    entities: list[int]
    scores: list[float]
    chains: list[list[int]]
    """Rows, from the named entity to the one found."""


class Walk:
    """One question's walk over the links.

    `until` (rows,) is infinite for facts that are believed, `confidence` (rows,) weighs them;
    `similarity` (words, relations), within 0 to 1, says which word asks for which relation.
    """

    def __init__(
        self,
        links: Links,
        until: np.ndarray,
        confidence: np.ndarray,
        similarity: np.ndarray,
    ) -> None:
        self._links = links
        self._until = until
        self._confidence = confidence
        self._similarity = similarity
        best = similarity.max(axis=0, initial=0.0)
        self._weight = EPSILON + best
        self._needed = float(similarity.max(axis=1, initial=0.0).sum())

    def find(self, seeds: Mapping[int, float], limit: int) -> Found:
        """The first `limit` entities reached from the weighted `seeds` (entity -> weight)."""
        history = [self._start(seeds)]
        for _ in range(STEPS):
            history.append(self._step(history[-1]))
        return self._ranked(history[1:], history, limit)

    def _start(self, seeds: Mapping[int, float]) -> Steps:
        entity = np.fromiter(seeds, np.int32, len(seeds))
        nowhere = np.full(len(seeds), -1, np.int32)
        return Steps(
            entity,
            previous=nowhere,
            origin=entity,
            row=nowhere,
            parent=nowhere,
            path=np.zeros(len(seeds), np.int64),
            mass=np.fromiter(seeds.values(), np.float64, len(seeds)),
            covered=np.zeros((1, len(self._similarity)), np.float32),
        )

    def _step(self, last: Steps) -> Steps:
        ahead = np.arange(len(last.entity))
        if len(ahead) > FRONTIER:
            ahead = np.argpartition(-last.mass, FRONTIER)[:FRONTIER]
        parts = [self._followed(last, ahead, table) for table in self._links.tables]
        target, row, parent, way, mass = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        if len(target) > LINKS:
            kept = np.argpartition(-mass, LINKS)[:LINKS]
            target, row, parent, way, mass = (a[kept] for a in (target, row, parent, way, mass))
        kinds = len(self._weight) * 2
        taken, path = np.unique(last.path[parent] * kinds + way, return_inverse=True)
        relation = taken % kinds >> 1
        covered = np.maximum(last.covered[taken // kinds], self._similarity[:, relation].T)
        return Steps(
            target, last.entity[parent], last.origin[parent], row, parent, path, mass, covered
        )

    def _followed(self, last: Steps, ahead: np.ndarray, table: Groups) -> tuple[np.ndarray, ...]:
        """Targets, rows, parents, ways and masses of the heaviest links from `ahead`."""
        parent, group = table.of(last.entity[ahead])
        parent = ahead[parent]
        share = last.mass[parent] * self._weight[table.way[group] >> 1] / table.size[group]
        count = table.bounds[group + 1] - table.bounds[group]
        parent, group, share, count = _heaviest(parent, group, share, count)
        owner, link = ranges(table.bounds[group], count)
        parent, share = parent[owner], share[owner]
        target, row = table.target[link], table.row[link]
        open_ = _is_ahead(last, parent, row, target) & np.isposinf(self._until[row])
        return (
            target[open_],
            row[open_],
            parent[open_],
            table.way[group][owner][open_].astype(np.int64),
            share[open_] * self._confidence[row[open_]],
        )

    def _ranked(self, steps: list[Steps], history: list[Steps], limit: int) -> Found:
        weights = [self._weighed(step) * DAMPING**n for n, step in enumerate(steps)]
        weight = np.concatenate(weights)
        entity = np.concatenate([step.entity for step in steps])
        found, which = np.unique(entity, return_inverse=True)
        score = np.bincount(which, weight, len(found))
        first = np.argsort(-score, kind="stable")[:limit]
        best = _best_of_each(which, weight, len(found))
        offsets = np.cumsum([0, *(len(step.entity) for step in steps)])
        last = best[first]
        step = np.searchsorted(offsets, last, side="right") - 1
        ends = zip(step.tolist(), (last - offsets[step]).tolist(), strict=True)
        chains = [_chain(history, at, link) for at, link in ends]
        return Found(found[first].tolist(), score[first].tolist(), chains)

    def _weighed(self, step: Steps) -> np.ndarray:
        if not self._needed:
            return step.mass
        coverage = step.covered.sum(axis=1) / self._needed
        return step.mass * np.exp(COVERAGE * coverage)[step.path]


def _is_ahead(last: Steps, parent: np.ndarray, row: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Whether links lead on: not back by the same fact, nor to the entity before, nor the first."""
    back = (row == last.row[parent]) | (target == last.previous[parent])
    return ~back & (target != last.origin[parent])


def _heaviest(
    parent: np.ndarray, group: np.ndarray, share: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Groups in order of the weight of one of their links, until they hold `LINKS` links."""
    if count.sum() <= LINKS:
        return parent, group, share, count
    order = np.argsort(-share, kind="stable")
    before = np.cumsum(count[order]) - count[order]
    order = order[before < LINKS]
    count = np.minimum(count[order], LINKS - before[: len(order)])
    return parent[order], group[order], share[order], count


def _best_of_each(which: np.ndarray, weight: np.ndarray, kinds: int) -> np.ndarray:
    """For each kind the index of its heaviest element."""
    best = np.empty(kinds, np.int64)
    order = np.argsort(weight, kind="stable")
    best[which[order]] = order
    return best


def _chain(history: list[Steps], step: int, link: int) -> list[int]:
    """The rows that led to a link of a step."""
    rows = []
    for taken in reversed(history[1 : step + 2]):
        rows.append(int(taken.row[link]))
        link = int(taken.parent[link])
    return rows[::-1]
