"""The facts as links to walk along: from each entity, by relation and direction, to others.

Links are grouped by (entity, relation, direction), so that a walk weighs a relation once for all
the links it stands for and a hub's thousand links cost nothing until one of them is worth taking.
Rows added since the table was built wait in a second, small one; it joins the first when it has
grown to an eighth of it, which keeps the cost of one more fact constant.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_RECENT_LEAST: Final = 4_096


class Groups:
    """Links sorted by entity, relation and direction (2 x relation, + 1 when walked backwards)."""

    def __init__(self, subject: np.ndarray, relation: np.ndarray, object_: np.ndarray, first: int):
        rows = np.arange(first, first + len(subject), dtype=np.int32)
        source = np.concatenate([subject, object_])
        way = np.concatenate([2 * relation, 2 * relation + 1])
        key = source.astype(np.int64) << 32 | way
        order = np.argsort(key, kind="stable")
        key = key[order]
        starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else key
        self.target = np.concatenate([object_, subject])[order].astype(np.int32)
        self.row = np.concatenate([rows, rows])[order]
        self.key = key[starts]
        self.way = (self.key & 0xFFFFFFFF).astype(np.int32)
        self.bounds = np.append(starts, len(key))
        self.size = np.diff(self.bounds)
        """Links of each group, those of the other table included."""

    def of(self, entities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The groups that start at these entities: (index into `entities`, group) pairs."""
        wanted = entities.astype(np.int64) << 32
        first = np.searchsorted(self.key, wanted)
        last = np.searchsorted(self.key, wanted + (1 << 32))
        return ranges(first, last - first)


class Links:
    """All links between entities, numbered as the rows of the facts they come from."""

    def __init__(self) -> None:
        nothing = np.empty(0, np.int32)
        self._old = self._recent = Groups(nothing, nothing, nothing, 0)
        self._root = nothing
        self._rows = 0
        self._built = 0

    @property
    def tables(self) -> tuple[Groups, Groups]:
        """The large table and the small one of recent links; sizes in either count both."""
        return self._old, self._recent

    def update(
        self, subject: np.ndarray, relation: np.ndarray, object_: np.ndarray, root: np.ndarray
    ) -> None:
        """Take in the columns as they are now: (rows,) nodes and relations, (nodes,) roots."""
        renamed = not np.array_equal(root[: len(self._root)], self._root)
        if len(subject) == self._rows and not renamed:
            return
        if renamed or len(subject) - self._built > max(_RECENT_LEAST, self._built // 8):
            self._old = Groups(root[subject], relation, root[object_], 0)
            self._built = len(subject)
        first = self._built
        self._recent = Groups(root[subject[first:]], relation[first:], root[object_[first:]], first)
        self._share_sizes()
        self._root, self._rows = root.copy(), len(subject)

    def _share_sizes(self) -> None:
        old, recent = self._old, self._recent
        old.size = np.diff(old.bounds)
        at = np.searchsorted(old.key, recent.key)
        both = at < len(old.key)
        both[both] = old.key[at[both]] == recent.key[both]
        recent.size[both] += old.size[at[both]]
        old.size[at[both]] = recent.size[both]


def ranges(first: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each i the numbers `first[i]` to `first[i] + count[i] - 1`, as (i, number) pairs."""
    owner = np.repeat(np.arange(len(first)), count)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return owner, first[owner] + offset
