"""litellm's path against the same real server: both paths say the same, faults become our errors."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from metathink.core.errors import (
    AuthenticationFailed,
    ContextTooLong,
    EndpointFailed,
    EndpointUnreachable,
    InvalidConfig,
    RequestRejected,
    UnknownModel,
)
from metathink.core.message import system, user
from metathink.models import pool
from metathink.models.hosted import HostedEndpoint
from metathink.models.model import Model
from metathink.models.open import open_model, routed
from metathink.models.request import Request
from metathink.models.wire import WireEndpoint
from tests import server as serve
from tests.server import FakeServer

pytestmark = pytest.mark.filterwarnings("ignore")  # litellm warns of its own schemas
ASK = Request([system("be brief"), user("what?")], max_tokens=7, temperature=0.0, timeout=20)


class Verdict(BaseModel):
    right: bool


def hosted(server: FakeServer) -> HostedEndpoint:
    return HostedEndpoint("hosted_vllm/fake", {"api_base": server.base, "api_key": "k"})


async def test_both_paths_say_the_same(server: FakeServer) -> None:
    server.always = serve.says("one two", "three")
    wire = await WireEndpoint(server.base, "fake", "k").complete(
        Request([user("q")], n=2, timeout=20)
    )
    lite = await hosted(server).complete(Request([user("q")], n=2, timeout=20))
    assert wire == lite
    same = ("model", "messages", "n")
    assert [server.bodies[0][key] for key in same] == [server.bodies[1][key] for key in same]


async def test_both_paths_stream_the_same(server: FakeServer) -> None:
    server.always = serve.says("one two three")
    heard: list[str] = []
    request = Request([user("q")], timeout=20, on_words=heard.append)
    wire = await WireEndpoint(server.base, "fake").complete(request)
    lite = await hosted(server).complete(request)
    assert wire.choices[0].text.strip() == lite.choices[0].text.strip()
    assert wire.usage == lite.usage
    assert "".join(heard).split() == ["one", "two", "three"] * 2


def piece(words: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": words}, "finish_reason": finish}]}


@pytest.mark.parametrize("routes", [False, True])
async def test_a_stream_without_an_end_was_cut_off(server: FakeServer, routes: bool) -> None:
    server.always = serve.sends(piece("answer: 1"))
    place = {"model": "hosted_vllm/fake", "api_base": server.base, "api_key": "k"}
    endpoint = hosted(server)
    if routes:
        endpoint = HostedEndpoint("one", deployments=(place,))
    with pytest.raises(EndpointFailed, match="cut its stream off") as caught:
        await endpoint.complete(Request([user("q")], timeout=20, on_words=lambda _: None))
    assert caught.value.unreported


async def test_a_stream_without_a_count_is_not_guessed_at(server: FakeServer) -> None:
    server.always = serve.sends(piece("so "), piece("on", "length"))
    request = Request([user("q")], timeout=20, on_words=lambda _: None)
    said = await hosted(server).complete(request)
    assert (said.choices[0].text, said.choices[0].finish) == ("so on", "length")
    assert said.usage.tokens == 0, "so that the whole reservation is booked"


async def test_several_samples_stay_apart_when_words_are_listened_to(server: FakeServer) -> None:
    server.always = serve.says("one two", "three")
    heard: list[str] = []
    said = await hosted(server).complete(
        Request([user("q")], n=2, timeout=20, on_words=heard.append)
    )
    assert [choice.text for choice in said.choices] == ["one two", "three"]
    assert heard == ["one two"]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (serve.refuses(401, "bad key"), AuthenticationFailed),
        (serve.refuses(404, "no such model"), RequestRejected),
        (serve.refuses(400, "maximum context length is 10 tokens"), ContextTooLong),
        (serve.refuses(429, "slow down"), EndpointFailed),
        (serve.refuses(500, "broken"), EndpointFailed),
        (serve.raw("<html>"), EndpointFailed),
        (serve.raw('{"choices": [null]}'), EndpointFailed),
    ],
)
async def test_its_errors_become_ours(
    server: FakeServer, behaviour: serve.Behaviour, error: type[Exception]
) -> None:
    server.always = behaviour
    with pytest.raises(error):
        await hosted(server).complete(ASK)


async def test_a_refused_connection_is_unreachable() -> None:
    endpoint = HostedEndpoint(
        "hosted_vllm/fake", {"api_base": "http://127.0.0.1:9/v1", "api_key": "k"}
    )
    with pytest.raises(EndpointUnreachable):
        await endpoint.complete(ASK)


async def test_an_address_that_completes_no_connection_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its backlog is full, so that a connection hangs."""
    monkeypatch.setattr(pool, "KNOCK_SECONDS", 0.3)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            line = waiting.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        base = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        monkeypatch.setenv("HOSTED_VLLM_API_BASE", base)
        for options in ({}, {"api_base": base, "api_key": "k"}):
            with pytest.raises(EndpointUnreachable, match="nothing answers"):
                await HostedEndpoint("hosted_vllm/fake", options).complete(ASK)


def test_behind_a_proxy_nobody_knocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address may be one that only the proxy can reach."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:3128")
    endpoint = HostedEndpoint("hosted_vllm/fake", {"api_base": "http://127.0.0.1:9/v1"})
    assert endpoint._own_address() == ""


async def test_our_retries_mend_its_faults(server: FakeServer) -> None:
    server.script = [serve.refuses(500), serve.refuses(429)]
    reply = await Model("m", hosted(server)).ask([user("q")])
    assert reply.text == "answer: 42"
    assert len(server.bodies) == 3


async def test_a_router_falls_back_to_the_deployment_that_answers(server: FakeServer) -> None:
    dead = {"model": "hosted_vllm/fake", "api_base": "http://127.0.0.1:9/v1", "api_key": "k"}
    model = routed("fake", [dead, {**dead, "api_base": server.base}])
    for _ in range(6):
        assert (await model.ask([user("q")])).text == "answer: 42"


async def test_a_router_whose_deployments_all_fail_is_a_typed_error(server: FakeServer) -> None:
    server.always = serve.refuses(500)
    place = {"model": "hosted_vllm/fake", "api_base": server.base, "api_key": "k"}
    endpoint = routed("tired", [place, {**place, "model": "hosted_vllm/other"}]).endpoint
    waits: list[float | None] = []
    for _ in range(4):  # the first two rest both, the others find nobody
        with pytest.raises(EndpointFailed) as caught:
            await endpoint.complete(ASK)
        waits.append(caught.value.retry_after)
    assert waits[-1] is not None


async def test_a_deployment_may_have_parameters_that_are_objects(server: FakeServer) -> None:
    place = {"model": "hosted_vllm/fake", "api_base": server.base, "api_key": "k"}
    model = routed("headed", [{**place, "extra_headers": {"X-Team": "one"}}])
    assert (await model.ask([user("q")])).text == "answer: 42"


@pytest.mark.parametrize("deployments", [[], [{"api_base": "http://127.0.0.1:9/v1"}]])
def test_a_routed_model_without_a_deployment_is_refused(deployments: list[dict[str, str]]) -> None:
    with pytest.raises(InvalidConfig, match="deployment"):
        routed("none", deployments)


POPULAR = (
    "openai/gpt-4o-mini",
    "openai/gpt-5",
    "openai/gpt-5-mini",
    "openai/o3-mini",
    "azure/gpt-5",
    "anthropic/claude-sonnet-4-5",
    "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0",
    "gemini/gemini-2.5-flash",
    "vertex_ai/gemini-2.5-flash",
    "mistral/mistral-large-latest",
    "groq/llama-3.3-70b-versatile",
    "deepseek/deepseek-chat",
    "xai/grok-4",
    "cohere/command-r-plus",
    "openrouter/openai/gpt-5",
    "perplexity/sonar",
    "ollama/llama3",
)


@pytest.mark.parametrize("name", POPULAR)
async def test_litellm_lets_through_what_methods_ask_of_popular_models(name: str) -> None:
    """Its check of the request is its own; the reply is a mock of its own too, so nothing is sent."""
    options = {"mock_response": '{"right": true}', "api_key": "none"}
    model = await open_model(name)
    model = replace(model, endpoint=replace(model.endpoint, options=options))  # pyright: ignore[reportArgumentType]
    for temperature in (0.0, 0.7):
        reply = await model.ask(
            [user("q")], n=3, temperature=temperature, logprobs=1, answer=Verdict
        )
        assert [value.right for value in reply.values] == [True] * 3


async def test_a_temperature_is_left_out_only_where_it_is_refused(server: FakeServer) -> None:
    await hosted(server).complete(ASK)
    assert server.bodies[0]["temperature"] == 0.0
    reasoning = HostedEndpoint("openai/gpt-5", {"api_base": server.base, "api_key": "k"})
    await reasoning.complete(ASK)
    assert "temperature" not in server.bodies[1]


@pytest.mark.parametrize("name", ["no-such-model-anywhere", "gtp-4o"])
async def test_a_model_string_nobody_knows(name: str) -> None:
    with pytest.raises(UnknownModel, match="forms"):
        await open_model(name)


async def test_a_hosted_model_has_its_listed_price() -> None:
    price = (await open_model("openai/gpt-4o-mini")).endpoint.price
    assert price is not None
    assert 0 < price.prompt < price.completion < 1e-3


@pytest.mark.parametrize(("key", "said"), [("", "set the environment"), ("sk-1\nx", "line break")])
async def test_a_key_that_is_missing_or_none_is_told_before_anything_is_sent(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(AuthenticationFailed, match=f"{said}|OPENAI_API_KEY"):
        await HostedEndpoint("openai/gpt-4o-mini", {"api_base": server.base}).complete(ASK)
    assert server.bodies == []
