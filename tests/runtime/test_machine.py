"""What holds for every machine: drawn as expected, a node anywhere, a run of its own, one stream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from metathink.core.errors import AuthenticationFailed, BudgetExceeded, InvalidConfig, InvalidInput
from metathink.core.record import Step
from metathink.core.run import Run, in_run
from metathink.graphs import METHODS, method
from metathink.models.endpoints.scripted import scripted
from metathink.runtime.checkpoint import open_saver
from metathink.runtime.machine import Machine
from tests.runtime.draw import DRAWN, drawing
from tests.server import FakeServer, refuses, says

CALLS = {
    "direct": 1,
    "self_consistency": 1,
    "rema_plan": 2,
    "rema": 2,
    "critique_revise": 3,
    "behavior_reuse": 1,
    "behavior_improve": 5,
    "multi_critique": 14,
}
"""Of the methods that one plain reply can answer; the others run alone in their own tests."""


def listens_to(server: FakeServer, **settings: Any) -> dict[str, Any]:
    return {"model": server.model, **settings}


@pytest.mark.parametrize("name", METHODS)
def test_the_drawn_graph_is_as_it_was(name: str) -> None:
    kept, command = DRAWN / f"{name}.mmd", f"python -m tests.runtime.draw {name}"
    assert kept.is_file(), f"{kept.name} is missing; `{command}` writes it: look at it, commit it"
    assert drawing(name) == kept.read_text("utf-8"), f"after a wanted change: {command}"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_card_settings_and_a_file_of_its_name(name: str) -> None:
    found = method(name)
    assert found.card.name == name == found.graph.name
    assert all((found.card.title, found.card.good_for, found.card.calls))
    for field in fields(found.settings):
        assert isinstance(getattr(found.settings(), field.name), (str, int, float, bool, dict))


@pytest.mark.parametrize("name", CALLS)
async def test_a_machine_alone_opens_its_own_run(name: str, server: FakeServer) -> None:
    server.always = _says_finish()
    context = listens_to(server) | ({"samples": 3} if name == "self_consistency" else {})
    outcome = await method(name).graph.ainvoke({"question": "q"}, context=context)
    assert outcome["answer"] == "42"
    assert outcome["ending"] == "finished"
    assert len(server.bodies) == CALLS[name]
    assert sum(step.usage.calls for step in outcome["steps"]) == CALLS[name]


@pytest.mark.parametrize("name", CALLS)
async def test_every_step_is_on_the_custom_stream_as_it_happens(
    name: str, server: FakeServer
) -> None:
    server.always = _says_finish()
    streamed: list[Any] = []
    last: dict[str, Any] = {}
    graph = method(name).graph
    context = listens_to(server) | ({"samples": 3} if name == "self_consistency" else {})
    async for mode, chunk in graph.astream(
        {"question": "q"}, context=context, stream_mode=["custom", "values"]
    ):
        if mode == "custom":
            streamed.append(chunk)
        else:
            last = chunk
    assert all(isinstance(step, Step) for step in streamed)
    assert streamed == last["steps"]


async def test_a_machine_alone_keeps_its_own_budget(server: FakeServer) -> None:
    with pytest.raises(BudgetExceeded):
        await method("rema").graph.ainvoke(
            {"question": "q"}, context=listens_to(server, budget_calls=1)
        )
    assert len(server.bodies) == 1


async def test_a_machine_is_a_node_of_anyones_graph(server: FakeServer) -> None:
    @dataclass
    class Theirs:
        question: str = ""
        answer: str = ""
        shout: str = ""

    def louder(state: Theirs) -> dict[str, str]:
        return {"shout": state.answer.upper() + "!"}

    server.always = _says_finish("yes")
    builder = StateGraph(Theirs)
    builder.add_node("think", method("rema").graph)
    builder.add_node("louder", louder)
    builder.add_edge(START, "think")
    builder.add_edge("think", "louder")
    builder.add_edge("louder", END)
    with in_run(run := Run("q")):
        run.models[""] = scripted(["[FINISH]", r"\boxed{yes}"])
        outcome = await builder.compile().ainvoke(Theirs(question="q"))
    assert outcome["shout"] == "YES!"
    assert run.usage.calls == 2


@asynccontextmanager
async def on_a_thread(name: str) -> AsyncIterator[tuple[Machine, RunnableConfig]]:
    """The machine with a saver, and a thread there, as Studio has them."""
    graph = method(name).graph
    async with open_saver(InMemorySaver(), graph.builder.state_schema) as saver:
        yield graph.copy({"checkpointer": saver}), {"configurable": {"thread_id": "t"}}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("direct", {}),
        ("rema", {}),
        ("critique_revise", {}),
        ("metacognition", {"stop_confidence": 1.0, "samples": 2, "min_confidence": 0.0}),
    ],
)
async def test_a_second_question_on_a_thread_is_answered_as_the_first(
    name: str, given: dict[str, Any], server: FakeServer
) -> None:
    """Machines within too: nothing of the first is taken for the second's, nor stands in its record."""
    context, ended = listens_to(server, **given), list[tuple[Any, ...]]()
    async with on_a_thread(name) as (machine, thread):
        for answer in ("41", "42"):
            server.always, before = _says_finish(answer), len(server.bodies)
            question = {"question": f"Is it {answer}?"}
            outcome = await machine.ainvoke(question, thread, context=context)
            assert (outcome["answer"], outcome["ending"]) == (answer, "finished")
            assert (await machine.aget_state(thread)).values["question"] == question["question"]
            heard = json.dumps(server.bodies[before:])
            assert question["question"] in heard and ("Is it 41?" in heard) is (answer == "41")
            steps = [(step.index, step.speaker, step.action) for step in outcome["steps"]]
            ended.append((len(server.bodies) - before, outcome["confidence"], steps))
    assert ended[0] == ended[1]


async def test_another_question_may_come_while_a_person_is_waited_for(server: FakeServer) -> None:
    """The answer nobody decided on is gone; the decision then is on the new one."""
    context = listens_to(server, approve="answer", min_confidence=0.0)
    async with on_a_thread("metacognition") as (machine, thread):
        for answer in ("41", "42"):
            server.always = _says_finish(answer)
            asked = await machine.ainvoke({"question": "q"}, thread, context=context)
            assert asked["__interrupt__"][0].value["answer"] == answer
        decided = Command(resume={"decision": "accept"})
        outcome = await machine.ainvoke(decided, thread, context=context)
    assert (outcome["answer"], outcome["steps"][-1].action) == ("42", "accept_answer")
    assert [step.index for step in outcome["steps"]] == list(range(len(outcome["steps"])))


async def test_a_text_given_with_the_first_question_is_not_the_second_s(server: FakeServer) -> None:
    """What a machine takes beside the question counts for that question only."""
    server.always = _says_finish("42")
    async with on_a_thread("critique_revise") as (machine, thread):
        given = {"question": "q", "response": "It is surely 7.", "answer": "7"}
        await machine.ainvoke(given, thread, context=listens_to(server))
        first = len(server.bodies)
        await machine.ainvoke({"question": "q"}, thread, context=listens_to(server))
    assert "surely 7" in json.dumps(server.bodies[:first])
    assert "surely 7" not in json.dumps(server.bodies[first:])


async def test_after_an_error_in_the_second_question_that_one_goes_on(server: FakeServer) -> None:
    """No input is no question: the thread goes on from its last checkpoint, with its own steps only."""
    async with on_a_thread("rema") as (machine, thread):
        server.script = [says("[FINISH]"), says(r"\boxed{41}")]
        await machine.ainvoke({"question": "one"}, thread, context=listens_to(server))
        server.script = [says("Multiply."), refuses(401)]
        with pytest.raises(AuthenticationFailed):
            await machine.ainvoke({"question": "two"}, thread, context=listens_to(server))
        server.script = [says("[no] 42"), says("[FINISH]"), says(r"\boxed{42}")]
        outcome = await machine.ainvoke(None, thread, context=listens_to(server))
    assert outcome["answer"] == "42"
    assert [step.output for step in outcome["steps"]][:2] == ["Multiply.", "[no] 42"]
    assert [step.index for step in outcome["steps"]] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"max_truns": 3}, "rema has no setting 'max_truns', did you mean 'max_turns'"),
        ({"max_turns": "many"}, "rema: max_turns: .*integer"),
    ],
)
async def test_settings_come_as_plain_data_and_are_checked(
    context: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidConfig, match=told):
        await method("rema").graph.ainvoke({"question": "q"}, context=context)


async def test_an_empty_question_is_refused() -> None:
    with pytest.raises(InvalidInput, match="empty"):
        await method("direct").graph.ainvoke({"question": "  "})


def _says_finish(answer: str = "42") -> Any:
    from tests.server import completion, web

    async def behave(request: Any, body: dict[str, Any]) -> Any:
        texts = [rf"[FINISH] \boxed{{{answer}}}"] * body.get("n", 1)
        return web.json_response(completion(body, *texts))

    return behave
