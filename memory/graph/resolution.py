"""Which known entity a name means, when it is not written as it is known.

Only what is safe without a model: a leading article, quotation marks, the stops at the end of a
word, the accents of Latin letters, and "Lovelace, Ada" for "Ada Lovelace". A name with a digit or
any other sign ("C++", "5.3", "Hepatitis-B") means nothing but itself, whatever its case. Where
several entities would fit, none is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import Final

from ..records.text import spelling
from .fact_table import FactTable

_ARTICLE: Final = re.compile(r"(?:[Tt]he|an?) ")  # "A" may be a letter's name, as in "A minor"
_LAST_FIRST: Final = re.compile(r"([^,]+), ([^,]+)")
_QUOTED: Final = re.compile(r"(?<!\w)['\u2018](.+?)['\u2019](?!\w)")
_TRIFLE: Final = re.compile(r'["\u201c\u201d\u201e\u00ab\u00bb]|[.,;:]+(?!\S)')
_ACCENT: Final = re.compile(r"(?<=[A-Za-z])[\u0300-\u036f]+")
_SIGNS: Final = frozenset(" .,;:'\u2018\u2019\"\u201c\u201d\u201e\u00ab\u00bb")
"""What a name may hold beside letters and still be written in another way."""


class EntityResolver:
    """Names of a fact table by what is left of them when the trifles are set aside."""

    def __init__(self, table: FactTable) -> None:
        self._table = table
        self._generation = -1
        self._clear()

    def _clear(self) -> None:
        self._nodes: defaultdict[str, list[int]] = defaultdict(list)
        self._indexed = 0

    def resolve(self, name: str) -> str:
        """The canonical name of the entity meant, or `name` itself for a new one."""
        self._catch_up()
        node = self._table.node(name)
        if node is None or not _is_same_text(name, self._table.names[node]):
            candidates = self._nodes.get(_key(name), ())
            roots = {int(self._table.root[candidate]) for candidate in candidates}
            node = roots.pop() if len(roots) == 1 else None
        return name if node is None else self._table.names[int(self._table.root[node])]

    def _catch_up(self) -> None:
        if self._generation != self._table.generation:
            self._clear()
            self._generation = self._table.generation
        names = self._table.names
        for node in range(self._indexed, len(names)):
            self._nodes[_key(names[node])].append(node)
        self._indexed = len(names)


def _is_same_text(name: str, known: str) -> bool:
    """Whether a name found by its folded form is the same: to fold is to read "10\u00b2" as "102"."""
    plain = _is_plain(name) and _is_plain(known)
    return plain or spelling(name).casefold() == spelling(known).casefold()


def _is_plain(name: str) -> bool:
    return all(c in _SIGNS or unicodedata.category(c)[0] in "LM" for c in spelling(name))


def _key(name: str) -> str:
    """What two ways to write a name have in common; of a name of one way only, its own text."""
    written = spelling(name)
    if not _is_plain(written):
        return written
    if swapped := _LAST_FIRST.fullmatch(written):
        written = f"{swapped[2]} {swapped[1]}"
    words = _TRIFLE.sub("", _QUOTED.sub(r"\1", written)).split()
    bare = _ARTICLE.sub("", " ".join(words), count=1) if words else written
    if bare.isascii():
        return bare
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", bare)))
