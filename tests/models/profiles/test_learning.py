"""What an endpoint refuses is left out, asked again at once, and remembered; against real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from metathink.core.budget import Budget
from metathink.core.errors import EndpointFailed, Refusal, RequestRejected
from metathink.core.message import Message, assistant, system, user
from metathink.core.run import Run, in_run, record_step
from metathink.models.endpoints.hosted import HostedEndpoint
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model, Reply
from metathink.models.profiles.body import messages_of
from metathink.models.profiles.profile import Profile
from metathink.models.profiles.refusal import changed, named_parameter
from metathink.models.retry import ATTEMPTS
from tests import server as serve
from tests.server import FakeServer

pytestmark = pytest.mark.filterwarnings("ignore")  # litellm warns of its own schemas


class Grade(BaseModel):
    """A typed answer."""

    grade: int


def wire(server: FakeServer) -> Model:
    return Model("wire", WireEndpoint(server.base, "fake"))


def hosted(server: FakeServer) -> Model:
    options = {"api_base": server.base, "api_key": "k", "extra_headers": {"X-Team": "a"}}
    return Model("hosted", HostedEndpoint("hosted_vllm/fake", options))


BOTH = pytest.mark.parametrize("reach", [wire, hosted])


def refuses_if(
    fault: Callable[[dict[str, Any]], bool], message: str, status: int = 400
) -> serve.Behaviour:
    """Refuses requests of which `fault` is true, and answers the others in as many samples as asked."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if fault(body):
            return await serve.refuses(status, message)(request, body)
        return await serve.says(*['{"grade": 7}'] * body.get("n", 1))(request, body)

    return behave


async def ask(model: Model, **options: Any) -> Reply[Any]:
    return await model.ask([system("be brief"), user("what?")], **options)


REFUSALS: dict[str, tuple[str, int, str, dict[str, Any]]] = {
    "a temperature": (
        "temperature",
        400,
        "temperature is fixed for this model",
        {"temperature": 0.3},
    ),
    "a field of its own": (
        "seed",
        422,
        '[{"loc": ["body", "seed"], "msg": "Extra inputs"}]',
        {"seed": 5},
    ),
    "log-probabilities": (
        "logprobs",
        501,
        "log probabilities are not implemented",
        {"logprobs": 1},
    ),
    "stops": ("stop", 500, "stop sequences are unsupported by this backend", {"stop": ["x"]}),
    "a schema": (
        "response_format",
        404,
        "no provider supports structured outputs",
        {"answer": Grade},
    ),
    "a cap": ("max_tokens", 400, "use max_completion_tokens", {"max_tokens": 50}),
}


@BOTH
@pytest.mark.parametrize("kind", REFUSALS)
async def test_what_is_refused_by_name_is_left_out_at_once_and_later(
    server: FakeServer, reach: Callable[[FakeServer], Model], kind: str
) -> None:
    parameter, status, message, options = REFUSALS[kind]
    server.always = refuses_if(lambda body: parameter in body, message, status)
    model = reach(server)
    assert "7" in (await ask(model, **options)).text
    tries = len(server.bodies)
    assert tries <= 3
    assert "7" in (await ask(model, **options)).text
    assert len(server.bodies) == tries + 1, "the endpoint's profile remembers"


@BOTH
async def test_one_sample_at_a_time_where_several_are_refused(
    server: FakeServer, reach: Callable[[FakeServer], Model]
) -> None:
    server.always = refuses_if(lambda body: body.get("n", 1) > 1, "n must be 1")
    reply = await ask(reach(server), n=4)
    assert len(reply.choices) == 4
    assert [body.get("n", 1) for body in server.bodies] == [4, 1, 1, 1, 1]


async def test_samples_are_asked_for_in_the_number_that_is_allowed(server: FakeServer) -> None:
    server.always = refuses_if(lambda body: body.get("n", 1) > 3, "n should be at most 3")
    assert len((await ask(wire(server), n=7)).choices) == 7
    assert [body.get("n", 1) for body in server.bodies] == [7, 3, 3, 1]


@BOTH
async def test_system_messages_become_part_of_the_users(
    server: FakeServer, reach: Callable[[FakeServer], Model]
) -> None:
    server.always = refuses_if(
        lambda body: body["messages"][0]["role"] == "system", "only the roles user and assistant"
    )
    await ask(reach(server))
    assert server.bodies[-1]["messages"] == [{"role": "user", "content": "be brief\n\nwhat?"}]


async def test_roles_alternate_where_there_is_no_system_role() -> None:
    said: Sequence[Message] = [system("a"), user("b"), user("c"), assistant("d"), system("e")]
    put = messages_of(said, system_role=False)
    assert [message["role"] for message in put] == ["user", "assistant", "user"]
    assert put[0]["content"] == "a\n\nb\n\nc"


@BOTH
async def test_a_stream_without_a_count_where_its_options_are_refused(
    server: FakeServer, reach: Callable[[FakeServer], Model]
) -> None:
    server.always = refuses_if(
        lambda body: "stream_options" in body, "stream_options: not allowed", 422
    )
    run = Run("q")
    run.stream_words = True
    pieces: list[str] = []
    run.listeners.append(lambda event: pieces.append(getattr(event, "text", "")))
    with in_run(run), record_step("a", "b"):
        assert "7" in (await ask(reach(server))).text
    assert "7" in "".join(pieces)
    assert server.bodies[-1]["stream"] is True


async def test_words_come_as_one_piece_where_streaming_is_refused(server: FakeServer) -> None:
    server.always = refuses_if(lambda body: "stream" in body, "streaming is not supported")
    run, pieces = Run("q"), []
    run.stream_words = True
    run.listeners.append(lambda event: pieces.append(getattr(event, "text", "")))
    with in_run(run), record_step("a", "b"):
        await ask(wire(server))
    assert "".join(pieces) == '{"grade": 7}'


async def test_a_typed_answer_is_asked_for_in_words_too(server: FakeServer) -> None:
    server.always = refuses_if(
        lambda body: "response_format" in body, "response_format unavailable"
    )
    assert (await ask(wire(server), answer=Grade)).value.grade == 7
    formats = [body.get("response_format", {}).get("type") for body in server.bodies]
    assert formats == ["json_schema", "json_object", None]
    assert "grade" in server.bodies[-1]["messages"][-1]["content"]


async def test_without_a_name_only_what_makes_the_difference_is_learned(server: FakeServer) -> None:
    server.always = refuses_if(lambda body: "temperature" in body, "bad request")
    model = wire(server)
    options: dict[str, Any] = {"temperature": 0.5, "seed": 3, "logprobs": 0}
    await ask(model, **options)
    await ask(model, **options)
    assert "temperature" not in server.bodies[-1]
    assert server.bodies[-1]["seed"] == 3
    assert server.bodies[-1]["logprobs"] is True


async def test_two_unnamed_faults_are_both_found(server: FakeServer) -> None:
    server.always = refuses_if(lambda body: "seed" in body or "temperature" in body, "bad request")
    for _ in range(3):
        await ask(wire(server), temperature=0.5, seed=3, logprobs=0)
    assert {"seed", "temperature"}.isdisjoint(server.bodies[-1])
    assert server.bodies[-1]["logprobs"] is True


async def test_what_no_other_way_mends_is_tried_once_and_teaches_nothing(
    server: FakeServer,
) -> None:
    server.always = serve.refuses(400, "no")
    model = wire(server)
    with pytest.raises(RequestRejected, match="no"):
        await ask(model, temperature=0.5, seed=3)
    tries = len(server.bodies)
    assert tries <= 13
    with pytest.raises(RequestRejected):
        await ask(model, temperature=0.5, seed=3)
    assert len(server.bodies) == tries + 1
    server.always = serve.says("well")
    await ask(model, temperature=0.5, seed=3)
    assert (server.bodies[-1]["temperature"], server.bodies[-1]["seed"]) == (0.5, 3)


@BOTH
@pytest.mark.parametrize("status", [400, 404, 405, 415, 422, 501])
@pytest.mark.parametrize("parameter", ["seed", "logprobs", "temperature", "response_format"])
async def test_what_is_refused_without_a_word_of_it_is_found(
    server: FakeServer, reach: Callable[[FakeServer], Model], status: int, parameter: str
) -> None:
    server.always = refuses_if(lambda body: parameter in body, "Not so", status)
    model = reach(server)
    options: dict[str, Any] = {"temperature": 0.5, "seed": 3, "logprobs": 0, "answer": Grade}
    assert (await ask(model, **options)).value.grade == 7
    tries = len(server.bodies)
    assert tries <= 8
    assert (await ask(model, **options)).value.grade == 7
    assert len(server.bodies) == tries + 1, "the endpoint's profile remembers"
    lost = {"seed", "logprobs", "temperature", "response_format"} - server.bodies[-1].keys()
    assert lost == {parameter}


async def test_a_500_is_first_asked_again_and_then_with_fewer_parameters(
    server: FakeServer,
) -> None:
    server.always = refuses_if(lambda body: "seed" in body, "Internal Server Error", 500)
    model, run = wire(server), Run("q")
    with in_run(run), record_step("a", "b"):
        assert "7" in (await ask(model, temperature=0.5, seed=3)).text
    sent = ["seed" in body for body in server.bodies]
    assert sent == [True] * (ATTEMPTS + 1) + [False]
    assert run.usage.calls == ATTEMPTS + 2
    await ask(model, temperature=0.5, seed=3)
    assert (len(server.bodies), server.bodies[-1].keys() & {"seed", "temperature"}) == (
        ATTEMPTS + 3,
        {"temperature"},
    )


async def test_a_broken_server_is_reported_as_such(server: FakeServer) -> None:
    server.always = serve.refuses(500, "Internal Server Error")
    model = wire(server)
    with pytest.raises(EndpointFailed, match="500"):
        await ask(model, temperature=0.5, seed=3)
    assert len(server.bodies) == ATTEMPTS + 1 + 2, "one more, and one for each parameter"
    server.always = serve.says("well")
    await ask(model, temperature=0.5, seed=3)
    assert (server.bodies[-1]["temperature"], server.bodies[-1]["seed"]) == (0.5, 3)


async def test_an_address_that_has_nothing_is_given_up_soon(server: FakeServer) -> None:
    server.always = serve.refuses(404, "Not Found")
    with pytest.raises(RequestRejected, match="404"):
        await ask(wire(server), temperature=0.5, max_tokens=9)
    assert len(server.bodies) == 2
    with pytest.raises(RequestRejected, match="404"):
        await ask(wire(server))
    assert len(server.bodies) == 3


async def test_a_parameter_that_was_accepted_is_not_suspected(server: FakeServer) -> None:
    model = wire(server)
    await ask(model, temperature=0.5)
    server.always = serve.refuses(400, "no")
    with pytest.raises(RequestRejected):
        await ask(model, temperature=0.5)
    assert len(server.bodies) == 2


async def test_many_at_once_learn_once(server: FakeServer) -> None:
    server.always = refuses_if(lambda body: "temperature" in body, "temperature: unsupported")
    model = wire(server)
    replies = await asyncio.gather(*(ask(model, temperature=0.5) for _ in range(20)))
    assert len(replies) == 20
    assert len(server.bodies) <= 40, "each is refused at most once"
    assert sum("temperature" in body for body in server.bodies) <= 20


async def test_each_request_of_a_refusal_is_counted(server: FakeServer) -> None:
    server.always = refuses_if(lambda body: "temperature" in body, "temperature: unsupported")
    run = Run("q")
    run.open_account(Budget(tokens=5000))
    with in_run(run), record_step("a", "b"):
        await ask(wire(server), temperature=0.5)
    assert run.usage.tokens < 50, "a refusal has cost no tokens"


SAID = [
    ("n", "Only one completion choice is allowed"),
    ("n", "`candidate_count` must be 1"),
    ("logprobs", "This model does not support logprobs."),
    ("stream_options", "Unrecognized request argument supplied: stream_options"),
    ("system_role", "Conversation roles must alternate user/assistant/user/assistant"),
    ("system_role", "Developer instruction is not enabled for this model"),
    ("response_format", "Invalid schema: additionalProperties is required to be false"),
    ("cap", "Unknown name maxOutputTokens"),
    (None, "The model x does not exist"),
    (None, "Invalid request"),
]


@pytest.mark.parametrize(("parameter", "words"), SAID)
def test_what_refusals_name(parameter: str | None, words: str) -> None:
    present = frozenset(
        {"n", "logprobs", "stream_options", "system_role", "response_format", "cap", "temperature"}
    )
    assert named_parameter(Refusal(400, words), present) == parameter


def test_only_what_was_sent_can_be_named() -> None:
    assert named_parameter(Refusal(400, "temperature is unsupported"), frozenset({"seed"})) is None
    assert named_parameter(Refusal(429, "temperature"), frozenset({"temperature"})) is None


def test_a_temperature_that_must_be_positive_is_raised() -> None:
    refusal = Refusal(422, "`temperature` must be strictly positive")
    profile = changed(Profile(), "temperature", refusal)
    assert profile is not None
    assert profile.lowest_temperature == 0.01
