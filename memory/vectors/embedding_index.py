"""Texts by their meaning: each is embedded once, its vector is kept in the store and compared here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from ...core.errors import InvalidConfig, StoreFailed
from .vector_index import VectorIndex
from .vector_store import StoredVector, VectorStore, is_whole, packed, text_digest, unpacked

if TYPE_CHECKING:
    from .embedder import Embedder

EMBEDDED: Final = 256
"""Texts given to the embedder at a time."""
EMBEDDED_CHARACTERS: Final = 8_000
"""Characters of a text that are embedded."""
LOOKED_UP: Final = 5_000
"""Texts whose vectors are asked of the store at a time."""
SAVED: Final = 2_048
"""New vectors that are written to the store together: so many are embedded again after a crash."""

_log = logging.getLogger(__name__)


class EmbeddingIndex:
    """The vectors of one kind of items. What is put in waits until `settle`."""

    def __init__(self, kind: str, embedder: Embedder, store: VectorStore | None) -> None:
        self._kind = kind
        self._embedder = embedder
        self._store = store
        self._vectors = VectorIndex()
        self._waiting: dict[str, str] = {}
        self._told = False

    def __len__(self) -> int:
        return len(self._vectors)

    def put(self, key: str, text: str) -> None:
        """Add a text, or replace the one of that key."""
        self._waiting[key] = text[:EMBEDDED_CHARACTERS]

    def remove(self, key: str) -> None:
        """Take a text out; an unknown key is no error."""
        self._vectors.remove(key)
        self._waiting.pop(key, None)

    def clear(self) -> None:
        """Forget everything that is in this process."""
        self._vectors.clear()
        self._waiting.clear()

    def search(self, vector: np.ndarray, limit: int) -> list[tuple[str, float]]:
        """Keys and cosines of the nearest, nearest first."""
        return self._vectors.search(vector, limit)

    async def settle(self) -> None:
        """Have the vector of every text that waits: from the store, else from the embedder.

        Raises the embedder's errors; what it made until then is kept.
        """
        while self._waiting:
            part = dict(islice(self._waiting.items(), LOOKED_UP))
            missing = await self._recalled(part)
            await self._made({key: part[key] for key in missing})

    async def _recalled(self, texts: dict[str, str]) -> list[str]:
        """Take the vectors that are kept; the keys of the texts that have none."""
        if self._store is None:
            return list(texts)
        own = self._embedder.name
        rows = await self._store.read(self._kind, list(texts))
        right = [r for r in rows if r.embedder == own and r.text == text_digest(texts[r.key])]
        right = [row for row in right if is_whole(row)]
        right = [row for row in right if len(row.vector) == len(right[0].vector)]
        self._tell({str(row.embedder) for row in rows} - {own})
        if right:
            self._take([row.key for row in right], texts, unpacked(right))
        found = {row.key for row in right}
        return [key for key in texts if key not in found]

    def _tell(self, others: set[str]) -> None:
        if others and not self._told:
            self._told = True
            _log.warning(
                "the vectors of %s are of the embedder %s: they are made again by %s",
                self._kind,
                ", ".join(map(repr, sorted(others))),
                repr(self._embedder.name),
            )

    async def _made(self, texts: dict[str, str]) -> None:
        """Embed these texts, and keep their vectors."""
        unsaved: list[StoredVector] = []
        try:
            keys = list(texts)
            for start in range(0, len(keys), EMBEDDED):
                part = keys[start : start + EMBEDDED]
                vectors = await self._embedded([texts[key] for key in part])
                kept = self._take(part, texts, vectors)
                unsaved += self._rows([part[i] for i in kept], texts, vectors[kept])
                if len(unsaved) >= SAVED:
                    await self._save(unsaved)
                    unsaved = []
        finally:
            await self._save(unsaved)

    async def _embedded(self, texts: list[str]) -> np.ndarray:
        vectors = np.asarray(await self._embedder.embed(texts), np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            name = self._embedder.name
            raise InvalidConfig(
                f"the embedder {name!r} gave {vectors.shape} numbers for {len(texts)} texts"
            )
        return vectors

    def _take(self, keys: Sequence[str], texts: dict[str, str], vectors: np.ndarray) -> list[int]:
        """Index vectors; a text that was replaced or removed meanwhile is not this one's any more.

        Returns the places of those that were taken.
        """
        kept = [i for i, key in enumerate(keys) if self._waiting.get(key) == texts[key]]
        self._vectors.put([keys[i] for i in kept], vectors[kept])
        for i in kept:
            del self._waiting[keys[i]]
        return kept

    def _rows(
        self, keys: Sequence[str], texts: dict[str, str], vectors: np.ndarray
    ) -> list[StoredVector]:
        name = self._embedder.name
        return [
            StoredVector(key, name, text_digest(texts[key]), vector)
            for key, vector in zip(keys, packed(vectors), strict=True)
        ]

    async def _save(self, rows: list[StoredVector]) -> None:
        """Recall goes on where vectors cannot be written: only the next opening is slower."""
        if not rows or self._store is None:
            return
        try:
            await self._store.write(self._kind, rows)
        except StoreFailed as failure:
            _log.warning("the vectors of %s were not kept: %s", self._kind, failure)
