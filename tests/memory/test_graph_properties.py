"""Supersession, `as_of` and aliases against a model that is too simple to be wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.memory.graph import fact_table
from metathink.memory.graph.fact import fact_value
from metathink.memory.graph.fact_table import FactTable
from metathink.memory.records.change import ENTITIES, FACTS, Change
from metathink.memory.records.evidence import Source

NAMES = ["Ada", "ada", "Bob", "Łódź", "علي"]
SINGLE, PLAIN = "lives in", "knows"

times = st.integers(1, 6).map(float)
names = st.sampled_from(NAMES)


@st.composite
def records(draw: st.DrawFn) -> list[Change]:
    """Facts, retractions of some of them, aliases and whether `SINGLE` is single-valued."""
    changes = []
    for number in range(draw(st.integers(1, 8))):
        about = draw(st.none() | times)
        relation = draw(st.sampled_from([SINGLE, PLAIN]))
        value = fact_value(draw(names), relation, draw(names), Source("x"), 1.0, draw(times), about)
        changes.append(Change(FACTS, f"f{number:016x}", value))
    for number in range(draw(st.integers(0, 3))):
        fact = draw(st.integers(0, 9))
        value = {"retracts": f"f{fact:016x}", "learned": draw(times), "source": {}}
        changes.append(Change(FACTS, f"r{number:016x}", value))
    for number in range(draw(st.integers(0, 3))):
        value = {"name": draw(names), "alias": draw(names), "learned": draw(times), "source": {}}
        changes.append(Change(ENTITIES, f"a{number:016x}", value))
    for number, single in enumerate(draw(st.lists(st.booleans(), max_size=2))):
        value = {"relation": SINGLE, "single_valued": single, "learned": float(number)}
        changes.append(Change(FACTS, f"d{number:016x}", value))
    return changes


def entity_of(name: str, known: Sequence[Change]) -> frozenset[str]:
    """All names that aliases join to this one."""
    group = {name}
    values = [change.value for change in known if change.kind == ENTITIES and change.value]
    for _ in values:
        for value in values:
            if {value["name"], value["alias"]} & group:
                group |= {value["name"], value["alias"]}
    return frozenset(group)


def model(changes: Sequence[Change], time: float) -> set[str]:
    """The ids of the facts believed at a time, by the definition."""
    declared = [c.value["single_valued"] for c in changes if c.key[0] == "d" and c.value]
    is_single = bool(declared) and declared[-1]
    known = [c for c in changes if c.value and c.key[0] != "d" and c.value["learned"] <= time]
    retracted = {c.value["retracts"] for c in known if c.value and c.key[0] == "r"}
    facts = {
        c.key: c.value for c in known if c.value and c.key[0] == "f" and c.key not in retracted
    }

    def rank(key: str):
        return facts[key].get("about") or facts[key]["learned"], facts[key]["learned"], key

    def contradicts(key: str, other: str) -> bool:
        one, two = facts[key], facts[other]
        return (
            is_single
            and one["relation"] == two["relation"] == SINGLE
            and entity_of(one["subject"], known) == entity_of(two["subject"], known)
            and entity_of(one["object"], known) != entity_of(two["object"], known)
        )

    return {
        key
        for key in facts
        if not any(contradicts(key, other) and rank(other) > rank(key) for other in facts)
    }


def believed(table: FactTable) -> set[str]:
    return {table.fact_id(row) for row in table.believed.nonzero()[0].tolist()}


@settings(max_examples=300, deadline=None)
@given(records(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_what_is_believed_when(changes: list[Change], random, portion: int):
    shuffled = random.sample(changes, len(changes))
    table = FactTable()
    for start in range(0, len(shuffled), portion):
        table.apply(shuffled[start : start + portion])
    assert believed(table) == model(changes, 100.0)
    for time in range(7):
        assert believed(table.before(float(time))) == model(changes, float(time))


@settings(max_examples=150, deadline=None)
@given(records(), st.randoms(use_true_random=False))
def test_order_repetition_and_deletion_change_nothing(changes: list[Change], random):
    straight, other = FactTable(), FactTable()
    straight.apply(changes)
    doomed = [
        Change(FACTS, f"f{99:016x}", fact_value("Ada", SINGLE, "Eve", Source(), 1.0, 9, None))
    ]
    other.apply(random.sample(changes + doomed, len(changes) + 1))
    other.apply(changes)
    other.apply([Change(c.kind, c.key, None) for c in doomed])
    assert _facts(straight) == _facts(other)
    assert {entity.name for entity in _entities(straight)} == {e.name for e in _entities(other)}


@settings(max_examples=300, deadline=None)
@given(records())
def test_each_newer_fact_by_itself_ends_what_all_at_once_end(changes: list[Change]):
    single = {"relation": SINGLE, "single_valued": True, "learned": 9.0}
    declared = Change(FACTS, f"d{9:016x}", single)
    ordered = sorted(changes, key=lambda c: c.value["learned"] if c.value else 0)
    one_by_one, at_once = FactTable(), FactTable()
    for change in [declared, *ordered]:
        one_by_one.apply([change])
    at_once.apply([*ordered, declared])
    assert _facts(one_by_one) == _facts(at_once)


def test_a_newer_fact_is_taken_in_without_all_older_ones(monkeypatch: pytest.MonkeyPatch):
    def fact(number: int) -> Change:
        value = fact_value("Ada", SINGLE, f"place {number}", Source("x"), 1.0, float(number), None)
        return Change(FACTS, f"f{number:016x}", value)

    def looked(*columns: object):
        raise AssertionError("all facts of the group are looked at")

    table = FactTable()
    single = {"relation": SINGLE, "single_valued": True, "learned": 0.0}
    table.apply([Change(FACTS, f"d{0:016x}", single), fact(3), fact(1)])
    monkeypatch.setattr(fact_table, "beliefs", looked)
    for number in range(4, 50):
        table.apply([fact(number)])
    assert believed(table) == {fact(49).key}
    with pytest.raises(AssertionError, match="looked at"):
        table.apply([fact(2)])


@settings(max_examples=150, deadline=None)
@given(records())
def test_aliases_are_what_connects(changes: list[Change]):
    table = FactTable()
    table.apply(changes)
    for one in NAMES:
        for other in NAMES:
            nodes = table.node(one), table.node(other)
            if None in nodes or [table.names[n] for n in nodes if n is not None] != [one, other]:
                continue
            together = table.root[nodes[0]] == table.root[nodes[1]]
            assert together == (entity_of(one, changes) == entity_of(other, changes))


@settings(max_examples=100, deadline=None)
@given(records())
def test_incident_rows_are_those_that_touch(changes: list[Change]):
    table = FactTable()
    table.apply(changes)
    for node in range(len(table.names)):
        touching = (table.subject == node) | (table.object == node)
        assert table.incident(node).tolist() == touching.nonzero()[0].tolist()


def _facts(table: FactTable):
    return {table.fact_id(row): table.fact(row) for row in range(len(table))}


def _entities(table: FactTable):
    return [table.entity(node) for node in range(len(table.names))]
