"""Which names are one entity: alias records joined, whatever order they come in.

Each record says "`alias` is another name of `name`"; the groups are the connected components. The
canonical name of a group is one that is nobody's alias (the first in alphabetical order if several
or, in a cycle, none): it depends on the records only, never on their order.
"""

from __future__ import annotations

from collections.abc import Sequence

from .column import Column


class AliasSet:
    """Nodes (0, 1, ...) and the entity each belongs to, by the number of its canonical node."""

    def __init__(self) -> None:
        self._root = Column("int32")
        self._members: dict[int, list[int]] = {}
        self._aliases: set[int] = set()

    @property
    def root(self):
        """For each node the canonical node of its entity, int32."""
        return self._root.array

    def add_node(self) -> int:
        """A new node, an entity by itself."""
        node = len(self._root)
        self._root.append(node)
        return node

    def members(self, node: int) -> Sequence[int]:
        """All nodes of the entity that `node` belongs to."""
        root = int(self._root.array[node])
        return self._members.get(root, (root,))

    def join(self, alias: int, name: int, names: Sequence[str]) -> tuple[int, int]:
        """Take in that node `alias` is another name of node `name`; the roots before."""
        before = int(self.root[alias]), int(self.root[name])
        self._aliases.add(alias)
        group = sorted({*self.members(alias), *self.members(name)})
        for root in before:
            self._members.pop(root, None)
        canonical = min(group, key=lambda node: (node in self._aliases, names[node]))
        self._members[canonical] = group
        self._root.array[group] = canonical
        return before
