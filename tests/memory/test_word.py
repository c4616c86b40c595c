"""Words meet their relations without a dictionary."""

from __future__ import annotations

import pytest

from metathink.memory.word import (
    RelationLexicon,
    content_words,
    identifier_words,
    name_key,
    words,
)


@pytest.mark.parametrize("name", ["born_in", "bornIn", "born in", "born-in", "bornIN"])
def test_identifiers_of_any_style_are_the_same_words(name: str) -> None:
    assert identifier_words(name) == ["born"]


def test_a_relation_of_function_words_keeps_them() -> None:
    assert identifier_words("is_in") == ["is", "in"]


@pytest.mark.parametrize(
    ("word", "relation"),
    [
        ("director", "directed_by"),
        ("authors", "author_of"),
        ("employees", "employs"),
        ("married", "marriedTo"),
        ("located", "location"),
    ],
)
def test_a_word_finds_the_relation_of_its_family(word: str, relation: str) -> None:
    lexicon = RelationLexicon()
    lexicon.extend([relation, "zzz_qqq"])
    likeness = lexicon.similarity([word])
    assert likeness[0, 0] > 0.3
    assert likeness[0, 1] == 0


def test_short_words_are_alike_only_when_equal() -> None:
    lexicon = RelationLexicon()
    lexicon.extend(["id", "ad"])
    assert lexicon.similarity(["idea", "ad"]).tolist() == [[0, 0], [0, 1]]


def test_relations_added_later_are_found_too() -> None:
    lexicon = RelationLexicon()
    lexicon.extend(["wrote"])
    assert lexicon.similarity(["likes"]).shape == (1, 1)
    lexicon.extend(["likes"])
    assert lexicon.similarity(["likes"]).tolist() == [[0, 1]]


def test_content_words_leave_function_words_out() -> None:
    assert content_words("Who was it that wrote the Note?") == ["wrote", "note"]


def test_chinese_is_read_character_by_character() -> None:
    assert [word.text for word in words("谁写了 Note")] == ["谁", "写", "了", "note"]


def test_a_name_of_symbols_is_its_own_key() -> None:
    assert name_key("🦊") == "🦊"
    assert name_key("Spider-Man") == name_key("spider man")
