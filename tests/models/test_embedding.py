"""Vectors over both paths, in the order of the texts whatever order they come in."""

from __future__ import annotations

import numpy as np
import pytest

from metathink.core.errors import EndpointUnreachable, UnknownModel
from metathink.models.embedding import BATCH, EmbeddingModel
from tests.server import FakeServer

TEXTS = ["a", "two words", "now three words"]
VECTORS = [[1, 1], [9, 2], [15, 3]]


async def test_a_local_server_is_reached_over_the_wire(server: FakeServer) -> None:
    assert (await EmbeddingModel(server.model).embed(TEXTS)).tolist() == VECTORS


@pytest.mark.filterwarnings("ignore")  # litellm warns of its own schemas
async def test_litellm_gives_the_same_vectors(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_VLLM_API_BASE", server.base)
    vectors = await EmbeddingModel("hosted_vllm/fake").embed(TEXTS)
    assert vectors.tolist() == VECTORS


async def test_many_texts_go_in_several_requests(server: FakeServer) -> None:
    vectors = await EmbeddingModel(server.model).embed(["x" * (i % 7) for i in range(BATCH + 10)])
    assert vectors.shape == (BATCH + 10, 2)
    assert [len(body["input"]) for body in server.bodies] == [BATCH, 10]
    assert np.array_equal(vectors[:, 0], [i % 7 for i in range(BATCH + 10)])


async def test_faults_are_typed() -> None:
    with pytest.raises(EndpointUnreachable):
        await EmbeddingModel("http://127.0.0.1:9/v1#m").embed(TEXTS)
    with pytest.raises(UnknownModel):
        await EmbeddingModel("nobody-embeds-this").embed(TEXTS)
