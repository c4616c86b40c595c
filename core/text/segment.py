"""A response cut into the pieces that a critic can point at: sentences of text, lines of code.

Each piece has a marker, S1, S2 and so on. Joined, the pieces are the text again, to the last space. Code and
lists are not cut as prose is, which libraries that split sentences do not tell apart; of those, pysbd and
syntok have had no release since 2022.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SENTENCE_END = re.compile(
    r"[.!?\u2026]{1,8}[\"'\u201d\u2019)\]*_]{0,8}\s+|[\u3002\uff01\uff1f]+[\u201d\u2019\u300d]?\s*"
)
_FENCE = re.compile(r"\s*(```|~~~)")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|vs|etc|cf|al|e\.g|i\.e|Fig|Eq|No|approx)\.\s*$|^\W*\d+\.\s*$"
)


def segments(text: str, *, code: bool = False) -> list[str]:
    """The pieces of a text, in order: its lines if it is code, else its sentences.

    Sentences end at their punctuation and at line breaks (lists and formulas have no full stop); code
    inside a fence is cut into lines in either case. White space belongs to the piece before it. A text
    without words has no pieces.
    """
    pieces: list[list[str]] = []
    worded = False  # whether the last piece has words
    for line, is_code in _lines(text, code):
        for piece in [line] if is_code else _sentences(line):
            if pieces and not (worded and piece.strip()):
                pieces[-1].append(piece)
                worded = worded or bool(piece.strip())
            elif piece:
                pieces.append([piece])
                worded = bool(piece.strip())
    return ["".join(parts) for parts in pieces] if text.strip() else []


def markers(pieces: Sequence[str]) -> list[str]:
    """The marker of each piece: S1, S2, ..."""
    return [f"S{number}" for number in range(1, len(pieces) + 1)]


def marked(pieces: Sequence[str]) -> str:
    """The text with a marker before each piece; its lines stay its lines."""
    return "".join(
        f"[{marker}] {piece}" if piece[-1:].isspace() else f"[{marker}] {piece} "
        for marker, piece in zip(markers(pieces), pieces, strict=True)
    ).rstrip()


def _lines(text: str, code: bool) -> Iterator[tuple[str, bool]]:
    """Each line with its end, and whether it is code."""
    fenced = False
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
            yield line, True
        else:
            yield line, code or fenced


def _sentences(line: str) -> list[str]:
    found, start = [], 0
    for end in _SENTENCE_END.finditer(line):
        if _goes_on(line, start, end):
            continue
        found.append(line[start : end.end()])
        start = end.end()
    return [*found, line[start:]]


_LOOK_BACK = 40
"""Characters before a full stop in which an abbreviation or a list number stands."""


def _goes_on(line: str, start: int, end: re.Match[str]) -> bool:
    """Whether this full stop ends no sentence: an abbreviation, a list number, a small letter next."""
    stop = end[0].rstrip()
    begin = max(start, end.start() - _LOOK_BACK)
    before = "x" * (begin > start) + line[begin : end.start()] + stop
    after = line[end.end() : end.end() + 1]
    return bool(_ABBREVIATED.search(before)) or (stop.endswith(".") and after.islower())
