"""Vectors kept beside the items, so that each text is embedded once and not at every opening.

A vector belongs to one item of one namespace: it goes when the item goes. It says which embedder
made it of which text; where either is another now, it is no longer the item's and is made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np


class StoredVector(NamedTuple):
    """One vector as it is kept: `text` is a 63-bit digest of the text, `vector` float16 bytes."""

    key: str
    embedder: str
    text: int
    vector: bytes


class VectorStore(Protocol):
    """The vectors of one namespace."""

    async def read(self, kind: str, keys: Sequence[str]) -> list[StoredVector]:
        """What is kept of these items, in any order."""
        ...

    async def write(self, kind: str, rows: Sequence[StoredVector]) -> None:
        """Keep vectors, in place of others of the same items; those of items that are gone are not
        kept. Returns when they are durable."""
        ...


def text_digest(text: str) -> int:
    """A number for a text that fits any database's integer."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def is_whole(row: StoredVector) -> bool:
    """Whether a vector is one; what a damaged store holds is made again."""
    vector = row.vector
    if not isinstance(vector, bytes) or not vector or len(vector) % 2:
        return False
    return bool(np.isfinite(np.frombuffer(vector, "<f2")).all())


def packed(vectors: np.ndarray) -> list[bytes]:
    """Vectors, (count, dimensions), as float16; their lengths are set to 1, so that none overflows."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    halves = (vectors / np.where(lengths > 0.0, lengths, 1.0)).astype("<f2")
    return [half.tobytes() for half in halves]


def unpacked(rows: Sequence[StoredVector]) -> np.ndarray:
    """Rows of equal dimension as float32, (rows, dimensions)."""
    numbers = np.frombuffer(b"".join(row.vector for row in rows), "<f2")
    return numbers.reshape(len(rows), -1).astype(np.float32)
