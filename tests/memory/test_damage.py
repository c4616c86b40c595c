"""Stores that hold other than was written: every use works or says what is wrong, and the rest is kept."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langgraph.store.base import BaseStore, Item, PutOp
from langgraph.store.memory import InMemoryStore

from metathink.core.errors import InvalidInput, MetathinkError, StoreFailed
from metathink.memory import Memory, NewEpisode, open_memory
from metathink.memory.graph.graph_file import export_graphml
from metathink.memory.handbook.handbook_file import handbook_markdown
from metathink.memory.records.change import KINDS
from metathink.memory.records.record_file import export_jsonl
from metathink.memory.store.namespace import store_path
from metathink.memory.store.sqlite_store import SqliteStore

ODD: list[Any] = [None, True, -1, 10**30, 1e308, "", "x", "\x1b[2J", [], [[]], {}, {"a": {}}]


async def filled(memory: Memory) -> None:
    graph = memory.graph
    [fact, *_] = await graph.add_facts(
        [("Oslo", "is_in", "Norway"), ("Ann", "at", "Oslo")], "atlas"
    )
    await graph.add_entity("Oslo", kind="city", aliases=["Christiania"], source="atlas")
    await graph.declare_single_valued("at")
    await graph.retract(fact, source="Ann", reason="a test")
    await memory.remember("Oslo lies on a fjord. It was once called Christiania.", "atlas")
    first = await memory.handbook.add("look_twice", "Look at the units twice.", source="r1")
    await memory.handbook.add("count_up", "Count from the smallest upwards.", source="r2")
    trial = memory.handbook.trial("How many fjords?", [first], held_back=0.0)
    await memory.handbook.record(trial, correct=True, tokens=9)
    await memory.handbook.retire("count_up", reason="slow")
    await memory.handbook.merge("count_up", into="look_twice", source="r3")
    await memory.episodes.add(NewEpisode("How many fjords?", "direct", "7", False, mistake="guess"))
    await memory.people.note("Ann", "preference", "maps", source="chat")
    await memory.people.summarize("Ann", "likes maps", source="chat")
    await memory.rules.add("a map is asked for", "name its year", grade="guide", source="law")


def uses(memory: Memory, folder: Path) -> list[Callable[[], Awaitable[Any]]]:
    """Every way to read a memory, and some to write."""
    graph, handbook, at = memory.graph, memory.handbook, datetime.now(UTC)
    return [
        lambda: graph.facts("Oslo", superseded=True),
        lambda: graph.as_of(at),
        lambda: graph.networkx(),
        lambda: graph.recall_entities("where is Ann?"),
        lambda: graph.add_fact("Bo", "at", "Oslo", source="chat"),
        lambda: handbook.behaviors(status=("active", "candidate", "retired")),
        lambda: handbook.versions("look_twice"),
        lambda: handbook.add("think_again", "Think again before you answer.", source="r4"),
        lambda: handbook_markdown(memory),
        lambda: memory.episodes.of_problem("How many fjords?"),
        lambda: memory.episodes.statistics(),
        lambda: memory.people.names(),
        lambda: memory.people.person("Ann"),
        lambda: memory.people.note("Ann", "role", "a pilot", source="chat"),
        lambda: memory.rules.rules(),
        lambda: memory.recall("how many fjords has Oslo, Ann?", tokens=2_000),
        lambda: memory.recall("how many fjords has Oslo, Ann?", evaluating=True),
        lambda: memory.remember("Bergen lies on a fjord too.", "atlas"),
        lambda: export_jsonl(memory, folder / "out.jsonl"),
        lambda: export_graphml(memory, folder / "out.graphml"),
        lambda: memory.refresh(now=True),
        lambda: memory.damaged(),
        lambda: memory.forget(source="chat"),
    ]


async def used(place: str | BaseStore, folder: Path) -> list[MetathinkError]:
    """The errors of every use; any other exception than ours fails the test."""
    errors: list[MetathinkError] = []
    try:
        async with open_memory(place, namespace="n") as memory:
            for use in uses(memory, folder):
                try:
                    await use()
                except MetathinkError as error:
                    errors.append(error)
    except MetathinkError as error:
        errors.append(error)
    return errors


def damaged_json(value: str, chance: random.Random) -> Any:
    """A stored value as a bad disk or another program might leave it."""
    record = json.loads(value)
    field = chance.choice(list(record))
    match chance.randrange(6):
        case 0:
            del record[field]
        case 1:
            record[field] = chance.choice(ODD)
        case 2:
            record[chance.choice(["extra", "source", "learned"])] = chance.choice(ODD)
        case 3:
            at = chance.randrange(len(value))
            return value[:at] + chance.choice(["", "\x00", "9" * 400, '"', "}"]) + value[at + 1 :]
        case 4:
            return chance.choice(["null", "[]", "7", '"text"', "[" * 5_000, b"\xff\x00", 12, 1.5])
        case _:
            return value[: chance.randrange(len(value))]
    return json.dumps(record)


@pytest.fixture
async def original(tmp_path: Path) -> AsyncIterator[bytes]:
    path = tmp_path / "original.db"
    async with open_memory(path, namespace="n") as memory:
        await filled(memory)
    yield path.read_bytes()


@pytest.mark.parametrize("seed", range(25))
async def test_a_damaged_row_is_named_and_can_be_dropped(
    tmp_path: Path, original: bytes, seed: int
):
    chance, path = random.Random(seed), tmp_path / "memory.db"
    path.write_bytes(original)
    with sqlite3.connect(path) as file:
        rows = file.execute("SELECT seq, value FROM items WHERE value IS NOT NULL").fetchall()
        seq, value = chance.choice(rows)
        file.execute("UPDATE items SET value = ? WHERE seq = ?", (damaged_json(value, chance), seq))
    file.close()
    await used(str(path), tmp_path)
    async with open_memory(path, namespace="n") as memory:
        found = await memory.damaged()
        assert len(found) <= 1
        await memory.drop([item for item, _ in found])
        assert not await memory.damaged()
    # A behavior whose only version was dropped is not known any more: that is no damage.
    assert not [e for e in await used(str(path), tmp_path) if isinstance(e, StoreFailed)]


DAMAGE = {
    "a key that is no text": "UPDATE items SET key = x'ff00' WHERE seq = 3",
    "a key of another kind": "UPDATE items SET key = 'z' || substr(key, 2) WHERE seq = 3",
    "a time that is no number": "UPDATE items SET created = 'x', updated = 'y'",
    "a namespace that is no text": "UPDATE namespaces SET path = x'00ff' WHERE id = 1",
    "a count that is no number": "UPDATE sqlite_sequence SET seq = 'x'",
    "a mark that is no number": "UPDATE meta SET value = 'x'",
    "no marks": "DELETE FROM meta",
    "no table": "DROP TABLE items",
    "no log of deletions": "DROP INDEX items_deleted",
    "another table": "DROP TABLE namespaces; CREATE TABLE namespaces (name, x)",
    "text of another encoding": "UPDATE items SET value = cast(x'7b22ff22' AS TEXT)",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE.keys())
async def test_a_file_of_another_shape_is_a_typed_error(
    tmp_path: Path, original: bytes, statement: str
):
    path = tmp_path / "memory.db"
    path.write_bytes(original)
    with sqlite3.connect(path) as file:
        file.executescript(statement)
    file.close()
    for error in await used(str(path), tmp_path):
        assert isinstance(error, (StoreFailed, InvalidInput)) and str(error)


@pytest.mark.parametrize("seed", range(15))
async def test_a_file_with_other_bytes_is_a_typed_error(tmp_path: Path, original: bytes, seed: int):
    chance, path = random.Random(seed), tmp_path / "memory.db"
    content = bytearray(original)
    for _ in range(chance.choice([1, 10, 200])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content[: chance.choice([len(content), len(content) // 2, 3_000])])
    await used(str(path), tmp_path)


@pytest.mark.parametrize("where", ["a\0b.db", "~no-such-user/m.db", "n" * 5_000, "\ud800.db"])
async def test_a_path_that_no_file_can_have(where: str):
    with pytest.raises(InvalidInput):
        async with open_memory(where):
            pass


async def test_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "memory.db")
    with pytest.raises(InvalidInput, match="no regular file"):
        SqliteStore(tmp_path / "memory.db")


async def everything(store: BaseStore) -> list[Item]:
    found: list[Item] = []
    while page := await store.asearch(("metathink",), limit=1_000, offset=len(found)):
        found += page
    return found


@pytest.mark.parametrize("where", ["in memory", "postgres"])
async def test_any_store_may_be_damaged(request: pytest.FixtureRequest, tmp_path: Path, where: str):
    place = InMemoryStore() if where == "in memory" else request.getfixturevalue("postgres")
    chance = random.Random(7)
    async with open_memory(place, namespace="n") as memory:
        await filled(memory)
        items = await everything(memory.store)
    odd: list[Any] = [
        part for part in ODD if part not in ("\x1b[2J", 1e308)
    ]  # no JSON to PostgreSQL
    for item in chance.sample(items, 25):
        value = dict(item.value)
        value[chance.choice(list(value))] = chance.choice(odd)
        async with open_memory(place, namespace="n") as memory:
            await memory.store.abatch([PutOp(item.namespace, item.key, value)])
        await used(place, tmp_path)
        async with open_memory(place, namespace="n") as memory:
            await memory.drop([damaged for damaged, _ in await memory.damaged()])
            assert not await memory.damaged()
    assert not [e for e in await used(place, tmp_path) if isinstance(e, StoreFailed)]


async def test_a_foreign_item_among_the_records_is_named(tmp_path: Path):
    store = InMemoryStore()
    async with open_memory(store, namespace="n") as memory:
        for kind in KINDS:
            await store.aput(store_path(["n"], kind), "mine", {"anything": 1})
        assert len(await memory.damaged()) == len(KINDS)
        with pytest.raises(StoreFailed, match="memory check --drop"):
            await memory.recall("anything")
