"""The embedded model for real: llama.cpp over its HTTP port, compact wording, honest counting."""

from __future__ import annotations

import pytest

import metathink as mt
from metathink.core.errors import ContextTooLong, UnsupportedByModel
from metathink.core.message import assistant, system, user
from metathink.models.embedded import WEIGHTS, wording
from metathink.models.embedded.speech import CompactWording
from metathink.models.model import Model

pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
pytestmark = pytest.mark.skipif(
    not WEIGHTS.exists(), reason="the embedded model's weights are not here"
)

BOOLEAN = "True and not False or not True is"
COUNTING = "I have a flute, a piano, and two drums. How many musical instruments do I have?"
NAVIGATE = (
    "If you follow these instructions, do you return to the starting point? Always face forward. "
    "Take 3 steps forward. Take 4 steps left. Take 3 steps backward. Take 4 steps right.\n"
    "Options:\n- Yes\n- No"
)


@pytest.fixture
async def embedded() -> Model:
    return await mt.open_model("embedded")


@pytest.mark.parametrize(("question", "right"), [(BOOLEAN, "True"), (COUNTING, "4")])
@pytest.mark.parametrize("method", ["direct", "rema_plan", "rema"])
async def test_it_thinks_its_way_to_the_answer(
    embedded: Model, method: str, question: str, right: str
) -> None:
    answer = await mt.think(question, method=method, model=embedded, budget=mt.Budget(tokens=8000))
    assert (answer.value, answer.ending) == (right, "finished")
    assert answer.confidence is not None
    assert 0 < answer.confidence <= 1


async def test_an_easy_question_costs_the_composing_machine_hardly_more(embedded: Model) -> None:
    plain = await mt.think(BOOLEAN, method="direct", model=embedded)
    answer = await mt.think(BOOLEAN, model=embedded)
    assert (answer.value, answer.method) == (plain.value, "metacognition")
    assert answer.usage.tokens <= 1.3 * plain.usage.tokens


async def test_the_same_question_gets_the_same_answer(embedded: Model) -> None:
    first, again = [await mt.think(NAVIGATE, method="direct", model=embedded) for _ in range(2)]
    assert first.run.steps[0].output == again.run.steps[0].output
    assert again.usage.cached_tokens > 0


async def test_samples_differ_and_all_their_tokens_are_counted(embedded: Model) -> None:
    from metathink.models.request import Request

    talk, samples = [user(wording.solve(NAVIGATE))], 8
    put = Request(talk, n=samples, temperature=2.5, max_tokens=60, logprobs=0)
    several = await embedded.endpoint.complete(put)
    assert len({choice.text for choice in several.choices}) > 1
    said = sum(len(choice.tokens) for choice in several.choices)
    ends = several.usage.completion_tokens - said
    assert 0 <= ends <= samples, "each sample may end in a token that is not shown"
    once = await embedded.endpoint.complete(Request(talk, max_tokens=60))
    assert several.usage.prompt_tokens == once.usage.prompt_tokens


async def test_the_count_before_a_call_is_the_servers_own(embedded: Model) -> None:
    from metathink.models.request import Request

    talk = [user(wording.solve(NAVIGATE))]
    counted = await embedded.endpoint.count(Request(talk))
    completion = await embedded.endpoint.complete(Request(talk, max_tokens=1))
    assert counted == completion.usage.prompt_tokens


async def test_many_questions_at_once(embedded: Model) -> None:
    questions = [
        f"( {a} and {b} ) or not {c} is"
        for a in (True, False)
        for b in (True, False)
        for c in (True, False)
    ]
    answers = await mt.think_all(questions * 3, method="direct", model=embedded, concurrency=24)
    assert all(isinstance(a, mt.Answer) and a.value in ("True", "False") for a in answers)


@pytest.mark.parametrize(
    "question", ["Why is the sky blue?", "¿Dónde está la biblioteca? 🤔", "\u202e)))", "0" * 300]
)
@pytest.mark.parametrize("method", ["direct", "rema_plan", "rema"])
async def test_a_question_of_no_trained_form_is_refused_before_it_is_asked(
    embedded: Model, method: str, question: str
) -> None:
    with pytest.raises(UnsupportedByModel, match="`gguf:FILE`") as refused:
        await mt.think(question, method=method, model=embedded, budget=mt.Budget(tokens=1500))
    assert refused.value.run is not None
    assert refused.value.run.usage.calls == 0


async def test_a_question_longer_than_its_context(embedded: Model) -> None:
    with pytest.raises(ContextTooLong, match="2048"):
        things = ", ".join(["an apple"] * 5000)
        question = f"I have {things}. How many fruits do I have?"
        await mt.think(question, method="direct", model=embedded)


async def test_a_tight_budget_is_kept_to_the_token(embedded: Model) -> None:
    with pytest.raises(mt.MetathinkError) as caught:
        await mt.think(NAVIGATE, method="direct", model=embedded, budget=mt.Budget(tokens=40))
    assert caught.value.run is not None
    assert caught.value.run.usage.calls == 0
    answer = await mt.think(NAVIGATE, method="direct", model=embedded, budget=mt.Budget(tokens=120))
    assert answer.usage.tokens <= 120
    assert answer.ending == "truncated"


def test_each_kind_of_conversation_is_put_into_compact_words() -> None:
    from metathink.agents import meta_thinker, reasoner

    speech = CompactWording()
    dialogue = [
        system(meta_thinker.NEXT_MOVE.fill(finish_flag="[FINISH]")),
        user(meta_thinker.QUESTION.fill(question=BOOLEAN)),
        assistant("walk"),
        user(meta_thinker.WORK.fill(work="one\n\ntwo")),
    ]
    (heard,) = speech.phrase(dialogue, None)
    assert heard.content == wording.next_move(BOOLEAN, [wording.Turn("walk", ("one", "two"))])
    assert speech.read("do: look", dialogue, None) == "look"
    assert "[FINISH]" in speech.read("finish", dialogue, None)
    working = [
        system(reasoner.CARRY_OUT.fill(form="box it")),
        user(reasoner.INSTRUCTED.fill(question=BOOLEAN, instruction="walk")),
        assistant("one"),
        user(reasoner.NEXT.fill(instruction="State it. [FINISH]")),
    ]
    (heard,) = speech.phrase(working, None)
    assert heard.content == wording.follow(
        BOOLEAN, wording.FINISH, [wording.Turn("walk", ("one",))]
    )
    (heard,) = speech.phrase([user(BOOLEAN)], None)
    assert heard.content == wording.solve(BOOLEAN)
