"""Names, relations and sources as small numbers, in the order they came."""

from __future__ import annotations

from ..records.change import Value
from ..records.evidence import Source
from ..records.text import letters, normalized, spelling
from .alias import AliasSet

_SEVERAL = -1


class Vocabulary:
    """Everything a fact refers to, each kept once. A node is one spelling of a name."""

    def __init__(self, aliases: AliasSet) -> None:
        self.names: list[str] = []
        self.relations: list[str] = []
        self.sources: list[Source] = []
        self._aliases = aliases
        self._nodes: dict[str, int] = {}
        self._folded: dict[str, int] = {}
        self._relation_numbers: dict[str, int] = {}
        self._source_numbers: dict[Source, int] = {}
        self._latest_source: tuple[Value | None, int] = (None, -1)

    def node(self, name: str) -> int | None:
        """The node of that spelling, else the only one of the same letters in another case."""
        node = self._nodes.get(spelling(name))
        if node is None:
            node = self._folded.get(letters(name), _SEVERAL)
        return None if node == _SEVERAL else node

    def relation(self, relation: str) -> int | None:
        """The number of that relation, whatever its case."""
        return self._relation_numbers.get(normalized(relation))

    def add_name(self, name: str) -> int:
        """The node of a name, a new one if need be."""
        node = self._nodes.get(name)  # most names are spelled plainly
        if node is None:
            written = spelling(name)
            node = self._nodes.get(written)
            if node is None:
                node = self._nodes[written] = self._aliases.add_node()
                folded = letters(name)
                self._folded[folded] = _SEVERAL if folded in self._folded else node
                self.names.append(name)
        return node

    def add_relation(self, relation: str) -> int:
        """The number of a relation, a new one if need be."""
        number = self._relation_numbers.get(relation)
        if number is None:
            folded = normalized(relation)
            number = self._relation_numbers.get(folded)
            if number is None:
                number = self._relation_numbers[folded] = len(self.relations)
                self.relations.append(relation)
            self._relation_numbers[relation] = number
        return number

    def add_source(self, value: Value) -> int:
        """The number of a source as it is stored, a new one if need be."""
        if value != self._latest_source[0]:  # neighbours mostly come from one source
            source = Source(**value)
            number = self._source_numbers.get(source)
            if number is None:
                number = self._source_numbers[source] = len(self.sources)
                self.sources.append(source)
            self._latest_source = value, number
        return self._latest_source[1]
