"""Constraints: a base with content, extended by a file or by the rules in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from metathink.agents.mind.constraint import (
    BASE,
    KINDS,
    TREE,
    constraints,
    read_rules,
    remembered_rules,
    rules_text,
)
from metathink.core.errors import InvalidInput
from metathink.memory import open_memory


def test_the_base_has_rules_of_every_kind_and_grade() -> None:
    rules = constraints(read_rules(BASE))
    for kind in KINDS:
        assert sum(rule.kind == kind for rule in rules) >= 10
    assert {rule.grade for rule in rules} == {"guide", "reflect", "deny"}
    assert len({rule.id for rule in rules}) == len({rule.rule for rule in rules}) == len(rules)


def test_an_application_adds_its_own(tmp_path: Path) -> None:
    own = tmp_path / "shop.toml"
    own.write_text('[[role]]\nwhen = "a parcel is late"\nrule = "name the day"\ngrade = "deny"\n')
    base = read_rules(BASE)
    last = constraints([*base, *read_rules(own)])[-1]
    assert (last.kind, last.condition, last.rule, last.grade) == (
        "role",
        "a parcel is late",
        "name the day",
        "deny",
    )
    assert last.id == f"R{sum(kind == 'role' for kind, _ in base) + 1}"
    assert f"{last.id} [deny] When a parcel is late: name the day" in rules_text([last])


def test_a_rule_given_twice_counts_once_with_the_later_grade(tmp_path: Path) -> None:
    once, again = tmp_path / "a.toml", tmp_path / "b.toml"
    once.write_text('[[ethical]]\nwhen = "x"\nrule = "y"\n')
    again.write_text('[[ethical]]\nwhen = "x"\nrule = "y"\ngrade = "deny"\n')
    [rule] = constraints([*read_rules(once), *read_rules(again)])
    assert (rule.id, rule.grade) == ("E1", "deny")


async def test_rules_in_memory_under_social_hold_too() -> None:
    async with open_memory(None) as memory:
        await memory.rules.add_static(f"{TREE}/cultural/jp", "x", "y", grade="reflect", source="me")
        await memory.rules.add_static(f"{TREE}/other", "x", "z", grade="deny", source="me")
        await memory.rules.add_static("finance/role", "x", "w", grade="deny", source="me")
        [rule] = constraints(remembered_rules(await memory.rules.rules(under=TREE)))
    assert (rule.id, rule.kind, rule.rule, rule.grade) == ("C1", "cultural", "y", "reflect")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[role", "not TOML"),
        ("[[roles]]\nwhen = 'a'\nrule = 'b'", "roles"),
        ("[[role]]\nwhen = 'a'", "role.0.rule"),
        ("[[role]]\nwhen = 'a'\nrule = ' '", "role.0.rule"),
        ("[[role]]\nwhen = 'a'\nrule = 'b'\ngrade = 'forbid'", "grade"),
    ],
)
def test_what_is_no_sheet_of_rules_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=told):
        read_rules(path)


def test_a_sheet_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no rules at"):
        read_rules(tmp_path / "none.toml")
