"""Out to a file and back: identical, or refused."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metathink.core import jsonl
from metathink.core.errors import InvalidInput, StoreFailed
from metathink.memory import Memory, NewEpisode, NewFact, open_memory
from metathink.memory.graph import graph_file
from metathink.memory.graph.graph_file import export_graphml, import_graphml
from metathink.memory.handbook.handbook_file import (
    handbook_markdown,
    parse_handbook,
    read_handbook_markdown,
)
from metathink.memory.records import record_file
from metathink.memory.records.change import BEHAVIORS, ENTITIES, FACTS, KINDS
from metathink.memory.records.record_file import export_jsonl, import_jsonl


async def records(memory: Memory, kinds=KINDS) -> dict:
    return {(item.kind, item.key): item.value async for item in memory.items(kinds)}


class Reader:
    """Finds one fact in any text."""

    async def extract(self, text: str) -> list[tuple[str, str, str]]:
        return [("a text", "has", "two lines")]


async def filled(memory: Memory, names: list[str]) -> None:
    memory.extractor = Reader()
    await memory.graph.declare_single_valued("is")
    for name in names:
        await memory.graph.add_facts(
            [NewFact(name, "is", names[0], 0.5, quote="x\r\n\ty"), (names[0], "was", name)], "s"
        )
    await memory.graph.add_alias("someone", names[0])
    await memory.remember("A text.\nOf two lines.", "doc")
    kept = await memory.handbook.add("one", "Do this & <that>.", source="r", validated_by="r")
    other = await memory.handbook.add("two", "Do something else.", source="r")
    await memory.handbook.retire("two", reason="hurts")
    await memory.handbook.restore("two", reason="helps")
    await memory.handbook.merge(other.id, into=kept.id, source="r")
    await memory.handbook.record(memory.handbook.trial("p", [kept]), correct=True, tokens=5)
    await memory.graph.retract((await memory.graph.facts())[0].id, source="s", reason="wrong")
    await memory.episodes.add(NewEpisode("p", "cot", "1", None))
    await memory.episodes.add(NewEpisode("p", "cot", "", False, "r", "k", "a", "b", 7, 0.5))
    await memory.people.note("Ann", "emotion", "glad", strength=0.5, source="chat")
    await memory.people.summarize("Ann", "is glad", source="chat")
    first = await memory.rules.add_static("a/b", "c", "r", grade="deny", source="law")
    await memory.rules.add("c2", "r2", grade="guide", source="law", links={first.id: "refines"})


# Whatever may be stored as a name; control characters and lone surrogates may not.
NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20
).filter(lambda name: bool(name.strip()))


@given(st.lists(NAMES, min_size=1, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_exported_and_imported_a_memory_is_identical(tmp_path_factory, names: list[str]):
    folder = tmp_path_factory.mktemp("out")
    async with open_memory() as memory:
        await filled(memory, names)
        before = await records(memory)
        count = await export_jsonl(memory, folder / "all.jsonl")
        await export_graphml(memory, folder / "graph.graphml")
        facts = await memory.graph.facts(superseded=True)
    assert count == len(before)
    async with open_memory() as memory:
        assert await import_jsonl(memory, folder / "all.jsonl") == count
        assert await records(memory) == before
        assert await import_jsonl(memory, folder / "all.jsonl") == count
        assert await records(memory) == before
    async with open_memory() as memory:
        await import_graphml(memory, folder / "graph.graphml")
        graph = {key: value for key, value in before.items() if key[0] in (FACTS, ENTITIES)}
        assert await records(memory) == graph
        assert await memory.graph.facts(superseded=True) == facts


async def test_a_part_of_memory_can_be_exported(tmp_path: Path):
    async with open_memory() as memory:
        await filled(memory, ["Ada"])
        await export_jsonl(memory, tmp_path / "handbook.jsonl", [BEHAVIORS])
    async with open_memory() as memory:
        await import_jsonl(memory, tmp_path / "handbook.jsonl")
        assert {kind for kind, _ in await records(memory)} == {BEHAVIORS}
        assert [b.name for b in await memory.handbook.behaviors()] == ["behavior_one"]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1, 2]",
        '{"kind": "facts", "key": "f1", "value": {}}',
        '{"kind": "secrets", "key": "f0000000000000001", "value": {}}',
        '{"kind": "facts", "key": "f0000000000000001", "value": {"subject": "a"}}',
        '{"kind": "facts", "key": "f0000000000000001", "value": {"subject": "a", "relation": "b", '
        '"object": "c\\u0000", "learned": 1}}',
        '{"kind": "facts", "key": "f0000000000000001", "value": {"subject": "a", "relation": "b", '
        '"object": "c", "learned": NaN}}',
        '{"kind": "facts", "key": "f0000000000000001", "value": {"subject": "a", "relation": "b", '
        '"object": "c", "learned": 1, "source": {"planted": "x"}}}',
        '{"kind": "people", "key": "u0000000000000001", "value": {"person": "a", "learned": 1, '
        '"source": {}}}',
    ],
)
async def test_a_line_that_is_no_record_is_refused_and_nothing_stored(tmp_path: Path, line: str):
    good = '{"kind": "passages", "key": "p0000000000000001", "value": {"text": "t", "learned": 1}}'
    heading = json.dumps({"format": "metathink-memory", "version": 1})
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{heading}\n{good}\n{line}\n", encoding="utf-8")
    async with open_memory() as memory:
        with pytest.raises(InvalidInput, match="line 3"):
            await import_jsonl(memory, path)
        assert await records(memory) == {}


FACT = {"subject": "a", "relation": "b", "object": "c", "learned": 1}
RULE = {"condition": "c", "rule": "r", "grade": "deny", "source": {}, "learned": 1}
VERSION = {"behavior": f"b{1:016x}", "name": "behavior_x", "instruction": "i", "edit": "add"} | {
    "source": {},
    "learned": 1,
}
EPISODE = {"problem": "p", "method": "m", "answer": "", "correct": None, "source": {}, "learned": 1}
NOTE = {"person": "a", "kind": "role", "text": "t", "strength": 0.5, "evidence": ""} | {
    "source": {},
    "learned": 1,
}


@pytest.mark.parametrize(
    ("kind", "letter", "value", "wrong"),
    [
        ("facts", "f", FACT, {"subject": ""}),
        ("facts", "f", FACT, {"subject": " a"}),
        ("facts", "f", FACT, {"relation": "a\nb"}),
        ("facts", "f", FACT, {"confidence": 1e9}),
        ("facts", "f", FACT, {"confidence": True}),
        ("facts", "f", FACT, {"learned": -2.4e11}),
        ("facts", "f", FACT, {"learned": 10**400}),
        ("facts", "f", FACT, {"about": 2.6e11}),
        ("facts", "f", FACT, {"source": {"document": "a\nb"}}),
        ("facts", "f", FACT, {"mistake": "of another kind"}),
        ("passages", "p", {"text": "t", "learned": 1}, {"facts": "f1"}),
        ("passages", "p", {"text": "t", "learned": 1}, {"facts": ["p" + 16 * "0"]}),
        ("behaviors", "v", VERSION, {"name": "!!"}),
        ("behaviors", "v", VERSION, {"name": "Not Canonical"}),
        ("behaviors", "v", VERSION, {"edit": "boom"}),
        ("behaviors", "v", VERSION, {"behavior": "bx"}),
        ("episodes", "x", EPISODE, {"links": {"a": "b"}}),
        ("episodes", "x", EPISODE, {"correct": 1}),
        ("episodes", "x", EPISODE, {"tokens": -1}),
        ("people", "u", NOTE, {"kind": "secret"}),
        ("people", "u", NOTE, {"strength": 1.5}),
        ("rules", "g", RULE, {"grade": "boom"}),
        ("rules", "g", RULE, {"links": {"g" + 16 * "0": "likes"}}),
        ("rules", "g", RULE, {"path": "a//b"}),
    ],
)
async def test_a_field_is_checked_as_it_is_where_it_is_written(
    tmp_path: Path, kind: str, letter: str, value: dict, wrong: dict
):
    path = tmp_path / "some.jsonl"
    heading = json.dumps({"format": "metathink-memory", "version": 1})

    def put(value: dict) -> None:
        record = {"kind": kind, "key": f"{letter}{1:016x}", "value": value}
        path.write_text(f"{heading}\n{json.dumps(record)}\n", encoding="utf-8")

    async with open_memory() as memory:
        put(value | wrong)
        with pytest.raises(InvalidInput, match="line 2"):
            await import_jsonl(memory, path)
        assert await records(memory) == {}
        put(value)
        assert await import_jsonl(memory, path) == 1


@pytest.mark.parametrize("text", ["", '{"format": "other"}\n', '{"format": "metathink-memory"}\n'])
async def test_another_file_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "other.jsonl"
    path.write_text(text, encoding="utf-8")
    async with open_memory() as memory:
        with pytest.raises(InvalidInput):
            await import_jsonl(memory, path)
        with pytest.raises(InvalidInput):
            await import_graphml(memory, path)
        with pytest.raises(StoreFailed):
            await import_jsonl(memory, tmp_path / "absent")
        with pytest.raises(StoreFailed):
            await import_graphml(memory, tmp_path / "absent")
        with pytest.raises(StoreFailed):
            await export_jsonl(memory, tmp_path / "no folder" / "x")


async def test_a_graph_of_another_program_is_read_by_its_labels(tmp_path: Path):
    import networkx

    graph = networkx.DiGraph()
    graph.add_node("1", label="Ada")
    graph.add_edge("1", "Note G", label="wrote")
    graph.add_edge("Note G", "1")
    networkx.write_graphml(graph, tmp_path / "theirs.graphml")
    async with open_memory() as memory:
        assert await import_graphml(memory, tmp_path / "theirs.graphml") == 2
        facts = await memory.graph.facts()
    assert {(f.subject, f.relation, f.object, str(f.source)) for f in facts} == {
        ("Ada", "wrote", "Note G", "theirs.graphml"),
        ("Note G", "related to", "Ada", "theirs.graphml"),
    }


async def test_a_page_read_back_unchanged_changes_nothing():
    async with open_memory() as memory:
        await filled(memory, ["Ada"])
        await memory.handbook.add("three", "A candidate.", topic="logic", source="r")
        await memory.handbook.retire("one", reason="test")
        before = await records(memory)
        page = await handbook_markdown(memory)
        reading = await read_handbook_markdown(memory, page, source="editor")
        assert (reading.added, reading.edited, reading.status) == ((), (), ())
        assert await records(memory) == before


async def test_a_person_edits_the_page():
    async with open_memory() as memory:
        await memory.handbook.add("one", "Do this.", source="r", validated_by="r")
        await memory.handbook.add("two", "Something else entirely.", source="r")
        page = await handbook_markdown(memory)
        page = page.replace("Do this.", "Do that\ninstead.").replace("candidate\n", "active\n")
        page += "\n## A new one\n- topic: logic\n\nNegate the claim, then look.\n"
        reading = await read_handbook_markdown(memory, page, source="editor")
        assert reading.added == ("behavior_a_new_one",)
        assert reading.edited == ("behavior_one",)
        assert reading.status == ("behavior_two",)
        one = await memory.handbook.behavior("one")
        assert one.instruction == "Do that instead."
        assert len(await memory.handbook.versions("one")) == 2
        new = await memory.handbook.behavior("a_new_one")
        assert (new.status, new.topic) == ("candidate", "logic")
        active = {b.name for b in await memory.handbook.behaviors()}
        assert active == {"behavior_one", "behavior_two"}


async def test_a_page_that_gives_two_behaviors_one_name_changes_nothing():
    async with open_memory() as memory:
        await memory.handbook.add("one", "Do this.", source="r")
        await memory.handbook.add("two", "Something else entirely.", source="r")
        before, page = await records(memory), await handbook_markdown(memory)
        renamed = page.replace("Do this.", "Do that.")
        for faulty in (
            renamed.replace("## behavior_two", "## one"),
            re.sub("## behavior_.*", "## three", renamed),
            renamed.replace("## behavior_two", "## three") + "\n## three\n\nNegate it.\n",
        ):
            with pytest.raises(InvalidInput, match="two behaviors cannot go by"):
                await read_handbook_markdown(memory, faulty, source="editor")
            assert await records(memory) == before


async def test_a_page_that_cannot_be_read_changes_nothing():
    async with open_memory() as memory:
        good = "## good\n\nfine text\n"
        bad = ["## x\n- status: great\n\ntext", "## x\n\n", "## !!\n\ntext"]
        for page in (*bad, "## x\n- topic: a\tb\n\ntext"):
            with pytest.raises(InvalidInput, match="line 4"):
                await read_handbook_markdown(memory, good + page, source="e")
        with pytest.raises(InvalidInput, match="a source"):
            await read_handbook_markdown(memory, good, source="two\nlines")
        assert await records(memory) == {}


async def test_words_on_a_page_go_through_markdown_unharmed():
    instruction = "## not a heading - id: x <b>&amp; `code` # 1. *"
    async with open_memory() as memory:
        await memory.handbook.add("odd", instruction, source="r", validated_by="r")
        page = await handbook_markdown(memory)
        reading = await read_handbook_markdown(memory, page, source="editor")
        assert reading.edited == ()


EXPANDING = """<?xml version="1.0"?>
<!DOCTYPE graphml [<!ENTITY a "aaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph><node id="&b;"/></graph></graphml>
"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE graphml [<!ENTITY file SYSTEM "file:///etc/hostname">]>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph><node id="&file;"/></graph></graphml>
"""
GRAPH = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    '<key id="r" for="edge" attr.name="record" attr.type="{type}"/>'
    '<graph edgedefault="directed"><edge source="a" target="b"><data key="r">{record}</data></edge>'
    "</graph></graphml>"
)


@pytest.mark.parametrize(
    "text",
    [
        EXPANDING,
        OUTSIDE,
        "<?xml version='1.0' encoding='no-such-encoding'?><graphml/>",
        "<graphml xmlns='http://graphml.graphdrawing.org/xmlns'/>",
        "<a>" * 100_000,
        GRAPH.format(type="int", record="7"),
        GRAPH.format(type="no type", record="7"),
        GRAPH.format(type="boolean", record="maybe"),
        GRAPH.format(type="string", record="[" * 100_000),
        GRAPH.format(type="string", record='["facts", [], {}]'),
        GRAPH.format(type="string", record='["facts", "f0000000000000001", {"learned": 1}]'),
    ],
)
async def test_a_hostile_graph_is_refused_by_name(tmp_path: Path, text: str):
    path = tmp_path / "graph.graphml"
    path.write_text(text)
    async with open_memory() as memory:
        with pytest.raises(InvalidInput, match=r"graph\.graphml"):
            await import_graphml(memory, path)
        assert [item async for item in memory.items()] == []


async def test_a_graph_without_a_namespace_is_read(tmp_path: Path):
    path = tmp_path / "graph.graphml"
    path.write_text('<graphml><graph><edge source="a" target="b"/></graph></graphml>')
    async with open_memory() as memory:
        assert await import_graphml(memory, path) == 1


async def test_files_that_are_too_large_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(graph_file, "SIZE_LIMIT", 50)
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 300)
    async with open_memory() as memory:
        (tmp_path / "big.graphml").write_text(GRAPH)
        with pytest.raises(InvalidInput, match="at most 50 are read"):
            await import_graphml(memory, tmp_path / "big.graphml")
        heading = json.dumps({"format": record_file.FORMAT, "version": record_file.VERSION})
        (tmp_path / "big.jsonl").write_text(heading + "\n" + "x" * 301)
        with pytest.raises(InvalidInput, match=r"big\.jsonl, line 2: .*it has over"):
            await import_jsonl(memory, tmp_path / "big.jsonl")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_lines_end_where_json_lets_them(tmp_path: Path, encoding: str, end: str):
    said = "One\u2028two\u2029three."
    async with open_memory() as memory:
        note = await memory.people.note("Ann", "role", "a pilot", evidence="chat", source="s")
        await memory.remember(said, "doc")
        await export_jsonl(memory, tmp_path / "out.jsonl")
    text = (tmp_path / "out.jsonl").read_text("utf-8")
    (tmp_path / "other.jsonl").write_bytes(text.replace("\n", end).encode(encoding))
    async with open_memory() as memory:
        assert await import_jsonl(memory, tmp_path / "other.jsonl") == 2
        assert (await memory.people.person("Ann")).notes[0].id == note.id


def test_a_page_is_read_in_linear_time():
    started = time.process_time()
    for line in (
        "## a" + " " * 200_000 + "b",
        "- topic:" + " " * 200_000 + "x",
        "##" + " " * 400_000,
    ):
        with pytest.raises(InvalidInput):
            list(parse_handbook(f"## one\n{line}\n\ntext " + "word " * 2_000))
    assert time.process_time() - started < 5


async def test_a_graph_whose_keys_name_no_type_is_read_without_a_warning(tmp_path: Path):
    path = tmp_path / "g.graphml"
    path.write_text(
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d1" for="edge" '
        'attr.name="relation"/><graph edgedefault="directed"><node id="Ada"/><node id="Note G"/>'
        '<edge source="Ada" target="Note G"><data key="d1">wrote</data></edge></graph></graphml>'
    )
    async with open_memory() as memory:
        await import_graphml(memory, path)
        [fact] = await memory.graph.facts("Ada")
        assert (fact.relation, fact.object) == ("wrote", "Note G")
