"""What endpoints send instead of answers, as errors that say what to do."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from metathink.core.budget import Budget
from metathink.core.errors import (
    AuthenticationFailed,
    ContextTooLong,
    EndpointFailed,
    MetathinkError,
    QuotaExceeded,
    RateLimited,
    RequestRejected,
)
from metathink.core.message import user
from metathink.core.run import Run, in_run
from metathink.models.endpoints.hosted import HostedEndpoint
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model
from metathink.models.replies.fault import fault_of
from tests import server as serve
from tests.server import FakeServer

pytestmark = pytest.mark.filterwarnings("ignore")  # litellm warns of its own schemas

KINDS: list[tuple[int, str, type[MetathinkError]]] = [
    (400, "Your request has 9120 input tokens: maximum context length 8192", ContextTooLong),
    (413, "prompt is too long", ContextTooLong),
    (500, "the request exceeds the available context size", ContextTooLong),
    (400, "input length and `max_tokens` exceed context limit: 7 + 9 > 10", ContextTooLong),
    (422, "`inputs` tokens + `max_new_tokens` must be <= 4096", ContextTooLong),
    (400, '{"error": {"code": "context_length_exceeded", "message": "no"}}', ContextTooLong),
    (402, "pay first", QuotaExceeded),
    (429, '{"error": {"message": "no", "code": "insufficient_quota"}}', QuotaExceeded),
    (400, "Your credit balance is too low to access the API", QuotaExceeded),
    (403, "your account is in arrears; insufficient balance", QuotaExceeded),
    (429, "You exceeded your current quota. Please retry in 34.07s.", EndpointFailed),
    (429, "tokens per minute: limit 6000, used 5000", EndpointFailed),
    (401, "bad key", AuthenticationFailed),
    (403, "not yours", AuthenticationFailed),
    (503, "overloaded", EndpointFailed),
    (404, "no such model", RequestRejected),
]


@pytest.mark.parametrize(("status", "words", "kind"), KINDS)
def test_statuses_and_words_become_errors(
    status: int, words: str, kind: type[MetathinkError]
) -> None:
    error = fault_of(status, words, "server")
    assert type(error) is kind
    assert str(status) in str(error)
    assert error.refusal is not None
    assert error.refusal.status == status


WAITS: list[tuple[dict[str, str], str, float | None]] = [
    ({"Retry-After": "2"}, "", 2.0),
    ({"retry-after-ms": "250"}, "", 0.25),
    ({}, "Please try again in 7m12.5s.", 432.5),
    ({}, "try again in 20s", 20.0),
    ({}, "Please retry in 34.07s", 34.07),
    ({}, "please try again in 340ms", 0.34),
    ({}, '{"retryDelay": "12s"}', 12.0),
    ({}, "slow down", None),
    ({"Retry-After": "soon"}, "", None),
]


@pytest.mark.parametrize(("headers", "words", "seconds"), WAITS)
def test_the_wait_that_is_asked_for(
    headers: dict[str, str], words: str, seconds: float | None
) -> None:
    error = fault_of(429, words, "server", headers)
    assert isinstance(error, EndpointFailed)
    assert error.retry_after == (None if seconds is None else pytest.approx(seconds))


def test_any_words_are_read_in_linear_time() -> None:
    for words in ("try again in " + "1 " * 50_000, "retry" * 20_000, "{" * 100_000, "9s " * 40_000):
        begun = time.process_time()
        fault_of(400, words, "server")
        assert time.process_time() - begun < 5


def wire(server: FakeServer) -> Model:
    return Model("wire", WireEndpoint(server.base, "fake"))


def hosted(server: FakeServer) -> Model:
    options = {"api_base": server.base, "api_key": "k", "extra_headers": {"X-Team": "a"}}
    return Model("hosted", HostedEndpoint("hosted_vllm/fake", options))


BOTH = pytest.mark.parametrize("reach", [wire, hosted])


@BOTH
async def test_an_empty_account_is_asked_once(
    server: FakeServer, reach: Callable[[FakeServer], Model]
) -> None:
    server.always = serve.refuses(429, "insufficient_quota: top up your account")
    with pytest.raises(QuotaExceeded, match="quota"):
        await reach(server).ask([user("q")])
    assert len(server.bodies) == 1


@BOTH
async def test_a_long_wait_is_an_error_that_says_until_when(
    server: FakeServer, reach: Callable[[FakeServer], Model]
) -> None:
    server.always = serve.refuses(429, "daily limit", Retry_After="7200")
    with pytest.raises(RateLimited, match=r"429.*7200 s: try again after 20.*UTC") as caught:
        await reach(server).ask([user("q")])
    assert caught.value.retry_after == 7200
    assert len(server.bodies) == 1


async def test_a_wait_longer_than_the_run_is_an_error_too(server: FakeServer) -> None:
    server.always = serve.refuses(429, "slow down", Retry_After="30")
    run = Run("q")
    run.open_account(Budget(seconds=5))
    with in_run(run), pytest.raises(RateLimited, match="30 s"):
        await wire(server).ask([user("q")])
