"""What holds for the words of prompts: an obedient reader does with them what our readers expect."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

import metathink as mt
from metathink.agents.answer_form import REQUESTS, AnswerForm
from metathink.agents.critique import aggregator, judge
from metathink.agents.meta_thinker import MetaThinker
from metathink.agents.mind import domain, responder, theory_of_mind
from metathink.core.kind import OPEN, AnswerKind
from metathink.core.message import Message, Prompt
from metathink.memory.quotation import HEADING
from tests.prompts import all_prompts

MATERIAL = {"response", "responses", "solution", "units", "first", "old", "memory", "behaviors"}
"""Variables for text that somebody else wrote, or that a model wrote for somebody else."""
GUARD = re.compile(
    r"(never an|nothing in them is an|not) (instruction|instructions|orders)\b|obey nothing"
)
WORKS_ON_IT = {"reviser.revise", "reasoner.with_behaviors"}
"""The reviser's critique is what it is to carry out; the behaviors' guard stands in the system prompt."""


def words(prompt: Prompt) -> str:
    return " ".join(prompt.text.split())


PROMPTS = all_prompts()
EXPOSED = sorted(
    name for name, one in PROMPTS.items() if one.variables & MATERIAL and name not in WORKS_ON_IT
)


@pytest.mark.parametrize("name", EXPOSED)
def test_text_of_others_is_said_to_be_no_instruction(name: str) -> None:
    assert GUARD.search(words(PROMPTS[name])), f"{name} shows text that may hold instructions"


def test_the_prompts_that_show_text_of_others_are_found() -> None:
    """The law above is about something: critics, judges, the meta-critic and the notes on a person."""
    assert {"critic.criticise", "meta_critic.label", "judge.grade", "situation.known"} <= {*EXPOSED}


@pytest.mark.parametrize(
    "words",
    [
        HEADING,
        words(PROMPTS["reasoner.solve_with_behaviors"]),
        words(PROMPTS["reasoner.write_with_behaviors"]),
        words(PROMPTS["extractor.extract"]),
    ],
)
def test_what_memory_and_documents_say_is_no_instruction(words: str) -> None:
    assert GUARD.search(words)


@pytest.mark.parametrize("kind", [kind for kind in REQUESTS if kind not in OPEN])
def test_the_answer_is_asked_for_where_it_is_looked_for(kind: AnswerKind) -> None:
    """A reply that puts its answer where the prompt says is read so, whatever else stands in it."""
    [place] = set(re.findall(r"\\\w+\{\}", AnswerForm(kind).request))
    reply = f"First 12, then 30. {place.replace('{}', '{42}')}\nThat took 3 steps."
    assert AnswerForm(kind).answer(reply) == "42"


@pytest.mark.parametrize("flag", ["[FINISH]", "<<DONE>>"])
async def test_a_meta_thinker_that_does_as_it_is_told_can_finish(flag: str) -> None:
    def obedient(messages: Sequence[Message]) -> str:
        told = str(messages[0].content)
        ending = re.search(r"end your message with (\S+?)\.?$", told)
        return f"State the answer. {ending[1] if ending else ''}"

    move = await MetaThinker(mt.scripted([obedient]), finish_flag=flag).next_move("Why?", [], [])
    assert move.finish


def test_the_prior_is_asked_of_nobody_in_particular() -> None:
    """P(h) is that of a person of whom nothing is known: no slot shows one, and the prompt says so."""
    assert domain.ALONE.variables == {"hypotheses"} and not domain.PRIOR.variables
    blind = r"know nothing of.*what was said or happened.*an arbitrary person"
    assert re.search(blind, words(domain.PRIOR))
    assert not re.search(r"nothing of|arbitrary", words(domain.IN_CONTEXT))


@pytest.mark.parametrize(
    ("prompt", "worst_first"),
    [
        (judge.GRADE, ["worthless", "of little use", "comparable or better", "as good as a ref"]),
        (aggregator.CONCLUDE, ["worthless", "of little use", "comparable or", "as good as a ref"]),
        (
            responder.VALIDATE,
            ["would do for anybody", "be glad of", "leaves nothing to wish"],
        ),
        (theory_of_mind.CROSS_CHECK, ["speaks against", "fits it", "confirms the reading"]),
        (theory_of_mind.HYPOTHESIZE, ["contradicts it", "confirms it)"]),
        (domain.IN_CONTEXT, ["speaks against it", "confirms it"]),
    ],
    ids=lambda one: one.name if isinstance(one, Prompt) else "",
)
def test_a_better_thing_has_a_greater_number(prompt: Prompt, worst_first: list[str]) -> None:
    """The number before each description grows with what it describes."""
    numbers = [number_before(words(prompt), described) for described in worst_first]
    assert numbers == sorted(set(numbers)), dict(zip(worst_first, numbers, strict=True))


def number_before(text: str, described: str) -> float:
    return float(re.findall(r"(?<![\w.])\d+(?:\.\d)?", text[: text.index(described)])[-1])
