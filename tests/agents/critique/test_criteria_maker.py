"""Whatever is said, the given criteria stay, names are unique and the limits hold."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import metathink as mt
from metathink.agents.critique.criteria_maker import CriteriaMaker
from metathink.core.critique import Criterion, read_criteria
from metathink.core.errors import InvalidConfig

NAMES = st.sampled_from(
    ["truth", "Truth ", "tone", "clear_words", "clear words", "", "depth", "a\nb"]
)
LEVELS = st.sampled_from(["normal", "medium", "important"])
FINE = st.fixed_dictionaries({"name": NAMES, "description": st.just("d"), "importance": LEVELS})
DIMENSION = st.fixed_dictionaries(
    {
        "name": NAMES,
        "description": st.just("said"),
        "importance": LEVELS,
        "criteria": st.lists(FINE, max_size=5),
    }
)


async def made(said: list[dict], given: list[Criterion], fine: int = 15) -> tuple[Criterion, ...]:
    model = mt.scripted([json.dumps({"dimensions": said})])
    return (await CriteriaMaker(model, fine=fine).make("q", "t", given)).criteria


@given(
    st.lists(DIMENSION, max_size=7),
    st.lists(st.sampled_from(["truth", "tone", "depth"]), unique=True),
    st.integers(0, 15),
)
async def test_the_laws_of_the_two_tiers(said: list[dict], names: list[str], fine: int) -> None:
    given = [Criterion(name, "given") for name in names]
    criteria = await made(said, given, fine)
    primary = [one for one in criteria if not one.dimension]
    assert primary[: len(given)] == given, "the given ones stay, word for word and first"
    keys = [re.sub(r"[\s_]+", " ", one.name.lower()).strip() for one in criteria]
    assert len(set(keys)) == len(keys)
    assert all(keys)
    under = Counter(one.dimension for one in criteria if one.dimension)
    assert set(under) <= {one.name for one in primary}
    assert max(under.values(), default=0) <= 3
    assert sum(under.values()) <= fine


async def test_a_given_criterion_is_not_lost_to_a_fine_one_of_its_name() -> None:
    fine = [{"name": "tone", "description": "d", "importance": "normal"}]
    said = [{"name": "truth", "description": "d", "importance": "normal", "criteria": fine}]
    given = [Criterion("truth", "given"), Criterion("tone", "given")]
    assert await made(said, given) == tuple(given)


def test_criteria_as_a_person_writes_them() -> None:
    text = "truth (important): it is true\n- tone: friendly; depth\n\n"
    assert read_criteria(text) == [
        Criterion("truth", "it is true", "important"),
        Criterion("tone", "friendly"),
        Criterion("depth", "depth"),
    ]


@pytest.mark.parametrize("text", ["truth (huge): x", ": x", "truth; truth", "(normal): x"])
def test_what_is_no_criterion_is_said(text: str) -> None:
    with pytest.raises(InvalidConfig):
        read_criteria(text)
