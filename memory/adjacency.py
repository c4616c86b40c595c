"""Which facts touch a node: sorted arrays for most, a small overlay for the newest.

A compressed sparse row table answers in O(degree). Rows added since it was built wait in the
overlay; when they are a quarter as many as the table's, it is built anew at the next look-up, which
makes the cost of one more row constant over time.
"""

from __future__ import annotations

import numpy as np

from .column import Column

_OVERLAY_LEAST = 4_096


class Adjacency:
    """For each node the rows whose subject or object it is (a self-reference counts once)."""

    def __init__(self, subject: Column, object_: Column) -> None:
        self._subject, self._object = subject, object_
        self._indexed = 0
        self._starts = np.zeros(1, np.int64)
        self._rows = np.empty(0, np.int32)
        self._overlay: dict[int, list[int]] = {}

    def added(self, row: int, subject: int, object_: int) -> None:
        """Take in a new row."""
        self._overlay.setdefault(subject, []).append(row)
        if object_ != subject:
            self._overlay.setdefault(object_, []).append(row)

    def incident(self, node: int) -> np.ndarray:
        """The rows that touch `node`, int32, oldest first."""
        if len(self._subject) - self._indexed > max(_OVERLAY_LEAST, self._indexed // 4):
            self._rebuild()
        inside = node + 1 < len(self._starts)
        base = self._rows[self._starts[node] : self._starts[node + 1]] if inside else self._rows[:0]
        recent = self._overlay.get(node)
        return np.concatenate([base, np.array(recent, np.int32)]) if recent else base

    def _rebuild(self) -> None:
        subject, object_ = self._subject.array, self._object.array
        rows = np.arange(len(subject), dtype=np.int32)
        other = object_ != subject
        nodes = np.concatenate([subject, object_[other]])
        rows = np.concatenate([rows, rows[other]])
        order = np.lexsort((rows, nodes))
        counts = np.bincount(nodes)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._rows = rows[order]
        self._indexed = len(subject)
        self._overlay = {}
