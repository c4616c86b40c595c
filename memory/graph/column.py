"""A numpy array that grows: appending costs the same at any length (amortised)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Column:
    """Numbers of one type, one after the other; `array` is a view of them, not a copy."""

    __slots__ = ("_buffer", "_length")

    def __init__(self, dtype: Any) -> None:
        self._buffer = np.empty(16, dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def array(self) -> np.ndarray:
        """The values so far. The view goes stale at the next `append`: take it anew."""
        return self._buffer[: self._length]

    def append(self, value: Any) -> None:
        """Add one value."""
        if self._length == len(self._buffer):
            grown = np.empty(2 * self._length, self._buffer.dtype)
            grown[: self._length] = self._buffer
            self._buffer = grown
        self._buffer[self._length] = value
        self._length += 1

    def extend(self, values: Sequence[Any]) -> None:
        """Add many values."""
        end = self._length + len(values)
        if end > len(self._buffer):
            grown = np.empty(max(end, 2 * self._length), self._buffer.dtype)
            grown[: self._length] = self._buffer[: self._length]
            self._buffer = grown
        self._buffer[self._length : end] = values
        self._length = end
