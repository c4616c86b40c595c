"""The embedded model criticises, revises, compares and judges in the wording it was taught."""

from __future__ import annotations

import pytest

import metathink as mt
from metathink.core.errors import MalformedReply
from metathink.core.message import user
from metathink.models.embedded import wording
from metathink.models.embedded.speech import CompactWording
from metathink.models.endpoints.scripted import ScriptedEndpoint
from metathink.models.model import Model

QUESTION = "((2 + 8) + (1 * 4)) ="
STEPS = ("3 * 4 = 13. so far 13", "2 + 13 = 15", "answer: 15")
SOLUTION = "\n".join(STEPS)
FOUND = wording.Critique(1, "3 * 4 = 12. so far 12", "high")
OWN = "3 * 4 = 12. so far 12\n2 + 12 = 14\nanswer: 14"
MENDED = "2 + 12 = 14\nanswer: 14"


def embedded(*replies: str) -> tuple[Model, ScriptedEndpoint]:
    """The embedded model's wording over a script."""
    endpoint = ScriptedEndpoint(list(replies))
    return Model("embedded", endpoint, adapter=CompactWording()), endpoint


def asked(endpoint: ScriptedEndpoint) -> list[str]:
    return [str(request.messages[0].content) for request in endpoint.heard]


async def test_critique_and_revise_as_it_was_taught() -> None:
    model, endpoint = embedded(SOLUTION, OWN, MENDED)
    answer = await mt.think(QUESTION, method="critique_revise", model=model)
    assert asked(endpoint) == [
        wording.solve(QUESTION),
        wording.solve(QUESTION),
        wording.revise(QUESTION, STEPS, FOUND),
    ]
    assert (answer.value, answer.usage.calls) == ("14", 3)


async def test_nothing_wrong_is_understood() -> None:
    model, _ = embedded(SOLUTION, SOLUTION)
    answer = await mt.think(QUESTION, method="critique_revise", model=model)
    assert (answer.value, answer.usage.calls) == ("15", 2)


async def test_multi_critique_as_it_was_taught() -> None:
    replies = [SOLUTION, OWN, SOLUTION, "false", "20 %", MENDED, "second", "first"]
    model, endpoint = embedded(*replies)
    answer = await mt.think(QUESTION, method="multi_critique", model=model, number_of_critics=2)
    mended = ["3 * 4 = 12. so far 12", "2 + 12 = 14", "answer: 14"]
    assert asked(endpoint) == [
        wording.solve(QUESTION),
        *[wording.solve(QUESTION)] * 2,
        wording.judge(QUESTION, "15", STEPS),
        wording.confidence(QUESTION, "15", STEPS),
        wording.revise(QUESTION, STEPS, FOUND),
        wording.compare(QUESTION, STEPS, mended),
        wording.compare(QUESTION, mended, STEPS),
    ]
    assert (answer.value, answer.usage.calls) == ("14", 8)
    assert answer.reason.startswith("1 flaw, judged 2.8 of 10")


async def test_an_answer_it_judges_true_keeps_no_unit() -> None:
    replies = [SOLUTION, OWN, "true", "90 %"]
    model, _ = embedded(*replies)
    answer = await mt.think(QUESTION, method="multi_critique", model=model, number_of_critics=1)
    assert (answer.value, answer.usage.calls) == ("15", 4)
    label = next(step for step in answer.run.steps if step.speaker == "meta_critic")
    assert label.findings["severity_scores"] == ("critic 1 5",)


async def test_what_it_was_never_taught_it_is_not_asked() -> None:
    from metathink.agents.critique.task_describer import Task

    model, endpoint = embedded()
    with pytest.raises(MalformedReply, match="does not support"):
        await model.ask([user(QUESTION)], answer=Task)
    assert endpoint.heard == []
