"""What is kept: knowledge graph, behavior handbook, episodes, people, rules; and its recall.

    async with open_memory("notes.db", namespace="project/alice") as memory:
        await memory.graph.add_facts([("Ada", "wrote", "Note G")], source="book")

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .episodes.episode import Episode, MethodStatistics, NewEpisode
    from .episodes.episodes import Episodes
    from .graph.fact import Entity, Fact, NewFact
    from .graph.graph import KnowledgeGraph
    from .graph.graph_view import GraphView
    from .handbook.behavior import Behavior, Version
    from .handbook.credit import Credit
    from .handbook.handbook import Handbook, Strategist, Trial
    from .memory import Memory
    from .node import Lesson, Recall, Reflect, Reflector
    from .open import open_memory, open_store
    from .people.people import People
    from .people.person import Person, PersonNote
    from .records.change import Change, Index
    from .records.evidence import Evidence, RankedEntity, Source
    from .registry import register_memory
    from .remember import Extractor, Refused, Remembered
    from .rules.rule import Rule
    from .rules.rules import Rules

_HOMES = {
    "Behavior": "handbook.behavior",
    "Change": "records.change",
    "Credit": "handbook.credit",
    "Entity": "graph.fact",
    "Episode": "episodes.episode",
    "Episodes": "episodes.episodes",
    "Evidence": "records.evidence",
    "Extractor": "remember",
    "Fact": "graph.fact",
    "GraphView": "graph.graph_view",
    "Handbook": "handbook.handbook",
    "Index": "records.change",
    "KnowledgeGraph": "graph.graph",
    "Lesson": "node",
    "Memory": "memory",
    "MethodStatistics": "episodes.episode",
    "NewEpisode": "episodes.episode",
    "NewFact": "graph.fact",
    "People": "people.people",
    "Person": "people.person",
    "PersonNote": "people.person",
    "RankedEntity": "records.evidence",
    "Recall": "node",
    "Reflect": "node",
    "Reflector": "node",
    "Refused": "remember",
    "Remembered": "remember",
    "Rule": "rules.rule",
    "Rules": "rules.rules",
    "Source": "records.evidence",
    "Strategist": "handbook.handbook",
    "Trial": "handbook.handbook",
    "Version": "handbook.behavior",
    "register_memory": "registry",
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
    "open_memory",
    "open_store",
    "register_memory",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
