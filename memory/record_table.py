"""All records of one kind, as they are stored; the plainest `Index`."""

from __future__ import annotations

from collections.abc import Sequence

from .change import Change, Value


class RecordTable:
    """Key to record, oldest first. `version` grows with every change."""

    def __init__(self, kind: str) -> None:
        self.kinds = frozenset({kind})
        self.records: dict[str, Value] = {}
        self.version = 0

    def clear(self) -> None:
        """Forget everything."""
        self.records.clear()
        self.version += 1

    def apply(self, changes: Sequence[Change]) -> None:
        """Take stored records in."""
        for change in changes:
            if change.value is None:
                self.records.pop(change.key, None)
            else:
                self.records[change.key] = change.value
        self.version += 1
