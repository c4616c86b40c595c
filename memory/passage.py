"""Passages: stored text cut where sentences end, small enough for one question to an extractor.

Only the best place to cut near the limit is looked for, in any script, in linear time. The libraries that
split text into sentences are no longer kept (pysbd: last release in 2021, syntok: 2022).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .graph.fact import digest
from .records.evidence import Source

PASSAGE_LIMIT: Final = 2_000
"""Characters of a passage: leaves an extractor a thousand of its three for its own words."""

_ENDS = re.compile(r"\n\s*\n|\n|(?<=[.!?\u3002\uff01\uff1f])\s+|\s+")


def passages(text: str, limit: int = PASSAGE_LIMIT) -> Iterator[str]:
    """The text in pieces of at most `limit` characters, cut at the best place near the end of each.

    Best is a blank line, then the end of a line, of a sentence, of a word; joined with the white
    space between them the pieces are the text again.
    """
    start = 0
    while len(text) - start > limit:
        end = start + _cut(text[start : start + limit])
        if piece := text[start:end].strip():
            yield piece
        start = end
    if piece := text[start:].strip():
        yield piece


def passage_id(text: str, source: Source) -> str:
    """The id of a passage: the same text from the same source is stored once."""
    return f"p{digest(str(source), text):016x}"


def _cut(window: str) -> int:
    cuts = [(_rank(found), found.end()) for found in _ENDS.finditer(window, len(window) // 2)]
    return max(cuts)[1] if cuts else len(window)


def _rank(found: re.Match[str]) -> int:
    gap = found.group()
    if "\n" in gap:
        return 3 if gap.count("\n") > 1 else 2
    return 1 if found.string[found.start() - 1] in ".!?\u3002\uff01\uff1f" else 0
