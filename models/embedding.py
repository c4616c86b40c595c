"""Vectors of texts: hosted embedding models through litellm, local servers over the wire."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core.errors import EndpointFailed, UnknownModel
from .endpoints.wire import WireEndpoint
from .pool import connections
from .replies.wire_format import well_formed
from .retry import with_retries

if TYPE_CHECKING:
    import numpy as np

BATCH = 256
"""Texts of one request; OpenAI's own limit is 2,048, local servers take less."""


@dataclass(frozen=True)
class EmbeddingModel:
    """A model that turns texts into vectors; `name` is the string that opens it.

    `http://HOST:PORT/v1#MODEL` is reached over the wire, anything else through litellm.
    """

    name: str

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text: float32 (texts, dimensions), in the texts' order.

        Raises the endpoint's errors after retries, UnknownModel for a string nobody serves.
        """
        import numpy as np

        vectors: list[list[float]] = []
        async with connections():
            for begin in range(0, len(texts), BATCH):
                part = list(texts[begin : begin + BATCH])
                vectors += await with_retries(partial(self._asked, part), lambda: None)
        return np.array(vectors, np.float32) if vectors else np.empty((0, 0), np.float32)

    async def _asked(self, texts: list[str]) -> list[list[float]]:
        if self.name.startswith(("http://", "https://")):
            base, _, model = self.name.partition("#")
            endpoint = WireEndpoint(
                base.rstrip("/"), model, os.environ.get("METATHINK_API_KEY", "")
            )
            reply = await endpoint.embeddings(texts)
        else:
            reply = await _hosted(self.name, texts)
        with well_formed(self.name):
            return _vectors(reply, len(texts), self.name)


async def _hosted(name: str, texts: list[str]) -> dict[str, Any]:
    from .endpoints.hosted import embeddings, knows

    if not knows(name):
        raise UnknownModel(f"nobody serves embeddings as {name!r}")
    return await embeddings(name, texts)


def _vectors(reply: dict[str, Any], count: int, name: str) -> list[list[float]]:
    """The vectors in the order of the texts, whatever order they came in."""
    data: list[dict[str, Any]] = reply.get("data") or []
    vectors: dict[int, Any] = {
        item.get("index", place): item.get("embedding") for place, item in enumerate(data)
    }
    if sorted(vectors) != list(range(count)) or not all(vectors.values()):
        raise EndpointFailed(f"{name} sent {len(vectors)} vectors for {count} texts")
    return [vectors[place] for place in range(count)]
