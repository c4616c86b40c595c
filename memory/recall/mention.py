"""The entities a text names: the longest known names in it, without any model.

Names are found by the words they are made of, so that case and punctuation may differ; a name that
is written in the text exactly as it is known counts for more than one that is not, a long one for
more than a short one, and a common noun in lower case that happens to be a name for little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .word import FUNCTION_WORDS, Word, name_key, plain, words

LONGEST: Final = 24
"""Words of the longest name that is looked for."""
ALMOST: Final = 0.1
"""What a word of a name counts when the name is written in another case or punctuation."""
COMMON: Final = 0.2
"""What a single word in lower case counts: it may be a name or only a word."""
SURE: Final = 0.5
"""From this weight on, a mention's words are taken as a name and as nothing else."""
_RECENT_LEAST: Final = 4_096


_PUNCTUATION: Final = "?!.,;:'\"()[]"
_SYMBOLS = re.compile(r"[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """A known name at words `first` to `last - 1` of a text, and the nodes of that name."""

    nodes: tuple[int, ...]
    first: int
    last: int
    weight: float


class Names:
    """The names of all nodes by their words: sorted hashes, with the newest apart.

    About 16 bytes a name beyond the names themselves; one more costs the same at any size.
    """

    def __init__(self) -> None:
        self._hashes = np.empty(0, np.int64)
        self._nodes = np.empty(0, np.int32)
        self._recent: dict[int, list[int]] = {}
        self._recent_count = 0
        self._count = 0

    @property
    def count(self) -> int:
        """How many names are known."""
        return self._count

    def update(self, names: Sequence[str], limit: int | None = None) -> None:
        """Take in the names added since the last time, at most `limit`; node numbers are indices into
        `names`."""
        end = len(names) if limit is None else min(len(names), self._count + limit)
        for node in range(self._count, end):
            self._recent.setdefault(hash(name_key(names[node])), []).append(node)
        self._recent_count += end - self._count
        self._count = end
        if self._recent_count > max(_RECENT_LEAST, len(self._nodes) // 8):
            self._merge()

    def _merge(self) -> None:
        recent = [(key, node) for key, nodes in self._recent.items() for node in nodes]
        keys, nodes = (np.array(column) for column in zip(*recent, strict=True))
        hashes = np.concatenate([self._hashes, keys])
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._nodes = np.concatenate([self._nodes, nodes.astype(np.int32)])[order]
        self._recent = {}
        self._recent_count = 0

    def lookup(self, keys: Sequence[str], names: Sequence[str]) -> list[tuple[int, ...]]:
        """For each key (see `name_key`) the nodes whose name has it."""
        hashes = np.fromiter((hash(key) for key in keys), np.int64, len(keys))
        first = np.searchsorted(self._hashes, hashes)
        last = np.searchsorted(self._hashes, hashes, side="right")
        found = []
        for key, number, start, end in zip(
            keys, hashes.tolist(), first.tolist(), last.tolist(), strict=True
        ):
            nodes: list[int] = self._nodes[start:end].tolist() + self._recent.get(number, [])
            found.append(tuple(node for node in nodes if name_key(names[node]) == key))
        return found


def mentions(text: str, index: Names, names: Sequence[str]) -> tuple[list[Mention], list[str]]:
    """The names in a text, none overlapping another, and the words that are in no sure one.

    Of overlapping candidates the one with the greater weight is taken.
    """
    text = plain(text)
    found = words(text)
    spans = [
        (first, last)
        for first in range(len(found))
        for last in range(first + 1, min(len(found), first + LONGEST) + 1)
    ]
    keys = [" ".join(word.text for word in found[first:last]) for first, last in spans]
    shouted = text == text.lower() or text == text.upper()
    candidates = [
        mention
        for (first, last), nodes in zip(spans, index.lookup(keys, names), strict=True)
        for mention in _weighed(text, found[first:last], first, nodes, names, shouted)
    ]
    chosen = _apart(candidates)
    named = {i for m in chosen if m.weight >= SURE for i in range(m.first, m.last)}
    rest = [word.text for i, word in enumerate(found) if i not in named]
    return chosen + _symbols(text, len(found), index, names), rest


def _symbols(text: str, after: int, index: Names, names: Sequence[str]) -> list[Mention]:
    """Names without a letter or digit, such as an emoji, that stand in the text."""
    runs = [form for run in _SYMBOLS.findall(text) for form in (run, run.strip(_PUNCTUATION))]
    runs = [run for run in dict.fromkeys(runs) if run][:LONGEST]
    found = index.lookup(runs, names)
    return [Mention(nodes, after, after, 1.0) for nodes in found if nodes]


def _weighed(
    text: str,
    span: Sequence[Word],
    first: int,
    nodes: Iterable[int],
    names: Sequence[str],
    shouted: bool,
) -> Iterable[Mention]:
    written = _bare(text[span[0].start : span[-1].end])
    only_function_words = all(word.text in FUNCTION_WORDS for word in span)
    by_weight: dict[float, list[int]] = {}
    for node in nodes:
        same = _bare(plain(names[node])) == written
        if only_function_words and not (same and written != written.lower()):
            continue
        weight = len(span) * (1.0 if same or shouted else ALMOST)
        if len(span) == 1 and same and written == written.lower():
            weight = COMMON
        by_weight.setdefault(weight, []).append(node)
    for weight, same_weight in by_weight.items():
        yield Mention(tuple(same_weight), first, first + len(span), weight)


def _bare(name: str) -> str:
    """A name without the punctuation at its ends."""
    start, end = 0, len(name)
    while start < end and not name[start].isalnum():
        start += 1
    while end > start and not name[end - 1].isalnum():
        end -= 1
    return name[start:end]


def _apart(candidates: list[Mention]) -> list[Mention]:
    taken: dict[int, tuple[int, int]] = {}
    chosen = []
    for mention in sorted(candidates, key=lambda m: (-m.weight, m.first)):
        span = (mention.first, mention.last)
        if all(taken.get(i, span) == span for i in range(*span)):
            taken.update(dict.fromkeys(range(*span), span))
            chosen.append(mention)
    return chosen
