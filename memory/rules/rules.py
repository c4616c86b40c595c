"""Rules: a static tree that people wrote and, beside it, a dynamic graph that was learned.

MENTOR (2511.07107) turns what its self-assessment finds into rules of the graph; each is linked to
the rules (static or dynamic) that it refines, conflicts with or follows from.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...core.errors import InvalidInput
from ..records.change import RULES, Change
from ..records.clock import now
from ..records.evidence import Source, source_of, source_value
from ..records.text import checked_name, checked_text
from ..store.open_namespace import OpenNamespace
from .rule import GRADES, LINKS, Grade, Link, Rule
from .rule_table import RuleTable, rule_id

if TYPE_CHECKING:
    import networkx


class Rules:
    """The rules of one namespace."""

    def __init__(self, memory: OpenNamespace) -> None:
        self._memory = memory
        self.table = RuleTable()

    async def rules(self, *, under: str | None = None, grade: Grade | None = None) -> list[Rule]:
        """All rules, or those of the tree under a path; the strictest grade first."""
        found = list(await self._ready())
        if under is not None:
            inside = _path(under)
            found = [r for r in found if f"{r.path}/".startswith(f"{inside}/")]
        if grade is not None:
            found = [rule for rule in found if rule.grade == grade]
        return sorted(found, key=lambda r: (-GRADES.index(r.grade), r.path, r.learned, r.id))

    async def rule(self, rule_id: str) -> Rule:
        """One rule, by its id or by that of a recalled item; InvalidInput if there is none."""
        rule = (await self._ready()).rule(rule_id)
        if rule is None:
            raise InvalidInput(f"there is no rule {rule_id!r:.80}")
        return rule

    async def add_static(
        self, path: str, condition: str, rule: str, *, grade: Grade, source: Source | str
    ) -> Rule:
        """Put a rule into the tree at a path such as "finance/lending"."""
        return await self._add(condition, rule, grade, source, {"path": _path(path)})

    async def add(
        self,
        condition: str,
        rule: str,
        *,
        grade: Grade,
        source: Source | str,
        links: Mapping[str, Link] | None = None,
    ) -> Rule:
        """Learn a rule; `links` says how it stands to other rules, by their ids.

        What other sources said of the same rule stays: of their grades the strictest holds. Said
        again by the same source, its new grade replaces its old one, and its links are added.
        """
        linked = {}
        for other, link in (links or {}).items():
            linked[(await self.rule(other)).id] = link
            if link not in LINKS:
                raise InvalidInput(f"a link is one of {', '.join(LINKS)}, not {link!r}")
        return await self._add(condition, rule, grade, source, {"links": linked})

    async def remove(self, rule_id: str) -> None:
        """Delete a rule, whoever said it; links to it go with it."""
        rule = await self.rule(rule_id)
        await self._memory.write([Change(RULES, key, None) for key in self.table.keys(rule.id)])

    async def graph(self) -> networkx.MultiDiGraph:
        """Tree and graph as one: rules by id; edges of the tree ("under") and links by name.

        The inner nodes of the tree are its paths.
        """
        import networkx

        graph = networkx.MultiDiGraph()
        rules = {rule.id: rule for rule in await self._ready()}
        for key, rule in rules.items():
            graph.add_node(key, rule=rule)
            _add_path(graph, key, rule.path)
        for key in rules:
            for other, link in sorted(self.table.links(key)):
                if other in rules:
                    graph.add_edge(key, other, key=link)
        return graph

    async def _add(
        self, condition: str, rule: str, grade: Grade, source: Source | str, place: dict[str, Any]
    ) -> Rule:
        if grade not in GRADES:
            raise InvalidInput(f"a grade is one of {', '.join(GRADES)}, not {grade!r}")
        origin = source_of(source)
        value = {
            "condition": checked_text(condition, "a rule's condition"),
            "rule": checked_text(rule, "a rule"),
            "grade": grade,
            "source": source_value(origin),
            "learned": now(),
            **place,
        }
        table, key = await self._ready(), rule_id(value)
        if not table.says(key, origin, grade, place.get("links", {})):
            await self._memory.write([Change(RULES, f"g{secrets.token_hex(8)}", value)])
        return await self.rule(key)

    async def _ready(self) -> RuleTable:
        await self._memory.ready(self.table)
        return self.table


def _path(path: str) -> str:
    parts = [checked_name(part, "a part of a rule's path") for part in path.strip("/").split("/")]
    return "/".join(parts)


def _add_path(graph: networkx.MultiDiGraph, key: str, path: str) -> None:
    while path:
        graph.add_edge(key, path, key="under")
        key, path = path, path.rpartition("/")[0]
