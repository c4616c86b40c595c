"""Settings and command lines with odd values: used, or refused with a typed error before a model is asked."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import warnings
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import metathink as mt
from metathink.cli.main import app
from metathink.core.errors import InternalError
from metathink.graphs import METHODS, method
from metathink.models.endpoints.hosted import litellm
from tests.hostile import material
from tests.server import FakeServer

HARMLESS = {"memory", "rules", "control", "checkpoint"}
"""Settings that name files: odd values for them belong to a folder of the test."""


def odd_value(rng: Any, name: str, folder: Path) -> Any:
    given = material.value(rng)
    if name in HARMLESS:
        return str(folder / "".join(c for c in str(given)[:40] if c.isalnum()) / "x")
    return given


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """litellm's import warns; where that is an error, it ends the import, and half of it stays behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        litellm()


@pytest.mark.parametrize("name", METHODS)
async def test_a_setting(name: str, tmp_path: Path, server: FakeServer) -> None:
    names = [field.name for field in dataclasses.fields(method(name).settings)]
    work = []
    for number in material.many(12, 300):
        rng = material.chance("settings", name, number)
        settings = {n: odd_value(rng, n, tmp_path) for n in rng.sample(names, rng.randrange(1, 3))}
        settings.pop("model", None)
        work.append(one_run(name, server.model, settings, number))
    with material.within(600 if material.LONG else 60, name):
        for begin in range(0, len(work), 8):
            await asyncio.gather(*work[begin : begin + 8])


async def one_run(name: str, model: str, settings: dict[str, Any], number: int) -> None:
    budget = mt.Budget(calls=6, seconds=3)
    try:
        await mt.think("How many is 6 * 7?", method=name, model=model, budget=budget, **settings)
    except mt.MetathinkError as error:
        assert not isinstance(error, InternalError), f"{number}: {settings!r:.200}: {error!r}"


WORDS = (
    "ask", "resume", "methods", "models", "replay", "memory", "handbook", "eval", "show", "search", "add",
    "list", "stats", "forget", "suite", "control", "--model", "--method", "--set", "--calls", "--tokens",
    "--seconds", "--usd", "--checkpoint", "--thread", "--json", "-q", "--at", "--help", "--kind", "--full",
    "direct", "rema", "embedded:", "gguf:", "vllm:", "recorded:", "cassette:", "http://", "http://[", "a/b",
    "samples=3", "samples=", "=", "question=x", "temperature=nan", "max_tokens=-1", "9" * 400, "-1", "1e999",
    "", " ", "\x00", "\ud800", "../../x", "~nobody/x", "/dev/null", "postgresql://", "postgresql://[::1",
    "q?",
)  # fmt: skip


def test_a_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METATHINK_MODEL", f"recorded:{tmp_path / 'none.jsonl'}")
    runner = CliRunner()
    for number in material.many(80, 3_000):
        rng = material.chance("command line", number)
        words = [rng.choice(WORDS) for _ in range(rng.randrange(1, 8))]
        with material.within(30.0, words):  # a first import of litellm included
            result = runner.invoke(app, words, input="\x00\xff\n", env=dict(os.environ))
        fault = result.exception
        known = isinstance(fault, (mt.MetathinkError, SystemExit, OSError, type(None)))
        assert known and not isinstance(fault, InternalError), f"{number}: {words}: {fault!r}"
