"""The wire against a real server on its good and bad days."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from metathink.core.errors import (
    AuthenticationFailed,
    ContextTooLong,
    EndpointFailed,
    EndpointUnreachable,
    RequestRejected,
)
from metathink.core.message import system, user
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.pool import connections
from metathink.models.replies.wire_format import usage_of
from metathink.models.request import Request
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
    "lists without end": '{"choices": ' + "[" * 100_000,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
async def test_a_reply_of_another_shape_is_the_servers_fault(server: FakeServer, text: str) -> None:
    server.always = serve.raw(text)
    with pytest.raises(EndpointFailed) as caught:
        await reached(server).complete(ASK)
    assert caught.value.unreported


NO_COUNT = {
    "a usage of words": '"usage": "lots"',
    "a count of words": '"usage": {"prompt_tokens": "three"}',
    "a count without end": '"usage": {"prompt_tokens": 1e999}',
    "a count below zero": '"usage": {"prompt_tokens": -5}',
    "nothing": '"id": 1',
}


@pytest.mark.parametrize("usage", NO_COUNT.values(), ids=NO_COUNT)
async def test_a_reply_without_a_count_that_can_be_read_is_one(
    server: FakeServer, usage: str
) -> None:
    server.always = serve.raw('{"choices": [{"message": {"content": "9"}}], ' + usage + "}")
    said = await reached(server).complete(ASK)
    assert said.choices[0].text == "9"
    assert said.usage.tokens == 0, "so that the whole reservation is booked"


COUNTS = [
    ({"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}, (4, 0)),
    ({"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 213}, (204, 200)),
    (
        {
            "prompt_tokens": 9,
            "completion_tokens": 40,
            "completion_tokens_details": {"reasoning_tokens": 30},
        },
        (40, 30),
    ),
    ({"prompt_tokens": 9, "completion_tokens": 4, "reasoning_tokens": 30}, (34, 30)),
    ({"prompt_tokens": 9, "completion_tokens": None, "total_tokens": 13}, (4, 0)),
]


@pytest.mark.parametrize(("usage", "counted"), COUNTS)
def test_thoughts_are_counted(usage: dict, counted: tuple[int, int]) -> None:
    found = usage_of({"usage": usage})
    assert (found.completion_tokens, found.reasoning_tokens) == counted


LOGPROBS = [
    ({"content": [{"token": "9", "logprob": -0.5, "top_logprobs": None}]}, (-0.5,)),
    ({"content": [{"token": "9", "logprob": "-0.5"}]}, (-0.5,)),
    ({"content": [{"token": "9", "logprob": -1e999}]}, (-9999.0,)),
    ({"tokens": ["9", "."], "token_logprobs": [-0.5, -1]}, (-0.5, -1.0)),
    ({"content": [{"token": "9", "logprob": None}]}, ()),
    ({"content": [{"token": "9", "logprob": -0.5}, {"token": "."}]}, ()),
    ({"content": [{"token": "9", "logprob": float("nan")}]}, ()),
    ({"content": [{"token": None, "logprob": -0.5}, 7]}, ()),
    ({"content": "none"}, ()),
    ("none", ()),
    (None, ()),
]


@pytest.mark.parametrize(("logprobs", "kept"), LOGPROBS)
async def test_log_probabilities_that_cannot_be_read_are_none(
    server: FakeServer, logprobs: object, kept: tuple[float, ...]
) -> None:
    choice = {"message": {"content": "9"}, "logprobs": logprobs}
    server.always = serve.raw(json.dumps({"choices": [choice]}))
    said = await reached(server).complete(replace(ASK, logprobs=1))
    assert said.choices[0].text == "9"
    assert tuple(token.logprob for token in said.choices[0].tokens) == kept


MESSAGES = [
    ({"content": "9", "reasoning_content": "is it 8?"}, "9", "is it 8?"),
    ({"content": "9", "reasoning": "is it 8?", "reasoning_details": [
        {"type": "reasoning.text", "text": "is it 8?"}]}, "9", "is it 8?"),
    ({"content": "9", "reasoning_details": [
        {"type": "reasoning.summary", "summary": "is it "}, {"type": "reasoning.encrypted", "data": "x"},
        {"type": "reasoning.text", "text": "8?"}]}, "9", "is it 8?"),
    ({"content": "9", "thinking": "is it 8?"}, "9", "is it 8?"),
    ({"content": "9", "thinking_blocks": [{"type": "thinking", "thinking": "is it 8?", "signature": "x"}]},
     "9", "is it 8?"),
    ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "is it 8?"}]},
                  {"type": "text", "text": "9"}]}, "9", "is it 8?"),
    ({"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "is it 8?"}]},
                  {"type": "output_text", "text": {"value": "9"}}, {"type": "image_url", "image_url": {}}]},
     "9", "is it 8?"),
    ({"content": ["9", {"text": " is it?", "thought": True}]}, "9", " is it?"),
    ({"content": {"total": 9}}, '{"total": 9}', ""),
    ({"content": 9}, "9", ""),
]  # fmt: skip


@pytest.mark.parametrize(("message", "text", "thoughts"), MESSAGES)
async def test_thoughts_that_come_apart(
    server: FakeServer, message: dict, text: str, thoughts: str
) -> None:
    server.always = serve.raw(json.dumps({"choices": [{"message": message}]}))
    [choice] = (await reached(server).complete(ASK)).choices
    assert (choice.text, choice.reasoning) == (text, thoughts)


async def test_refusals_and_tools_are_told(server: FakeServer) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    messages = [
        {"content": None, "refusal": "I must not."},
        {"content": [{"type": "refusal", "refusal": "I must not."}]},
        {"content": None, "tool_calls": [call]},
        {"content": None, "function_call": {"name": "search"}},
    ]
    choices = [{"message": message} for message in messages]
    server.always = serve.raw(json.dumps({"choices": choices}))
    said = (await reached(server).complete(ASK)).choices
    assert [choice.refusal for choice in said] == ["I must not."] * 2 + [""] * 2
    assert [choice.tool_calls for choice in said] == [()] * 2 + [("search",)] * 2


@pytest.mark.parametrize(
    ("sent", "finish"),
    [
        (None, "stop"),
        ("end_turn", "stop"),
        ("eos", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("FinishReason.RECITATION", "content_filter"),
        ("function_call", "tool_calls"),
        ("refusal", "refusal"),
    ],
)
async def test_finish_reasons_have_one_name(
    server: FakeServer, sent: str | None, finish: str
) -> None:
    choice = {"message": {"content": "9"}, "finish_reason": sent}
    server.always = serve.raw(json.dumps({"choices": [choice]}))
    assert (await reached(server).complete(ASK)).choices[0].finish == finish


FAULTS = [
    ({"error": {"message": "slow down", "code": 429}}, EndpointFailed),
    ({"error": {"message": "Provider returned error"}, "choices": None}, EndpointFailed),
    ({"error": "overloaded"}, EndpointFailed),
    ({"object": "error", "message": "no such field", "code": 400}, RequestRejected),
    ({"error": {"message": "x", "type": "invalid_request_error"}}, RequestRejected),
    ({"error": {"message": "x", "code": "context_length_exceeded"}}, ContextTooLong),
    ({"error": {"message": "x", "code": 401}}, AuthenticationFailed),
    ({"detail": "warming up"}, EndpointFailed),
    ({"choices": [{"message": {"content": "an"}, "finish_reason": "error"}]}, EndpointFailed),
]


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("reply", "error"), FAULTS)
async def test_an_error_with_status_200_is_an_error(
    server: FakeServer, reply: dict, error: type[Exception], streams: bool
) -> None:
    server.always = serve.raw(json.dumps(reply))
    with pytest.raises(error) as caught:
        await reached(server).complete(replace(ASK, on_words=(lambda _: None) if streams else None))
    assert type(caught.value) is error


async def test_a_page_is_no_reply_and_is_named(server: FakeServer) -> None:
    server.always = serve.raw("<html><h1>Bad gateway</h1></html>")
    for on_words in (None, lambda _: None):
        with pytest.raises(EndpointFailed, match="Bad gateway"):
            await reached(server).complete(replace(ASK, on_words=on_words))


def event(piece: dict, **more: object) -> str:
    return "data: " + json.dumps({"choices": [piece], **more})


WHOLE = {"message": {"content": "an answer"}, "finish_reason": "stop"}
BEGUN, REST = {"delta": {"content": "an "}}, {"index": 0, "delta": {"content": "answer"}}
END = {"delta": {}, "finish_reason": "stop"}
COUNT = 'data: {"choices": [], "usage": {"prompt_tokens": 5}}'
DONE = "data: [DONE]"
TEXTS = event({"text": "an "}), event({"text": "answer", "finish_reason": "stop"})
MESSAGE = event({"message": {"content": "an "}}), event({"message": {"content": "answer"}})


def blocks(*lines: str, between: str = "\n\n") -> str:
    return "".join(line + between for line in lines)


STREAMS = {
    "a comment, no space": blocks(
        ": hi", event(BEGUN), event(REST).replace(": ", ":", 1), event(END)
    ),
    "carriage returns": blocks(event(BEGUN), event(REST), event(END), between="\r\n\r\n"),
    "no blank lines": blocks(event(BEGUN), event(REST), DONE, between="\n"),
    "names": "event: message\nid: 1\nretry: 5\n" + blocks(event(BEGUN), event(REST), event(END)),
    "an event of two lines": blocks(
        'data: {"choices": [{"delta":\ndata: {"content": "an answer"}}]}', DONE
    ),
    "an end without a reason": blocks(event(BEGUN), event(REST), DONE),
    "a reason without an end": f"{blocks(event(BEGUN), event(REST))}{event(END)}",
    "a count at the end": blocks(event(BEGUN), event(REST), COUNT),
    "text": blocks(*TEXTS),
    "messages": blocks(*MESSAGE, event(END)),
    "all of it again at the end": blocks(event(BEGUN), event(REST), event(WHOLE)),
    "no stream": json.dumps({"choices": [WHOLE]}),
    "no stream, over lines": json.dumps({"choices": [WHOLE]}, indent=1),
    "JSON in lines": "\n".join(json.dumps({"choices": [piece]}) for piece in (BEGUN, REST, END)),
}


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
async def test_streams_in_every_dialect(server: FakeServer, body: str) -> None:
    heard: list[str] = []
    server.always = serve.raw(body)
    said = await reached(server).complete(replace(ASK, on_words=heard.append))
    assert [(choice.text, choice.finish) for choice in said.choices] == [("an answer", "stop")]
    assert "".join(heard) == "an answer"


async def test_a_streams_thoughts_are_told_apart(server: FakeServer) -> None:
    words: list[str] = []
    thoughts: list[str] = []
    pieces = [{"reasoning_content": "is it"}, {"reasoning": " 8?"}, {"content": "9"}]
    body = "\n\n".join(event({"delta": piece}) for piece in pieces)
    server.always = serve.raw(body + "\n\ndata: [DONE]\n\n")
    asked = replace(ASK, on_words=words.append, on_thoughts=thoughts.append)
    [choice] = (await reached(server).complete(asked)).choices
    assert (choice.text, choice.reasoning) == ("9", "is it 8?")
    assert (words, thoughts) == (["9"], ["is it", " 8?"])


async def test_an_event_of_any_size_is_read(server: FakeServer) -> None:
    long = "word " * 100_000
    server.always = serve.raw(f"{event({'delta': {'content': long}})}\n\ndata: [DONE]\n\n")
    said = await reached(server).complete(replace(ASK, on_words=lambda _: None))
    assert said.choices[0].text == long


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
