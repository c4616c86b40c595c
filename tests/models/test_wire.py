"""The wire against a real server on its good and bad days."""

from __future__ import annotations

import asyncio

import pytest

from metathink.core.errors import (
    AuthenticationFailed,
    ContextTooLong,
    EndpointFailed,
    EndpointUnreachable,
    RequestRejected,
)
from metathink.core.message import system, user
from metathink.models.pool import connections
from metathink.models.request import Request
from metathink.models.wire import WireEndpoint
from tests import server as serve
from tests.server import FakeServer

ASK = Request([system("be brief"), user("what?")], max_tokens=7, timeout=5)


def reached(server: FakeServer, key: str = "") -> WireEndpoint:
    return WireEndpoint(server.base, "fake", key)


async def test_a_reply_and_its_usage(server: FakeServer) -> None:
    completion = await reached(server, "secret").complete(ASK)
    assert [c.text for c in completion.choices] == ["answer: 42"]
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (9, 2)
    assert server.keys == ["Bearer secret"]
    assert server.bodies == [
        {
            "model": "fake",
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "what?"},
            ],
            "max_tokens": 7,
        }
    ]


async def test_every_setting_reaches_the_server(server: FakeServer) -> None:
    request = Request(
        [user("q")], 3, 0.5, 9, ("\n",), 17, 2, {"title": "T", "type": "object"}, timeout=5
    )
    await reached(server).complete(request)
    body = server.bodies[0]
    sent = {k: body[k] for k in ("n", "temperature", "max_tokens", "stop", "seed", "top_logprobs")}
    assert sent == {
        "n": 3,
        "temperature": 0.5,
        "max_tokens": 9,
        "stop": ["\n"],
        "seed": 17,
        "top_logprobs": 2,
    }
    assert body["response_format"]["json_schema"]["name"] == "T"


async def test_a_stream_says_the_same_as_a_whole_reply(server: FakeServer) -> None:
    server.always = serve.says("one two three", "four")
    heard: list[str] = []
    streamed = await reached(server).complete(
        Request([user("q")], n=2, timeout=5, on_words=heard.append)
    )
    whole = await reached(server).complete(Request([user("q")], n=2, timeout=5))
    assert [c.text.strip() for c in streamed.choices] == [c.text for c in whole.choices]
    assert streamed.usage == whole.usage
    assert "".join(heard).strip() == "one two three"


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (serve.refuses(401), AuthenticationFailed),
        (serve.refuses(403), AuthenticationFailed),
        (serve.refuses(404), RequestRejected),
        (serve.refuses(400, "max_tokens is wrong"), RequestRejected),
        (serve.refuses(400, "This model's maximum context length is 10 tokens"), ContextTooLong),
        (serve.refuses(429), EndpointFailed),
        (serve.refuses(500), EndpointFailed),
        (serve.raw('{"choices": [{"mess'), EndpointFailed),
        (serve.raw("[]"), EndpointFailed),
        (serve.raw(""), EndpointFailed),
        (serve.hangs_up(), EndpointFailed),
        (serve.refuses(302, Location="http://127.0.0.1:1/"), RequestRejected),
    ],
)
async def test_bad_days_are_typed_errors(
    server: FakeServer, behaviour: serve.Behaviour, error: type[Exception]
) -> None:
    server.always = behaviour
    with pytest.raises(error) as caught:
        await reached(server).complete(ASK)
    assert type(caught.value) is error


MALFORMED = {
    "a choice of words": '{"choices": ["hello"]}',
    "choices that are an object": '{"choices": {"message": {"content": "x"}}}',
    "choices that are a number": '{"choices": 7}',
    "a message of words": '{"choices": [{"message": "hi"}]}',
    "a usage of words": '{"choices": [{"message": {"content": "1"}}], "usage": "lots"}',
    "a count of words": '{"choices": [], "usage": {"prompt_tokens": "three"}}',
    "a count without end": '{"choices": [], "usage": {"prompt_tokens": 1e999}}',
    "a count below zero": '{"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": -9}}',
    "a token without words": '{"choices": [{"logprobs": {"content": [{"t": 1}]}}]}',
    "a token without probability": (
        '{"choices": [{"logprobs": {"content": [{"token": "a", "logprob": null}]}}]}'
    ),
    "lists without end": '{"choices": ' + "[" * 100_000,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
async def test_a_reply_of_another_shape_is_the_servers_fault(server: FakeServer, text: str) -> None:
    server.always = serve.raw(text)
    with pytest.raises(EndpointFailed) as caught:
        await reached(server).complete(ASK)
    assert caught.value.unreported


@pytest.mark.parametrize(
    "event", [{"choices": [7]}, {"choices": [{"index": "one", "delta": {}}, {"delta": {}}]}]
)
async def test_an_event_of_another_shape_is_the_servers_fault(
    server: FakeServer, event: dict
) -> None:
    server.always = serve.sends(event)
    with pytest.raises(EndpointFailed) as caught:
        await reached(server).complete(Request([user("q")], timeout=5, on_words=lambda _: None))
    assert caught.value.unreported


async def test_a_fault_of_the_listener_is_not_the_servers(server: FakeServer) -> None:
    def listen(words: str) -> None:
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        await reached(server).complete(Request([user("q")], timeout=5, on_words=listen))


@pytest.mark.parametrize("after", [0, 2])
async def test_a_stream_that_breaks_off_is_a_fault(server: FakeServer, after: int) -> None:
    server.always = serve.cuts_stream(after)
    with pytest.raises(EndpointFailed) as caught:
        await reached(server).complete(Request([user("q")], timeout=5, on_words=lambda _: None))
    assert caught.value.unreported


@pytest.mark.parametrize(("header", "seconds"), [("2", 2), ("0.25", 0.25), ("soon", None)])
async def test_retry_after_is_read(server: FakeServer, header: str, seconds: float | None) -> None:
    server.always = serve.refuses(429, Retry_After=header)
    with pytest.raises(EndpointFailed) as caught:
        await reached(server).complete(ASK)
    assert caught.value.retry_after == seconds


async def test_a_server_that_is_too_slow(server: FakeServer) -> None:
    server.always = serve.says("late", delay=2)
    with pytest.raises(EndpointFailed, match="took longer"):
        await reached(server).complete(Request([user("q")], timeout=0.1))


@pytest.mark.parametrize("text", [None, ""])
async def test_a_null_or_empty_choice_is_a_sample_without_words(
    server: FakeServer, text: str | None
) -> None:
    server.always = serve.says(text)
    assert (await reached(server).complete(ASK)).choices[0].text == ""
    server.always = serve.raw('{"choices": [null], "usage": {"prompt_tokens": 1}}')
    assert (await reached(server).complete(ASK)).choices[0].text == ""


async def test_an_address_nobody_listens_at_is_named() -> None:
    with pytest.raises(EndpointUnreachable, match=r"127\.0\.0\.1:9"):
        await WireEndpoint("http://127.0.0.1:9/v1", "m").complete(ASK)


@pytest.mark.parametrize("base", ["http://", "http://:80/v1", "http://exa mple/v1"])
async def test_an_address_that_is_none(base: str) -> None:
    with pytest.raises((RequestRejected, EndpointUnreachable)):
        await WireEndpoint(base, "m").complete(ASK)


async def test_cancelling_reaches_the_server(server: FakeServer) -> None:
    server.always = serve.says("never", delay=30)
    asking = asyncio.create_task(reached(server).complete(ASK))
    while not server.in_flight:
        await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    for _ in range(200):
        if server.cancelled:
            break
        await asyncio.sleep(0.01)
    assert server.cancelled == 1


async def test_a_thousand_requests_in_flight_by_host_name(server: FakeServer) -> None:
    server.always = serve.waits_for(1000, server)
    endpoint = WireEndpoint(f"http://localhost:{server.port}/v1", "fake")
    patient = Request([user("q")], timeout=200)
    async with connections():
        replies = await asyncio.gather(*(endpoint.complete(patient) for _ in range(1000)))
    assert len(replies) == 1000
    assert server.most_in_flight == 1000


async def test_connections_are_reused_and_closed_by_the_last_user(server: FakeServer) -> None:
    async with connections() as pool:
        await reached(server).complete(ASK)
        session = pool.session
        await reached(server).complete(ASK)
        assert pool.session is session
    assert session.closed
