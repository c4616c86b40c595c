"""Which known entity a name means, when it is not written as it is known.

Only what is safe without a model: articles, punctuation, accents, possessives and the order of
words ("Lovelace, Ada") are set aside. Where several entities would fit, none is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

from .fact_table import FactTable
from .text import normalized

_ARTICLES = frozenset({"the", "a", "an"})
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_WORD = re.compile(r"\w+")


class EntityResolver:
    """Names of a fact table by what is left of them when the trifles are set aside."""

    def __init__(self, table: FactTable) -> None:
        self._table = table
        self._generation = -1
        self._clear()

    def _clear(self) -> None:
        self._nodes: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        self._indexed = 0

    def resolve(self, name: str) -> str:
        """The canonical name of the entity meant, or `name` itself for a new one."""
        self._catch_up()
        node = self._table.node(name)
        if node is None:
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


def _key(name: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", normalized(name)))
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    words = _WORD.findall(bare)
    kept = [word for word in words if word not in _ARTICLES] or words or [name]
    return tuple(sorted(kept))
