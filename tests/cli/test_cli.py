"""The command line as a person meets it: a real process, its streams and its exit code."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import server as serve
from tests.server import FakeServer


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Metathink = Callable[..., Awaitable[Ended]]


@pytest.fixture
def metathink() -> Metathink:
    async def run(*arguments: str, **environment: str) -> Ended:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "metathink.cli.main",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **environment},
        )
        out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    return run


async def test_the_answer_is_on_stdout_and_the_dialogue_on_stderr(
    server: FakeServer, metathink: Metathink
) -> None:
    server.script = [serve.says("1. Multiply."), serve.says(r"6 * 7 = 42, \boxed{42}")]
    ended = await metathink(
        "ask", "What is 6 times 7?", "--method", "rema_plan", "--model", server.model
    )
    assert (ended.code, ended.out) == (0, "42\n")
    for words in ("meta_thinker", "1. Multiply.", "reasoner", "changed: answer: 42", "2 calls"):
        assert words in ended.err


async def test_quiet_leaves_only_the_answer(server: FakeServer, metathink: Metathink) -> None:
    ended = await metathink("ask", "q", "--method", "direct", "--model", server.model, "-q")
    assert (ended.code, ended.out, ended.err) == (0, "42\n", "")


async def test_json_is_one_object_that_can_be_replayed(
    server: FakeServer, metathink: Metathink
) -> None:
    ended = await metathink("ask", "q?", "--method", "direct", "--model", server.model, "--json")
    record = json.loads(ended.out)
    assert {
        "text",
        "value",
        "kind",
        "confidence",
        "abstained",
        "method",
        "model",
        "usage",
        "steps",
    } <= record.keys()
    again = await metathink("replay", record["run"])
    assert again.code == 0
    for words in ("q?", "reasoner", "answer: 42"):
        assert words in again.out


async def test_a_run_that_failed_is_kept_and_named(
    server: FakeServer, metathink: Metathink
) -> None:
    server.script = [serve.says("Multiply."), serve.refuses(401, "bad key")]
    ended = await metathink("ask", "q?", "--method", "rema", "--model", server.model, "--json")
    assert (ended.code, ended.out) == (2, "")
    (kept,) = (Path(os.environ["METATHINK_HOME"]) / "runs").iterdir()
    assert f"metathink replay {kept.stem}" in ended.err
    again = await metathink("replay", kept.stem)
    assert again.code == 0
    for words in ("q?", "Multiply.", "failed: AuthenticationFailed", "bad key"):
        assert words in again.out


async def test_an_answer_that_cannot_be_kept_is_shown_all_the_same(
    server: FakeServer, metathink: Metathink
) -> None:
    asked = ("ask", "q", "--method", "direct", "--model", server.model)
    ended = await metathink(*asked, METATHINK_HOME=os.devnull)
    assert (ended.code, ended.out) == (1, "42\n")
    assert "cannot make the folder" in ended.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk here")
async def test_an_answer_that_cannot_be_shown_is_kept_all_the_same(server: FakeServer) -> None:
    with open("/dev/full", "w") as full:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "metathink.cli.main", "ask", "q", "--json"),
            *("--method", "direct", "--model", server.model),
            stdout=full,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await process.communicate()
    assert process.returncode == 1
    assert b"No space left" in err
    assert b"Traceback" not in err and b"Exception ignored" not in err
    assert len(list((Path(os.environ["METATHINK_HOME"]) / "runs").iterdir())) == 1


async def test_set_reaches_the_method(server: FakeServer, metathink: Metathink) -> None:
    server.always = serve.says("no", "answer: 3", "answer: 3")
    method = ("--method", "self_consistency", "--set", "samples=3", "--set", "temperature=0.1")
    ended = await metathink("ask", "q", *method, "--model", server.model)
    assert (ended.out, server.bodies[0]["n"], server.bodies[0]["temperature"]) == ("3\n", 3, 0.1)


async def test_a_budget_that_ends_the_run_is_shown(
    server: FakeServer, metathink: Metathink
) -> None:
    server.always = serve.says("answer: 1")
    ended = await metathink("ask", "q", "--method", "rema", "--calls", "3", "--model", server.model)
    assert (ended.code, ended.out) == (0, "1\n")
    assert "ended by budget" in ended.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ask", " "), "the question is empty"),
        (("ask", "q", "--method", "remma"), "did you mean 'rema'"),
        (("ask", "q", "--model", "nobody-knows-this"), "nobody serves"),
        (("ask", "q", "--set", "max_turns"), "key=value"),
        (("ask", "q", "--tokens", "-1"), "tokens"),
        (("ask", "q", "--tokens", "many"), "--tokens"),
        (("replay", "nowhere"), "no run 'nowhere'"),
        (("methods", "remma"), "did you mean 'rema'"),
        (("frobnicate",), "frobnicate"),
    ],
)
async def test_the_users_faults_end_with_2(
    metathink: Metathink, arguments: tuple[str, ...], told: str
) -> None:
    ended = await metathink(*arguments)
    assert ended.code == 2
    assert told in ended.err
    assert "Traceback" not in ended.err


async def test_a_budget_too_small_for_one_call_ends_with_2(
    server: FakeServer, metathink: Metathink
) -> None:
    ended = await metathink("ask", "q", "--tokens", "5", "--model", server.model)
    assert (ended.code, server.bodies) == (2, [])
    assert "does not fit the budget" in ended.err


@pytest.mark.parametrize(
    ("behaviour", "code", "told"),
    [
        (serve.refuses(401, "bad key"), 2, "bad key"),
        (serve.says(""), 1, "said nothing"),
    ],
)
async def test_the_worlds_faults_are_told_without_a_traceback(
    server: FakeServer, metathink: Metathink, behaviour: serve.Behaviour, code: int, told: str
) -> None:
    server.always = behaviour
    ended = await metathink("ask", "q", "--method", "direct", "--model", server.model)
    assert ended.code == code
    assert told in ended.err
    assert "Traceback" not in ended.err


async def test_nobody_there_ends_with_1(metathink: Metathink) -> None:
    ended = await metathink("ask", "q", "--model", "http://127.0.0.1:9/v1#m")
    assert ended.code == 1
    assert "127.0.0.1:9" in ended.err


async def test_methods_and_models_are_listed(metathink: Metathink) -> None:
    listed, one, models = await asyncio.gather(
        metathink("methods"), metathink("methods", "rema"), metathink("models")
    )
    assert "self_consistency" in listed.out
    assert "max_turns" in one.out
    assert "gguf:PATH" in models.out


LINE = "A row of the table that is longer than any terminal is wide, " * 6 + "and ends here."


async def test_a_text_is_printed_whole_whatever_the_width_of_the_terminal(
    server: FakeServer, metathink: Metathink
) -> None:
    server.always = serve.says(f"{LINE}\n\n\\boxed is a command of LaTeX.")
    told = ["--method", "direct", "--model", server.model, "-q"]
    ended = await metathink("ask", "Write a table about widths.", *told, COLUMNS="40")
    assert ended.out == f"{LINE}\n\n\\boxed is a command of LaTeX.\n"


async def test_full_prints_the_reply_and_the_short_answer_in_it(
    server: FakeServer, metathink: Metathink
) -> None:
    server.always = serve.says("9 + 8 = 17\n\\boxed{17}")
    told = ["--method", "direct", "--model", server.model, "-q"]
    assert (await metathink("ask", "What is 9 + 8?", *told)).out == "17\n"
    both = await metathink("ask", "What is 9 + 8?", *told, "--full")
    assert both.out == "9 + 8 = 17\n\\boxed{17}\n\nanswer: 17\n"
    whole = await metathink("ask", "What is 9 + 8?", *told, "--kind", "text")
    assert whole.out == "9 + 8 = 17\n\\boxed{17}\n"


async def test_a_kind_that_is_none_is_a_usage_error(
    server: FakeServer, metathink: Metathink
) -> None:
    ended = await metathink("ask", "q", "--model", server.model, "--kind", "sonnet")
    assert ended.code == 2 and "kind" in ended.err and not server.bodies


async def test_thoughts_are_shown_on_request_and_never_on_stdout(
    server: FakeServer, metathink: Metathink
) -> None:
    server.always = serve.says("<think>\nNine and eight, carry one.\n</think>\n\n\\boxed{17}")
    told = ["--method", "direct", "--model", server.model]
    plain = await metathink("ask", "What is 9 + 8?", *told)
    shown = await metathink("ask", "What is 9 + 8?", *told, "--thoughts")
    assert (plain.out, shown.out) == ("17\n", "17\n")
    assert "carry one" not in plain.err and "carry one" in shown.err
