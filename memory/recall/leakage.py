"""The leakage guard: in an evaluation, nothing learned from the question itself is recalled.

A published memory method falls below no memory at all when its users measure it without the very
question among what is remembered. Here a *near copy* is a text that shares most runs of three words
with the question, numbers taken as all the same; or, where it is written in a disguise (letters of
other scripts, spaces or signs between and within words), most runs of its letters (see disguise.py).
What was learned in the same run (or step of one) or from the same document as a near copy is held
back with it: better too much than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from ..records.evidence import Source
from .disguise import undisguised
from .word import all_words

NEAR: Final = 0.6
"""Share of the shorter text's word runs found in the longer from which they are near copies."""
_RUN: Final = 3
_DIGITS: Final = re.compile(r"\d+")
_LETTERS: Final = 16  # letters of a run: about three words
_COMPARED: Final = 100_000  # characters of a text that are compared letter by letter
_LETTER: Final = re.compile(r"[^\W_]+")


def word_runs(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words of a text (or the whole of a shorter one), numbers alike."""
    found = [_DIGITS.sub("0", word) for word in all_words(text)]
    last = max(1, len(found) - _RUN + 1)
    return frozenset(tuple(found[i : i + _RUN]) for i in range(last)) if found else frozenset()


def letter_runs(text: str) -> frozenset[int]:
    """The runs of `_LETTERS` letters of a text as it looks, whatever stands between them, as hashes."""
    found = _DIGITS.sub("0", "".join(_LETTER.findall(undisguised(text[:_COMPARED]))))
    last = max(1, len(found) - _LETTERS + 1)
    return frozenset(hash(found[i : i + _LETTERS]) for i in range(last)) if found else frozenset()


@dataclass(frozen=True, slots=True)
class Leakage:
    """What must not be recalled for one question."""

    runs: frozenset[tuple[str, ...]]
    letters: frozenset[int] = frozenset()
    sources: frozenset[str] = frozenset()

    @classmethod
    def of(cls, question: str) -> Leakage:
        """The guard for a question, as far as its words tell."""
        return cls(word_runs(question), letter_runs(question))

    def holding_back(self, sources: Iterable[Source]) -> Leakage:
        """This guard, which holds back also what comes from these sources: those of near copies."""
        marks = frozenset(mark for source in sources for mark in _marks(source))
        return replace(self, sources=self.sources | marks)

    def copies(self, text: str) -> bool:
        """Whether a text is a near copy of the question, or holds one."""
        return _is_near(word_runs(text), self.runs) or _is_near(letter_runs(text), self.letters)

    def holds_back(self, text: str, sources: Iterable[Source]) -> bool:
        """Whether an item with this text and these sources would give the question away."""
        marks = (mark for source in sources for mark in _marks(source))
        return any(mark in self.sources for mark in marks) or self.copies(text)


def _is_near(runs: frozenset[Any], question: frozenset[Any]) -> bool:
    """Whether most runs of the shorter are in the longer. A few words that the question happens to
    contain are no copy of it."""
    least = min(len(runs), len(question))
    is_scrap = len(runs) < 0.5 * len(question)
    return least > 0 and not is_scrap and len(runs & question) / least >= NEAR


def _marks(source: Source) -> list[str]:
    """The names of a document and of a run (or of its step, where one is told)."""
    run = f"{source.run}/{source.step}" if source.step else source.run
    return [mark for mark in (source.document, run) if mark]
