"""Texts alike are found, all of them and no others, however many there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from metathink.memory.records.similar import SimilarTexts, content_words

texts = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]), max_size=6
).map(" ".join)


@given(st.lists(texts, max_size=12), texts, st.sampled_from([0.1, 0.34, 0.5, 0.8, 1.0]))
def test_the_shortcut_finds_what_comparing_all_finds(known: list[str], text: str, least: float):
    similar = SimilarTexts()
    for number, one in enumerate(known):
        similar.put(str(number % 5), one)  # some are replaced
    latest = {str(number % 5): content_words(one) for number, one in enumerate(known)}
    words = content_words(text)
    wanted = {
        key: len(words & other) / len(words | other)
        for key, other in latest.items()
        if words & other and len(words & other) / len(words | other) >= least
    }
    assert dict(similar.like(text, least)) == wanted


def test_word_form_case_and_little_words_do_not_count():
    assert content_words("Check the Units") == content_words("check UNIT")
