"""think, stream, think_all: what the API promises."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink import api
from metathink.core.errors import (
    AuthenticationFailed,
    BudgetExceeded,
    EndpointUnreachable,
    InvalidConfig,
    InvalidInput,
    UnknownMethod,
)
from tests import server as serve
from tests.server import FakeServer


@pytest.mark.parametrize("question", ["", "  \n"])
async def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        await mt.think(question, model=mt.scripted([]))


async def test_an_unknown_method_names_the_nearest() -> None:
    with pytest.raises(UnknownMethod, match="did you mean 'rema'"):
        await mt.think("q", method="rerna")


@pytest.mark.parametrize(
    ("setting", "told"),
    [({"max_truns": 3}, "did you mean 'max_turns'"), ({"max_turns": "x"}, "max_turns")],
)
async def test_a_wrong_setting_is_told(setting: dict, told: str) -> None:
    with pytest.raises(InvalidConfig, match=told):
        await mt.think("q", method="rema", model=mt.scripted([]), **setting)


@pytest.mark.parametrize(
    "setting",
    [
        {"max_tokens": -1},
        {"max_turns": 0},
        {"temperature": -5},
        {"temperature": "nan"},
        {"budget_calls": -1},
    ],
)
async def test_a_setting_out_of_range_is_told_before_anything_is_asked(setting: dict) -> None:
    with pytest.raises(InvalidConfig, match=next(iter(setting))):
        await mt.think("q", method="rema", model=mt.scripted([]), **setting)


async def test_settings_may_be_given_as_text() -> None:
    model = mt.scripted(["a", "answer: 1", "answer: 2"])
    assert (await mt.think("q", method="rema", model=model, max_turns="1")).ending == "turn_cap"


async def test_errors_carry_the_record(server: FakeServer) -> None:
    server.script = [serve.says("Plan."), serve.refuses(401)]
    with pytest.raises(AuthenticationFailed) as caught:
        await mt.think("q", method="rema_plan", model=server.model)
    assert caught.value.run is not None
    assert [bool(step.error) for step in caught.value.run.steps] == [False, True]


async def test_a_method_told_to_go_on_for_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RECURSION_LIMIT", 10)
    with pytest.raises(InvalidConfig, match="rema had not ended") as caught:
        await mt.think("q", method="rema", model=mt.scripted(["on"] * 20), max_turns=9)
    assert caught.value.run is not None
    assert caught.value.run.steps


async def test_opening_a_model_is_within_the_runs_time(silent: str) -> None:
    """Without a name behind it, the address is asked which model it serves."""
    with pytest.raises(BudgetExceeded, match="time"):
        await mt.think("q", method="direct", model=silent, budget=mt.Budget(seconds=0.2))


async def test_usage_equals_what_the_server_counted(server: FakeServer) -> None:
    server.script = [serve.says("1. Add the two numbers."), serve.says(r"2 + 2 = 4 so \boxed{4}")]
    answer = await mt.think("What is 2 + 2?", method="rema_plan", model=server.model)
    sent = [serve.words(body) for body in server.bodies]
    by_role = answer.run.usage_by_role
    assert [by_role["meta_thinker"].prompt_tokens, by_role["reasoner"].prompt_tokens] == sent
    assert (answer.usage.completion_tokens, answer.usage.calls) == (5 + 7, 2)
    assert answer.model == server.model


async def test_a_stream_tells_each_step_and_then_the_answer() -> None:
    model = mt.scripted(["Multiply.", "[no] 42", "[FINISH]", r"\boxed{42}"])
    events = [event async for event in mt.stream("q", model=model, method="rema")]
    *steps, answer = events
    assert isinstance(answer, mt.Answer)
    assert steps == answer.run.steps


async def test_a_stream_of_words_holds_all_that_was_said() -> None:
    model = mt.scripted(["Look closely.", r"It is \boxed{42}"])
    words: dict[str, str] = {}
    async for event in mt.stream("q", model=model, method="rema_plan", tokens=True):
        if isinstance(event, mt.Words):
            words[event.speaker] = words.get(event.speaker, "") + event.text
    assert {k: v.strip() for k, v in words.items()} == {
        "meta_thinker": "Look closely.",
        "reasoner": r"It is \boxed{42}",
    }


async def test_leaving_a_stream_stops_the_request(server: FakeServer) -> None:
    server.script = [serve.says("Plan."), serve.says("late", delay=60)]
    watching = mt.stream("q", model=server.model, method="rema_plan")
    async for _ in watching:
        break
    await watching.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(300):
        if not server.in_flight:
            break
        await asyncio.sleep(0.01)
    assert server.in_flight == 0


async def test_a_stream_raises_what_think_would() -> None:
    with pytest.raises(EndpointUnreachable):
        async for _ in mt.stream("q", model="http://127.0.0.1:9/v1#m", method="direct"):
            pass


def test_think_sync_works_with_and_without_a_running_loop() -> None:
    async def inside() -> mt.Answer:
        return mt.think_sync("q", method="direct", model=mt.scripted(["answer: 1"]))

    assert mt.think_sync("q", method="direct", model=mt.scripted(["answer: 1"])).value == "1"
    assert asyncio.run(inside()).value == "1"


# Many questions


async def test_one_bad_question_disturbs_no_other(server: FakeServer) -> None:
    questions = ["one", "", "two", "three"]
    results = await mt.think_all(questions, method="direct", model=server.model, concurrency=2)
    assert isinstance(results[1], InvalidInput)
    assert [r.run.question for r in results if isinstance(r, mt.Answer)] == ["one", "two", "three"]


async def test_a_batch_keeps_to_its_concurrency(server: FakeServer) -> None:
    server.always = serve.says("answer: 1", delay=0.05)
    await mt.think_all(
        [f"q{i}" for i in range(9)], method="direct", model=server.model, concurrency=3
    )
    assert server.most_in_flight == 3


async def test_a_batch_shares_one_purse(server: FakeServer) -> None:
    server.always = serve.fills()
    questions = [f"q{i}" for i in range(20)]
    results = await mt.think_all(
        questions, method="direct", model=server.model, total=mt.Budget(tokens=3000), max_tokens=400
    )
    spent = sum(serve.words(b) + b["max_tokens"] for b in server.bodies)
    assert spent <= 3000
    assert any(isinstance(r, mt.MetathinkError) for r in results)


async def test_a_resumed_batch_asks_nothing_twice(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "runs" / "today.jsonl"
    first = await mt.think_all(["a", "b"], method="direct", model=server.model, resume=path)
    again = await mt.think_all(["b", "a", "c"], method="direct", model=server.model, resume=path)
    assert len(server.bodies) == 3
    assert again[:2] == [first[1], first[0]]


@pytest.mark.parametrize(
    "changed",
    [{"method": "self_consistency"}, {"temperature": 0.5}, {"budget": mt.Budget(calls=9)}],
)
async def test_another_configuration_is_another_question(
    server: FakeServer, tmp_path: Path, changed: dict
) -> None:
    server.always = serve.says(*["answer: 1"] * 8)
    for change in ({}, changed):
        options: dict[str, Any] = {"method": "direct", "resume": tmp_path / "r.jsonl", **change}
        await mt.think_all(["a"], model=server.model, **options)
    assert len(server.bodies) == 2


async def test_a_line_cut_off_by_a_crash_is_asked_again(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    await mt.think_all(["a", "b"], method="direct", model=server.model, resume=path, concurrency=1)
    path.write_bytes(path.read_bytes()[:-20])
    await mt.think_all(["a", "b"], method="direct", model=server.model, resume=path)
    assert len(server.bodies) == 3
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


@pytest.mark.parametrize("content", ["not json\n", "[]\n", '{"key": 1}\n'])
async def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=r"mine\.txt"):
        await mt.think_all(["a"], method="direct", model=mt.scripted([]), resume=path)
    assert path.read_text() == content


async def test_a_killed_batch_goes_on_where_it_was(server: FakeServer, tmp_path: Path) -> None:
    server.always = serve.says("answer: 1", delay=0.02)
    path = tmp_path / "r.jsonl"
    program = (
        "import asyncio, sys, metathink as mt\n"
        "questions = [f'question {i}' for i in range(200)]\n"
        "asyncio.run(mt.think_all(questions, method='direct', model=sys.argv[1], resume=sys.argv[2],"
        " concurrency=4))\n"
    )
    command = [sys.executable, "-c", program, server.model, str(path)]
    child = await asyncio.to_thread(subprocess.Popen, command, env={**os.environ})
    while len(server.bodies) < 40:
        assert child.poll() is None
        await asyncio.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    before = -1
    while before != len(server.bodies) or server.in_flight:  # what was on its way when it died
        before = len(server.bodies)
        await asyncio.sleep(0.5)
    done = path.read_bytes().count(b"\n")
    assert 20 <= done < 200
    results = await mt.think_all(
        [f"question {i}" for i in range(200)], method="direct", model=server.model, resume=path
    )
    assert len(server.bodies) - before == 200 - done
    assert all(isinstance(r, mt.Answer) for r in results)


async def test_think_gives_up_on_an_unreachable_endpoint_within_five_seconds() -> None:
    begun = time.monotonic()
    with pytest.raises(EndpointUnreachable, match=r"127\.0\.0\.1:9"):
        await mt.think("q", method="direct", model="http://127.0.0.1:9/v1#m")
    assert time.monotonic() - begun < 5
