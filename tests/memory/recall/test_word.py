"""Words meet their relations without a dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.memory.recall.mention import Names, mentions
from metathink.memory.recall.word import (
    RelationLexicon,
    all_words,
    content_words,
    identifier_words,
    name_key,
    plain,
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


@given(st.text(st.characters(codec=None), max_size=80))
@settings(max_examples=300, deadline=None)
def test_a_text_has_the_same_words_whoever_reads_it(text: str) -> None:
    found = words(text)
    assert [word.text for word in found] == all_words(text)
    assert all(plain(text)[word.start : word.end] for word in found)
    assert all_words(" ".join(all_words(text))) == all_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("under_scored", ["under", "scored"]),
        ("\u00bc", ["1", "4"]),
        ("\u0130nci", ["inci"]),
        ("\ufdf2", ["\u0627\u0644\u0644\u0647"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("\ufb01sh q\u0307", ["fish", "q"]),
        ("l" * 1_000, ["l" * 100]),
    ],
)
def test_words_of_unusual_characters(text: str, expected: list[str]) -> None:
    assert [word.text for word in words(text)] == all_words(text) == expected


def test_a_name_of_unusual_characters_is_found_in_a_text() -> None:
    names = ["\u0130nci", "max_depth", "\u00bd pint", "e\u0301clair", "Gau\u00df"]
    index = Names()
    index.update(names)
    for node, name in enumerate(names):
        [mention], _ = mentions(f"of {name} here", index, names)
        assert mention.nodes == (node,)
