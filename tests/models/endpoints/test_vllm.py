"""A vLLM server of our own: started, joined, watched, stopped. Played by a small program that misbehaves."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

import metathink as mt
from metathink.core.errors import MissingExtra, ServerDied
from metathink.core.message import user
from metathink.models.endpoints import vllm
from metathink.models.endpoints.vllm import VllmServer
from tests.server import FakeServer

PROGRAM = """\
#!{python}
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

behaviour, arguments = os.environ.get("BEHAVIOUR", ""), sys.argv[1:]
model = arguments[arguments.index("--model") + 1] if "--model" in arguments else arguments[1]
port = int(arguments[arguments.index("--port") + 1])
print("starting with", *arguments, flush=True)
if behaviour == "dies at start":
    print("RuntimeError: not enough memory for the KV cache", flush=True)
    sys.exit(3)


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.send({{"data": [{{"id": model}}]}})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if behaviour == "dies in the middle":
            print("torch.OutOfMemoryError: the device is full", flush=True)
            os._exit(9)
        message = {{"role": "assistant", "content": "answer: 42"}}
        choice = {{"index": 0, "message": message, "finish_reason": "stop"}}
        usage = {{"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}
        self.send({{"choices": [choice], "usage": usage}})

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", port), Server).serve_forever()
"""


class Play(Protocol):
    """Makes METATHINK_VLLM a program of that name that behaves so."""

    def __call__(self, behaviour: str, name: str = "server") -> None: ...


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Play]:
    """Ends what it started."""
    monkeypatch.setattr(vllm, "_serving", {})
    begun: dict[str, VllmServer] = vllm._serving

    def behave(behaviour: str, name: str = "server") -> None:
        program = tmp_path / name
        program.write_text(PROGRAM.format(python=sys.executable))
        program.chmod(0o755)
        monkeypatch.setenv("METATHINK_VLLM", str(program))
        monkeypatch.setenv("BEHAVIOUR", behaviour)

    yield behave
    for server in begun.values():
        server.stop()


async def test_it_is_started_asked_and_stopped(play: Play) -> None:
    play("well")
    model = await mt.open_model("vllm:org/started")
    assert (await model.ask([user("6 * 7?")])).text == "answer: 42"
    server = vllm._serving["org/started"]
    assert server.process is not None
    assert "--model org/started" in server.log.read_text()
    server.stop()
    assert server.died
    server.stop()  # harmless when it has ended


async def test_a_batch_starts_one_server(play: Play, tmp_path: Path) -> None:
    play("well")
    answers = await mt.think_all(["a", "b", "c"], method="direct", model="vllm:org/batch")
    assert [getattr(answer, "value", "") for answer in answers] == ["42"] * 3
    assert len(list((tmp_path / "home" / "vllm").glob("*.log"))) == 1


async def test_each_run_has_its_own_record_of_a_model_that_does_not_open(play: Play) -> None:
    play("dies at start")
    questions = ["a", "b"]
    errors = await mt.think_all(questions, method="direct", model="vllm:org/hopeless")
    assert all(isinstance(error, ServerDied) for error in errors)
    assert [error.run.question for error in errors if error.run] == questions


async def test_options_are_handed_on(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play("well")
    monkeypatch.setenv("METATHINK_VLLM_ARGS", "--max-model-len 64")
    server = await VllmServer.of("org/options")
    assert "--max-model-len 64" in server.log.read_text()


async def test_the_program_vllm_is_told_to_serve(play: Play) -> None:
    """`vllm serve MODEL`, as its command line wants it: the model is not an option there."""
    play("well", "vllm")
    server = await VllmServer.of("org/served")
    assert "starting with serve org/served --host" in server.log.read_text()


async def test_one_that_dies_at_the_start_says_so_with_its_log(play: Play) -> None:
    play("dies at start")
    begun = time.monotonic()
    with pytest.raises(ServerDied, match=r"code 3:(?s:.*)not enough memory for the KV cache"):
        await mt.open_model("vllm:org/broken")
    assert time.monotonic() - begun < 30


async def test_one_that_dies_in_the_middle_says_so_and_the_run_keeps_its_record(play: Play) -> None:
    play("dies in the middle")
    with pytest.raises(ServerDied, match="the device is full") as caught:
        await mt.think("6 * 7?", method="direct", model="vllm:org/fragile")
    assert caught.value.run is not None
    (step,) = caught.value.run.steps
    assert "ServerDied" in step.error
    assert "ServerDied" in step.calls[-1].error


async def test_one_that_died_is_started_anew(play: Play) -> None:
    play("well")
    first = await VllmServer.of("org/again")
    first.stop()
    second = await VllmServer.of("org/again")
    assert second is not first
    assert not second.died


async def test_a_running_one_is_joined_and_left_running(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play("well")
    started = await VllmServer.of("org/shared")
    monkeypatch.setattr(vllm, "_serving", {})  # as another process sees it
    joined = await VllmServer.of("org/shared")
    assert (joined.base, joined.process) == (started.base, None)
    joined.stop()
    assert not started.died
    started.stop()


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"base": 7}', '{"base": "SERVICE"}'])
async def test_what_is_no_server_of_ours_is_passed_over(
    play: Play, tmp_path: Path, server: FakeServer, note: str
) -> None:
    """A note torn by a crash, or one whose address now belongs to a service that knows no models."""
    play("well")
    place = tmp_path / "home" / "vllm"
    place.mkdir(parents=True)
    service = server.base.replace("/v1", "/elsewhere")
    (place / "org-noted.json").write_text(note.replace("SERVICE", service))
    started = await VllmServer.of("org/noted")
    assert started.process is not None
    assert started.base in (place / "org-noted.json").read_text()


async def test_it_is_not_left_behind_when_its_process_ends(play: Play, tmp_path: Path) -> None:
    play("well")
    code = """
        import asyncio
        from metathink.models.endpoints.vllm import VllmServer
        server = asyncio.run(VllmServer.of("org/orphan"))
        print(server.process.pid)
    """
    shown = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "METATHINK_HOME": str(tmp_path / "other")},
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(shown.stdout), 0)


async def test_without_vllm_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(vllm, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"metathink\[vllm\]"):
        await VllmServer.of("org/none")
