"""What is kept: knowledge graph, behavior handbook, episodes, people, rules; and its recall.

    async with open_memory("notes.db", namespace="project/alice") as memory:
        await memory.graph.add_facts([("Ada", "wrote", "Note G")], source="book")

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .change import Change, Index
    from .evidence import Evidence, RankedEntity, Source
    from .fact import Entity, Fact, NewFact
    from .graph import KnowledgeGraph
    from .graph_view import GraphView
    from .memory import Memory
    from .open import open_memory, open_store

_HOMES = {
    "Change": "change",
    "Entity": "fact",
    "Evidence": "evidence",
    "Fact": "fact",
    "GraphView": "graph_view",
    "Index": "change",
    "KnowledgeGraph": "graph",
    "Memory": "memory",
    "NewFact": "fact",
    "RankedEntity": "evidence",
    "Source": "evidence",
    "open_memory": "open",
    "open_store": "open",
}

__all__ = [
    "Change",
    "Entity",
    "Evidence",
    "Fact",
    "GraphView",
    "Index",
    "KnowledgeGraph",
    "Memory",
    "NewFact",
    "RankedEntity",
    "Source",
    "open_memory",
    "open_store",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
