"""What an answer is: whole texts, short values, objects of a type, from every method."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import metathink as mt
from metathink.core.answer import Answer, readable
from metathink.core.errors import InvalidInput
from metathink.models.request import Choice
from tests import server as serve
from tests.server import FakeServer

FUNCTION = (
    "Here you are:\n\n```python\ndef half(n):\n    return n / 2\n```\n\nIt works for all numbers."
)
LETTER = "Dear Ms Oyelaran,\n\nthank you for the boat.\nThe answer is: yes, we sail.\n\nYours, Ines"
ASKED_CODE = "Write a Python function half(n)."
ASKED_LETTER = "Write a letter to Ms Oyelaran."


class Person(BaseModel):
    name: str
    age: int


PERSON = Person(name="Ada", age=36)


def says(reply: str) -> Any:
    """A model that gives this reply whatever it is asked."""
    return mt.scripted([lambda messages: reply] * 40)


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        (r"\boxed{17}", "17"),
        (r" $\boxed{17}$ ", "17"),
        (r"\[ \boxed{\frac{1}{3}} \]", r"\frac{1}{3}"),
        (r"So it is \boxed{17}", r"So it is \boxed{17}"),
        (r"\boxed{a} or \boxed{b}", r"\boxed{a} or \boxed{b}"),
        (r"\boxed{17", r"\boxed{17"),
        (r"\boxed{}", r"\boxed{}"),
        ("\n17\n", "17"),
    ],
)
def test_only_a_reply_that_is_nothing_but_a_box_reads_as_what_is_in_it(
    reply: str, shown: str
) -> None:
    assert readable(reply) == shown


async def test_a_short_answer_has_a_value_and_the_whole_reply_beside_it() -> None:
    answer = await mt.think(
        "What is 9 + 8?", method="direct", model=says("9 + 8 = 17, so\n\\boxed{17}")
    )
    assert (answer.value, answer.text, answer.kind) == (
        "17",
        "9 + 8 = 17, so\n\\boxed{17}",
        "number",
    )
    assert answer.response == answer.text and answer.result == "17"


async def test_the_thoughts_before_the_reply_are_beside_it() -> None:
    model = mt.scripted([Choice("\\boxed{17}", reasoning="Nine and eight."), "x"])
    answer = await mt.think("What is 9 + 8?", method="direct", model=model)
    assert (answer.text, answer.reasoning) == ("17", "Nine and eight.")


METHODS = [
    "direct",
    "self_consistency",
    "rema_plan",
    "rema",
    "critique_revise",
    "behavior_reuse",
    "metacognition",
    "metamind_choice",
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("question", "reply", "kind"),
    [(ASKED_CODE, FUNCTION, "code"), (ASKED_LETTER, LETTER, "text")],
)
async def test_an_open_answer_comes_back_whole_from_every_method(
    method: str, question: str, reply: str, kind: str
) -> None:
    settings: dict[str, Any] = {"max_turns": 1} if method == "rema" else {}
    if method == "metamind_choice":
        settings = {"hypotheses": 0}
    answer = await mt.think(question, method=method, model=says(reply), **settings)
    assert (answer.text, answer.value, answer.kind) == (reply, None, kind)
    assert not answer.abstained


async def test_the_kind_that_is_given_overrules_what_the_question_looks_like() -> None:
    answer = await mt.think(ASKED_LETTER, method="direct", model=says("Yes"), kind="short")
    assert (answer.kind, answer.value) == ("short", "Yes")


# Choosing among whole replies


async def test_texts_are_chosen_by_the_model_that_sees_all_of_them() -> None:
    replies = ["Rain.", "Rain on slate.", "Rain on a roof."]
    model = mt.scripted([*replies, "The second says what most say.\nResponse 2"])
    answer = await mt.think(
        "Write a poem about rain.", method="self_consistency", model=model, samples=3
    )
    assert (answer.text, answer.confidence, answer.usage.calls) == ("Rain on slate.", None, 2)


@pytest.mark.parametrize("said", ["I like them all.", "Response 9", "Response 0"])
async def test_where_no_sample_is_named_the_first_one_stands(said: str) -> None:
    model = mt.scripted(["Rain.", "Rain on slate.", said])
    answer = await mt.think(
        "Write a poem about rain.", method="self_consistency", model=model, samples=2
    )
    assert (answer.text, answer.ending) == ("Rain.", "finished")


def program(body: str) -> str:
    return f"```python\ndef triple(n: int) -> int:\n    {body}\n```"


async def test_programs_are_chosen_by_what_they_do_not_by_how_they_are_written() -> None:
    pytest.importorskip("pydantic_monty")
    right = [program("return 3 * n"), program("return n + n + n"), program("return n * 3  # so")]
    model = mt.scripted([program("return n ** 3"), *right])
    answer = await mt.think(
        "Write a Python function triple(n).", method="self_consistency", model=model, samples=4
    )
    assert (answer.text, answer.confidence, answer.usage.calls) == (right[0], 0.75, 1)


async def test_programs_that_cannot_be_run_are_chosen_as_texts() -> None:
    queries = ["```sql\nSELECT a FROM t;\n```", "```sql\nSELECT a, b FROM t;\n```"]
    model = mt.scripted([*queries, "Response 2"])
    answer = await mt.think(
        "Write an SQL query for a.", method="self_consistency", model=model, samples=2
    )
    assert (answer.text, answer.confidence) == (queries[1], None)


# Objects of a type


@pytest.mark.parametrize("method", ["direct", "rema_plan", "critique_revise", "metacognition"])
async def test_the_value_is_an_object_of_the_type_that_was_asked_for(method: str) -> None:
    def say(messages: Any) -> str:
        asked = str(messages[-1].content)
        return (
            PERSON.model_dump_json() if "Put this answer into the form" in asked else "Ada is 36."
        )

    model = mt.scripted([say] * 20)
    answer = await mt.think("How old is Ada?", method=method, model=model, answer_type=Person)
    assert (answer.value, answer.text) == (PERSON, "Ada is 36.")
    assert (answer.run.steps[-1].speaker, answer.run.steps[-1].action) == ("formatter", "fill")
    again = mt.Answer.from_dict(json.loads(json.dumps(answer.to_dict())))
    assert again.value == {"name": "Ada", "age": 36}
    assert json.loads(answer.result) == again.value


async def test_a_reply_that_is_the_object_already_is_not_asked_for_again() -> None:
    reply = f"```json\n{PERSON.model_dump_json()}\n```"
    answer = await mt.think("Ada?", method="direct", model=says(reply), answer_type=Person)
    assert (answer.value, answer.usage.calls) == (PERSON, 1)


async def test_an_object_that_cannot_be_had_costs_nothing_of_the_answer() -> None:
    model = mt.scripted(["Ada is 36.", "no", "still no"])
    answer = await mt.think("How old is Ada?", method="direct", model=model, answer_type=Person)
    assert (answer.text, answer.value, answer.ending) == ("Ada is 36.", None, "unusable")
    assert "Person" in answer.reason
    model, budget = mt.scripted(["Ada is 36."]), mt.Budget(calls=1)
    answer = await mt.think(
        "How old is Ada?", method="direct", model=model, answer_type=Person, budget=budget
    )
    assert (answer.text, answer.value, answer.ending) == ("Ada is 36.", None, "budget")


async def test_streams_and_batches_give_objects_too(tmp_path: Path) -> None:
    reply = PERSON.model_dump_json()
    events = [
        e async for e in mt.stream("Ada?", method="direct", model=says(reply), answer_type=Person)
    ]
    assert isinstance(events[-1], Answer) and events[-1].value == PERSON
    told: dict[str, Any] = {"method": "direct", "resume": tmp_path / "r.jsonl"}
    model = mt.scripted([reply])
    for _ in "12":  # the second time from the file
        [answer] = await mt.think_all(["Ada?"], model=model, answer_type=Person, **told)
        assert isinstance(answer, Answer) and answer.value == PERSON


async def test_a_thread_goes_on_to_the_object_and_asks_for_it_once(tmp_path: Path) -> None:
    model = mt.scripted(["Ada is 36.", PERSON.model_dump_json()])
    told: dict[str, Any] = {"checkpoint": tmp_path / "runs.db", "thread": "t"}
    first = await mt.think(
        "How old is Ada?", method="direct", model=model, answer_type=Person, **told
    )
    again = await mt.resume("t", checkpoint=tmp_path / "runs.db", model=model, answer_type=Person)
    assert (first.value, again.value, again.usage.calls) == (PERSON, PERSON, 2)


async def test_a_person_decides_before_the_object_is_made(tmp_path: Path) -> None:
    model = mt.scripted(["Ada is 36.", PERSON.model_dump_json()])
    told: dict[str, Any] = {"checkpoint": tmp_path / "runs.db", "thread": "t"}
    waits = await mt.think(
        "How old is Ada?",
        method="direct",
        model=model,
        answer_type=Person,
        approve="answer",
        **told,
    )
    assert (waits.ending, waits.value) == ("waiting", None)
    done = await mt.resume(
        "t", mt.Decision("accept"), checkpoint=told["checkpoint"], model=model, answer_type=Person
    )
    assert done.value == PERSON


def test_think_sync_takes_what_think_takes() -> None:
    reply = PERSON.model_dump_json()
    answer = mt.think_sync("Ada?", method="direct", model=says(reply), answer_type=Person)
    assert answer.value == PERSON


@pytest.mark.parametrize("data", [{"text": "x"}, {"text": 1, "value": None}])
def test_a_record_without_its_parts_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Answer.from_dict(data)


async def test_a_short_answer_that_is_a_number_is_called_one() -> None:
    """Also where the question does not say so: its reply does."""
    model = mt.scripted([r"Four times two is \boxed{8} euros."])
    answer = await mt.think("What do 12 rolls cost, in euros?", method="direct", model=model)
    assert (answer.value, answer.kind) == ("8", "number")


async def test_an_object_is_told_while_it_arrives(server: FakeServer) -> None:
    said = "Ada Lovelace was 36.", '{"name": "Ada Lovelace", "age": 36}'
    server.script = [serve.says(reply) for reply in said]
    told = [
        event
        async for event in mt.stream(
            "How old was Ada?", method="direct", model=server.model, tokens=True, answer_type=Person
        )
    ]
    partial = [event.value for event in told if isinstance(event, mt.Partial)]
    assert partial and str(partial[0]["name"]).startswith("Ada")
    answer = told[-1]
    assert isinstance(answer, mt.Answer) and answer.value == Person(name="Ada Lovelace", age=36)
