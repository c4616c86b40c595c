"""Words of a question and of a relation's name, and how alike two of them are.

Nothing here knows a language but its list of English function words: relation names are split as
identifiers are (`directed_by`, `bornIn`), and words are compared by the letter trigrams they share,
so that *directed*, *director* and *directed_by* meet without a stemmer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Final

import numpy as np

SIMILAR: Final = 0.3
"""Share of trigrams in common below which two words are taken as unrelated."""
WORD_LIMIT: Final = 256
"""Words of a question that are looked at."""

WORD_LETTERS: Final = 100
"""Letters of a word that are looked at: what two longer ones begin with is the same word."""

# Chinese and Japanese are written without spaces: there each character is taken as a word.
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Accents, and in the blocks of Hebrew, Arabic and the scripts of India and Thailand the vowel signs,
# belong to a word though `\w` leaves them out (Unicode annex 29).
_SIGNS = (
    r"\u0300-\u036f"
    r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f\u0670"
    r"\u0900-\u0963\u0971-\u0df3\u0e31-\u0e3a\u0e47-\u0e4e"
)
_WORD = re.compile(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_SIGNS}])+")
# Soft hyphens and zero-width characters, which stand within a word unseen, and the accents that no
# composed letter holds (Unicode annex 15): a word is the same with and without them.
_UNSEEN = re.compile(r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_PART = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_FUNCTION_WORDS = """
a about after all also am an and any are aren as at be been before being between both but
by can cannot could couldn did didn do does doesn doing don down during each either else
ever every few for from further had has hasn have haven having he her here hers him his
how however i if in into is isn it its itself just let like ll many may me might more most
much must my neither no nor not of off on once only onto or other our out over own per
please rather re same shall she should since so some such t tell than that the their them
then there these they this those through to too under until up upon us ve very was we were
what whatever when where whether which while who whom whose why will with within without
would yes yet you your
"""
FUNCTION_WORDS: Final = frozenset(_FUNCTION_WORDS.split())
"""English words that say how a sentence is built, not what it is about."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: case folded, and where it stands in the `plain` form of the text."""

    text: str
    start: int
    end: int


def words(text: str, limit: int = WORD_LIMIT) -> list[Word]:
    """The first `limit` words of a text, as `all_words` reads them."""
    return list(islice(_words(plain(text)), limit))


def all_words(text: str) -> list[str]:
    """Every word of a text, case folded."""
    if text.isascii():
        return [word[:WORD_LETTERS] for word in _WORD.findall(text.lower())]
    return [word.text for word in _words(plain(text))]


def _words(text: str) -> Iterator[Word]:
    """The words of a plain text. One may fold to several: U+FDFA is a ligature of four."""
    for match in _WORD.finditer(text):
        for part in _WORD.findall(folded(match.group())):
            yield Word(part[:WORD_LETTERS], match.start(), match.end())


def plain(text: str) -> str:
    """A text in compatibility form (NFKC), without soft hyphens and zero-width characters."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _UNSEEN.sub("", text))


def folded(text: str) -> str:
    """Plain, case folded, and without accents that stand alone."""
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKC", plain(text).casefold()))


def name_key(name: str) -> str:
    """The words of a name alone: two names with one key differ in case or punctuation only.

    A name of symbols only is its own key.
    """
    return " ".join(all_words(name)) or name


def content_words(text: str) -> list[str]:
    """The distinct words of a text that are not function words, in order."""
    return list(dict.fromkeys(w.text for w in words(text) if w.text not in FUNCTION_WORDS))


def identifier_words(name: str) -> list[str]:
    """`"in_language"`, `"inLanguage"` and `"in language"` are all `["language"]`."""
    parts = [folded(part) for part in _PART.findall(_CAMEL.sub(" ", name))]
    return [part for part in parts if part not in FUNCTION_WORDS] or parts


@lru_cache(maxsize=65536)
def trigrams(word: str) -> frozenset[str]:
    """Three letters in a row, the word's beginning counted as a letter; of a word of one or two
    letters only the whole, so that it is like no other."""
    if len(word) < 3:
        return frozenset((f"^{word}$",))
    marked = f"^{word}"
    return frozenset(marked[i : i + 3] for i in range(len(marked) - 2))


@dataclass(slots=True)
class RelationLexicon:
    """How well each relation's name answers to a word: by shared trigrams, over an inverted index.

    Relations are numbered in the order they were added.
    """

    _parts: dict[str, int] = field(default_factory=dict)
    _grams: list[int] = field(default_factory=list)
    _postings: dict[str, list[int]] = field(default_factory=dict)
    _relations: list[list[int]] = field(default_factory=list)
    _cache: dict[str, np.ndarray] = field(default_factory=dict)
    count: int = 0

    def extend(self, names: Iterable[str]) -> None:
        """Number these relations next."""
        for name in names:
            for part in identifier_words(name):
                self._relations[self._part(part)].append(self.count)
            self.count += 1
        self._cache.clear()

    def similarity(self, words: list[str]) -> np.ndarray:
        """A (words, relations) array within 0 to 1; pairs below `SIMILAR` are 0."""
        rows = [self._similar(word) for word in words]
        return np.array(rows, np.float32).reshape(len(words), self.count)

    def _part(self, part: str) -> int:
        if (number := self._parts.get(part)) is not None:
            return number
        number = self._parts[part] = len(self._grams)
        grams = trigrams(part)
        self._grams.append(len(grams))
        self._relations.append([])
        for gram in grams:
            self._postings.setdefault(gram, []).append(number)
        return number

    def _similar(self, word: str) -> np.ndarray:
        if (row := self._cache.get(word)) is not None:
            return row
        row = np.zeros(self.count, np.float32)
        grams = trigrams(word)
        shared = Counter(part for gram in grams for part in self._postings.get(gram, ()))
        for part, common in shared.items():
            likeness = common / min(len(grams), self._grams[part])
            if likeness >= SIMILAR:
                of = self._relations[part]
                row[of] = np.maximum(row[of], likeness)
        if len(self._cache) >= 4096:
            self._cache.clear()
        self._cache[word] = row
        return row
