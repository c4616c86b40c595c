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


@pytest.mark.parametrize(
    ("question", "reply", "answer"),
    [
        ("What is the capital of Peru?", "The capital of Peru is Lima.", "Lima"),
        (
            "Which river is the longest in Europe?",
            "The longest river in Europe is the Volga.",
            "the Volga",
        ),
        ("Quelle est la capitale du Pérou ?", "La capitale du Pérou est Lima.", "Lima"),
        ("Wie heißt die Hauptstadt von Peru?", "Die Hauptstadt von Peru heißt Lima.", "Lima"),
        ("What is the capital of Peru?", "I believe that it is Lima.", "I believe that it is Lima"),
        ("Who wrote it?", "It was written by Ada.", "It was written by Ada"),
        (
            "Is Lima the capital of Peru?",
            "Lima is the capital of Peru.",
            "Lima is the capital of Peru",
        ),
        ("What is the capital of Peru?", r"The capital of Peru is \boxed{Lima}.", "Lima"),
    ],
)
def test_a_line_that_repeats_the_question_gives_what_follows(
    question: str, reply: str, answer: str
) -> None:
    found = answer_form(question, "short").answer(reply)
    assert found.removeprefix("the ") == answer.removeprefix("the ")


def test_a_long_line_is_read_in_linear_time() -> None:
    words = "the capital of Peru is " * 5_000
    assert answer_form(words, "short").answer(words).startswith("the capital")
