"""Shortest chains of facts between two entities: MindMap's path evidence (arXiv 2308.09729).

MindMap asks for paths of at most 5 facts between entities named in the question, 5 for each pair.
Searched from both ends at once, a level at a time, the smaller side first; a level follows at most
`LINKS` links, so that a hub cannot make it slow (then a path through it may be missed).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..graph.links import Links, ranges

LONGEST: Final = 5
"""Facts of the longest path that is looked for (MindMap)."""
PATHS: Final = 5
"""Paths for each pair of entities (MindMap)."""
LINKS: Final = 20_000

Reached = dict[int, tuple[int, int]]
"""Entity -> (the entity before it, the row of the fact between); (-1, -1) at the start."""


def shortest_paths(links: Links, until: np.ndarray, start: int, end: int) -> list[list[int]]:
    """Up to `PATHS` shortest paths from `start` to `end`, each as rows of believed facts."""
    sides: list[Reached] = [{start: (-1, -1)}, {end: (-1, -1)}]
    edges = [[start], [end]]
    for _ in range(LONGEST):
        side = 0 if len(edges[0]) <= len(edges[1]) else 1
        edges[side] = _advanced(links, until, sides[side], edges[side])
        meeting = [entity for entity in edges[side] if entity in sides[1 - side]]
        if meeting:
            return [_joined(sides[0], sides[1], entity) for entity in meeting[:PATHS]]
    return []


def _advanced(links: Links, until: np.ndarray, reached: Reached, edge: list[int]) -> list[int]:
    """One level further: the entities not reached before."""
    fresh = []
    for table in links.tables:
        before, group = table.of(np.array(edge, np.int32))
        count = table.bounds[group + 1] - table.bounds[group]
        owner, link = ranges(table.bounds[group], count)
        owner, link = owner[:LINKS], link[:LINKS]
        rows, targets = table.row[link], table.target[link]
        held = np.isposinf(until[rows])
        came = np.array(edge, np.int32)[before[owner[held]]]
        columns = (targets[held].tolist(), came.tolist(), rows[held].tolist())
        for target, source, row in zip(*columns, strict=True):
            if target not in reached:
                reached[target] = (source, row)
                fresh.append(target)
    return fresh


def _joined(ahead: Reached, behind: Reached, meeting: int) -> list[int]:
    return _back(ahead, meeting)[::-1] + _back(behind, meeting)


def _back(reached: Reached, entity: int) -> list[int]:
    rows = []
    while reached[entity][0] >= 0:
        entity, row = reached[entity]
        rows.append(row)
    return rows
