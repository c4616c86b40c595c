"""Recall before a method and reflect after it, in a real LangGraph machine."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from metathink.core.errors import InvalidInput
from metathink.memory import Lesson, Memory, Recall, Reflect


class Asked(TypedDict, total=False):
    question: str
    answer: str
    recalled: str
    evidence: list[Any]
    remembered: list[str]


async def solve(state: Asked) -> dict[str, str]:
    return {"answer": "Ada" if "Ada" in state.get("recalled", "") else "Bob"}


def checker(verdict: bool | None):
    async def verify(question: str, answer: str) -> bool | None:
        return verdict

    return verify


class Reflector:
    async def lesson(self, question: str, answer: str, correct: bool) -> Lesson:
        return Lesson((("name_authors", "Look for who wrote it."),), "took the wrong name", "haste")


def machine(memory: Memory, verdict: bool | None, **settings: Any):
    graph = StateGraph(Asked)
    graph.add_node("recall", Recall(memory, recipe="graph_evidence"))
    graph.add_node("solve", solve)
    graph.add_node("reflect", Reflect(memory, "direct", checker(verdict), **settings))
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "solve")
    graph.add_edge("solve", "reflect")
    graph.add_edge("reflect", END)
    return graph.compile()


async def test_what_is_recalled_stands_quoted_before_the_method(local: Memory):
    await local.graph.add_facts([("Ada", "wrote", "Note G")], source="a book")
    result = await machine(local, True).ainvoke({"question": "Who wrote Note G?"})
    assert result["answer"] == "Ada"
    assert '"Ada wrote Note G" (source: a book)' in result["recalled"]
    assert [item.text for item in result["evidence"]] == ["Ada wrote Note G"]


async def test_a_right_answer_leaves_an_episode_and_backed_behaviors(local: Memory):
    built = machine(local, True, reflector=Reflector(), kind="authors", run="run-7")
    result = await built.ainvoke({"question": "Who wrote Note G?"})
    [episode] = await local.episodes.of_problem("who wrote note g?")
    [behavior] = await local.handbook.behaviors()
    assert result["remembered"] == [episode.id, behavior.id]
    assert episode.correct and not episode.mistake and episode.source.run == "run-7"
    assert (behavior.status, behavior.topic) == ("active", "authors")


async def test_a_wrong_answer_leaves_its_mistake_and_no_behavior(local: Memory):
    built = machine(local, False, reflector=Reflector())
    await built.ainvoke({"question": "Who wrote Note G?"})
    [episode] = await local.episodes.mistakes()
    assert (episode.mistake, episode.reason) == ("took the wrong name", "haste")
    assert await local.handbook.behaviors(status=["candidate", "active"]) == []


@pytest.mark.parametrize("state", [{"question": "Who?"}, {"question": "Who?", "answer": ""}])
async def test_what_was_not_checked_is_not_written(local: Memory, state: dict[str, str]):
    for verdict, answered in [(None, {"answer": "Ada"}), (True, {})]:
        reflect = Reflect(local, "direct", checker(verdict), reflector=Reflector())
        assert await reflect(state | answered) == {"remembered": []}
    assert [item async for item in local.items()] == []


async def test_what_a_question_taught_is_held_back_in_its_evaluation(local: Memory):
    taught = {"Who wrote Note G?": "Ask what she wrote.", "Where ends the Nile?": "Read who wrote."}
    for question, lesson in taught.items():
        state = {"question": question, "answer": "Ada"}
        await Reflect(local, "direct", checker(True), reflector=Taught(lesson))(state)
    found = {
        evaluating: await local.recall(
            "Who wrote Note G?", recipe="handbook_for_question", evaluating=evaluating
        )
        for evaluating in (False, True)
    }
    assert len(found[False]) == 2
    assert [item.text.split(": ")[1] for item in found[True]] == ["Read who wrote."]


class Taught:
    """Teaches one behavior, and counts how often it was asked to."""

    def __init__(self, instruction: str) -> None:
        self.instruction, self.asked = instruction, 0

    async def lesson(self, question: str, answer: str, correct: bool) -> Lesson:
        self.asked += 1
        return Lesson(((f"of_{len(question)}", self.instruction),))


async def test_a_later_life_of_the_run_remembers_nothing_twice(memory: Memory):
    taught = Taught("Look for who wrote it.")
    reflect = Reflect(memory, "direct", checker(True), reflector=taught, run="run-7")
    state = {"question": "Who wrote Note G?", "answer": "Ada"}
    first, again = await reflect(state), await reflect(state)
    assert first == again and taught.asked == 1
    [statistics] = await memory.episodes.statistics()
    assert statistics.tried == 1
    assert len(await memory.handbook.versions(first["remembered"][1])) == 1
    await reflect(state | {"answer": "Ada Lovelace"})
    [statistics] = await memory.episodes.statistics()
    assert statistics.tried == 2


async def test_a_lesson_that_cannot_be_kept_leaves_no_half(local: Memory):
    reflect = Reflect(local, "direct", checker(True), reflector=Taught("x" * 2_001))
    with pytest.raises(InvalidInput):
        await reflect({"question": "Who wrote Note G?", "answer": "Ada"})
    assert [item async for item in local.items()] == []
