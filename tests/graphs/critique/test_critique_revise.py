"""Critique-and-revise walks every edge: something wrong, nothing wrong, cut, given, spent."""

from __future__ import annotations

from typing import Any

import pytest

import metathink as mt
from metathink.core.run import Run, in_run
from metathink.graphs.critique.critique_revise import CritiqueReviseSettings, graph
from metathink.models.model import Model
from metathink.models.request import Choice


async def improve(model: Model, **settings: Any) -> mt.Answer:
    return await mt.think("What is 6 times 7?", method="critique_revise", model=model, **settings)


def heard(model: Model, call: int) -> str:
    request = model.endpoint.heard[call]  # pyright: ignore[reportAttributeAccessIssue]
    return "\n".join(str(message.content) for message in request.messages)


async def test_what_is_wrong_is_mended() -> None:
    model = mt.scripted([r"6 * 7 = 41 \boxed{41}", "6 * 7 is 42.", r"6 * 7 = 42 \boxed{42}"])
    answer = await improve(model)
    assert (answer.value, answer.ending, answer.usage.calls) == ("42", "finished", 3)
    assert answer.run.steps[-1].changed == "answer: 41 -> 42"
    assert r"# Solution" "\n" r"6 * 7 = 41 \boxed{41}" in heard(model, 1)
    assert "# Critique\n6 * 7 is 42." in heard(model, 2)


@pytest.mark.parametrize(
    "said", ["all steps are right", "**All steps are right.**", "'All steps are right'"]
)
async def test_nothing_wrong_ends_it(said: str) -> None:
    answer = await improve(mt.scripted([r"\boxed{42}", said]))
    assert (answer.value, answer.usage.calls) == ("42", 2)
    assert answer.run.steps[-1].changed == ""


async def test_the_paper_revises_whatever_the_critic_says() -> None:
    model = mt.scripted([r"\boxed{42}", "All steps are right.", r"\boxed{42}"])
    answer = await improve(model, revise_always=True)
    assert (answer.value, answer.usage.calls) == ("42", 3)
    assert answer.run.steps[-1].changed == ""


@pytest.mark.parametrize(
    ("revision", "text", "ending"),
    [("so it is", "41", "truncated"), (r"\boxed{42} and", "42", "finished")],
)
async def test_a_cut_revision_counts_only_with_an_answer(
    revision: str, text: str, ending: str
) -> None:
    model = mt.scripted([r"\boxed{41}", "No, 42.", Choice(revision, "length")])
    answer = await improve(model)
    assert (answer.value, answer.ending) == (text, ending)


async def test_a_given_solution_is_looked_at_instead() -> None:
    model = mt.scripted(["It is 42.", r"\boxed{42}"])
    answer = await improve(model, response=r"I say \boxed{41}")
    assert (answer.value, answer.usage.calls) == ("42", 2)


async def test_it_stands_after_another_machine() -> None:
    run = Run("q")
    run.models["m"] = model = mt.scripted(["all steps are right"])
    with in_run(run):
        given = {"question": "q", "response": "6 * 7 = 42", "answer": "42"}
        outcome = await graph.ainvoke(given, context=CritiqueReviseSettings(model="m"))
    assert (outcome["answer"], outcome["ending"]) == ("42", "finished")
    assert "6 * 7 = 42" in heard(model, 0)


@pytest.mark.parametrize("calls", [1, 2])
async def test_a_spent_budget_ends_with_the_first_solution(calls: int) -> None:
    model = mt.scripted([r"\boxed{41}", "No, 42.", r"\boxed{42}"])
    answer = await improve(model, budget=mt.Budget(calls=calls))
    assert (answer.value, answer.ending) == ("41", "budget")
