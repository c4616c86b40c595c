"""Model strings open what they say, or tell what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from metathink.core.errors import EndpointUnreachable, InvalidInput
from metathink.core.message import user
from metathink.models.endpoints.recorded import recorded
from metathink.models.open import open_model
from tests.server import FakeServer


async def test_an_address_names_its_model_or_takes_the_first_served(server: FakeServer) -> None:
    for name in (server.model, server.base):
        model = await open_model(name)
        assert (await model.ask([user("q")])).text == "answer: 42"
        assert server.bodies[-1]["model"] == "fake"


async def test_the_key_for_an_address_comes_from_the_environment(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METATHINK_API_KEY", "s3cret")
    await (await open_model(server.base + "#keyed")).ask([user("q")])
    assert server.keys == ["Bearer s3cret"]


async def test_the_same_name_is_the_same_model(server: FakeServer) -> None:
    assert await open_model(server.model) is await open_model(server.model)


async def test_an_unreachable_address_is_named() -> None:
    with pytest.raises(EndpointUnreachable, match=r"127\.0\.0\.1:9"):
        await open_model("http://127.0.0.1:9/v1")


async def test_without_a_name_the_environment_decides(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METATHINK_MODEL", server.model)
    assert (await open_model()).name == server.model


@pytest.mark.parametrize("content", [b"", b"not a model", b"GGUF\x00\x00"])
async def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="broken"):
        await open_model(f"gguf:{path}")


async def test_a_missing_model_file_is_named() -> None:
    pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")
    with pytest.raises(InvalidInput, match=r"nowhere\.gguf"):
        await open_model("gguf:nowhere.gguf")


# Recorded models


def recording(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "said.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


async def test_a_recording_plays_each_questions_samples_in_order(tmp_path: Path) -> None:
    samples = [
        {"text": "4", "finish": "length", "prompt_tokens": 7, "completion_tokens": 1},
        "five",
    ]
    line = json.dumps({"question": "2 + 2?", "samples": samples})
    model = recorded(
        recording(tmp_path, line, json.dumps({"question": "2 + 2", "samples": ["no"]}))
    )
    first = await model.ask([user("Tell me: 2 + 2?")])
    assert (first.text, first.truncated) == ("4", True)
    assert (await model.ask([user("2 + 2?")])).text == "five"
    with pytest.raises(InvalidInput, match="only 2 samples"):
        await model.ask([user("2 + 2?")])
    with pytest.raises(InvalidInput, match="not recorded"):
        await model.ask([user("3 + 3?")])


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"question": "q"}', '{"question": "q", "samples": [1]}']
)
async def test_a_bad_recording_names_the_line(tmp_path: Path, line: str) -> None:
    good = json.dumps({"question": "q", "samples": ["a"]})
    with pytest.raises(InvalidInput, match="line 2"):
        recorded(recording(tmp_path, good, line))
