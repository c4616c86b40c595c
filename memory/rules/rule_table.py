"""The rules of one namespace, derived from what each source said of them.

Nothing is overwritten: every saying is a record of its own, so no source takes away what another
said, and two processes never lose each other's links. Of what one source said of a rule, the last
counts; of several sources, the strictest grade.

    g...  saying   condition, rule, grade, source; path (of a static rule), links (to other rules)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ..graph.fact import digest
from ..records.change import RULES, Change, Value
from ..records.clock import moment
from ..records.evidence import Source
from ..records.text import normalized
from .rule import GRADES, Link, Rule

Saying = tuple[str, Value]
"""Key and value of a stored record."""


class RuleTable:
    """All rules of a namespace; an `Index`."""

    kinds = frozenset({RULES})

    def __init__(self) -> None:
        self._rule_of: dict[str, str] = {}
        self._sayings: defaultdict[str, dict[str, Value]] = defaultdict(dict)

    def clear(self) -> None:
        """Forget everything."""
        self._rule_of.clear()
        self._sayings.clear()

    def apply(self, changes: Sequence[Change]) -> None:
        """Take stored records in."""
        for change in changes:
            self._drop(change.key)
            if change.value is not None:
                rule = rule_id(change.value)
                self._rule_of[change.key] = rule
                self._sayings[rule][change.key] = change.value

    def _drop(self, key: str) -> None:
        if (rule := self._rule_of.pop(key, None)) is not None:
            del self._sayings[rule][key]
            if not self._sayings[rule]:
                del self._sayings[rule]

    def __iter__(self) -> Iterator[Rule]:
        return (self._derived(rule) for rule in self._sayings)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, or the one that a record of that key speaks of."""
        rule = self._rule_of.get(rule_id, rule_id)
        return self._derived(rule) if rule in self._sayings else None

    def keys(self, rule_id: str) -> list[str]:
        """The keys of the records of a rule."""
        return list(self._sayings[rule_id]) if rule_id in self._sayings else []

    def links(self, rule_id: str) -> set[tuple[str, Link]]:
        """Which rules, by id, a rule is linked to by what; the other may be gone."""
        said = self._by_source(rule_id).values()
        return {pair for sayings in said for pair in _links(sayings).items()}

    def says(self, rule_id: str, source: Source, grade: str, links: Mapping[str, Link]) -> bool:
        """Whether a source has said all this of a rule."""
        sayings = self._by_source(rule_id).get(source)
        if sayings is None or sayings[-1][1]["grade"] != grade:
            return False
        return links.items() <= _links(sayings).items()

    def shown(self) -> Iterator[Saying]:
        """Of each rule the record that counts."""
        return (self._shown(rule) for rule in self._sayings)

    def _shown(self, rule: str) -> Saying:
        last = [sayings[-1] for sayings in self._by_source(rule).values()]
        return min(last, key=lambda saying: (-GRADES.index(saying[1]["grade"]), _order(saying)))

    def _by_source(self, rule: str) -> dict[Source, list[Saying]]:
        """What each source said of a rule, oldest first."""
        said: defaultdict[Source, list[Saying]] = defaultdict(list)
        for saying in sorted(self._sayings.get(rule, {}).items(), key=_order):
            said[Source(**saying[1]["source"])].append(saying)
        return said

    def _derived(self, rule: str) -> Rule:
        _, value = self._shown(rule)
        return Rule(
            id=rule,
            condition=value["condition"],
            rule=value["rule"],
            grade=value["grade"],
            source=Source(**value["source"]),
            learned=moment(min(said["learned"] for said in self._sayings[rule].values())),
            path=value.get("path", ""),
        )


def rule_id(value: Value) -> str:
    """The id of the rule that a record speaks of: who said it, when and how strictly is set aside."""
    words = normalized(value["condition"]), normalized(value["rule"])
    return f"g{digest(*words, value.get('path', '')):016x}"


def _order(saying: Saying) -> tuple[float, str]:
    return saying[1]["learned"], saying[0]


def _links(sayings: Sequence[Saying]) -> dict[str, Link]:
    """To which rule by what link, as these sayings, oldest first, end up."""
    return {other: link for _, value in sayings for other, link in value.get("links", {}).items()}
