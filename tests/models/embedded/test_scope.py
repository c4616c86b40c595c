"""The embedded model is asked what it was trained on, and says so of everything else."""

from __future__ import annotations

import random
import time
import tomllib
from pathlib import Path

import pytest

import metathink as mt
from metathink.agents import meta_thinker, reasoner
from metathink.core.errors import UnsupportedByModel, UserError
from metathink.core.message import assistant, replacing_prompts, system, user
from metathink.models.embedded.scope import KINDS, is_supported
from metathink.models.embedded.speech import CompactWording
from metathink.models.endpoints.scripted import ScriptedEndpoint
from metathink.models.model import Model
from metathink.training.embedded.mixture import load, names

ROOT = Path(__file__).parents[3]
SAMPLES = 60
"""Questions of each family at each level."""
ACCEPTED = {
    "A train leaves at 9:40 and arrives at 11:05. How many minutes does the ride take?",
    "Nina reads 15 pages a day. How many days does she need for a book of 180 pages?",
}
"""Ordinary requests in the form of its word problems."""


@pytest.mark.parametrize("family", names())
def test_every_question_of_a_trained_family_is_supported(family: str) -> None:
    made, rng = load(family), random.Random(21)
    for level in made.LEVELS:
        for _ in range(SAMPLES):
            question = made.generate(rng, level).question
            assert is_supported(question), question


def test_ordinary_requests_are_not() -> None:
    sorts = tomllib.loads((ROOT / "tests/cassettes/requests.toml").read_text(encoding="utf-8"))
    asked = [question for sort in sorts.values() for question in sort["questions"]]
    assert {question for question in asked if is_supported(question)} == ACCEPTED
    assert len(asked) >= 40


def test_each_kind_is_named_once() -> None:
    assert len(KINDS) == len(set(KINDS)) == len(names())


PIECES = ["\n", "1", "1 ", "(", "true ", ". ", "? ", "a", "where ", "I have how many ", "input: "]


@pytest.mark.parametrize("start", ["", "true ", "input:", "I have. How many ", "on the "])
@pytest.mark.parametrize("piece", PIECES)
def test_a_long_question_is_looked_through_in_linear_time(start: str, piece: str) -> None:
    begun = time.perf_counter()
    is_supported(f"{start}{piece * (200_000 // len(piece))}#")
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    "question", ["Write a haiku", "Write a Python function that adds.", "Hello?"]
)
@pytest.mark.parametrize("method", ["direct", "metacognition", "rema", "metamind"])
async def test_what_it_cannot_answer_names_three_kinds_of_models_that_can(
    question: str, method: str
) -> None:
    endpoint = ScriptedEndpoint(["answer: 1"])
    model = Model("embedded", endpoint, adapter=CompactWording())
    with pytest.raises(UnsupportedByModel) as refused:
        await mt.think(question, method=method, model=model)
    assert isinstance(refused.value, UserError) and not endpoint.heard
    for way in ("gguf:", "vllm:", "http://", "openai/"):
        assert way in str(refused.value)


async def test_replaced_prompts_change_nothing_of_how_it_is_asked() -> None:
    question = "True and not False is"
    for prompts in ({}, {"reasoner.solve": "Begin. {form}", "reasoner.question": "Q. {question}"}):
        endpoint = ScriptedEndpoint(["answer: True"])
        model = Model("embedded", endpoint, adapter=CompactWording())
        answer = await mt.think(question, method="direct", model=model, prompts=prompts)
        assert answer.value == "True"
        assert [m.content for m in endpoint.heard[0].messages] == [f"{question}\n@solve"]


def test_a_dialogue_is_read_from_the_values_of_its_prompts() -> None:

    question = "True and not False is"

    def asked() -> list[str]:
        speech = CompactWording()
        talks = [
            [
                system(meta_thinker.NEXT_MOVE.fill(finish_flag="[FINISH]")),
                user(meta_thinker.QUESTION.fill(question=question)),
                assistant("do not"),
                user(meta_thinker.WORK.fill(work="not False = True")),
            ],
            [
                system(reasoner.CARRY_OUT.fill(form="box it")),
                user(reasoner.INSTRUCTED.fill(question=question, instruction="do not")),
                assistant("not False = True"),
                user(reasoner.NEXT.fill(instruction="do and")),
            ],
        ]
        return [str(speech.phrase(talk, None)[0].content) for talk in talks]

    plain = asked()
    with replacing_prompts(
        {
            "meta_thinker.work": "He did this: {work} End.",
            "reasoner.next": "Now please: {instruction} Thanks.",
            "reasoner.instructed": "{instruction}: {question}",
        }
    ):
        assert asked() == plain
