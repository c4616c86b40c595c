"""Cutting loses nothing, and cuts where a reader would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.text.segment import marked, markers, segments

PROSE = st.text(alphabet="aB .!?\n\"'1`\t。…-", max_size=80) | st.text(max_size=40)


@given(PROSE, st.booleans())
def test_joined_the_pieces_are_the_text(text: str, code: bool) -> None:
    pieces = segments(text, code=code)
    assert "".join(pieces) == (text if text.strip() else "")
    assert all(piece.strip() for piece in pieces)


@given(PROSE, st.booleans())
def test_each_piece_has_one_marker_and_no_line_is_lost(text: str, code: bool) -> None:
    pieces = segments(text.replace("[", "("), code=code)
    shown = marked(pieces)
    assert [shown.count(f"[{marker}]") for marker in markers(pieces)] == [1] * len(pieces)
    assert len(shown.splitlines()) <= len(text.splitlines())


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs 3.50 dollars. No more.", ["It costs 3.50 dollars.", "No more."]),
        ("Dr. Who met J. Smith, e.g. here. Yes.", ["Dr. Who met J. Smith, e.g. here.", "Yes."]),
        ("1. First\n2. Second", ["1. First", "2. Second"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("天是蓝的。海也是。", ["天是蓝的。", "海也是。"]),
        ("Wait... what? Yes", ["Wait... what?", "Yes"]),
        ("Look:\n```\na = 1. \nb = 2\n```\nDone. Good.", None),
        ("   ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, pieces: list[str] | None) -> None:
    expected = (
        ["Look:", "```", "a = 1.", "b = 2", "```", "Done.", "Good."] if pieces is None else pieces
    )
    assert [piece.strip() for piece in segments(text)] == expected


def test_code_is_cut_into_lines_and_keeps_its_indentation() -> None:
    code = "def f(x):\n    # No. Really. No.\n\n    return x\n"
    assert segments(code, code=True) == [
        "def f(x):\n",
        "    # No. Really. No.\n\n",
        "    return x\n",
    ]
    assert marked(segments(code, code=True)) == (
        "[S1] def f(x):\n[S2]     # No. Really. No.\n\n[S3]     return x"
    )
