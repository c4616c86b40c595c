"""`metathink memory` and `metathink handbook` over a real file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metathink.cli.handbook import commands as handbook
from metathink.cli.memory import commands as memory
from metathink.core.errors import InvalidConfig, InvalidInput, StoreFailed
from metathink.memory import open_memory
from tests import server as serve
from tests.server import FakeServer


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "home" / "memory.db"
    monkeypatch.setenv("METATHINK_HOME", str(path.parent))
    monkeypatch.delenv("METATHINK_MEMORY", raising=False)
    return path


def call(app, *arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(app, arguments, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def run(*arguments: str, stdin: str | None = None) -> str:
    result = call(memory.app, *arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def book(*arguments: str) -> str:
    result = call(handbook.app, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_add_show_search_and_stats(place: Path) -> None:
    run("add", "Ada", "wrote", "Note G", "--source", "book")
    run("add", "--text", "-", "--source", "lecture", stdin="The engine has a mill.\n")
    assert place.exists()
    assert "Ada wrote Note G  (source: book)" in run("show", "Ada")
    assert json.loads(run("show", "Note G", "--json"))["facts"][0]["subject"] == "Ada"
    assert "Ada - wrote -> Note G" in run("search", "who wrote Note G?", "--entities")
    found = json.loads(run("search", "mill", "--recipe", "documents", "--json"))
    assert (found["kind"], found["source"]) == ("passages", "lecture")
    assert "The engine has a mill." in run("show", found["id"])
    counts = json.loads(run("stats", "--json"))
    assert (counts["entities"], counts["facts believed"], counts["passages"]) == (2, 1, 1)
    assert "1  facts believed" in run("stats")


def test_namespaces_are_apart(place: Path) -> None:
    run("add", "Ada", "wrote", "Note G", "--source", "book", "-n", "p/alice")
    with pytest.raises(InvalidInput, match="no entity"):
        run("show", "Ada", "-n", "p/bob")


def test_reading_a_memory_that_is_not_there_makes_none(place: Path) -> None:
    with pytest.raises(InvalidInput, match="metathink memory add"):
        run("stats")
    assert not place.exists()


def test_export_import_forget(place: Path, tmp_path: Path) -> None:
    run("add", "Ada", "wrote", "Note G", "--source", "book")
    run("add", "Ada", "knew", "Babbage", "--source", "letters")
    for name in ("out.jsonl", "out.graphml"):
        run("export", str(tmp_path / name))
        run("import", str(tmp_path / name), "--at", str(tmp_path / f"{name}.db"))
        assert "knew Babbage" in run("show", "Ada", "--at", str(tmp_path / f"{name}.db"))
    assert call(memory.app, "forget", "--source", "letters", stdin="n\n").exit_code == 1
    assert "knew Babbage" in run("show", "Ada")
    run("forget", "--source", "letters", "--yes")
    assert "knew Babbage" not in run("show", "Ada")
    run("forget", "--everything", "--yes")
    assert json.loads(run("stats", "--json"))["facts believed"] == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["add", "Ada", "wrote", "--source", "s"], InvalidInput),
        (["add", "--text", "absent.txt", "--source", "s"], StoreFailed),
        (["export", "memory.docx"], InvalidInput),
        (["forget", "--yes"], InvalidInput),
        (["forget", "--older-than", "-1", "--yes"], InvalidInput),
        (["search", "q", "--recipe", "no such"], InvalidInput),
        (["picture", "x.gif"], InvalidInput),
        (["picture", "x.svg", "--about", "Nobody"], InvalidInput),
    ],
)
def test_what_cannot_be_done_is_said(place: Path, arguments: list[str], error: type) -> None:
    run("add", "Ada", "wrote", "Note G", "--source", "book")
    with pytest.raises(error):
        run(*arguments)


def test_pictures_are_written(place: Path, tmp_path: Path) -> None:
    run("add", "Ada", "wrote", "Note G", "--source", "book")
    run("picture", str(tmp_path / "graph.html"))
    run("picture", str(tmp_path / "graph.svg"), "--about", "Ada")
    run("picture", str(tmp_path / "graph.png"))
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")
    assert "Note G" in (tmp_path / "graph.html").read_text(encoding="utf-8")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8").startswith("<svg")


async def _fill(place: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    async with open_memory(place) as kept:
        await kept.handbook.add("one", "Do this first.", source="r", validated_by="r")
        await kept.handbook.add("two", "Sketch a figure.", topic="geometry", source="r")


def test_the_handbook(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_fill(place))
    assert [json.loads(line)["name"] for line in book("list", "--json").splitlines()] == [
        "behavior_one",
        "behavior_two",
    ]
    assert "behavior_two" in book("list", "--topic", "geometry")
    assert "behavior_two" not in book("list", "--status", "active")
    assert "Do that." in book("edit", "one", "--instruction", "Do that.")
    first = json.loads(book("show", "one", "--json"))["versions"][0]
    assert "Do this first." in book("edit", "one", "--version", first["id"])
    assert "(active)" in book("edit", "two", "--status", "active")
    book("export", str(tmp_path / "page.md"))
    page = (tmp_path / "page.md").read_text(encoding="utf-8").replace("Sketch", "Draw")
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    assert "edited: behavior_two" in book("edit", "--page", str(tmp_path / "page.md"))
    monkeypatch.setenv("VISUAL", "sed -i s/figure/triangle/")
    assert "edited: behavior_two" in book("edit")
    assert "Draw a triangle." in book("show", "two")
    book("export", str(tmp_path / "book.jsonl"))
    assert "behavior_two" in book("merge", "one", "--into", "two")
    assert "merged" not in book("show", "one").splitlines()[0]
    run("import", str(tmp_path / "book.jsonl"), "--at", str(tmp_path / "other.db"))
    assert "Draw a triangle." in book("show", "two", "--at", str(tmp_path / "other.db"))


def test_the_handbook_refuses(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_fill(place))
    for arguments in (["edit", "one"], ["show", "none"], ["list", "--status", "x"]):
        with pytest.raises(InvalidInput):
            book(*arguments)
    monkeypatch.setenv("VISUAL", "no-such-editor")
    with pytest.raises(InvalidConfig):
        book("edit")


async def test_a_model_reads_the_facts_of_a_text(place: Path, server: FakeServer) -> None:
    rows = [{"subject": "Ada", "relation": "wrote", "object": "Note G"}, "?"]
    server.always = serve.says(json.dumps({"facts": rows}))
    text = ("Ada wrote Note G. " + "word " * 380 + "\n\n") * 2 + "Ada wrote Note G."
    given = ["add", "--text", "-", "--source", "book", "--extract", "--model", server.model]
    kept = await asyncio.to_thread(call, memory.app, *given, stdin=text)
    assert kept.exit_code == 0
    assert [line[0] for line in kept.stdout.split()] == ["p", "p", "f", "f"]
    assert "2 of 2 passages read" in kept.stderr and "2 calls" in kept.stderr
    assert "refused: malformed" in kept.stderr
    shown = await asyncio.to_thread(run, "show", "Ada")
    assert "Ada wrote Note G  (source: book)" in shown


async def test_a_budget_that_ends_early_is_told(place: Path, server: FakeServer) -> None:
    server.always = serve.says('{"facts": []}')
    text = "\n\n".join(f"{n} " + "word " * 380 for n in range(8))
    given = ["add", "--text", "-", "--source", "book", "--extract", "--model", server.model]
    ended = await asyncio.to_thread(call, memory.app, *given, "--calls", "1", stdin=text)
    assert ended.exit_code == 1
    assert "1 of 8 passages read" in ended.stderr and "not read: 2 more" in ended.stderr
    assert "BudgetExceeded" in ended.stderr and len(server.bodies) == 1


@pytest.mark.parametrize(
    "given",
    [
        ["A", "r", "B", "--extract"],
        ["A", "r", "B", "--model", "x"],
        ["--text", "-", "--calls", "1"],
    ],
)
def test_a_model_is_for_texts_alone(place: Path, given: list[str]) -> None:
    with pytest.raises(InvalidInput, match="--extract"):
        call(memory.app, "add", "--source", "s", *given, stdin="text")


async def test_search_by_meaning_embeds_each_text_once(place: Path, server: FakeServer) -> None:
    added = ["add", "Ada", "wrote", "Note G", "--source", "book"]
    await asyncio.to_thread(run, *added)
    given = ["search", "note", "--embedder", server.model, "--json"]
    for _ in range(2):
        found = json.loads(await asyncio.to_thread(run, *given))
        assert "means alike" in found["why"]
    asked = [text for body in server.bodies for text in body["input"]]
    assert asked == ["Ada wrote Note G ", "note", "note"]
