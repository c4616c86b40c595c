"""The strategist: what it asks, what it refuses in code, and that it is what memory takes it for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import metathink as mt
from metathink.agents.citation import cited, without_citations
from metathink.agents.instance import instance_data
from metathink.agents.strategist import BehaviorSaid, Strategist, fitting
from metathink.core.errors import MalformedReply
from metathink.memory import Reflect, Reflector, open_memory
from metathink.memory import Strategist as ComparesBehaviors
from metathink.models.model import Model

QUESTION = "Carla walks 12 km to Bonn on Monday. How far is it there and back? True or False?"
HINT = "Double the distance for a way there and back."


def strategist(*replies: Any, **how: Any) -> Strategist:
    return Strategist(mt.scripted(replies), **how)


def heard(model: Model) -> str:
    return str(model.endpoint.heard[-1].messages[-1].content)  # pyright: ignore[reportAttributeAccessIssue]


def reflected(*hints: str, mistake: str = "") -> str:
    said = {"sound": not mistake, "mistake": mistake, "reason": "", "hints": [*hints]}
    return json.dumps(said)


def said(*pairs: tuple[str, str]) -> list[BehaviorSaid]:
    return [BehaviorSaid(name=name, instruction=text) for name, text in pairs]


@pytest.mark.parametrize(
    ("correct", "told"),
    [(True, "known to be right"), (False, "known to be wrong"), (None, "Nobody has checked")],
)
async def test_a_look_back_is_told_what_is_known(correct: bool | None, told: str) -> None:
    one = strategist(reflected(" a\nb ", "", "c", "d", mistake="It adds.\n"), most=2)
    found = await one.reflect(QUESTION, "24", correct)
    assert (found.sound, found.mistake, found.hints) == (False, "It adds.", ("a b", "c"))
    assert found.text == "It adds.\n- a b\n- c"
    assert told in heard(one.model)


async def test_it_is_what_memory_takes_it_for() -> None:
    one = strategist(
        reflected("double it"),
        json.dumps({"behaviors": [{"name": "there and back", "instruction": HINT}]}),
    )
    reflector: Reflector = one
    compares: ComparesBehaviors = one

    async def verify(question: str, answer: str) -> bool:
        return True

    async with open_memory() as memory:
        node = Reflect(memory, "direct", verify, reflector, compares)
        await node({"question": QUESTION, "answer": "24 km"})
        [behavior] = await memory.handbook.behaviors()
    assert behavior.text == f"behavior_there_and_back: {HINT}"


async def test_a_wrong_answer_teaches_its_mistake() -> None:
    lesson = await strategist(reflected(mistake="One way only.")).lesson(QUESTION, "12", False)
    assert (lesson.behaviors, lesson.mistake) == ((), "One way only.")


@pytest.mark.parametrize("same", [True, False])
async def test_two_behaviors_are_compared(same: bool) -> None:
    one = strategist(json.dumps({"reason": "so", "same": same}))
    assert await one.is_same("behavior_a: new", "behavior_b: old") is same
    assert 'has this behavior:\n"behavior_b: old"' in heard(one.model)


@pytest.mark.parametrize(("old", "same"), [("behavior_a: x", True), ("behavior_b: y", False)])
async def test_where_the_model_cannot_say_names_decide(old: str, same: bool) -> None:
    assert await strategist("no", "no").is_same("behavior_a: y", old) is same


async def test_a_reply_without_any_behavior_in_it_is_an_error() -> None:
    with pytest.raises(MalformedReply):
        await strategist("no", "no").extract(QUESTION, "24")


@pytest.mark.parametrize(
    ("name", "instruction", "why"),
    [
        ("double", "Double 12 km for the way there and back.", "the number 12"),
        ("visit_bonn", HINT, "the name Bonn"),
        ("ask", "Ask what Carla would do in your place.", "the name Carla"),
        ("see", "Look at what is written; Carla may be wrong.", "the name Carla"),
        ("go", "In any case think of twenty four km first.", "the answer"),
        ("short", "Double it.", "20 to 400"),
        ("long", "word " * 100, "20 to 400"),
        ("a_b_c_d_e_f_g_h_i", HINT, "8 words"),
        ("?", HINT, "letters or digits"),
        ("bell", HINT + "\x07", "control character"),
    ],
)
def test_what_does_not_help_elsewhere_is_refused(name: str, instruction: str, why: str) -> None:
    found = fitting(said((name, instruction)), QUESTION, "twenty four km")
    assert found.behaviors == () and why in found.refused[0]


def test_what_is_fit_is_kept_in_canonical_form_once_and_not_too_many() -> None:
    found = fitting(
        said(
            ("There and Back", f"  {HINT}\n"),
            ("there_and_back", "Add the way home to the way out, whatever it is."),
            ("return", "For a way there and back double the distance!"),
            ("truth", "A True statement needs no second look before 1 thing."),
            ("third", "Draw the way as a line with both of its ends."),
        ),
        QUESTION,
        "24",
        most=2,
    )
    assert [name for name, _ in found.behaviors] == ["behavior_there_and_back", "behavior_truth"]
    assert found.behaviors[0][1] == HINT
    assert [why.partition(": ")[2] for why in found.refused] == [
        "behavior_there_and_back says it already",
        "behavior_there_and_back says it already",
        "there are 2 already",
    ]


def test_names_of_any_alphabet_are_names_and_laws_are_not() -> None:
    question = "Then Élodie, Алиса and McDuff asked the USA. Is it True?"
    for name in ("Élodie", "Алиса", "McDuff"):
        assert instance_data("x", f"Ask {name} first.", question) == f"the name {name}"
        assert instance_data(f"behavior_ask_{name.lower()}", "Ask.", question) == f"the name {name}"
    assert instance_data("x", "What is True stays so. Then go on.", question) == ""


def test_one_small_number_is_no_data_two_are() -> None:
    assert instance_data("x", "Split it into 2 parts.", "Share 2 and 3 apples.") == ""
    assert instance_data("x", "Add 2 to 3 first.", "Share 2 and 3 apples.") == "the number 2"
    assert instance_data("x", "Aim at 3.5 m.", "It is 3.5 m high.") == "the number 3.5"


@settings(suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.text(), st.text(), st.text(), st.text())
@example("", "behavior_", "", "")
@example("behavior", "[behavior_", "", "")
def test_any_words_can_be_looked_through(name: str, text: str, question: str, answer: str) -> None:
    assert isinstance(instance_data(name, text, question, answer), str)
    assert isinstance(without_citations(text), str)
    assert "behavior_" not in without_citations(f"{text} [behavior_a] {name}behavior_b")


def test_citations_are_found_and_taken_out() -> None:
    shown = ["behavior_b", "behavior_a", "behavior_ab"]
    text = "By [behavior_a, behavior_x] 1 = 1 (Behavior_A), then behavior_b_c (behavior_b)."
    assert cited(text, shown) == ["behavior_b", "behavior_a"]
    assert without_citations(text) == "By 1 = 1, then b c."
    assert without_citations("behavior_ [behavior_a] behavior_b").split() == ["b"]
