"""One way to ask, whoever answers: the same laws for every engine that serves the embedded model's weights.

llama.cpp runs wherever the `embedded` extra is installed. The vLLM cases want a real vLLM server, started by
`vllm:PATH` and reached over our own client and through litellm: `make test-vllm` runs them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import pytest
from pydantic import BaseModel

import metathink as mt
from metathink.core.errors import BudgetExceeded, ContextTooLong
from metathink.core.message import Message, user
from metathink.core.record import Words
from metathink.core.run import Run, in_run
from metathink.models.embedded import WEIGHTS, wording
from metathink.models.embedded.speech import CompactWording
from metathink.models.endpoints.hosted import HostedEndpoint
from metathink.models.endpoints.vllm import VllmServer
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model
from metathink.models.request import Request

HF_FORM = WEIGHTS.parent / "hf"
CONTEXT = 2048
NO_WHITESPACE = '--structured-outputs-config={"backend":"xgrammar","disable_any_whitespace":true}'
"""A small model that may write as many spaces as it likes in its JSON does nothing else."""
VLLM = os.environ.get("METATHINK_VLLM", "")
"""Read before the tests hide the settings of the person who runs them."""
pytestmark = [
    pytest.mark.timeout(900),  # vLLM takes a minute to start, several on a busy machine
    pytest.mark.filterwarnings("ignore"),  # litellm warns of its own schemas
]
TALK = [user(wording.solve("not ( True ) and ( True ) or False is"))]


class Verdict(BaseModel):
    """A typed answer that any guided engine can give."""

    verdict: Literal["yes", "no"]


@pytest.fixture(scope="module")
def vllm_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The settings under which `vllm:PATH` starts a real server on the CPU, once for all cases."""
    if not VLLM:
        pytest.skip("no vLLM named: `make test-vllm` runs this")
    if not HF_FORM.is_dir():
        pytest.skip("the embedded model's weights are not here")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "METATHINK_HOME": str(tmp_path_factory.mktemp("home")),
            "METATHINK_VLLM": VLLM,
            "METATHINK_VLLM_ARGS": f"--max-model-len {CONTEXT} --enforce-eager {NO_WHITESPACE}",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "HF_HUB_OFFLINE": "1",
        }.items():
            patch.setenv(name, value)
        with ThreadPoolExecutor(1) as own_loop:
            server = own_loop.submit(asyncio.run, VllmServer.of(str(HF_FORM))).result()
    yield server.base
    server.stop()
    assert server.died


THROUGH_LITELLM = {"X-Through": "litellm"}
"""A request with headers of its own is not sent by our own client."""
CASES = [
    "llama",
    pytest.param("vllm", marks=pytest.mark.vllm),
    pytest.param("hosted_vllm", marks=pytest.mark.vllm),
]


@pytest.fixture(params=CASES)
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    """The weights behind each engine, spoken to in plain messages."""
    if request.param == "llama":
        pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
        if not WEIGHTS.is_file():
            pytest.skip("the embedded model's weights are not here")
        yield replace(await mt.open_model(f"gguf:{WEIGHTS}"), max_tokens=64)
        return
    base = request.getfixturevalue("vllm_served")
    if request.param == "vllm":
        opened = await mt.open_model(f"vllm:{HF_FORM}")
        yield replace(opened, context=CONTEXT, max_tokens=64)
        return
    options = {"api_base": base, "api_key": "none", "extra_headers": THROUGH_LITELLM}
    endpoint = HostedEndpoint(f"hosted_vllm/{HF_FORM}", options)
    yield Model("hosted", endpoint, context=CONTEXT, max_tokens=64)


async def recorded(model: Model, messages: list[Message] = TALK, **options: object) -> Run:
    """One ask, in a run of its own."""
    run = Run()
    with in_run(run):
        await model.ask(messages, **options)  # pyright: ignore[reportArgumentType]
    return run


async def test_the_same_question_at_temperature_zero_has_one_answer(model: Model) -> None:
    first, again = [await model.ask(TALK, temperature=0) for _ in range(2)]
    assert first.text.strip()
    assert first.text == again.text
    assert first.choices[0].finish in ("stop", "length")


async def test_samples_are_asked_for_at_once(model: Model) -> None:
    run = await recorded(model, n=4, temperature=1.0, max_tokens=16)
    (call,) = run.steps[0].calls
    assert len(call.outputs) == 4
    assert call.usage.completion_tokens <= 4 * 16
    once = (await recorded(model, temperature=1.0, max_tokens=16)).usage
    assert call.usage.prompt_tokens == once.prompt_tokens, "the prompt was paid for once"


async def test_a_seed_names_a_sample(model: Model) -> None:
    first, again = [await model.ask(TALK, temperature=1.0, seed=7) for _ in range(2)]
    assert first.text == again.text


async def test_a_cap_cuts_and_says_so(model: Model) -> None:
    reply = await model.ask(TALK, temperature=0, max_tokens=3)
    assert reply.truncated
    assert (await recorded(model, temperature=0, max_tokens=3)).usage.completion_tokens == 3


async def test_a_stop_word_ends_the_reply_before_it(model: Model) -> None:
    whole = (await model.ask(TALK, temperature=0)).text
    word = whole.split()[2]
    reply = await model.ask(TALK, temperature=0, stop=[word])
    assert whole.startswith(reply.text)
    assert word not in reply.text


async def test_log_probabilities_are_those_of_the_words_said(model: Model) -> None:
    reply = await model.ask(TALK, temperature=0, max_tokens=8, logprobs=2)
    tokens = reply.choices[0].tokens
    assert "".join(token.text for token in tokens).strip() == reply.text.strip()
    for token in tokens:
        assert token.logprob <= 0
        assert len(token.top) == 2
        assert token.top[0][0] == token.text, "the likeliest token is said at temperature 0"
    assert 0 < (reply.choices[0].mean_probability or 0) <= 1


async def test_a_stream_says_the_same_and_costs_the_same(model: Model) -> None:
    heard: list[str] = []
    run, plain = Run(), await recorded(model, temperature=0)
    run.stream_words = True
    run.listeners.append(lambda event: heard.append(getattr(event, "text", "")))
    with in_run(run), run.step("reasoner", "solve"):
        reply = await model.ask(TALK, temperature=0)
    pieces = [piece for piece in heard if piece]
    assert "".join(pieces) == reply.text == plain.steps[0].output
    assert len(pieces) > 1
    assert run.usage.tokens == plain.usage.tokens


async def test_the_count_before_a_call_is_the_servers_own(model: Model) -> None:
    counted = await model.endpoint.count(Request(TALK))
    if counted is None:
        assert isinstance(model.endpoint, HostedEndpoint), "a local server can always count"
        return
    assert counted == (await recorded(model)).usage.prompt_tokens


async def test_a_prefix_heard_before_is_reported_as_cached(model: Model) -> None:
    long = [user(wording.solve("( " * 200 + "True" + " )" * 200 + " is"))]
    await model.ask(long, max_tokens=4)
    again = (await recorded(model, long, max_tokens=4)).usage
    assert 0 < again.cached_tokens < again.prompt_tokens


async def test_a_typed_answer_follows_its_schema(model: Model) -> None:
    reply = await model.ask(TALK, answer=Verdict, temperature=0, max_tokens=500)
    assert reply.value.verdict in ("yes", "no")


async def test_a_prompt_longer_than_the_context_is_named(model: Model) -> None:
    unaware = replace(model, context=None)
    with pytest.raises(ContextTooLong):
        await unaware.ask([user("True and " * 3000)])


async def test_thirty_at_once_stay_within_one_budget(model: Model) -> None:
    run = Run()
    run.open_account(mt.Budget(tokens=1000))

    async def one() -> bool:
        try:
            await model.ask(TALK, temperature=1.0, max_tokens=60)
        except BudgetExceeded:
            return False
        return True

    with in_run(run):
        answered = await asyncio.gather(*(one() for _ in range(30)))
    assert any(answered)
    assert not all(answered), "the budget was meant to be too small"
    assert 500 < run.usage.tokens <= 1000
    assert run.usage.unreported == 0


async def test_an_abandoned_request_leaves_the_server_answering(model: Model) -> None:
    """Given up at its first word: by then it is the server's, on every way there."""

    def give_up(_: str) -> None:
        asking.cancel()

    request = Request(TALK, n=4, temperature=1.0, max_tokens=1500, on_words=give_up)
    asking = asyncio.ensure_future(model.endpoint.complete(request))
    await asyncio.gather(asking, return_exceptions=True)
    assert asking.cancelled()
    assert (await model.ask(TALK, temperature=0)).text


async def test_rema_thinks_with_it(model: Model) -> None:
    """In the embedded model's own wording: the same weights give the same thought on every engine."""
    speaker = replace(model, adapter=CompactWording(), max_tokens=512)
    question = "True and not False or not True is"
    events = [
        event
        async for event in mt.stream(
            question, method="rema", model=speaker, tokens=True, max_turns=6
        )
    ]
    answer = events[-1]
    assert isinstance(answer, mt.Answer)
    assert answer.text == "True"
    assert any(isinstance(event, Words) for event in events)


@pytest.mark.vllm
async def test_a_model_opened_by_its_string_is_asked_without_further_ado(vllm_served: str) -> None:
    """Without a cap on the reply, whatever its context."""
    model = await mt.open_model(f"vllm:{HF_FORM}")
    assert model.max_tokens is None
    assert (await model.ask(TALK, temperature=0)).text


@pytest.mark.vllm
async def test_both_ways_to_vllm_are_equal(vllm_served: str) -> None:
    """Our client and litellm: same words, same count, same certainty."""
    ours = Model("ours", WireEndpoint(vllm_served, str(HF_FORM)))
    options = {"api_base": vllm_served, "api_key": "none", "extra_headers": THROUGH_LITELLM}
    theirs = Model("litellm", HostedEndpoint(f"hosted_vllm/{HF_FORM}", options))
    said = [await m.ask(TALK, temperature=0, max_tokens=40, logprobs=1) for m in (ours, theirs)]
    assert said[0].text == said[1].text
    assert said[0].choices[0].mean_probability == pytest.approx(
        said[1].choices[0].mean_probability, abs=0.02
    )
    counts = [(await recorded(m, temperature=0, max_tokens=40)).usage for m in (ours, theirs)]
    assert counts[0].tokens == counts[1].tokens
