"""JSON is found and read as it was meant, in linear time."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.models.typed.lenient_json import find_json


def values(text: str) -> list[Any]:
    return [found.value for found in find_json(text).found]


WANTED = {"title": "Dune", "pages": 412}


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "Dune", "pages": 412}',
        '{"title": "Dune", "pages": 412,}',
        "{'title': 'Dune', 'pages': 412}",
        '{title: "Dune", pages: 412}',
        "{title: Dune, pages: 412}",
        '{"title": "Dune" "pages": 412}',
        '{"title": "Dune"\n "pages": 412}',
        '{"title" = "Dune"; "pages" => 412}',
        "{\u201ctitle\u201d: \u201cDune\u201d, \u201cpages\u201d: 412}",
        '{"title": "Dune", // by Herbert\n "pages": 412 /* of this print */}',
        '{"title": "Dune", # by Herbert\n "pages": 412}',
        '{"title": "Dune", "pages": 412, ...}',
        '{"title": """Dune""", "pages": +412}',
        '```json\n{"title": "Dune", "pages": 412}\n```',
        'With {title, pages} as keys:\n{"title": "Dune", "pages": 412}',
        'With {"title"} first {{"title": "Dune", "pages": 412}}',
        '<answer>{"title": "Dune", "pages": 412}</answer>',
        '{"title": "Dune", "pages": 412} and so on',
    ],
)
def test_small_faults_are_read_over(text: str) -> None:
    assert values(text) == [WANTED]


@pytest.mark.parametrize(
    ("inside", "meant"),
    [
        (r"half is \frac{1}{2}", r"half is \frac{1}{2}"),
        (r"half is \\frac{1}{2}", r"half is \frac{1}{2}"),
        (
            r"\sqrt{2} \times \theta \to \beta \neq \rho",
            r"\sqrt{2} \times \theta \to \beta \neq \rho",
        ),
        (r"\(x \nu\) and \[y\]", r"\(x \nu\) and \[y\]"),
        (r"\text{cm} \nabla \underline{x}", r"\text{cm} \nabla \underline{x}"),
        (r"first\nsecond\tthird \"quoted\" caf\u00e9", 'first\nsecond\tthird "quoted" caf\u00e9'),
        (r"first\nThen \alpha", "first\nThen \\alpha"),
        (r"it\'s", "it's"),
        (r"a\u001b[31mb\u0000\ud800c", "a[31mbc"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_strings_keep_latex_and_lose_control_characters(inside: str, meant: str) -> None:
    assert values(f'{{"x": "{inside}"}}') == [{"x": meant}]
    assert values(f'{{"x": "{inside}",}}') == [{"x": meant}]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"x": "he said "no" to it", "y": 1}', {"x": 'he said "no" to it', "y": 1}),
        ('{"x": "he said "no", then left", "y": 1}', {"x": 'he said "no", then left', "y": 1}),
        ("{'x': 'the dogs' bowl isn't here'}", {"x": "the dogs' bowl isn't here"}),
        ("{'x': None, 'y': True, 'z': .5}", {"x": None, "y": True, "z": 0.5}),
        ("{x: 1,000, y: so it is, and thus}", {"x": "1,000", "y": "so it is, and thus"}),
        (
            "{'link': 'http://a.b/c', bare: http://a.b/c}",
            {"link": "http://a.b/c", "bare": "http://a.b/c"},
        ),
    ],
)
def test_quotes_and_words_inside_are_told_from_structure(text: str, meant: dict) -> None:
    assert values(text) == [meant]


@pytest.mark.parametrize(
    ("text", "value", "torn"),
    [
        ('{"a": [{"x": "1"}, {"x": "2"', {"a": [{"x": "1"}, {"x": "2"}]}, False),
        ('{"a": "one", "b": "tw', {"a": "one"}, True),
        ('{"a": "one", "b": 1', {"a": "one"}, True),
        ('{"a": "one", "b', {"a": "one"}, True),
        ('{"a": ["one", "tw', {"a": ["one"]}, True),
    ],
)
def test_what_stands_before_a_cut_is_kept(text: str, value: Any, torn: bool) -> None:
    [found] = find_json(text).found
    assert (found.value, found.closed, found.torn) == (value, False, torn)


@pytest.mark.parametrize("text", ["", "no JSON", "{", "{]", "{a}", "[)", '{"a": [[' * 90])
def test_what_is_no_value_is_none(text: str) -> None:
    assert all(value in ({}, []) or "a" in value for value in values(text))


PIECES = [
    *('{"', "{'", "[{", '["a" "b', '{"a":', '{"a": "b"c, ', "{a ", "{a", '"', "\\", '\\"', "{/*"),
    *(
        "/*",
        "{//",
        "#",
        '", ',
        '" /*',
        '"#\n',
        "```json",
        " ",
        "\n",
        "[1]",
        "[)",
        "{:",
        "x, ",
        '{"a": "',
    ),
    *("[", "{", "(", "\\frac", "1", '"    ', "{\u201c", "...", "},", "{a: b, "),
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("begin", ["", '{"a": "', '{"a": ', "[", '{"a'])
def test_a_hundred_thousand_characters_take_less_than_a_second(begin: str, piece: str) -> None:
    text = (begin + piece * 100_000)[:100_000]
    begun = time.process_time()
    find_json(text)
    assert time.process_time() - begun < 5  # about 0.1 s; a quadratic reader takes minutes


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc _", max_size=8), JSON, max_size=4))
def test_strict_json_is_read_as_it_is(value: dict[str, Any]) -> None:
    assert values(f"So: {json.dumps(value)} there.") == [value]


@settings(max_examples=300)
@given(st.text("{}[]:,\"'\\/*# \na1.-nu", max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    find_json(text)
