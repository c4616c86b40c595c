"""The meta-critic: told which error is the gravest, one label for each unit, the first of two counts."""

from __future__ import annotations

import json
import re

import metathink as mt
from metathink.agents.critique.meta_critic import MetaCritic
from metathink.core.critique import (
    GENERAL,
    MEANINGS,
    Case,
    Label,
    Labelled,
    LabelName,
    Unit,
    critic_scores,
)
from metathink.models.model import Model

CASE = Case("Why is the sky blue?", ["It mirrors the sea."], GENERAL)
UNIT = Unit(("[S1]",), "the sea is not the cause", "correctness", "severe", "name scattering")


def labels(*pairs: tuple[str, LabelName]) -> str:
    said = [{"unit": u, "reason": "", "label": name, "include": True} for u, name in pairs]
    return json.dumps({"labels": said})


def gravity(*names: LabelName) -> int:
    """What a critic scores whose units got these labels."""
    labelled = [Labelled(UNIT, "critic", Label(name, True)) for name in names]
    [found] = critic_scores(labelled, ["critic"])
    return found.score


def shown(model: Model) -> str:
    request = model.endpoint.heard[-1]  # pyright: ignore[reportAttributeAccessIssue]
    return " ".join(str(request.messages[-1].content).split())


async def test_the_labels_are_shown_from_the_gravest_to_the_lightest() -> None:
    """The prompt asks for the first label of the list that applies; the list says how grave each is."""
    model = mt.scripted([labels(("U1", "L0"))])
    await MetaCritic(model).label(CASE, [UNIT])
    listed = re.findall(r"(L\d) \((\d)\): ([^.]*?)(?= L\d| Then)", shown(model))
    assert {name for name, _, _ in listed} == MEANINGS.keys()
    told = [int(number) for _, number, _ in listed]
    assert told == sorted(told, reverse=True)
    assert told == [gravity(name) for name, _, _ in listed]
    assert [meaning for _, _, meaning in listed] == [MEANINGS[name] for name, _, _ in listed]
    assert re.search("gravest error to none .* that comes first in the list: L1", shown(model))


def test_errors_weigh_against_each_other_as_in_the_paper() -> None:
    """A flag on a flawless sentence is the gravest error; a bad suggestion is as grave as a bad description,
    graver than a wrong criterion and a wrong severity together; a useless suggestion is the lightest."""
    assert gravity("L0") == 0
    assert gravity("L1") > gravity("L5") == gravity("L4") > gravity("L2", "L3")
    assert gravity("L2") > gravity("L3") == gravity("L6") > gravity("L0")
    assert gravity("L5", "L5") == gravity("L5") + gravity("L4")


async def test_the_first_of_two_labels_counts_where_a_unit_keeps_two() -> None:
    twice = labels(("U1", "L0"), ("U1", "L1"), ("U2", "L4"))
    found = await MetaCritic(mt.scripted([twice, twice])).label(CASE, [UNIT, UNIT])
    assert [label and label.name for label in found.labels] == ["L0", "L4"]
