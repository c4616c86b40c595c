"""The form of an answer: what prompts ask for, and what of a reply is the answer."""

from __future__ import annotations

import pytest

import metathink as mt
from metathink.agents.answer_form import REQUESTS, AnswerForm, answer_form
from metathink.agents.reasoner import Reasoner
from metathink.core.kind import OPEN, AnswerKind

SONNET = "Rain on the roof,\nthe answer is: wait.\n\nA gutter sings."
SORT = "```python\ndef third(xs):\n    return sorted(xs)[2]\n```\n\nIt sorts first."


@pytest.mark.parametrize("kind", ["text", "code", "json"])
def test_an_open_answer_is_the_whole_reply(kind: AnswerKind) -> None:
    assert AnswerForm(kind).answer(f"\n{SONNET}\n") == SONNET
    assert not AnswerForm(kind).states_answer(SONNET)


@pytest.mark.parametrize("kind", ["number", "choice", "short"])
def test_a_short_answer_is_the_stated_one_else_the_last_line(kind: AnswerKind) -> None:
    assert AnswerForm(kind).answer("6 * 9 = 54\n\\boxed{54}") == "54"
    assert AnswerForm(kind).answer("First we multiply.\nFifty-four") == "Fifty-four"


def test_where_the_question_does_not_tell_the_reply_decides() -> None:
    assert AnswerForm().answer("Let me see.\n\\boxed{54}") == "54"
    assert AnswerForm().answer(SORT) == SORT


def test_a_kind_that_is_given_holds() -> None:
    assert answer_form("Write a haiku about rain.", "number").kind == "number"
    assert answer_form("Write a poem about rain.").is_open


@pytest.mark.parametrize("kind", list(REQUESTS))
async def test_only_answers_that_may_be_short_are_asked_for_in_a_box(kind: AnswerKind) -> None:
    model = mt.scripted(["a", "b", "c", "d"])
    reasoner = Reasoner(model, form=AnswerForm(kind))
    await reasoner.solve("q")
    await reasoner.solve_with("q", [("behavior_x", "Look twice.", "run-1")])
    await reasoner.follow("q", "1. Look.")
    await reasoner.carry_out("q", ["Look."], [])
    for request in model.endpoint.heard:  # pyright: ignore[reportAttributeAccessIssue]
        assert (r"\boxed{}" in request.messages[0].content) == (kind not in OPEN)
