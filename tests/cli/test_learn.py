"""`metathink handbook learn` and `export-sft` as processes over a real server: killed, resumed, bad lines."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from metathink.cli.handbook import commands as handbook
from metathink.cli.handbook.problem import read_problems
from metathink.core.errors import InvalidInput, MetathinkError, StoreFailed
from metathink.memory import Memory, open_memory
from tests.server import FakeServer, completion, refuses

HINTS = {
    "boxes": ("count_groups", "Multiply the number of groups by the size of each group."),
    "trains": ("same_units", "Bring all lengths and times to the same units before computing."),
    "coins": (
        "largest_first",
        "Take as many of the largest kind as fit, then go on with the rest.",
    ),
}
REFLECTION = {"sound": True, "mistake": "", "reason": "", "hints": ["look"]}


def kind_of(asked: str) -> str:
    return next(kind for kind in HINTS if kind in asked)


def said_by(body: dict[str, Any]) -> str:
    """What a faithful model says in each role; every answer is 7."""
    asked = "\n".join(message["content"] for message in body["messages"])
    if "Look back at the solution" in asked:
        return json.dumps(REFLECTION)
    if "Write down the behaviors" in " ".join(asked.split()):
        name, instruction = HINTS[kind_of(asked)]
        return json.dumps({"behaviors": [{"name": name, "instruction": instruction}]})
    if "Do they give the same advice" in asked:
        return json.dumps({"reason": "", "same": False})
    cited = [name for name, _ in HINTS.values() if f"- behavior_{name}:" in asked]
    used = "".join(f" [behavior_{name}]" for name in cited)
    return rf"So it is{used}, as behavior_x says (behavior_y). \boxed{{7}}"


@dataclass
class Hanging:
    """Answers as `said_by`, but never the request of this number; `asked` has them all."""

    at: int | None = None
    asked: list[str] = field(default_factory=list)
    hung: Counter[str] = field(default_factory=Counter)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        self.asked.append(json.dumps(body["messages"]))
        if self.at is not None and len(self.asked) == self.at:
            self.hung[self.asked[-1]] += 1
            self.reached.set()
            await asyncio.sleep(60)
        return web.json_response(completion(body, said_by(body)))


def problems(place: Path, *lines: Any) -> Path:
    file = place / "problems.jsonl"
    written = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("\n".join(written) + "\n", encoding="utf-8")
    return file


def three() -> list[dict[str, str]]:
    return [{"question": f"How many {kind} are there?", "answer": "7"} for kind in HINTS]


async def start(*arguments: str | Path, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "metathink.cli.main", "handbook", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )


async def run(*arguments: str | Path) -> tuple[int, str, str]:
    """The command in this process, beside the server: exit code, stdout and stderr."""
    result = await asyncio.to_thread(CliRunner().invoke, handbook.app, [*map(str, arguments)])
    if isinstance(result.exception, MetathinkError):
        return result.exit_code, result.stdout, f"{result.stderr}{result.exception}"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


async def everything(place: Path) -> list[tuple[str, str]]:
    async with open_memory(place) as memory:
        return [(change.kind, change.key[0]) async for change in memory.items()]


async def test_a_file_is_learned_and_told(server: FakeServer, tmp_path: Path) -> None:
    server.always = Hanging()
    place = tmp_path / "new" / "notes.db"
    wrong = {"question": "How many wrong boxes?", "answer": 8, "topic": "counting"}
    open_ = {"question": "How many other boxes?", "topic": "counting"}
    file = problems(tmp_path, *three(), wrong, open_)
    arguments = ("learn", file, "--at", place, "--model", server.model, "--topic", "all")
    code, out, err = await run(*arguments, "--concurrency", "1")
    assert code == 0, err
    assert out.splitlines()[:-1] == [
        "5 problems: 3 right, 1 wrong, 1 unchecked, 0 learned from before, 0 failed",
        "behaviors: 3 new, 1 merged, 0 refused; the handbook has 3 active, 0 candidates, 0 retired",
    ]
    assert out.splitlines()[-1].startswith(f"{len(server.bodies)} calls, ")
    assert "5/5" in err
    async with open_memory(place) as memory:
        behaviors = await memory.handbook.behaviors()
        assert {b.name: b.topic for b in behaviors} == {
            "behavior_count_groups": "all",
            "behavior_same_units": "all",
            "behavior_largest_first": "all",
        }
        assert len(await memory.episodes.mistakes()) == 1
    before = len(server.bodies)
    code, out, err = await run(*arguments, "--json", "--quiet")
    assert code == 0 and len(server.bodies) == before
    told = json.loads(out)
    assert (told["learned before"], told["calls"], told["new"]) == (5, 0, 0)
    assert "5/5" not in err
    code, out, _ = await run(*arguments, "--again", "--json", "-q")
    assert (json.loads(out)["learned before"], json.loads(out)["right"]) == (0, 3)
    assert len(server.bodies) > before


async def test_killed_again_and_again_it_asks_no_finished_call_twice(
    server: FakeServer, tmp_path: Path
) -> None:
    """Killed with -9 four times, each time a call or more further on, then let finish."""
    place, hanging = tmp_path / "notes.db", Hanging()
    server.always = hanging
    file = problems(tmp_path, *three())
    arguments = ("learn", file, "--at", place, "--model", server.model, "--concurrency", "1", "-q")
    for new in (1, 2, 3, 2):  # so many calls that nobody made before, the last one hangs
        hanging.at = len(hanging.asked) + new + (1 if hanging.hung else 0)
        hanging.reached = asyncio.Event()
        process = await start(*arguments)
        await asyncio.wait_for(hanging.reached.wait(), 60)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    hanging.at = None
    code, out, err = await run(*arguments, "--json")
    assert code == 0, err
    asked = Counter(hanging.asked)
    assert sum(hanging.hung.values()) == 4 and len(asked) == 9
    assert {call: times - hanging.hung[call] for call, times in asked.items()} == dict.fromkeys(
        asked, 1
    )
    assert Counter(await everything(place)) == {("episodes", "x"): 3, ("behaviors", "v"): 3}
    assert json.loads(out)["active"] == 3
    assert not list((Path(os.environ["METATHINK_HOME"]) / "unfinished").iterdir())


async def test_killed_anywhere_with_many_in_flight_it_writes_nothing_twice(
    server: FakeServer, tmp_path: Path
) -> None:
    """Twelve problems, eight at once, killed with -9 three times at moments drawn by chance."""
    rng, asked = random.Random(20), asyncio.Condition()

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(rng.uniform(0, 0.1))
        async with asked:
            asked.notify_all()
        return web.json_response(completion(body, said_by(body)))

    server.always, place = behave, tmp_path / "notes.db"
    twelve = [{"question": f"{n} {kind}?", "answer": "7"} for n in range(4) for kind in HINTS]
    arguments = ("learn", problems(tmp_path, *twelve), "--at", place, "--model", server.model, "-q")
    for _ in range(3):
        process, so_far = await start(*arguments), len(server.bodies) + rng.randint(3, 12)
        async with asyncio.timeout(90), asked:
            await asked.wait_for(lambda more=so_far: len(server.bodies) >= more)
        await asyncio.sleep(rng.uniform(0, 0.1))
        process.kill()
        await process.wait()
    code, out, err = await run(*arguments, "--json")
    assert code == 0, err
    written = Counter(await everything(place))
    assert written == {("episodes", "x"): 12, ("behaviors", "v"): 12}
    assert (json.loads(out)["active"], json.loads(out)["failed"]) == (3, 0)
    async with open_memory(place) as memory:
        for behavior in await memory.handbook.behaviors():
            runs = [version.source.run for version in await memory.handbook.versions(behavior.id)]
            assert len(runs) == len(set(runs)) == 4
    finished = len(server.bodies) - server.cancelled
    assert finished <= 36 + 3 * 8, "at most what was in flight is asked again"


async def test_bad_lines_are_told_and_passed_over(server: FakeServer, tmp_path: Path) -> None:
    server.always = Hanging()
    good, *_ = three()
    bad = ["{", '["x"]', '{"question": ""}', '{"question": 3}', '{"question": "q", "answer": [1]}']
    bad += [json.dumps({"question": "a\x00b"}), "", json.dumps(good)]
    file = problems(tmp_path, good, *bad)
    code, out, err = await run(
        "learn", file, "--at", tmp_path / "m.db", "--model", server.model, "--json", "-q"
    )
    assert code == 0
    assert json.loads(out)["lines passed over"] == 7
    for number, why in (
        (2, "it is not JSON"),
        (3, "no object"),
        (4, "the question is empty"),
        (5, "must be text"),
        (6, "neither text nor a number"),
        (7, "control character"),
        (9, "the question of line 1 again"),
    ):
        assert f"line {number}: " in err and why in err


async def test_what_fails_is_told_and_tried_again(server: FakeServer, tmp_path: Path) -> None:
    faithful = Hanging()

    async def moody(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if "coins" in json.dumps(body["messages"]):
            return await refuses(400, "no coins")(request, body)
        return await faithful(request, body)

    server.always = moody
    file = problems(tmp_path, *three())
    arguments = ("learn", file, "--at", tmp_path / "m.db", "--model", server.model, "--json", "-q")
    code, out, err = await run(*arguments)
    assert code == 1 and "line 3: RequestRejected" in err and "tried again" in err
    assert (json.loads(out)["failed"], json.loads(out)["right"]) == (1, 2)
    asked = len(faithful.asked)
    server.always = faithful
    code, out, _ = await run(*arguments)
    assert (code, json.loads(out)["right"]) == (0, 3), "the report is on all lives of the job"
    assert len(faithful.asked) == asked + 3


async def test_what_fails_on_a_kept_reply_is_passed_over_from_then_on(tmp_path: Path) -> None:
    """A provider's filter stopped one recorded reply: it is the same whenever it is replayed."""
    roles = ("Solve", "Look back at the solution", "Write down the behaviors")
    recorded: dict[str, list[Any]] = {
        one["question"]: [
            said_by({"messages": [{"content": f"{role}: {one['question']}"}]}) for role in roles
        ]
        for one in three()
    }
    recorded[three()[1]["question"]] = [{"text": "So", "finish": "content_filter"}]
    recording = tmp_path / "replies.jsonl"
    rows = [{"question": question, "samples": said} for question, said in recorded.items()]
    recording.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ("learn", problems(tmp_path, *three()), "--at", tmp_path / "m.db", "-q", "--json")

    async def learned(*more: str) -> tuple[int | None, dict[str, Any], str]:
        process = await start(*arguments, "--model", f"recorded:{recording}", *more)
        out, err = await process.communicate()
        assert out, err.decode()
        return process.returncode, json.loads(out), err.decode()

    code, told, err = await learned()
    assert (code, told["failed"], told["right"]) == (1, 1, 2), err
    assert "line 2: ReplyFiltered" in err
    code, told, err = await learned()
    assert (code, told["failed"], told["failed before"], told["calls"]) == (0, 0, 1, 0), err
    assert "line 2: passed over, it failed before: ReplyFiltered" in err
    assert told["learned before"] == 2
    code, told, err = await learned("--again")
    assert (code, told["failed"], told["right"]) == (1, 1, 2), err


async def test_a_total_budget_holds_and_the_rest_is_learned_later(
    server: FakeServer, tmp_path: Path
) -> None:
    server.always = Hanging()
    file = problems(tmp_path, *three())
    arguments = ("learn", file, "--at", tmp_path / "m.db", "--model", server.model, "--json", "-q")
    limits = ("--total-tokens", "1300", "--concurrency", "1", "--set", "max_tokens=200")
    code, out, err = await run(*arguments, *limits)
    told = json.loads(out)
    assert code == 1 and 0 < told["failed"] < 3 and told["tokens"] <= 1300, told
    assert "budget" in err
    code, out, err = await run(*arguments, "--set", "max_tokens=200")
    assert code == 0, err
    assert json.loads(out)["active"] == 3


async def test_training_data_has_no_behaviors_in_it(server: FakeServer, tmp_path: Path) -> None:
    server.always = Hanging()
    place, out = tmp_path / "notes.db", tmp_path / "sft.jsonl"
    async with open_memory(place) as memory:
        await known(memory)
    more = [
        {"question": "How many boxes fit?", "answer": "8"},
        {"question": "How many coins fit?"},
        {"question": "Why?", "answer": "7"},
    ]
    file = problems(tmp_path, *three(), *more)
    arguments = ("export-sft", file, out, "--at", place, "--model", server.model, "-q")
    code, _, err = await run(*arguments)
    assert code == 0, err
    written = [json.loads(line) for line in out.read_text().splitlines()]
    assert [record["question"] for record in written] == [one["question"] for one in three()]
    for record in written:
        assert record["response"] == r"So it is, as x says. \boxed{7}"
        assert record["messages"] == [
            {"role": "user", "content": record["question"]},
            {"role": "assistant", "content": record["response"]},
        ]
    assert "behavior" not in out.read_text()
    bodies = [json.dumps(body) for body in server.bodies]
    for one in three():
        asked = [body for body in bodies if one["question"] in body]
        assert asked and all("behavior_" in body for body in asked)
    assert "3 written" in err
    assert "left out: 1 made without behaviors, 1 unchecked, 1 wrong" in err
    code, _, err = await run(*arguments, "--unchecked", "--wrong", "--citations")
    assert code == 0 and "5 written" in err and len(server.bodies) == len(bodies)
    assert "[behavior_count_groups]" in out.read_text()


async def known(memory: Memory) -> None:
    for kind, (name, instruction) in HINTS.items():
        text = f"{instruction} Good for {kind}."
        await memory.handbook.add(name, text, source="a person", validated_by="a person")


async def test_what_cannot_be_is_refused_before_anything_is_asked(
    server: FakeServer, tmp_path: Path
) -> None:
    file = problems(tmp_path, *three())
    for arguments, words in (
        (("learn", tmp_path / "absent.jsonl"), "cannot read"),
        (
            (
                "learn",
                problems(tmp_path / "..", "{"),
            ),
            "has no problem",
        ),
        (("learn", file, "--set", "mosst=3"), "did you mean 'most'"),
        (("export-sft", file, tmp_path / "out.jsonl"), "metathink handbook learn"),
        (("export-sft", file, file, "--at", file), "name another file"),
    ):
        code, _, err = await run(*arguments, "--model", server.model)
        assert code in (1, 2) and words in err, (arguments, err)
    assert server.bodies == []


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    file.write_bytes(
        b'\xef\xbb\xbf{"question": "q", "answer": 3.5, "verifier": "x"}\n\xff\n'
        b'{"question": "p", "answer": true}'
    )
    found = read_problems(file)
    assert [(p.line, p.answer, p.verifier) for p in found.problems] == [
        (1, "3.5", "x"),
        (3, "True", ""),
    ]
    assert found.faults == ("line 2: it is not UTF-8 text (save the file as UTF-8)",)
    file.write_bytes(b"\n")
    with pytest.raises(InvalidInput, match="it is empty"):
        read_problems(file)
    with pytest.raises(StoreFailed):
        read_problems(tmp_path)


async def test_a_default_model_that_was_mended_is_used(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.always = Hanging()
    arguments = ("learn", problems(tmp_path, *three()), "--at", tmp_path / "notes.db")
    monkeypatch.setenv("METATHINK_MODEL", "nobody-knows-this")
    code, _, err = await run(*arguments)
    assert (code, "nobody serves" in err) == (1, True)
    monkeypatch.setenv("METATHINK_MODEL", server.model)
    code, _, err = await run(*arguments)
    assert code == 0, err
