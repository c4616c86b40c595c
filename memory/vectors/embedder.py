"""What turns texts into vectors for recall; without one, recall goes by words and by the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np


@runtime_checkable
class Embedder(Protocol):
    """A model whose vectors lie near each other when texts mean alike.

    `name` says which model it is: vectors of one are never compared with another's.
    """

    @property
    def name(self) -> str: ...

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text, a float array (texts, dimensions); lengths do not matter."""
        ...
