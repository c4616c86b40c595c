"""What holds for every machine: drawn as expected, a node anywhere, a run of its own, one stream."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph

from metathink.core.errors import BudgetExceeded, InvalidConfig, InvalidInput
from metathink.core.run import Run, Step, in_run
from metathink.graphs import METHODS, method
from metathink.models.scripted import scripted
from tests.server import FakeServer

DRAWN = Path(__file__).parent / "drawn"
CALLS = {
    "direct": 1,
    "self_consistency": 1,
    "rema_plan": 2,
    "rema": 2,
    "critique_revise": 3,
    "multi_critique": 14,
}
"""Of the methods that one plain reply can answer; the others run alone in their own tests."""


def listens_to(server: FakeServer, **settings: Any) -> dict[str, Any]:
    return {"model": server.model, **settings}


@pytest.mark.parametrize("name", METHODS)
def test_the_drawn_graph_is_as_it_was(name: str) -> None:
    """After a wanted change: delete the file, run the test once, look at it, commit it."""
    drawn, kept = method(name).graph.get_graph().draw_mermaid(), DRAWN / f"{name}.mmd"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(drawn)
    assert drawn == kept.read_text()


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_card_settings_and_a_file_of_its_name(name: str) -> None:
    found = method(name)
    assert found.card.name == name == found.graph.name
    assert all((found.card.title, found.card.good_for, found.card.calls))
    for field in fields(found.settings):
        assert isinstance(getattr(found.settings(), field.name), (str, int, float, bool))


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
        run.voices[""] = scripted(["[FINISH]", r"\boxed{yes}"])
        outcome = await builder.compile().ainvoke(Theirs(question="q"))
    assert outcome["shout"] == "YES!"
    assert run.usage.calls == 2


async def test_settings_come_as_plain_data_and_are_checked(server: FakeServer) -> None:
    with pytest.raises(InvalidConfig, match="max_truns"):
        await method("rema").graph.ainvoke({"question": "q"}, context={"max_truns": 3})


async def test_an_empty_question_is_refused() -> None:
    with pytest.raises(InvalidInput, match="empty"):
        await method("direct").graph.ainvoke({"question": "  "})


def _says_finish(answer: str = "42") -> Any:
    from tests.server import completion, web

    async def behave(request: Any, body: dict[str, Any]) -> Any:
        texts = [rf"[FINISH] \boxed{{{answer}}}"] * body.get("n", 1)
        return web.json_response(completion(body, *texts))

    return behave
