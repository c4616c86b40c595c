"""Names are found in a text whatever their case, the longest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from metathink.memory.recall.mention import Names, mentions

KNOWN = ["Ada Lovelace", "Ada", "Note G", "The Who", "story", "Once", "🦊", "محمد", "红楼梦"]


def found(text: str, names: list[str] = KNOWN) -> list[str]:
    index = Names()
    index.update(names)
    return [names[node] for mention in mentions(text, index, names)[0] for node in mention.nodes]


def test_the_longest_name_wins() -> None:
    assert found("What did Ada Lovelace write?") == ["Ada Lovelace"]


def test_case_and_punctuation_may_differ() -> None:
    assert found("what did ADA LOVELACE, write") == ["Ada Lovelace"]
    assert found("who wrote note-g") == ["Note G"]


def test_function_words_are_no_name_unless_written_as_one() -> None:
    assert "The Who" not in found("the who and the why")
    assert found("Did The Who play?") == ["The Who"]
    assert found("it happened once") == []
    assert found("Who directed Once") == ["Once"]


def test_a_common_noun_counts_less_than_a_name() -> None:
    index = Names()
    index.update(KNOWN)
    weights = {KNOWN[m.nodes[0]]: m.weight for m in mentions("the story of Ada", index, KNOWN)[0]}
    assert weights["Ada"] > weights["story"] > 0


def test_words_of_a_sure_name_are_not_left_over() -> None:
    index = Names()
    index.update(KNOWN)
    assert "note" not in mentions("who wrote Note G", index, KNOWN)[1]


def test_names_in_any_script() -> None:
    assert found("who is 🦊?") == ["🦊"]
    assert found("من هو محمد") == ["محمد"]
    assert found("谁写了红楼梦") == ["红楼梦"]


@given(st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=30), st.text(max_size=60))
def test_every_mention_is_a_known_name_and_none_overlap(names: list[str], text: str) -> None:
    index = Names()
    index.update(names)
    taken: set[int] = set()
    for mention in mentions(text, index, names)[0]:
        assert all(0 <= node < len(names) for node in mention.nodes)
        span = set(range(mention.first, mention.last))
        assert not span & taken or mention.weight < 1  # equal spans may hold two spellings
        taken |= span


def test_names_added_one_by_one_are_found_like_names_added_at_once() -> None:
    names = [f"Name {i}" for i in range(6_000)]
    one_by_one, at_once = Names(), Names()
    for count in range(0, len(names) + 1, 500):
        one_by_one.update(names[:count])
    at_once.update(names)
    for question in ("Name 17", "Name 5999", "Name 6001"):
        assert [m.nodes for m in mentions(question, one_by_one, names)[0]] == [
            m.nodes for m in mentions(question, at_once, names)[0]
        ]
