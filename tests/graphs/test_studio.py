"""The machines under LangGraph's own development server, seen through its SDK, as Studio sees them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from metathink.graphs import METHODS, method
from metathink.runtime.registry import module_of
from tests.server import FakeServer, says

ROOT = Path(__file__).parents[2]
READY_SECONDS = 90
DIALOGUE = ("Add the numbers.", "2 + 2 = 4", "State the answer. [FINISH]", r"\boxed{4}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`langgraph dev` on the repository's langgraph.json; it keeps its files in a folder of its own."""
    place, port = tmp_path_factory.mktemp("studio"), free_port()
    command = [Path(sys.executable).with_name("langgraph"), "dev", "--no-browser", "--no-reload"]
    command += ["--config", ROOT / "langgraph.json", "--port", str(port)]
    theirs = ("METATHINK_", "LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_")
    quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false"}
    env = {
        k: v for k, v in os.environ.items() if not k.startswith(theirs) and "API_KEY" not in k
    } | quiet
    log = place / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=place, env=env, stdout=out, stderr=out)
    try:
        await_port(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def await_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"langgraph dev did not come up:\n{log.read_text(errors='replace')[-3000:]}")


@pytest.fixture
async def client(studio: str) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=studio) as client:
        yield client


async def assistant_of(client: LangGraphClient, name: str) -> str:
    (assistant,) = await client.assistants.search(graph_id=name)
    return assistant["assistant_id"]


def test_every_method_is_listed() -> None:
    """langgraph.json names each method's machine as a module, which is the only form that loads."""
    listed = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
    assert listed == {name: f"{module_of(name)}:graph" for name in METHODS}


@pytest.mark.parametrize("name", METHODS)
async def test_a_machine_is_drawn_as_it_is_wired(client: LangGraphClient, name: str) -> None:
    drawn = await client.assistants.get_graph(await assistant_of(client, name))
    wired = method(name).graph.get_graph()
    assert {node["id"] for node in drawn["nodes"]} == set(wired.nodes)
    labels = {(e["source"], e["target"], e.get("data")) for e in drawn["edges"]}
    assert labels == {(e.source, e.target, e.data) for e in wired.edges}


@pytest.mark.parametrize("name", METHODS)
async def test_settings_are_shown_with_their_defaults(client: LangGraphClient, name: str) -> None:
    schemas = await client.assistants.get_schemas(await assistant_of(client, name))
    shown = (schemas["context_schema"] or {})["properties"]
    defaults = method(name).settings()
    # A default that a factory makes, an empty mapping, is none that JSON Schema shows.
    assert {key: prop.get("default", {}) for key, prop in shown.items()} == {
        f.name: getattr(defaults, f.name) for f in fields(defaults)
    }
    asked = method(name).graph.get_input_jsonschema()["properties"]
    assert (schemas["input_schema"] or {})["properties"].keys() == asked.keys() >= {"question"}


async def test_a_run_with_an_edited_context_streams_its_steps_and_ends_with_the_answer(
    client: LangGraphClient, server: FakeServer
) -> None:
    """In a thread, as in Studio: steps come as they happen, and the thread keeps the state."""
    server.script = [says(text) for text in DIALOGUE]
    thread = await client.threads.create()
    events = [
        (event.event, event.data)
        async for event in client.runs.stream(
            thread["thread_id"],
            "rema",
            input={"question": "2 + 2?"},
            context={"model": server.model, "max_tokens": 77},
            stream_mode=["custom", "values"],
        )
    ]
    steps: list[Any] = [data for kind, data in events if kind == "custom"]
    assert [step["speaker"] for step in steps] == ["meta_thinker", "reasoner"] * 2
    assert [step["calls"][0]["outputs"][0] for step in steps] == list(DIALOGUE)
    assert [body["max_tokens"] for body in server.bodies] == [77] * 4
    kinds = [kind for kind, _ in events if kind in ("custom", "values")]
    assert kinds.index("values", kinds.index("custom")) < len(kinds) - 4, "steps came all at once"
    state: Any = (await client.threads.get_state(thread["thread_id"]))["values"]
    assert (state["answer"], state["ending"]) == ("4", "finished")
    assert state["steps"] == steps


async def test_settings_saved_in_an_assistant_hold_for_its_runs(
    client: LangGraphClient, server: FakeServer
) -> None:
    server.always = says(r"\boxed{4}")
    context = {"model": server.model, "temperature": 0.25}
    assistant = await client.assistants.create("direct", context=context)
    outcome: Any = await client.runs.wait(
        None, assistant["assistant_id"], input={"question": "2 + 2?"}
    )
    assert outcome["answer"] == "4"
    assert [body["temperature"] for body in server.bodies] == [0.25]


async def test_a_budget_set_in_the_context_ends_the_run(
    client: LangGraphClient, server: FakeServer
) -> None:
    """Two calls are allowed: the answer after them is the best so far, marked so."""
    server.script = [says(text) for text in DIALOGUE]
    context = {"model": server.model, "budget_calls": 2}
    outcome: Any = await client.runs.wait(
        None, "rema", input={"question": "2 + 2?"}, context=context
    )
    assert (outcome["answer"], outcome["ending"]) == ("2 + 2 = 4", "budget")
    assert len(server.bodies) == 2


async def test_an_empty_question_is_an_error_with_its_name(client: LangGraphClient) -> None:
    outcome: Any = await client.runs.wait(
        None, "direct", input={"question": " "}, raise_error=False
    )
    assert outcome["__error__"]["error"] == "InvalidInput"


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        ({"decision": "accept"}, ("42", False)),
        ({"decision": "edit", "answer": "43"}, ("43", False)),
        ({"decision": "refuse", "reason": "unproven"}, ("", True)),
    ],
)
async def test_an_answer_waits_for_a_person(
    client: LangGraphClient,
    server: FakeServer,
    decision: dict[str, str],
    outcome: tuple[str, bool],
) -> None:
    """The interrupt shows what is asked; a decision that decides nothing leaves it waiting."""
    server.always = says(r"It is \boxed{42}")
    context = {"model": server.model, "approve": "answer", "least": 0.0}
    thread = (await client.threads.create())["thread_id"]
    question = {"question": "How much is 6 times 7?"}
    await client.runs.wait(thread, "metacognition", input=question, context=context)
    state: Any = await client.threads.get_state(thread)
    (asked,) = state["interrupts"]
    assert (asked["value"]["matter"], asked["value"]["answer"]) == ("answer", "42")
    calls = len(server.bodies)
    for reply in ({"decision": "edit"}, decision):
        await client.runs.wait(
            thread,
            "metacognition",
            command={"resume": reply},
            context=context,
            raise_error=False,
        )
    state = await client.threads.get_state(thread)
    values = state["values"]
    assert (values["answer"], values.get("abstained", False)) == outcome
    assert values["steps"][-1]["action"] == f"{decision['decision']}_answer"
    assert [step["index"] for step in values["steps"]] == list(range(len(values["steps"])))
    assert len(server.bodies) == calls


@pytest.mark.parametrize(
    ("name", "given"), [("direct", {}), ("metacognition", {"ways": "rema_plan", "least": 0.0})]
)
async def test_a_second_question_in_a_thread_is_answered_anew(
    name: str, given: dict[str, Any], client: LangGraphClient, server: FakeServer
) -> None:
    """Typing the next question into the same thread: its answer, its record."""
    context = {"model": server.model, **given}
    thread, records = (await client.threads.create())["thread_id"], list[Any]()
    for answer in ("41", "42"):
        server.always, asked = says(rf"It is \boxed{{{answer}}}"), len(server.bodies)
        outcome: Any = await client.runs.wait(
            thread, name, input={"question": f"Is it {answer}?"}, context=context
        )
        assert outcome["answer"] == answer
        assert all(f"Is it {answer}?" in json.dumps(body) for body in server.bodies[asked:])
        records.append([(step["index"], step["action"]) for step in outcome["steps"]])
        assert len(server.bodies) > asked
    assert records[0] == records[1]


async def test_a_setting_of_the_wrong_kind_is_an_error_with_its_name(
    client: LangGraphClient,
) -> None:
    outcome: Any = await client.runs.wait(
        None, "rema", input={"question": "q"}, context={"max_turns": "many"}, raise_error=False
    )
    assert outcome["__error__"]["error"] == "InvalidConfig"
