"""`vllm serve` as a child of this process: started or joined, watched, stopped at the end."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ...core.errors import (
    EndpointFailed,
    EndpointUnreachable,
    ExternalError,
    MetathinkError,
    MissingExtra,
    ServerDied,
)
from ...core.paths import home
from ..profiles.families import known_profile
from ..request import Completion, Request
from .wire import WireEndpoint

READY_SECONDS = 900
LOG_LINES = 15
COUNT_CACHED = "--enable-prompt-tokens-details"
"""Without it vLLM keeps to itself how much of a prompt it had cached."""


@dataclass(frozen=True)
class VllmServer:
    """One model served by vLLM on this machine. `process` is None for a server we only joined."""

    base: str
    model: str
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    async def of(cls, model: str) -> VllmServer:
        """Join a server that already serves the model here, else start one and wait for its health.

        Raises MissingExtra without vLLM and ServerDied, with the end of its log, if it does not come up.
        """
        if (server := _serving.get(model)) is not None and not server.died:
            return server
        server = await _joined(model) or await _started(model)
        _serving[model] = server
        return server

    @property
    def died(self) -> bool:
        """Whether a process of ours has ended."""
        return self.process is not None and self.process.poll() is not None

    def exit_error(self) -> ServerDied:
        """The error that says so, with the last lines of the log."""
        code = self.process.poll() if self.process else None
        return ServerDied(f"vllm serve {self.model} ended with code {code}:\n{_tail(self.log)}")

    def stop(self) -> None:
        """End the server and its workers; harmless when it has ended."""
        if self.process is None or self.died:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        _note(self.model).unlink(missing_ok=True)


_serving: dict[str, VllmServer] = {}


@dataclass(frozen=True)
class VllmEndpoint(WireEndpoint):
    """A wire endpoint that knows its server: when that has died, the error says why."""

    server: VllmServer | None = None

    async def complete(self, request: Request) -> Completion:
        """As on the wire. Raises ServerDied if the server is gone."""
        try:
            return await super().complete(request)
        except (EndpointFailed, EndpointUnreachable):
            if self.server is not None and self.server.died:
                raise self.server.exit_error() from None
            raise


async def _joined(model: str) -> VllmServer | None:
    """A server of ours from another process, or one on vLLM's own port, that serves this model; whatever
    else answers there is passed over."""
    for base in (*_noted(model), "http://127.0.0.1:8000/v1"):
        try:
            if model in await WireEndpoint(base, model).models():
                return VllmServer(base, model, home() / "vllm" / "joined.log")
        except (MetathinkError, OSError):
            continue
    return None


async def _started(model: str) -> VllmServer:
    port = _free_port()
    log = home() / "vllm" / f"{_stem(model)}-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [*_program(model), "--host", "127.0.0.1", "--port", str(port), COUNT_CACHED]
    if parser := known_profile(model).reasoning_parser:
        command += ["--reasoning-parser", parser]
    options = os.environ.get("METATHINK_VLLM_ARGS", "").split()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={"VLLM_NO_USAGE_STATS": "1", **os.environ},
        )
    server = VllmServer(f"http://127.0.0.1:{port}/v1", model, log, process)
    atexit.register(server.stop)
    try:
        await _healthy(server)
    except BaseException:
        server.stop()
        raise
    _write_note(server)
    return server


async def _healthy(server: VllmServer) -> None:
    endpoint, deadline = WireEndpoint(server.base, server.model), time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.died:
            raise server.exit_error()
        try:
            if await endpoint.models():
                return
        except ExternalError:
            await asyncio.sleep(0.25)
    raise ServerDied(f"vllm serve {server.model} was not ready in time:\n{_tail(server.log)}")


def _program(model: str) -> list[str]:
    """How vLLM is started here: METATHINK_VLLM names a program or a Python that has vLLM."""
    named = os.environ.get("METATHINK_VLLM", "")
    if not named and find_spec("vllm") is not None:
        named = sys.executable
    if not (named := named or shutil.which("vllm") or ""):
        raise MissingExtra(
            "vLLM is not installed: pip install 'metathink[vllm]', or set METATHINK_VLLM"
        )
    if Path(named).name.startswith("python"):
        return [named, "-m", "vllm.entrypoints.openai.api_server", "--model", model]
    if Path(named).name == "vllm":
        return [named, "serve", model]
    return [named, "--model", model]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _stem(model: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in model).strip("-")


def _note(model: str) -> Path:
    return home() / "vllm" / f"{_stem(model)}.json"


def _noted(model: str) -> list[str]:
    """The address that a process of ours noted; none where the note cannot be read."""
    try:
        return [str(json.loads(_note(model).read_text())["base"])]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _write_note(server: VllmServer) -> None:
    """Whole or not at all, whoever reads it meanwhile."""
    note = _note(server.model)
    new = note.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"base": server.base}))
    new.replace(note)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    return "\n".join(lines[-LOG_LINES:]) or "(its log is empty)"


def endpoint_of(server: VllmServer) -> VllmEndpoint:
    """The endpoint that reaches this server."""
    return VllmEndpoint(server.base, server.model, server=server)
