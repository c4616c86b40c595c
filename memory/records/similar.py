"""Texts that say the same in nearly the same words, found among many without comparing all."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from .text import normalized

_WORD = re.compile(r"\w+")
_STOP_TEXT = """a an and are as at be by do does for from if in into is it its not of on or so than
that the then there this to was when where which with you your"""
_STOP: Final = frozenset(_STOP_TEXT.split())


def content_words(text: str) -> frozenset[str]:
    """The words of a text that carry its meaning, in one form each."""
    words = (word for word in _WORD.findall(normalized(text)) if word not in _STOP)
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words)


class SimilarTexts:
    """A set of texts, asked for those whose words overlap with a new one's (Jaccard)."""

    def __init__(self) -> None:
        self._words: dict[str, frozenset[str]] = {}
        self._holders: defaultdict[str, set[str]] = defaultdict(set)

    def put(self, key: str, text: str) -> None:
        """Add a text, or replace the one of that key."""
        self.drop(key)
        self._words[key] = words = content_words(text)
        for word in words:
            self._holders[word].add(key)

    def drop(self, key: str) -> None:
        """Take a text out, if it is there."""
        for word in self._words.pop(key, ()):
            self._holders[word].discard(key)

    def like(self, text: str, least: float) -> list[tuple[str, float]]:
        """Keys of texts with at least that overlap (0 to 1, above 0), the most alike first.

        Two sets that overlap by `least` share one of the rarest few words of either: only the
        holders of those are compared (prefix filtering).
        """
        words = content_words(text)
        rare = sorted(words, key=lambda word: (len(self._holders.get(word, ())), word))
        prefix = rare[: len(words) - int(least * len(words)) + 1]
        near = set().union(*(self._holders.get(word, ()) for word in prefix))
        overlaps = [(key, _jaccard(words, self._words[key])) for key in near]
        return sorted(
            ((key, overlap) for key, overlap in overlaps if overlap >= least),
            key=lambda pair: (-pair[1], pair[0]),
        )


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0
