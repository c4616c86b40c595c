"""Which facts touch a node: sorted arrays for most, a small overlay for the newest.

A compressed sparse row table answers in O(degree). Rows added since it was built go into the
overlay; when they are a quarter as many as the table's, it is built anew. Both happen at the next
look-up, so a row more costs nothing when it is added and a constant over time.
"""

from __future__ import annotations

import numpy as np

from .column import Column

_OVERLAY_LEAST = 4_096


class Adjacency:
    """For each node the rows whose subject or object it is (a self-reference counts once)."""

    def __init__(self, subject: Column, object_: Column) -> None:
        self._subject, self._object = subject, object_
        self._sorted = 0
        self._known = 0
        self._starts = np.zeros(1, np.int64)
        self._rows = np.empty(0, np.int32)
        self._overlay: dict[int, list[int]] = {}

    def incident(self, node: int) -> np.ndarray:
        """The rows that touch `node`, int32, oldest first."""
        self._catch_up()
        inside = node + 1 < len(self._starts)
        base = self._rows[self._starts[node] : self._starts[node + 1]] if inside else self._rows[:0]
        recent = self._overlay.get(node)
        return np.concatenate([base, np.array(recent, np.int32)]) if recent else base

    def _catch_up(self) -> None:
        if len(self._subject) - self._sorted > max(_OVERLAY_LEAST, self._sorted // 4):
            self._sort()
        for row in range(self._known, len(self._subject)):
            for node in {int(self._subject.array[row]), int(self._object.array[row])}:
                self._overlay.setdefault(node, []).append(row)
        self._known = len(self._subject)

    def _sort(self) -> None:
        subject, object_ = self._subject.array, self._object.array
        rows = np.arange(len(subject), dtype=np.int32)
        other = object_ != subject
        nodes = np.concatenate([subject, object_[other]])
        rows = np.concatenate([rows, rows[other]])
        order = np.lexsort((rows, nodes))
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(nodes))])
        self._rows = rows[order]
        self._sorted = self._known = len(subject)
        self._overlay = {}
