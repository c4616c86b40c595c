"""Behavior-guided self-improvement walks every edge: taught, nothing taught, cut, given, spent."""

from __future__ import annotations

import json
from typing import Any

import pytest

import metathink as mt
from metathink.core.errors import InvalidConfig
from metathink.core.record import StepChange
from metathink.core.run import Run, in_run
from metathink.graphs.handbook.behavior_improve import BehaviorImproveSettings, graph
from metathink.models.model import Model
from metathink.models.request import Choice

FIRST = r"3 + 4 * 5 = 35 \boxed{35}"
REFLECTION = json.dumps({"sound": False, "mistake": "Adds first.", "reason": "", "hints": []})
HINT = "Do products and quotients before sums and differences."


def behaviors(*pairs: tuple[str, str]) -> str:
    return json.dumps({"behaviors": [{"name": n, "instruction": i} for n, i in pairs]})


TAUGHT = behaviors(("products_first", HINT))


async def improve(model: Model, **settings: Any) -> mt.Answer:
    question = "What is 3 + 4 * 5?"
    return await mt.think(question, method="behavior_improve", model=model, **settings)


def heard(model: Model, call: int) -> str:
    request = model.endpoint.heard[call]  # pyright: ignore[reportAttributeAccessIssue]
    return "\n".join(str(message.content) for message in request.messages)


async def test_the_second_solution_sees_the_behaviors_and_not_the_first() -> None:
    model = mt.scripted(
        [FIRST, REFLECTION, TAUGHT, r"[behavior_products_first] 3 + 20 = 23 \boxed{23}"]
    )
    answer = await improve(model)
    assert (answer.value, answer.ending, answer.usage.calls) == ("23", "finished", 4)
    assert f'Behaviors:\n- behavior_products_first: "{HINT}" (source: the first' in heard(model, 3)
    assert "35" not in heard(model, 3)
    assert "Adds first." in heard(model, 2)
    last = answer.run.steps[-1]
    assert last.changes == [StepChange("answer", "35", "23")]
    assert last.findings == {"cited": ("behavior_products_first",)}


async def test_a_second_solution_that_agrees_changed_nothing() -> None:
    answer = await improve(mt.scripted([FIRST, REFLECTION, TAUGHT, r"\boxed{35}"]))
    assert (answer.value, answer.run.steps[-1].changes) == ("35", [])
    assert answer.run.steps[-1].findings == {"cited": ()}


@pytest.mark.parametrize(
    "said", [[behaviors()], [behaviors(("x", "Say 3 and 4 and 5 aloud twice."))], ["no", "no"]]
)
async def test_without_a_behavior_the_first_solution_stands(said: list[str]) -> None:
    answer = await improve(mt.scripted([FIRST, REFLECTION, *said]))
    assert (answer.value, answer.ending) == ("35", "finished")
    assert [step.action for step in answer.run.steps] == ["solve", "reflect", "extract"]


async def test_a_strategist_without_words_still_extracts() -> None:
    model = mt.scripted([FIRST, "no", "no", TAUGHT, r"\boxed{23}"])
    answer = await improve(model)
    assert (answer.value, answer.usage.calls) == ("23", 5)
    assert "# Reflection\n(none)" in heard(model, 3)


@pytest.mark.parametrize(
    ("second", "text", "ending"),
    [("so it is", "35", "truncated"), (r"\boxed{23} and", "23", "finished")],
)
async def test_a_cut_second_solution_counts_only_with_an_answer(
    second: str, text: str, ending: str
) -> None:
    model = mt.scripted([FIRST, REFLECTION, TAUGHT, Choice(second, "length")])
    answer = await improve(model)
    assert (answer.value, answer.ending) == (text, ending)


async def test_several_traces_are_put_together() -> None:
    other = "Check a sum by adding its parts in another order."
    reflected = iter([REFLECTION] * 3)
    taught = iter([TAUGHT, behaviors(("check_sums", other), ("products_first", HINT)), TAUGHT])

    def strategist(messages: Any) -> str:
        return next(taught if "# Reflection" in str(messages[-1].content) else reflected)

    said = [FIRST, r"\boxed{23}", r"twenty-three \boxed{23}", FIRST]
    model = mt.scripted([*said, *[strategist] * 6, r"\boxed{23}"])
    answer = await improve(model, traces=4, temperature=0.7)
    first = answer.run.steps[0]
    assert first.changes == [StepChange("answer", None, "35")]
    assert (first.chosen, first.reason) == ("35", "2 of 4 traces")
    dids = [step.action for step in answer.run.steps]
    assert dids == ["solve", *["reflect"] * 3, *["extract"] * 3, "solve_with_behaviors"]
    for name, text in (("products_first", HINT), ("check_sums", other)):
        assert f'- behavior_{name}: "{text}" (source: the first solution)\n' in heard(model, 7)
    assert (answer.value, answer.usage.calls) == ("23", 8)


async def test_a_given_solution_is_the_first_trace() -> None:
    run = Run("q")
    run.models["m"] = model = mt.scripted([REFLECTION, TAUGHT, r"\boxed{23}"])
    with in_run(run):
        outcome = await graph.ainvoke(
            {"question": "q", "answer": "35"}, context=BehaviorImproveSettings(model="m")
        )
    assert (outcome["answer"], outcome["ending"]) == ("23", "finished")
    assert "# Solution\n35\n" in heard(model, 0)


@pytest.mark.parametrize("calls", [1, 2, 3])
async def test_a_spent_budget_ends_with_the_first_solution(calls: int) -> None:
    model = mt.scripted([FIRST, REFLECTION, TAUGHT, r"\boxed{23}"])
    answer = await improve(model, budget=mt.Budget(calls=calls))
    assert (answer.value, answer.ending) == ("35", "budget")


async def test_no_traces_are_refused() -> None:
    with pytest.raises(InvalidConfig):
        await improve(mt.scripted([]), traces=0)
