"""Good entries of a bad reply are kept; nothing a model says makes it fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from metathink.models.typed.answer_type import FromOneToTen, Words, narrowed, one_of, some_of
from metathink.models.typed.salvage import salvage
from metathink.models.typed.structured import parse, schema_of


class Entry(BaseModel):
    name: str
    size: int


GOOD, BAD = {"name": "a", "size": 1}, {"name": "b", "size": "big"}


@pytest.mark.parametrize(
    ("said", "kept", "dropped"),
    [
        (json.dumps({"entries": [GOOD, BAD, GOOD]}), 2, 1),
        (json.dumps([GOOD]), 1, 0),
        ("Sure!\n```json\n" + json.dumps({"why": [1, 2], "entries": [GOOD]}) + "\n```", 1, 0),
        (json.dumps({"entries": [GOOD, GOOD]})[:-15], 1, 0),
        (json.dumps({"entries": [GOOD]}) + json.dumps({"entries": [GOOD]}), 1, 0),
        ('{"entries": []}', 0, 1),
        ("no list", 0, 1),
        ("[", 0, 1),
        ('[{"name": ' + "[" * 100_000, 0, 1),
    ],
)
def test_what_can_be_read_is_kept(said: str, kept: int, dropped: int) -> None:
    saved = salvage(said, Entry)
    assert (len(saved.kept), len(saved.dropped)) == (kept, dropped)


@given(st.text(alphabet='[]{}",: ab1\\', max_size=60))
def test_no_reply_makes_it_fail(said: str) -> None:
    salvage(said, Entry)


def test_a_reply_nested_beyond_reason_is_malformed() -> None:
    with pytest.raises(ValueError, match="nested"):
        parse('{"name": ' + "[" * 100_000, Entry)


class Said(BaseModel):
    what: str
    where: list[str]
    words: Words
    grade: FromOneToTen


def test_a_type_for_one_question_lists_its_values_in_the_schema() -> None:
    kind = narrowed(Said, what=one_of(["x", "y"], "letter"), where=some_of(["S1"], "marker"))
    shown = schema_of(kind)["properties"]
    assert shown["what"]["enum"] == ["x", "y"]
    assert shown["where"]["items"]["enum"] == ["S1"]
    assert set(shown["grade"]) == {"title", "type"}, "bounds are not for every endpoint"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"what": "z"}, "'z' is no letter; there are: x, y"),
        ({"where": []}, "at least one marker"),
        ({"where": ["S2"]}, "'S2' is no marker"),
        ({"words": " \n"}, "blank"),
        ({"grade": float("nan")}, "between 1 and 10"),
        ({"grade": 10.5}, "between 1 and 10"),
    ],
)
def test_what_breaks_its_rules_is_refused_with_the_reason(change: dict, why: str) -> None:
    kind = narrowed(Said, what=one_of(["x", "y"], "letter"), where=some_of(["S1"], "marker"))
    right = {"what": "x", "where": ["S1", "S1"], "words": " w ", "grade": 10}
    assert kind.model_validate(right).model_dump() == {
        "what": "x",
        "where": ["S1"],
        "words": "w",
        "grade": 10.0,
    }
    with pytest.raises(ValidationError, match=why):
        kind.model_validate(right | change)
