"""litellm's path against the same real server: both paths say the same, faults become our errors."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
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
from metathink.core.usage import Usage
from metathink.models import pool
from metathink.models.endpoints.hosted import HostedEndpoint
from metathink.models.endpoints.hosted import litellm as hosted_litellm
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model
from metathink.models.open import open_model, routed
from metathink.models.request import Choice, Completion, Request, Token
from tests import server as serve
from tests.server import FakeServer

pytestmark = pytest.mark.filterwarnings("ignore")  # litellm warns of its own schemas
ASK = Request([system("be brief"), user("what?")], max_tokens=7, temperature=0.0, timeout=20)


class Verdict(BaseModel):
    right: bool


def hosted(server: FakeServer) -> HostedEndpoint:
    """By way of litellm, for the sake of the headers."""
    options = {"api_base": server.base, "api_key": "k", "extra_headers": {"X-Team": "one"}}
    return HostedEndpoint("hosted_vllm/fake", options)


def direct(server: FakeServer, model: str = "openai/fake") -> HostedEndpoint:
    """At the user's own address, without litellm between."""
    return HostedEndpoint(model, {"api_base": server.base, "api_key": "k"})


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


FIRST = {"id": "1", "object": "chat.completion", "created": 1, "model": "fake"}
USAGE = {"prompt_tokens": 6, "completion_tokens": 4, "total_tokens": 10}
COUNTED = Usage(6, 4, calls=1)
PARTS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]},
    {"type": "text", "text": "nine"},
]


def whole(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A reply with this message; `fields` replace those of its choice, and its usage."""
    usage = fields.pop("usage", USAGE)
    choice = {"index": 0, "message": message, "finish_reason": "stop"} | fields
    return FIRST | {"choices": [choice], "usage": usage}


def pieces(*deltas: dict[str, Any]) -> list[dict[str, Any]]:
    """A stream of these pieces, with its end and its count."""
    said = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return [*said, end, {"choices": [], "usage": USAGE}]


WHOLE = {
    "a refusal": (whole({"content": None, "refusal": "I must not"}), Choice("", refusal="I must not")),
    "parts": (whole({"content": PARTS}), Choice("nine", reasoning="hmm")),
    "thoughts as parts": (
        whole({"content": "nine", "reasoning": [{"type": "text", "text": "hmm"}]}),
        Choice("nine", reasoning="hmm"),
    ),
    "thoughts in details": (
        whole({"content": "nine", "reasoning_details": [{"type": "reasoning.text", "text": "hmm"}]}),
        Choice("nine", reasoning="hmm"),
    ),
    "no finish reason": (whole({"content": "nine"}, finish_reason=None), Choice("nine")),
    "a null probability": (
        whole({"content": "nine"}, logprobs={"content": [{"token": "nine", "logprob": None}]}),
        Choice("nine"),
    ),
    "a probability in words": (
        whole({"content": "nine"}, logprobs={"content": [{"token": "nine", "logprob": "-0.25"}]}),
        Choice("nine", tokens=(Token("nine", -0.25),)),
    ),
    "parsed JSON": (whole({"content": {"grade": 2}}), Choice('{"grade": 2}')),
}  # fmt: skip

STREAMED = {
    "a refusal": (pieces({"refusal": "I must"}, {"refusal": " not"}), Choice("", refusal="I must not")),
    "parts": (
        pieces(*({"content": [part]} for part in PARTS)), Choice("nine", reasoning="hmm")
    ),
    "reasoning": (
        pieces({"reasoning": "h"}, {"reasoning": "mm"}, {"content": "nine"}),
        Choice("nine", reasoning="hmm"),
    ),
    "reasoning_content": (
        pieces({"reasoning_content": "hmm"}, {"content": "nine"}), Choice("nine", reasoning="hmm")
    ),
    "reasoning in parts": (
        pieces({"reasoning_content": [{"type": "text", "text": "hmm"}]}, {"content": "nine"}),
        Choice("nine", reasoning="hmm"),
    ),
    "a message for a delta": ([whole({"content": "nine"})], Choice("nine")),
    "a null usage": ([piece("nine") | {"usage": None}, *pieces()], Choice("nine")),
    "the same word many times": (pieces(*[{"content": "no "}] * 150), Choice("no " * 150)),
}  # fmt: skip


@pytest.mark.parametrize("kind", WHOLE)
async def test_odd_replies_are_read_at_ones_own_address(server: FakeServer, kind: str) -> None:
    reply, choice = WHOLE[kind]
    server.always = serve.raw(json.dumps(reply))
    for model in ("openai/fake", "hosted_vllm/fake"):
        said = await direct(server, model).complete(Request([user("q")], logprobs=0, timeout=20))
        assert said == Completion((choice,), COUNTED)
    assert {body["model"] for body in server.bodies} == {"fake"}


@pytest.mark.parametrize("kind", STREAMED)
async def test_odd_streams_are_read_at_ones_own_address(server: FakeServer, kind: str) -> None:
    events, choice = STREAMED[kind]
    server.always = serve.sends(*events)
    words: list[str] = []
    thoughts: list[str] = []
    request = Request([user("q")], timeout=20, on_words=words.append, on_thoughts=thoughts.append)
    assert await direct(server).complete(request) == Completion((choice,), COUNTED)
    assert ("".join(words), "".join(thoughts)) == (choice.text, choice.reasoning)


async def test_plain_json_for_a_stream_is_read_at_ones_own_address(server: FakeServer) -> None:
    server.always = serve.raw(json.dumps(whole({"content": "nine", "reasoning_content": "hmm"})))
    words: list[str] = []
    said = await direct(server).complete(Request([user("q")], timeout=20, on_words=words.append))
    assert said.choices == (Choice("nine", reasoning="hmm"),)
    assert words == ["nine"]


USAGES = {
    "null": (None, Usage(calls=1)),
    "text": ({"prompt_tokens": "6", "completion_tokens": "4"}, COUNTED),
    "nested": ({"prompt_tokens": {"all": 6}, "completion_tokens": 4}, Usage(0, 4, calls=1)),
    "a total only": ({"total_tokens": 10}, Usage(calls=1)),
    "a list": ([10], Usage(calls=1)),
}


@pytest.mark.parametrize("kind", USAGES)
async def test_odd_counts_are_read_at_ones_own_address(server: FakeServer, kind: str) -> None:
    sent, usage = USAGES[kind]
    server.always = serve.raw(json.dumps(whole({"content": "nine"}, usage=sent)))
    said = await direct(server).complete(Request([user("q")], timeout=20))
    assert said == Completion((Choice("nine"),), usage)


@pytest.mark.parametrize("streams", [False, True])
async def test_an_error_of_status_200_keeps_its_own_status(
    server: FakeServer, streams: bool
) -> None:
    server.always = serve.raw(json.dumps({"error": {"message": "come back later", "code": 503}}))
    request = Request([user("q")], timeout=20, on_words=(lambda _: None) if streams else None)
    with pytest.raises(EndpointFailed, match="come back later") as caught:
        await direct(server).complete(request)
    assert caught.value.refusal is not None
    assert caught.value.refusal.status == 503


async def test_litellm_keeps_refusals_and_thoughts_of_whole_replies(server: FakeServer) -> None:
    for kind in ("a refusal", "thoughts in details"):
        reply, choice = WHOLE[kind]
        server.always = serve.raw(json.dumps(reply))
        options = {"api_base": server.base, "api_key": "k", "extra_headers": {"X-Team": "one"}}
        said = await HostedEndpoint("openai/fake", options).complete(
            Request([user("q")], timeout=20)
        )
        assert said.choices == (choice,)


async def test_an_address_of_the_environment_is_asked_with_its_key(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own")
    server.facts = {"max_model_len": 4096}
    server.always = serve.raw(json.dumps(whole({"content": PARTS})))
    endpoint = HostedEndpoint("openai/fake")
    assert (await endpoint.complete(ASK)).choices[0].text == "nine"
    assert server.keys == ["Bearer sk-own"]
    assert await endpoint.context() == 4096


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


async def test_whoever_watches_litellm_sees_requests_to_an_own_address_too(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    litellm = hosted_litellm()
    endpoint = HostedEndpoint("hosted_vllm/fake", {"api_base": server.base, "api_key": "k"})
    assert endpoint._direct is not None
    monkeypatch.setattr(litellm, "success_callback", [lambda *_: None])
    assert endpoint._direct is None
    assert (await endpoint.complete(ASK)).choices[0].text


RACE = """
from concurrent.futures import ThreadPoolExecutor
from metathink.models.endpoints.hosted import knows
with ThreadPoolExecutor(8) as pool:
    print(list(pool.map(knows, ["openai/gpt-4o"] * 8)))
"""


def test_threads_that_load_litellm_at_once_see_all_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == str([True] * 8), done.stderr[-500:]
