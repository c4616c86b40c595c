"""Texts by their meaning: the nearest vectors by cosine.

Vectors are held as 8-bit numbers with a scale each, and a few are compared one by one. Many are told
apart by sketches first: on which side of 512 random planes a vector lies, one bit each (Charikar, STOC
2002; the planes are random signs followed by a Fourier transform, as in Ailon & Chazelle, SIAM J.
Comput. 2009). The more bits two vectors share, the smaller is the angle between them: a search counts
them for all, which reads a sixth of what the vectors take, and compares those that share most. One
more vector costs the same at any size, and numpy is enough. Cells around centres (an inverted file) and
a graph of neighbours (HNSW) were tried before (docs/log).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from ...core.errors import InvalidConfig

COMPARED: Final = 1_500
"""Up to so many vectors are all compared; of more, those with the nearest sketches, so many at least."""
SHARE: Final = 1 / 100
"""The share of all vectors that is compared where that is more."""
SKETCH: Final = 512
"""Bits of a sketch: 64 bytes a vector."""
_WORD: Final = 64
_SUMMED: Final = 3  # words whose differing bits a byte can count
_BLOCK: Final = 512  # vectors and
_SKETCHES: Final = 32_768  # sketches at a time: what is made of them stays in the cache


class VectorIndex:
    """Keyed vectors of one dimension; they are normalised, so that scores are cosines."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Take everything out."""
        self._rows: dict[str, int] = {}
        self._keys: list[str] = []
        self._codes = np.empty((0, 0), np.int8)
        self._scale = np.empty(0, np.float32)
        self._sketches = np.empty((SKETCH // _WORD, 0), np.uint64)
        self._centre: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def put(self, keys: Sequence[str], vectors: np.ndarray) -> None:
        """Add vectors, (keys, dimensions), or replace those of known keys.

        Raises InvalidConfig for another dimension than the vectors before had.
        """
        if not len(keys):
            return
        self._reserve(len(self._keys) + len(keys), vectors.shape[1])
        rows = [self._row(key) for key in keys]
        unit = _normalised(vectors)
        self._codes[rows], self._scale[rows] = _coded(unit)
        if self._centre is not None:
            self._sketches[:, rows] = _sketched(unit - self._centre)
        elif len(self._keys) > COMPARED:
            self._sketch_all()

    def _sketch_all(self) -> None:
        """Sketch what there is, and find where the planes should meet.

        Vectors of many embedders all lie in one direction from the origin: planes through their mean
        tell them apart better. It is found once: that direction is the embedder's, not the texts'.
        """
        count = len(self._keys)
        unit = self._codes[:count] * self._scale[:count, None]
        self._centre = centre = unit.mean(axis=0)
        self._sketches[:, :count] = _sketched(unit - centre)

    def _row(self, key: str) -> int:
        row = self._rows.setdefault(key, len(self._keys))
        if row == len(self._keys):
            self._keys.append(key)
        return row

    def remove(self, key: str) -> None:
        """Take a vector out, the last one takes its place; an unknown key is no error."""
        row = self._rows.pop(key, None)
        if row is None:
            return
        end, last = len(self._keys) - 1, self._keys.pop()
        if last != key:
            self._keys[row], self._rows[last] = last, row
            self._codes[row], self._scale[row] = self._codes[end], self._scale[end]
            self._sketches[:, row] = self._sketches[:, end]

    def search(self, vector: np.ndarray, limit: int) -> list[tuple[str, float]]:
        """Keys and cosines of the nearest `limit`, nearest first; only those above zero.

        Raises InvalidConfig for another dimension than the vectors have.
        """
        if not self._keys:
            return []
        self._require(vector.size)
        unit = _normalised(vector.reshape(1, -1))
        rows = self._near(unit)
        cosines = self._cosines(rows, unit[0])
        limit = min(limit, len(cosines))
        nearest = np.argpartition(-cosines, limit - 1)[:limit]
        nearest = nearest[np.argsort(-cosines[nearest], kind="stable")]
        found = zip(rows[nearest].tolist(), cosines[nearest].tolist(), strict=True)
        return [(self._keys[row], cosine) for row, cosine in found if cosine > 0.0]

    def _near(self, unit: np.ndarray) -> np.ndarray:
        """The rows that are compared: all, or those whose sketches are nearest to that of `unit`."""
        count = len(self._keys)
        if self._centre is None or count <= COMPARED:
            return np.arange(count)
        apart = self._bits_apart(_sketched(unit - self._centre)[:, 0])
        within = np.cumsum(np.bincount(apart))
        return np.flatnonzero(apart <= np.searchsorted(within, max(COMPARED, count * SHARE)))

    def _bits_apart(self, sketch: np.ndarray) -> np.ndarray:
        """In how many bits each vector's sketch differs from this one, (vectors,)."""
        count = len(self._keys)
        apart = np.zeros(count, np.uint16)
        for start in range(0, count, _SKETCHES):
            block = apart[start : start + _SKETCHES]
            end = start + len(block)
            for word in range(0, len(sketch), _SUMMED):
                some = slice(word, word + _SUMMED)
                pairs = zip(self._sketches[some, start:end], sketch[some], strict=True)
                first, *others = (np.bitwise_count(bits ^ asked) for bits, asked in pairs)
                block += sum(others, first)
        return apart

    def _cosines(self, rows: np.ndarray, unit: np.ndarray) -> np.ndarray:
        blocks = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
        products = [self._codes.take(block, axis=0).astype(np.float32) @ unit for block in blocks]
        return np.concatenate(products) * self._scale[rows]

    def _require(self, dimensions: int) -> None:
        if self._codes.shape[1] != dimensions:
            raise InvalidConfig(
                f"the embedder gives {dimensions} numbers, and gave {self._codes.shape[1]} before: "
                "give it another name, and the vectors are made again"
            )

    def _reserve(self, count: int, dimensions: int) -> None:
        """Room for `count` vectors; what there is doubles when it grows."""
        held = len(self._keys)
        if not held:
            self._codes = np.empty((0, dimensions), np.int8)
            self._centre = None
        else:
            self._require(dimensions)
        if count <= len(self._codes):
            return
        room = max(count, 2 * len(self._codes))
        codes, scale = np.zeros((room, dimensions), np.int8), np.zeros(room, np.float32)
        sketches = np.zeros((len(self._sketches), room), np.uint64)
        codes[:held], scale[:held] = self._codes[:held], self._scale[:held]
        sketches[:, :held] = self._sketches[:, :held]
        self._codes, self._scale, self._sketches = codes, scale, sketches


def _coded(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors as 8-bit numbers, (vectors, dimensions), and what 1 stands for in each."""
    scale = np.abs(unit).max(axis=1) / 127
    codes = np.rint(unit / np.where(scale > 0.0, scale, 1.0)[:, None])
    return codes.astype(np.int8), scale


def _sketched(vectors: np.ndarray) -> np.ndarray:
    """The sketches of vectors from where the planes meet, (words, vectors)."""
    dimensions = vectors.shape[1]
    length, signs = max(SKETCH, dimensions + dimensions % 2), _signs(dimensions)
    packed = np.empty((len(vectors), SKETCH // 8), np.uint8)
    for start in range(0, len(vectors), _BLOCK):
        waves = np.fft.rfft(vectors[start : start + _BLOCK] * signs, length)
        # The real and the imaginary part give two numbers for each frequency (Hartley's transform).
        sides = waves.real - waves.imag, (waves.real + waves.imag)[:, 1:-1]
        packed[start : start + _BLOCK] = np.packbits(
            np.concatenate(sides, axis=1)[:, :SKETCH] > 0.0, axis=1
        )
    return packed.view(np.uint64).T


@cache
def _signs(dimensions: int) -> np.ndarray:
    """The same random signs at every opening."""
    return np.random.default_rng(0).choice(np.array([-1.0, 1.0], np.float32), dimensions)


def _normalised(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0.0, lengths, 1.0)
