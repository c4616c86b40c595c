"""Embeddings by a model of model2vec: a small real one, made here and read from its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from metathink.core.errors import InvalidConfig
from metathink.memory import open_memory
from metathink.memory.open import embedder_of

model2vec = pytest.importorskip("model2vec")

VECTORS = {"[UNK]": (0, 0), "[PAD]": (0, 0), "cat": (1, 0), "kitten": (0.9, 0.1), "lorry": (0, 1)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenizer = Tokenizer(
        WordLevel({word: index for index, word in enumerate(VECTORS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = Whitespace()
    vectors = np.array(list(VECTORS.values()), np.float32)
    model = model2vec.StaticModel(vectors=vectors, tokenizer=tokenizer, normalize=True)
    model.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


async def test_texts_that_mean_alike_lie_near(folder: Path) -> None:
    embedder = embedder_of(f"model2vec:{folder}")
    cat, kitten, lorry = await embedder.embed(["cat", "kitten", "lorry"])
    assert cat @ kitten > 0.9 > 0.1 > cat @ lorry


async def test_recall_goes_by_meaning(folder: Path, tmp_path: Path) -> None:
    async with open_memory(tmp_path / "m.db", embedder=f"model2vec:{folder}") as memory:
        for text in ("kitten", "lorry"):
            await memory.remember(text, "notes")
        found = await memory.recall("cat", recipe="documents")
    assert [item.text for item in found] == ["kitten"] and "cosine" in found[0].why


async def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="cannot load"):
        await embedder_of(f"model2vec:{tmp_path / 'none'}").embed(["cat"])
