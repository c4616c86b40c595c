"""What is kept: knowledge graph, behavior handbook, episodes, people, rules; and its recall.

    async with open_memory("notes.db", namespace="project/alice") as memory:
        await memory.graph.add_facts([("Ada", "wrote", "Note G")], source="book")

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .behavior import Behavior, Version
    from .change import Change, Index
    from .credit import Credit
    from .episode import Episode, MethodStatistics, NewEpisode
    from .episodes import Episodes
    from .evidence import Evidence, RankedEntity, Source
    from .fact import Entity, Fact, NewFact
    from .graph import KnowledgeGraph
    from .graph_view import GraphView
    from .handbook import Handbook, Strategist, Trial
    from .lending import lent
    from .memory import Memory
    from .node import Lesson, Recall, Reflect, Reflector
    from .open import open_memory, open_store
    from .people import People
    from .person import Person, PersonNote
    from .remember import Extractor, Refused, Remembered
    from .rule import Rule
    from .rules import Rules

_HOMES = {
    "Behavior": "behavior",
    "Change": "change",
    "Credit": "credit",
    "Entity": "fact",
    "Episode": "episode",
    "Episodes": "episodes",
    "Evidence": "evidence",
    "Extractor": "remember",
    "Fact": "fact",
    "GraphView": "graph_view",
    "Handbook": "handbook",
    "Index": "change",
    "KnowledgeGraph": "graph",
    "Lesson": "node",
    "Memory": "memory",
    "MethodStatistics": "episode",
    "NewEpisode": "episode",
    "NewFact": "fact",
    "People": "people",
    "Person": "person",
    "PersonNote": "person",
    "RankedEntity": "evidence",
    "Recall": "node",
    "Reflect": "node",
    "Reflector": "node",
    "Refused": "remember",
    "Remembered": "remember",
    "Rule": "rule",
    "Rules": "rules",
    "Source": "evidence",
    "Strategist": "handbook",
    "Trial": "handbook",
    "Version": "behavior",
    "lent": "lending",
    "open_memory": "open",
    "open_store": "open",
}

__all__ = [
    "Behavior",
    "Change",
    "Credit",
    "Entity",
    "Episode",
    "Episodes",
    "Evidence",
    "Extractor",
    "Fact",
    "GraphView",
    "Handbook",
    "Index",
    "KnowledgeGraph",
    "Lesson",
    "Memory",
    "MethodStatistics",
    "NewEpisode",
    "NewFact",
    "People",
    "Person",
    "PersonNote",
    "RankedEntity",
    "Recall",
    "Reflect",
    "Reflector",
    "Refused",
    "Remembered",
    "Rule",
    "Rules",
    "Source",
    "Strategist",
    "Trial",
    "Version",
    "lent",
    "open_memory",
    "open_store",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
