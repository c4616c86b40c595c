"""The tokenizer keeps digits and signs apart, loses nothing, and can grow without changing old
ids."""

import pytest

pytest.importorskip("tokenizers", reason="the training extra is not installed")

from hypothesis import given
from hypothesis import strategies as st

from metathink.training.embedded import tokenizer as tokens

TEXTS = ["Take 12 steps. ((-1 + 2) * [3]) Anna has a green_crate.\nAnna entered."] * 5
SMALL = tokens.learn(TEXTS, 330)


@given(st.text())
def test_any_text_survives(text: str) -> None:
    assert SMALL.decode(SMALL.encode(text).ids, skip_special_tokens=False) == text


def test_digits_and_signs_stand_alone() -> None:
    said = SMALL.encode("((-12 + 345").tokens
    assert [token.replace("Ġ", "") for token in said if token != "Ġ"] == [*"((-12+345"]


def test_words_of_the_texts_become_one_token() -> None:
    large = tokens.learn(TEXTS, 400)
    assert "Ġsteps" in large.encode("Take 12 steps").tokens


def test_growing_keeps_every_id() -> None:
    grown = tokens.extend(SMALL, ["the wolves wander"] * 5, 360)
    old, new = SMALL.get_vocab(), grown.get_vocab()
    assert all(new[token] == number for token, number in old.items())
    assert len(old) < len(new) <= 360
    assert len(grown.encode("the wolves wander").ids) < len(SMALL.encode("the wolves wander").ids)
    assert grown.encode(TEXTS[0]).ids == SMALL.encode(TEXTS[0]).ids


def test_an_exchange_ends_and_says_where_the_prompt_does() -> None:
    ids, prompt = tokens.chat(SMALL, "Take 1", "step")
    assert SMALL.id_to_token(ids[0]) == tokens.USER
    assert SMALL.id_to_token(ids[prompt - 1]) == tokens.ASSISTANT
    assert SMALL.id_to_token(ids[-1]) == tokens.END
    assert SMALL.decode(ids[prompt:-1]) == "step"
