"""One way to ask: budget, retries, typed answers, record, against a real server."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import pytest
from pydantic import BaseModel

from metathink.core.budget import Budget, Price
from metathink.core.errors import (
    AuthenticationFailed,
    BudgetExceeded,
    ContextTooLong,
    EmptyReply,
    EndpointFailed,
    EndpointUnreachable,
    InvalidConfig,
    InvalidInput,
    MalformedReply,
)
from metathink.core.message import user
from metathink.core.record import Words
from metathink.core.run import Run, in_run, record_step
from metathink.models.endpoints.hosted import HostedEndpoint
from metathink.models.endpoints.scripted import scripted
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model
from tests import server as serve
from tests.server import FakeServer


class Verdict(BaseModel):
    right: bool
    step: int


def model_at(server: FakeServer, **options: object) -> Model:
    return Model("fake", WireEndpoint(server.base, "fake"), **options)  # pyright: ignore[reportArgumentType]


def funded(**limits: Any) -> Run:
    run = Run("q")
    run.open_account(Budget(**limits))
    return run


async def test_what_was_heard_said_and_spent_is_recorded(server: FakeServer) -> None:
    with in_run(Run("q")) as run, record_step("reasoner", "solve"):
        reply = await model_at(server).ask([user("what is it?")])
    (call,) = run.steps[0].calls
    assert reply.text == call.outputs[0] == "answer: 42"
    assert [m.content for m in call.messages] == ["what is it?"]
    assert (call.usage.prompt_tokens, call.usage.completion_tokens, call.usage.calls) == (6, 2, 1)


@pytest.mark.parametrize(
    "fault", [serve.refuses(500), serve.refuses(503), serve.hangs_up(), serve.raw("{")]
)
async def test_transient_faults_are_tried_again(server: FakeServer, fault: serve.Behaviour) -> None:
    server.script = [fault]
    assert (await model_at(server).ask([user("q")])).text == "answer: 42"
    assert len(server.bodies) == 2


async def test_retry_after_is_honoured(server: FakeServer) -> None:
    server.script = [serve.refuses(429, Retry_After="0.5")]
    begun = time.monotonic()
    await model_at(server).ask([user("q")])
    assert time.monotonic() - begun >= 0.5


async def test_retries_stay_within_the_time_that_is_left(server: FakeServer) -> None:
    server.always = serve.refuses(429, Retry_After="60")
    begun = time.monotonic()
    with in_run(funded(seconds=1)), pytest.raises(EndpointFailed):
        await model_at(server).ask([user("q")])
    assert time.monotonic() - begun < 30, "the server asks for 60 s"


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_cannot_get_better_is_not_tried_again(server: FakeServer, status: int) -> None:
    server.always = serve.refuses(status)
    with pytest.raises(Exception, match=str(status)):
        await model_at(server).ask([user("q")])
    assert len(server.bodies) == 1


async def test_nobody_there_is_told_within_five_seconds() -> None:
    begun = time.monotonic()
    with pytest.raises(EndpointUnreachable):
        await Model("m", WireEndpoint("http://127.0.0.1:9/v1", "m")).ask([user("q")])
    assert time.monotonic() - begun < 5


async def test_a_failed_call_is_in_the_record(server: FakeServer) -> None:
    server.always = serve.refuses(401, "wrong key")
    with in_run(Run("q")) as run, pytest.raises(AuthenticationFailed), record_step("r", "solve"):
        await model_at(server).ask([user("q")])
    assert "wrong key" in run.steps[0].calls[0].error
    assert run.usage.tokens == 0


async def test_an_empty_reply_is_an_error(server: FakeServer) -> None:
    server.always = serve.says("  \n")
    with pytest.raises(EmptyReply):
        await model_at(server).ask([user("q")])


async def test_control_and_half_characters_are_dropped(server: FakeServer) -> None:
    server.always = serve.says("a\x1b[31mb\x00c\n\td\ud800")
    assert (await model_at(server).ask([user("q")])).text == "abc\n\td\ufffd"


async def test_a_reply_cut_at_its_cap_says_so(server: FakeServer) -> None:
    server.always = serve.says("and so", finish="length")
    assert (await model_at(server).ask([user("q")])).truncated


@pytest.mark.parametrize(
    "bad",
    [
        {"n": 0},
        {"messages": []},
        {"max_tokens": 0},
        {"max_tokens": -1},
        {"temperature": -0.1},
        {"temperature": math.nan},
        {"temperature": math.inf},
    ],
)
async def test_senseless_requests_are_refused(bad: dict) -> None:
    with pytest.raises(InvalidInput):
        await scripted(["x"]).ask(**{"messages": [user("q")], **bad})


# Typed answers


async def test_a_typed_answer_uses_the_servers_schema(server: FakeServer) -> None:
    server.always = serve.says('{"right": true, "step": 3}')
    reply = await model_at(server).ask([user("q")], answer=Verdict)
    assert reply.value == Verdict(right=True, step=3)
    schema = server.bodies[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["right", "step"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "said",
    [
        '```json\n{"right": true, "step": 3}\n```',
        'Sure: {"right": true, "step": "3"} as asked',
        '{"right": true,\n "step": 3}',
    ],
)
async def test_json_is_found_in_text(said: str) -> None:
    model = scripted([said])
    assert (await model.ask([user("q")], answer=Verdict)).value == Verdict(right=True, step=3)
    assert "in this form" in model.endpoint.heard[0].messages[-1].content  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_bad_typed_answer_is_sent_back_once_with_the_reason() -> None:
    model = scripted(['{"right": "perhaps"}', '{"right": false, "step": 1}'])
    assert (await model.ask([user("q")], answer=Verdict)).value.step == 1
    again = model.endpoint.heard[1].messages  # pyright: ignore[reportAttributeAccessIssue]
    assert "right" in again[-1].content
    assert again[-2].content == '{"right": "perhaps"}'


async def test_the_second_bad_answer_is_a_typed_error_that_carries_it() -> None:
    with pytest.raises(MalformedReply) as caught:
        await scripted(["no", "never"]).ask([user("q")], answer=Verdict)
    assert caught.value.said == "never"


async def test_only_the_bad_samples_are_repaired() -> None:
    good = '{"right": true, "step": 1}'
    model = scripted([good, "hm", good, '{"right": true, "step": 2}'])
    reply = await model.ask([user("q")], answer=Verdict, n=3)
    assert [v.step for v in reply.values] == [1, 2, 1]


# Budgets, counted at the server


async def test_fifty_parallel_children_never_overspend(server: FakeServer) -> None:
    server.always = serve.fills(delay=0.02)
    price = Price(1e-6, 4e-6)
    run = funded(tokens=6000, usd=0.018)
    model = model_at(server, price=price, max_tokens=100)

    async def child(number: int) -> None:
        with record_step(f"child {number}", "say"):
            for _ in range(5):
                await model.ask([user(f"question {number}")], n=1 + number % 3)

    with in_run(run):
        ended = await asyncio.gather(*(child(i) for i in range(50)), return_exceptions=True)
    assert all(isinstance(end, BudgetExceeded) for end in ended)
    sent = sum(serve.words(body) for body in server.bodies)
    said = sum(body["max_tokens"] * body.get("n", 1) for body in server.bodies)
    assert sent + said <= 6000
    assert price.of(sent, said) <= 0.018
    assert run.usage.tokens == sent + said
    assert sent + said > 4500, "most of the budget should be usable"


async def test_the_calls_of_a_budget_are_counted(server: FakeServer) -> None:
    with in_run(funded(calls=2)):
        replies = [model_at(server).ask([user("q")]) for _ in range(5)]
        ended = await asyncio.gather(*replies, return_exceptions=True)
    assert sum(isinstance(end, BudgetExceeded) for end in ended) == 3
    assert len(server.bodies) == 2


async def test_a_call_is_stopped_when_the_time_is_up(server: FakeServer) -> None:
    server.always = serve.says("late", delay=30)
    begun = time.monotonic()
    with in_run(funded(seconds=0.5)), pytest.raises(BudgetExceeded, match="time"):
        await model_at(server).ask([user("q")])
    assert time.monotonic() - begun < 20, "the reply comes after 30 s"


@pytest.mark.filterwarnings("ignore")  # litellm warns of its own schemas
@pytest.mark.parametrize("hosted", [False, True])
async def test_a_reply_that_trickles_is_stopped_when_the_time_is_up(
    server: FakeServer, hosted: bool
) -> None:
    model = model_at(server)
    if hosted:
        options = {"api_base": server.base, "api_key": "k", "extra_headers": {"X-Team": "a"}}
        model = Model("fake", HostedEndpoint("hosted_vllm/fake", options))
    await model.ask([user("q")])  # loading litellm takes seconds, which are not this run's
    server.always, run = serve.trickles(), funded(seconds=2)
    run.stream_words = True
    with in_run(run), pytest.raises(BudgetExceeded, match="time"), record_step("r", "say"):
        await model.ask([user("q")])
    assert run.ledger.spent.unreported == 1
    assert "time is up" in run.steps[0].calls[0].error
    for _ in range(500):
        if not server.in_flight:
            break
        await asyncio.sleep(0.01)
    assert server.in_flight == 0, "the server is told too"


async def test_waiting_for_others_is_stopped_when_the_time_is_up(server: FakeServer) -> None:
    server.always = serve.says("late", delay=60)
    model = Model("m", WireEndpoint(server.base, "fake", in_flight=1))
    first = asyncio.ensure_future(model.ask([user("first")]))
    while not server.in_flight:
        await asyncio.sleep(0.01)
    with in_run(funded(seconds=0.2)) as run, pytest.raises(BudgetExceeded, match="time"):
        await asyncio.wait_for(model.ask([user("second")]), 30)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert (len(server.bodies), run.usage.calls) == (1, 0)


async def test_counting_is_stopped_when_the_time_is_up(silent: str) -> None:
    with in_run(funded(seconds=0.2, tokens=60)), pytest.raises(BudgetExceeded, match="time"):
        await Model("m", WireEndpoint(silent, "m")).ask([user("q")])


async def test_a_reply_that_never_came_is_paid_as_if_it_had(server: FakeServer) -> None:
    server.script = [serve.hangs_up()]
    with in_run(funded(tokens=1000)) as run, record_step("r", "say"):
        await model_at(server, max_tokens=50).ask([user("q")])
    assert run.usage.unreported == 1
    assert run.usage.calls == 2
    assert run.usage.tokens == run.ledger.spent.tokens > 50


async def test_a_server_that_counts_nothing_is_paid_in_full(server: FakeServer) -> None:
    server.always = serve.raw(
        '{"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}'
    )
    with in_run(funded(tokens=1000)) as run, record_step("r", "say"):
        await model_at(server, max_tokens=50).ask([user("q")])
    assert run.usage.unreported == 1
    assert run.usage.tokens > 50


async def test_a_budget_in_dollars_needs_a_price() -> None:
    model = scripted(["x"])
    model.endpoint.price = None  # pyright: ignore[reportAttributeAccessIssue]
    with in_run(funded(usd=1)), pytest.raises(InvalidConfig, match="price"):
        await model.ask([user("q")])


async def test_a_prompt_longer_than_the_context_is_told_before_it_is_sent() -> None:
    with pytest.raises(ContextTooLong, match="reads 20 tokens"):
        await scripted(["x"], context=20).ask([user("word " * 30)])


async def test_calls_in_flight_are_limited_for_each_endpoint(server: FakeServer) -> None:
    server.always = serve.says("yes", delay=0.05)
    model = Model("m", WireEndpoint(server.base, "fake", in_flight=3))
    with in_run(Run()):
        await asyncio.gather(*(model.ask([user("q")]) for _ in range(12)))
    assert server.most_in_flight == 3


async def test_words_are_heard_while_they_are_said(server: FakeServer) -> None:
    heard: list[Words] = []
    run = Run("q")
    run.stream_words = True
    run.listeners.append(lambda event: heard.append(event) if isinstance(event, Words) else None)
    with in_run(run), record_step("reasoner", "solve"):
        await model_at(server).ask([user("q")])
    assert "".join(words.text for words in heard).strip() == "answer: 42"
    assert {words.speaker for words in heard} == {"reasoner"}


async def test_words_are_as_clean_as_the_reply(server: FakeServer) -> None:
    server.always = serve.says("answer: \x1b[31m4\x07")
    heard: list[str] = []
    run = Run("q")
    run.stream_words = True
    run.listeners.append(lambda event: heard.append(getattr(event, "text", "")))
    with in_run(run), record_step("reasoner", "solve"):
        await model_at(server).ask([user("q")])
    assert "".join(heard).strip() == "answer: 4"


async def test_more_samples_than_come_at_once_are_several_requests(server: FakeServer) -> None:
    async def behave(request: Any, body: dict[str, Any]) -> Any:
        return await serve.says(*["yes"] * body["n"])(request, body)

    server.always, run = behave, funded(calls=2)
    with in_run(run), record_step("a", "b") as step:
        reply = await model_at(server, samples_at_once=4).ask([user("q")], n=6)
    assert [body["n"] for body in server.bodies] == [4, 2]
    assert len(reply.choices) == 6
    assert [len(call.outputs) for call in step.calls] == [4, 2]
    with in_run(funded(calls=2)), record_step("a", "b"):  # what the budget leaves room for
        reply = await model_at(server, samples_at_once=4).ask([user("q")], n=100)
        assert len(reply.choices) == 8
        with pytest.raises(BudgetExceeded):
            await model_at(server, samples_at_once=4).ask([user("q")], n=6)
