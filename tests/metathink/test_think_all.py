"""think_all: settings of single questions, and threads that survive a kill within a question."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import metathink as mt
from metathink.core.errors import (
    BudgetExceeded,
    EndpointFailed,
    InvalidConfig,
    InvalidInput,
    StoreFailed,
)
from metathink.models.retry import ATTEMPTS
from tests.server import FakeServer, completion, raw, refuses, says


async def capped(server: FakeServer, *each: dict[str, Any], **options: Any) -> list[Any]:
    questions = [f"question {number}" for number in range(len(each))]
    return await mt.think_all(
        questions, method="direct", model=server.model, each=each, concurrency=1, **options
    )


async def test_each_question_has_its_own_settings_beside_those_of_all(server: FakeServer) -> None:
    await capped(server, {"max_tokens": 7}, {}, {"temperature": 0.5}, max_tokens=9)
    told = [(body["max_tokens"], body.get("temperature")) for body in server.bodies]
    assert told == [(7, 0.0), (9, 0.0), (9, 0.5)]


async def test_a_wrong_setting_of_one_is_told_before_anything_is_asked(server: FakeServer) -> None:
    with pytest.raises(InvalidConfig, match="did you mean 'max_tokens'"):
        await capped(server, {}, {"maxtokens": 7})
    with pytest.raises(InvalidInput, match="2 of 1 questions"):
        await mt.think_all(["a"], method="direct", model=server.model, each=[{}, {}])
    assert server.bodies == []


async def test_a_malformed_reply_fails_one_question_and_no_other(server: FakeServer) -> None:
    server.script = [raw('{"choices": ["hello"]}')] * ATTEMPTS
    first, second = await capped(server, {}, {})
    assert isinstance(first, EndpointFailed)
    assert isinstance(second, mt.Answer) and second.value == "42"


async def test_a_notebook_tells_them_apart(server: FakeServer, tmp_path: Path) -> None:
    notebook = tmp_path / "notes.jsonl"
    await capped(server, {"max_tokens": 7}, {}, resume=notebook)
    await capped(server, {"max_tokens": 7}, {}, resume=notebook)
    assert len(server.bodies) == 2
    await capped(server, {"max_tokens": 8}, {}, resume=notebook)
    assert len(server.bodies) == 3
    asked = ["question 1"]
    await mt.think_all(asked, method="direct", model=server.model, resume=notebook)
    assert len(server.bodies) == 3, "without settings of its own it is the same question"


async def test_a_finished_call_of_an_unfinished_question_is_not_made_again(
    server: FakeServer, tmp_path: Path
) -> None:
    """The critic's call fails in the first life; in the second the solution is there already."""
    asked: Counter[str] = Counter()
    healthy = False

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        words = json.dumps(body["messages"])
        asked[words] += 1
        if "first wrong one" in words and not healthy:
            return await refuses(400, "not today")(request, body)
        return web.json_response(completion(body, r"all steps are right \boxed{4}"))

    server.always = behave
    options: dict[str, Any] = {"method": "critique_revise", "model": server.model}
    options["checkpoint"] = tmp_path / "runs.db"
    first = await mt.think_all(["a", "b", "a"], **options)
    assert all(isinstance(outcome, mt.MetathinkError) for outcome in first)
    healthy = True
    second = await mt.think_all(["a", "b", "a"], **options)
    assert [outcome.value for outcome in second if isinstance(outcome, mt.Answer)] == ["4"] * 3
    solutions = {words: times for words, times in asked.items() if "first wrong" not in words}
    assert sorted(solutions.values()) == [1, 2], "equal questions are asked once each"
    before = sum(asked.values())
    await mt.think_all(["b", "a", "a"], **options)
    assert sum(asked.values()) == before


async def test_a_total_holds_on_threads_and_what_it_cut_short_is_begun_anew(
    server: FakeServer, tmp_path: Path
) -> None:
    server.always = says(r"all steps are right \boxed{4}")
    options: dict[str, Any] = {"method": "critique_revise", "model": server.model}
    options |= {"checkpoint": tmp_path / "runs.db", "concurrency": 1}
    [cut, refused] = await mt.think_all(["a", "b"], total=mt.Budget(calls=1), **options)
    assert isinstance(cut, mt.Answer) and cut.ending == "budget"
    assert isinstance(refused, mt.MetathinkError) and len(server.bodies) == 1
    answers = await mt.think_all(["a", "b"], **options)
    assert [answer.ending for answer in answers if isinstance(answer, mt.Answer)] == [
        "finished"
    ] * 2


async def test_a_total_in_seconds_ends_a_batch_whose_server_hangs(server: FakeServer) -> None:
    """Also where no question has a limit of its own; the replies would come after a minute."""
    server.always = says("late", delay=60)
    async with asyncio.timeout(30):
        outcomes = await mt.think_all(
            ["a", "b", "c"], method="direct", model=server.model, total=mt.Budget(seconds=0.5)
        )
    assert [type(outcome) for outcome in outcomes] == [BudgetExceeded] * 3


async def test_a_notebook_that_cannot_be_written_stops_the_batch(tmp_path: Path) -> None:
    notebook = tmp_path / "notes.jsonl"

    def disk_fails(_: object) -> str:
        notebook.unlink()
        notebook.mkdir()
        return "answer: 4"

    model = mt.scripted([disk_fails, "answer: 4"])
    with pytest.raises(StoreFailed, match=r"notes\.jsonl"):
        await mt.think_all(["a", "b"], method="direct", model=model, resume=notebook, concurrency=1)


async def test_a_notebook_knows_which_model_was_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []
    for name in "ab":
        recording = tmp_path / name
        recording.write_text(json.dumps({"question": "2 + 2?", "samples": [f"answer: {name}"]}))
        monkeypatch.setenv("METATHINK_MODEL", f"recorded:{recording}")
        options: dict[str, Any] = {"resume": tmp_path / "notes.jsonl"}
        options |= {"checkpoint": tmp_path / "runs.db", "method": "direct"}
        heard += await mt.think_all(["2 + 2?"], **options)
    assert [answer.value for answer in heard] == ["a", "b"]


async def test_what_the_total_cut_short_is_not_kept_as_done(
    server: FakeServer, tmp_path: Path
) -> None:
    server.always = says(r"all steps are right \boxed{4}")
    options: dict[str, Any] = {"method": "critique_revise", "model": server.model}
    options |= {"resume": tmp_path / "notes.jsonl"}
    endings = []
    for calls in (1, 100):
        [answer] = await mt.think_all(["a"], total=mt.Budget(calls=calls), **options)
        endings.append(getattr(answer, "ending", answer))
    assert endings == ["budget", "finished"]
