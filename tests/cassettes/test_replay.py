"""Replies of real models to ordinary requests: every method reads them whole and calls them what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from metathink.core.answer import Answer
from metathink.models.endpoints.cassette import CassetteName
from metathink.models.open import open_model
from tests import server as serve
from tests.cassettes.record import HERE, Row, answered, opened, record, rows
from tests.server import FakeServer

NAMES = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
MARKS = ("<think>", "</think>", "<|im_start|>", "<|im_end|>", "<|channel|>")
"""What belongs to thoughts and turns, and never to an answer."""


def committed() -> Iterator[tuple[str, dict]]:
    """Every row of every cassette that is there."""
    for name in NAMES:
        listed = HERE / f"{name}.rows.json"
        for row in json.loads(listed.read_text("utf-8")) if listed.exists() else ():
            yield name, row


RECORDED = [
    pytest.param(name, row, id=f"{name}-{row['method']}-{row['sort']}-{number}")
    for number, (name, row) in enumerate(committed())
]


@pytest.mark.parametrize("name", NAMES)
def test_the_cassette_is_there(name: str) -> None:
    if not (HERE / f"{name}.jsonl.gz").exists():
        pytest.skip(f"no cassette of {name}: make cassettes NAME={name} MODEL=...")
    assert (HERE / f"{name}.rows.json").exists()


@pytest.mark.parametrize(("name", "row"), RECORDED)
async def test_a_real_reply_is_read_whole(name: str, row: dict) -> None:
    asked = Row(row["sort"], row["method"], row["question"], tuple(row["kinds"]), row["answer"])
    cassette = CassetteName(HERE / f"{name}.jsonl.gz")
    answer = await answered(asked, await opened(cassette, open_model))
    assert answer.kind in asked.kinds
    assert (answer.ending, answer.value) == (row["ending"], row["value"])
    assert answer.text.strip() or answer.abstained
    assert not any(mark in answer.text for mark in MARKS)
    if asked.method == "direct" and not answer.abstained:
        assert whole(answer)


def whole(answer: Answer) -> bool:
    """Whether the text is the model's reply as it was written, or the content of its only box."""
    reply = answer.run.steps[-1].output.strip()
    return answer.text.strip() == reply or reply == rf"\boxed{{{answer.text}}}"


def test_there_are_four_requests_of_each_sort() -> None:
    direct = list(rows(methods=["direct"]))
    assert len(direct) == len({row.question for row in direct}) == 40
    assert len({row.sort for row in direct}) == 10
    assert len(list(rows(others=1))) < len(list(rows()))


async def test_a_recording_replays_and_asks_only_for_what_changed(
    server: FakeServer, tmp_path: Path
) -> None:
    server.always = serve.says(r"It is \boxed{8}")
    wanted = list(rows(sorts=["arithmetic"], methods=["direct"]))
    assert await record("m", server.model, wanted[:2], folder=tmp_path) == 0
    assert len(server.bodies) == 2
    assert await record("m", server.model, wanted[1:4], folder=tmp_path) == 0
    assert len(server.bodies) == 4
    await server.stop()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.jsonl.gz", "m.rows.json"]
    listed = json.loads((tmp_path / "m.rows.json").read_text())
    assert [row["question"] for row in listed] == [row.question for row in wanted[1:4]]
    for row in wanted[1:4]:
        assert (await answered(row, f"cassette:{tmp_path}/m.jsonl.gz")).value == "8"
