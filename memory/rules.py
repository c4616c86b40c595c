"""Rules: a static tree that people wrote and, beside it, a dynamic graph that was learned.

MENTOR (2511.07107) turns what its self-assessment finds into rules of the graph; each is linked to
the rules (static or dynamic) that it refines, conflicts with or follows from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidInput
from .change import RULES, Change, Value
from .clock import moment, now
from .evidence import Source, source_of, source_value
from .fact import digest
from .record_table import RecordTable
from .rule import GRADES, LINKS, Grade, Link, Rule
from .text import checked_name, checked_text, normalized

if TYPE_CHECKING:
    import networkx

    from .memory import Memory


class Rules:
    """The rules of one namespace."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.table = RecordTable(RULES)

    async def rules(self, *, under: str | None = None, grade: Grade | None = None) -> list[Rule]:
        """All rules, or those of the tree under a path; the strictest grade first."""
        table = await self._ready()
        found = [_rule(key, value) for key, value in table.records.items()]
        if under is not None:
            inside = _path(under)
            found = [r for r in found if f"{r.path}/".startswith(f"{inside}/")]
        if grade is not None:
            found = [rule for rule in found if rule.grade == grade]
        return sorted(found, key=lambda r: (-GRADES.index(r.grade), r.path, r.learned, r.id))

    async def rule(self, rule_id: str) -> Rule:
        """One rule; InvalidInput if there is none of that id."""
        value = (await self._ready()).records.get(rule_id)
        if value is None:
            raise InvalidInput(f"there is no rule {rule_id!r:.80}")
        return _rule(rule_id, value)

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
        """Learn a rule; `links` says how it stands to other rules, by their ids."""
        for other, link in (links or {}).items():
            await self.rule(other)
            if link not in LINKS:
                raise InvalidInput(f"a link is one of {', '.join(LINKS)}, not {link!r}")
        known = (await self._ready()).records.get(_rule_id(condition, rule, ""), {})
        linked = {**known.get("links", {}), **(links or {})}
        return await self._add(condition, rule, grade, source, {"links": linked})

    async def remove(self, rule_id: str) -> None:
        """Delete a rule; links to it go with it."""
        await self.rule(rule_id)
        await self._memory.write([Change(RULES, rule_id, None)])

    async def graph(self) -> networkx.MultiDiGraph:
        """Tree and graph as one: rules by id; edges of the tree ("under") and links by name.

        The inner nodes of the tree are its paths.
        """
        import networkx

        graph = networkx.MultiDiGraph()
        records = (await self._ready()).records
        for key, value in records.items():
            graph.add_node(key, rule=_rule(key, value))
            _add_path(graph, key, value.get("path", ""))
        for key, value in records.items():
            for other, link in value.get("links", {}).items():
                if other in records:
                    graph.add_edge(key, other, key=link)
        return graph

    async def _add(
        self, condition: str, rule: str, grade: Grade, source: Source | str, place: dict[str, Any]
    ) -> Rule:
        if grade not in GRADES:
            raise InvalidInput(f"a grade is one of {', '.join(GRADES)}, not {grade!r}")
        value = {
            "condition": checked_text(condition, "a rule's condition"),
            "rule": checked_text(rule, "a rule"),
            "grade": grade,
            "source": source_value(source_of(source)),
            "learned": now(),
            **place,
        }
        key = _rule_id(condition, rule, place.get("path", ""))
        await self._ready()
        await self._memory.write([Change(RULES, key, value)])
        return _rule(key, value)

    async def _ready(self) -> RecordTable:
        await self._memory.ready(self.table)
        return self.table


def _rule_id(condition: str, rule: str, path: str) -> str:
    return f"g{digest(normalized(condition), normalized(rule), path):016x}"


def _path(path: str) -> str:
    parts = [checked_name(part, "a part of a rule's path") for part in path.strip("/").split("/")]
    return "/".join(parts)


def _add_path(graph: networkx.MultiDiGraph, key: str, path: str) -> None:
    while path:
        graph.add_edge(key, path, key="under")
        key, path = path, path.rpartition("/")[0]


def _rule(key: str, value: Value) -> Rule:
    return Rule(
        id=key,
        condition=value["condition"],
        rule=value["rule"],
        grade=value["grade"],
        source=Source(**value["source"]),
        learned=moment(value["learned"]),
        path=value.get("path", ""),
    )
