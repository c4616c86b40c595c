"""How much a model is to think, as each kind of endpoint is told; and thoughts that a template opened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from metathink.core.errors import EmptyReply, InvalidConfig
from metathink.core.message import user
from metathink.core.record import Words
from metathink.core.run import Run, in_run, record_step
from metathink.models.endpoints.hosted import HostedEndpoint
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model
from metathink.models.open import open_model
from metathink.models.profiles.families import known_profile
from metathink.models.profiles.thinking import Thinking, ThinkingForm, split_thinking
from tests import server as serve
from tests.models.profiles.test_learning import refuses_if
from tests.server import FakeServer

pytestmark = pytest.mark.filterwarnings("ignore")  # litellm warns of its own schemas

FORMS: list[tuple[Thinking, ThinkingForm, dict[str, object]]] = [
    (Thinking(effort="low"), "effort", {"reasoning_effort": "low"}),
    (Thinking(on=False), "effort", {"reasoning_effort": "none"}),
    (Thinking(on=True), "effort", {}),
    (Thinking(budget=3000), "effort", {"reasoning_effort": "medium"}),
    (
        Thinking(effort="high"),
        "template",
        {
            "reasoning_effort": "high",
            "chat_template_kwargs": {
                "enable_thinking": True,
                "thinking": True,
                "reasoning_effort": "high",
            },
        },
    ),
    (
        Thinking(on=False),
        "template",
        {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}},
    ),
    (Thinking(effort="low"), "budget", {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
    (Thinking(budget=9000), "budget", {"thinking": {"type": "enabled", "budget_tokens": 9000}}),
    (Thinking(effort="none"), "budget", {"thinking": {"type": "disabled"}}),
    (Thinking(effort="high"), "switch", {"thinking": {"type": "enabled"}}),
    (Thinking(budget=500), "dashscope", {"enable_thinking": True, "thinking_budget": 500}),
    (Thinking(), "template", {}),
]


@pytest.mark.parametrize(("thinking", "form", "parameters"), FORMS)
def test_each_form_has_its_own_parameters(
    thinking: Thinking, form: ThinkingForm, parameters: dict[str, object]
) -> None:
    assert thinking.parameters(form) == parameters


def test_a_budget_leaves_half_of_the_cap_for_the_reply() -> None:
    told = Thinking(effort="high").parameters("budget", cap=5000)
    assert told == {"thinking": {"type": "enabled", "budget_tokens": 2500}}
    assert Thinking(effort="high").parameters("budget", cap=1500) == {}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("anthropic/claude-sonnet-4-5", "budget"),
        ("api.openai.com/v1/gpt-5", "effort"),
        ("deepseek/deepseek-chat", "switch"),
        ("dashscope/qwen-plus", "dashscope"),
        ("localhost:8000/v1/Qwen/Qwen3-8B", "template"),
    ],
)
def test_which_form_an_endpoint_takes(name: str, form: str) -> None:
    assert known_profile(name).thinking == form


async def test_litellms_hosted_models_are_told_an_effort() -> None:
    assert HostedEndpoint("openai/gpt-5").learned.profile.thinking == "effort"
    assert HostedEndpoint("hosted_vllm/x").learned.profile.thinking == "template"


SPLIT = {
    "openai/gpt-5?reasoning_effort=low": ("openai/gpt-5", Thinking(effort="low")),
    "http://h/v1#m?thinking=off": ("http://h/v1#m", Thinking(on=False)),
    "gguf:a.gguf?context=900&enable_thinking=true": ("gguf:a.gguf?context=900", Thinking(on=True)),
    "vllm:a/b?thinking=on&thinking_budget=700": ("vllm:a/b", Thinking(on=True, budget=700)),
    "gguf:a.gguf?context=900": ("gguf:a.gguf?context=900", None),
    "plain": ("plain", None),
}


@pytest.mark.parametrize("name", SPLIT)
def test_options_of_thinking_are_taken_off_a_model_string(name: str) -> None:
    assert split_thinking(name) == SPLIT[name]


@pytest.mark.parametrize(
    "options", ["thinking=perhaps", "reasoning_effort=", "thinking_budget=-3", "thinking_budget=x"]
)
def test_a_value_that_cannot_be_meant_is_refused(options: str) -> None:
    with pytest.raises(InvalidConfig, match=options.partition("=")[0]):
        split_thinking(f"openai/x?{options}")


async def test_a_server_is_told_through_its_template(server: FakeServer) -> None:
    name = f"{server.model}?thinking=off"
    model = await open_model(name)
    await model.ask([user("q")])
    assert model.name == name
    kwargs = server.bodies[0]["chat_template_kwargs"]
    assert kwargs == {"enable_thinking": False, "thinking": False}
    await (await open_model(server.model)).ask([user("q")])
    assert "chat_template_kwargs" not in server.bodies[1]


async def test_an_effort_reaches_the_wire_through_litellm(server: FakeServer) -> None:
    options: dict[str, Any] = {"api_base": server.base, "api_key": "k", "extra_headers": {"a": "b"}}
    model = Model("m", HostedEndpoint("openai/gpt-5", options), thinking=Thinking(effort="low"))
    await model.ask([user("q")])
    assert server.bodies[0]["reasoning_effort"] == "low"


async def test_what_is_refused_of_it_is_left_out_and_remembered(server: FakeServer) -> None:
    server.always = refuses_if(
        lambda body: "chat_template_kwargs" in body, "chat_template_kwargs: extra inputs", 422
    )
    model = Model("m", WireEndpoint(server.base, "fake"), thinking=Thinking(effort="low"))
    for _ in range(2):
        assert "7" in (await model.ask([user("q")])).text
    assert [body.keys() & {"chat_template_kwargs"} for body in server.bodies[1:]] == [set(), set()]
    assert server.bodies[-1]["reasoning_effort"] == "low"


OPENED = ("deepseek-r1-distill-qwen-7b", "qwq-32b", "Qwen3-4B-Thinking-2507", "MiniMax-M2")


@pytest.mark.parametrize("name", OPENED)
@pytest.mark.parametrize("streams", [False, True])
async def test_a_cut_reply_of_a_template_that_opens_thoughts_is_all_thought(
    server: FakeServer, name: str, streams: bool
) -> None:
    server.always = serve.says("First I weigh " + "it again and " * 60, finish="length")
    model, run, pieces = Model(name, WireEndpoint(server.base, name)), Run("q"), list[Words]()
    run.stream_words = streams
    run.listeners.append(lambda event: pieces.append(event) if isinstance(event, Words) else None)
    with in_run(run), record_step("a", "b"), pytest.raises(EmptyReply, match="spent on reasoning"):
        await model.ask([user("q")], max_tokens=200)
    assert "First I weigh" in run.steps[0].calls[0].reasoning[0]
    assert bool(pieces) is streams
    assert all(piece.thought for piece in pieces)


async def test_without_thoughts_a_cut_reply_is_a_reply(server: FakeServer) -> None:
    server.always = serve.says("The answer is nine and", finish="length")
    quiet = Model("m", WireEndpoint(server.base, "qwq-32b"), thinking=Thinking(on=False))
    assert (await quiet.ask([user("q")])).text == "The answer is nine and"
    other = replace(quiet, endpoint=WireEndpoint(server.base, "llama-3"), thinking=None)
    assert (await other.ask([user("q")])).text == "The answer is nine and"
