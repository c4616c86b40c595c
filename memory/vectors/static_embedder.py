"""Static embeddings through model2vec (MIT): a stored vector for each token, averaged; no torch
(Tulkens & van Dongen, Model2Vec, 2024).

`pip install 'metathink[vectors]'`. A model is a folder, or a name at the Hugging Face Hub, from which it is
fetched once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import InvalidConfig, MissingExtra

if TYPE_CHECKING:
    from model2vec import StaticModel


class StaticEmbedder:
    """An `Embedder` over a model of model2vec.

    `model` is its folder or its name at the Hub. At its first use `embed` raises MissingExtra
    where model2vec is not installed, InvalidConfig where the model cannot be loaded.
    """

    def __init__(self, model: str) -> None:
        self._path = model
        self.name = f"model2vec:{model}"

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text, (texts, dimensions), computed on a thread."""
        return await asyncio.to_thread(self._encoded, list(texts))

    def _encoded(self, texts: list[str]) -> np.ndarray:
        return np.asarray(self._model.encode(texts, use_multiprocessing=False), np.float32)

    @cached_property
    def _model(self) -> StaticModel:
        try:
            from model2vec import StaticModel
        except ImportError as missing:
            raise MissingExtra("pip install 'metathink[vectors]'") from missing
        try:
            return StaticModel.from_pretrained(self._path, force_download=False)
        except (OSError, ValueError, KeyError) as error:
            raise InvalidConfig(f"model2vec cannot load {self._path!r}: {error}") from error
