"""What reads a model's words takes time that grows with their length, however odd they are."""

# ruff: noqa: E501
from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from metathink.agents.citation import cited, without_citations
from metathink.agents.mind import domain
from metathink.core.text.segment import marked, segments
from metathink.meta.monitor.mind import asks_about_minds
from metathink.meta.verify.verdict import kind_of

LENGTH = 100_000
PIECES = [
    "\n", " ", ".", "-", "?", "1", "1: ", "1: -", "1: true ", ". a", "Dr. ", "\n-", "\u3002", "...\"", "i ", "my ",
    "my a", "behavior_", "[behavior_a ", "(", "[ ", "confident ", "sure", "```\n", "\t", "_", "a) ", "0.", "%",
]  # fmt: skip
READERS: list[Callable[[str], object]] = [
    segments,
    without_citations,
    asks_about_minds,
    kind_of,
    domain._stated,  # pyright: ignore[reportPrivateUsage]
    lambda text: marked(segments(text)),
    lambda text: cited(text, ["behavior_a"]),
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("lead", ["", "x", "1: true, probability "])
def test_time_grows_with_the_length(piece: str, lead: str) -> None:
    text = lead + piece * (LENGTH // len(piece)) + "x"
    for reader in READERS:
        begun = time.process_time()
        reader(text)
        assert time.process_time() - begun < 5.0, reader


def test_a_number_of_a_line_that_is_too_long_is_passed_over() -> None:
    text = "9" * 5000 + ": true, probability 0.5\n1: true, probability 0.25"
    assert list(domain._stated(text)) == [1]  # pyright: ignore[reportPrivateUsage]


def test_what_is_left_of_a_name_goes_too() -> None:
    assert "behavior_" not in without_citations("behavior_ [behavior_sum] then behavior_carry_over")
