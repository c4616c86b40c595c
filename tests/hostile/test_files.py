"""Files from somebody else, damaged or made to do harm: read, or refused with a typed error."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.cli.handbook.problem import read_problems
from metathink.cli.replay import replay
from metathink.core.answer import Answer
from metathink.core.errors import InternalError
from metathink.evals.task import read
from metathink.memory import open_memory
from metathink.memory.graph.graph_file import export_graphml, import_graphml
from metathink.memory.handbook.handbook_file import (
    handbook_markdown,
    read_handbook_markdown,
)
from metathink.memory.records.record_file import export_jsonl, import_jsonl
from tests.hostile import material

SAMPLED, LONG = 60, 1_500
Loader = Callable[[Path], Any]


def lines(*rows: Any) -> bytes:
    return "".join(material.dumped(row) + "\n" for row in rows).encode("utf-8", "surrogatepass")


PROBLEMS = lines(
    {
        "question": "What is 6 * 7?",
        "answer": "42",
        "topic": "sums",
        "verifier": "def right(a): ...",
    },
    {"question": "Who wrote Note G?", "answer": "Ada"},
)
TASKS = lines(
    {"question": "What is 6 * 7?", "answer": 42, "set": "sums", "id": "a"},
    {
        "story": "Anna left.",
        "question": "Where?",
        "options": ["in", "out"],
        "answer": "A",
        "task": "t",
    },
)
RECORDED = lines(
    {
        "question": "What is 6 * 7?",
        "samples": ["42", {"text": "answer: 42", "completion_tokens": 3}],
    },
)


def recorded(path: Path) -> Any:
    return mt.think_sync("What is 6 * 7?", method="direct", model=f"recorded:{path}")


def cassette(path: Path) -> Any:
    return mt.think_sync("What is 6 * 7?", method="direct", model=f"cassette:{path}")


def shown(path: Path) -> Any:
    return replay(str(path))


async def exported(form: str, folder: Path) -> bytes:
    """What a memory with a bit of everything exports."""
    path = folder / "memory.txt"
    async with open_memory(None) as memory:
        await memory.graph.add_facts(
            [("Ada", "wrote", "Note G"), ("Ada", "knew", "Babbage")], source="b"
        )
        await memory.handbook.add(
            "behavior_add", "Add the parts in turn.", topic="sums", source="s"
        )
        await memory.remember("Ada Lovelace wrote Note G.", source="a page")
        match form:
            case "graphml":
                await export_graphml(memory, path)
            case "handbook":
                path.write_text(await handbook_markdown(memory), "utf-8")
            case _:
                await export_jsonl(memory, path)
    return path.read_bytes()


def imported(form: str) -> Loader:
    async def load(path: Path) -> None:
        async with open_memory(None) as memory:
            match form:
                case "graphml":
                    await import_graphml(memory, path)
                case "handbook":
                    page = path.read_text("utf-8", "replace")
                    await read_handbook_markdown(memory, page, source="somebody")
                case _:
                    await import_jsonl(memory, path)
            await memory.recall("who wrote Note G?")

    return lambda path: asyncio.run(load(path))


def tried(load: Loader, path: Path, data: bytes, number: int) -> bool:
    """Whether the loader took the file; a typed error is the other right end."""
    path.write_bytes(data)
    with material.within(15.0, data):  # opening a memory or a model included
        try:
            result = load(path)
            assert not inspect.iscoroutine(result)
        except mt.MetathinkError as error:
            assert not isinstance(error, InternalError), f"{number}: {error!r}"
            return False
    return True


def mutations(name: str, whole: bytes) -> list[bytes]:
    """Half of them damaged bytes, half of them well-formed lines with other values."""
    found = []
    for number in material.many(SAMPLED, LONG):
        rng = material.chance(name, number)
        if rng.random() < 0.5 or name in ("graphml", "handbook"):
            found.append(material.damaged(rng, whole))
        else:
            rows = [json.loads(line) for line in whole.split(b"\n") if line.strip()]
            found.append(lines(*[material.mutated(rng, row) for row in rows]))
    return found


@pytest.mark.parametrize(
    ("name", "load", "whole"),
    [
        ("tasks", read, TASKS),
        ("problems", read_problems, PROBLEMS),
        ("recorded", recorded, RECORDED),
    ],
)
def test_a_file_of_questions(name: str, load: Loader, whole: bytes, tmp_path: Path) -> None:
    assert tried(load, tmp_path / "whole.jsonl", whole, -1)
    for number, data in enumerate(mutations(name, whole)):
        tried(load, tmp_path / f"{name}-{number}.jsonl", data, number)


@pytest.mark.parametrize("form", ["records", "graphml", "handbook"])
def test_a_file_for_memory(form: str, tmp_path: Path) -> None:
    whole = asyncio.run(exported(form, tmp_path))
    assert tried(imported(form), tmp_path / "whole", whole, -1)
    for number, data in enumerate(mutations(form, whole)):
        tried(imported(form), tmp_path / "damaged", data, number)


def test_a_recorded_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is shown without running anything in it: no control character reaches the terminal."""
    answer = mt.think_sync(
        "What is 6 * 7?", method="rema", model=mt.scripted([r"\boxed{42} [FINISH]"] * 4)
    )
    whole = lines(answer.to_dict())
    assert tried(shown, tmp_path / "whole.json", whole, -1)
    for number, data in enumerate(mutations("run", whole)):
        tried(shown, tmp_path / "damaged.json", data, number)
    printed = "".join(capsys.readouterr())
    assert not {c for c in printed if ord(c) < 32 or 127 <= ord(c) < 160} - {"\n", "\t"}


def test_an_answer_read_back_is_the_same_or_refused() -> None:
    answer = mt.think_sync("What is 6 * 7?", method="direct", model=mt.scripted([r"\boxed{42}"]))
    whole = answer.to_dict()
    assert Answer.from_dict(whole).to_dict() == whole
    for number in material.many(400, 4_000):
        data = material.mutated(material.chance("answer", number), whole)
        try:
            Answer.from_dict(data)
        except mt.MetathinkError as error:
            assert not isinstance(error, InternalError), f"{number}: {error!r}"


def test_a_cassette(tmp_path: Path) -> None:
    path = tmp_path / "recorded.jsonl"
    source = tmp_path / "source.jsonl"
    source.write_bytes(RECORDED)
    mt.think_sync(
        "What is 6 * 7?", method="direct", model=f"cassette:{path}?model=recorded:{source}"
    )
    whole = path.read_bytes()
    assert tried(cassette, tmp_path / "whole.jsonl", whole, -1)
    for number, data in enumerate(mutations("cassette", whole)):
        tried(cassette, tmp_path / f"cassette-{number}.jsonl", data, number)
