"""Several ranked lists become one, and one list is cut to what fits a prompt."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

RANK: Final = 60
"""Reciprocal rank fusion's constant (Cormack, Clarke, Buettcher 2009)."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What speaks for each key, and how that is said; it is said only for what is shown."""

    found: Mapping[str, Any]
    why: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Ranking(Reasons):
    """One list: keys, best first, with what they were found by, and how much the list counts."""

    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fused:
    """One key of the fused list, with all that may speak for it."""

    key: str
    score: float
    reasons: Sequence[Reasons]

    @property
    def why(self) -> str:
        """The reasons in words."""
        own = (reasons for reasons in self.reasons if self.key in reasons.found)
        return "; ".join(dict.fromkeys(reasons.why(reasons.found[self.key]) for reasons in own))


def fuse(rankings: Iterable[Ranking]) -> list[Fused]:
    """Reciprocal rank fusion: a key scores the sum of weight / (60 + rank) over the lists."""
    rankings = tuple(rankings)
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for rank, key in enumerate(ranking.found, start=1):
            scores[key] += ranking.weight / (RANK + rank)
    order = sorted(scores, key=lambda key: -scores[key])
    return [Fused(key, scores[key], rankings) for key in order]


def estimated_tokens(text: str) -> int:
    """How many tokens a text is, rather more than less (cl100k's are the measure: see its test).

    A word takes one for 2.4 of its letters, but nearly one a letter where it is long or looks like no
    word; a number one for two digits; each punctuation mark one; a space before a word or a mark none.
    Beyond ASCII a character takes what its script does, in rare ones as many as it has bytes.
    """
    return math.ceil(sum(map(_tokens, _PIECE.findall(text))))


_MARK: Final = r"!-/:-@\[-`{-~"
_PIECE: Final = re.compile(
    rf"[A-Za-z]+|[0-9]+|\s\s+|\s(?![A-Za-z{_MARK}])|[^A-Za-z0-9\s]", re.ASCII
)
_NO_WORD: Final = re.compile(r"[a-z][A-Z]|[^aeiouyAEIOUY]{4}|.{16}")
_SCRIPTS: Final = (  # from which code point a character takes how many tokens
    *((0x80, 1.3), (0x100, 2.0), (0x370, 1.6)),  # Latin, Greek
    *((0x400, 1.2), (0x460, 2.0)),  # Cyrillic
    *((0x5D0, 1.5), (0x620, 1.3), (0x64B, 2.0), (0x800, 3.0)),  # Hebrew, Arabic
    *((0x900, 2.0), (0xE80, 3.0)),  # the scripts of India, Thai
    *((0x3040, 1.6), (0x3400, 3.0), (0x4E00, 1.6), (0xA000, 3.0)),  # Japanese, Chinese
    *((0xAC00, 1.6), (0xD7A4, 3.0), (0x10000, 4.0)),  # Korean
)
_FIRST: Final = tuple(first for first, _ in _SCRIPTS)


def _tokens(piece: str) -> float:
    if not piece.isascii():
        return _SCRIPTS[bisect_right(_FIRST, ord(piece[0])) - 1][1]
    if piece.isalpha():
        return 0.85 * len(piece) if _NO_WORD.search(piece) else max(1.0, len(piece) / 2.4)
    return 0.5 + len(piece) / 2 if piece.isdigit() else 1.0
