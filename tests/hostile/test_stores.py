"""Damaged or foreign checkpoints and memories: used, or refused with a typed error."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest

import metathink as mt
from metathink.core.errors import InternalError
from metathink.memory import open_memory
from tests.hostile import material


async def typed(work: Any, number: int) -> None:
    """The work succeeds, or fails in a way that was foreseen."""
    with material.within(20.0, number):
        try:
            await work
        except mt.MetathinkError as error:
            assert not isinstance(error, InternalError), f"{number}: {error!r}"


def damage_file(rng: Any, path: Path) -> None:
    path.write_bytes(material.damaged(rng, path.read_bytes(), most=4))


def damage_rows(rng: Any, path: Path) -> None:
    """Some values of some rows, as another program with write access could leave them."""
    with sqlite3.connect(path) as connection:
        tables = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for _ in range(rng.randrange(1, 5)):
            table = rng.choice(tables)
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            if not (rows := connection.execute(f"SELECT * FROM {table}").fetchall()):
                continue
            row, place = rng.choice(rows), rng.randrange(len(columns))
            where = " AND ".join(f"{column} IS ?" for column in columns)
            new = other(rng, row[place])
            try:
                connection.execute(
                    f"UPDATE {table} SET {columns[place]} = ? WHERE {where}", (new, *row)
                )
            except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError):
                continue  # a value that the file itself does not take
    connection.close()


def other(rng: Any, old: Any) -> Any:
    """A value in place of one of a row."""
    if isinstance(old, bytes) and rng.random() < 0.8:
        return material.damaged(rng, old, most=2)
    if isinstance(old, str) and rng.random() < 0.8:
        try:
            return material.dumped(material.mutated(rng, json.loads(old), 0.4))
        except ValueError:
            return material.text(rng, 200)
    if isinstance(old, bytes):  # msgpack that promises more than there is, or nests without end
        return rng.choice(
            (b"", b"\xc1", b"\x81\xa1a\x01", b"\xdf\xff\xff\xff\xff", b"\x91" * 5_000)
        )
    return rng.choice((None, 0, -1, 2**62, 1.5, "", "x", b"\xff\x00", material.text(rng, 100)))


@pytest.mark.parametrize("damage", [damage_file, damage_rows])
async def test_a_checkpoint(damage: Any, tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    words = [r"Check it.", r"\boxed{42}", "[FINISH]", r"\boxed{42}"]

    async def run(path: Path, seconds: float = 4) -> mt.Answer:
        return await mt.think(
            "What is 6 * 7?",
            method="rema",
            model=mt.scripted(list(words), name="script"),
            checkpoint=path,
            thread="t",
            budget=mt.Budget(seconds=seconds),
        )

    assert (await run(whole, 60)).usage.calls == 4
    for number in material.many(25, 600):
        path = tmp_path / f"{damage.__name__}-{number}.db"
        shutil.copy(whole, path)
        damage(material.chance(damage.__name__, "checkpoint", number), path)
        await typed(run(path), number)
        path.unlink()


async def use(place: str) -> None:
    """What people do with a memory."""
    async with open_memory(place) as memory:
        for work in (
            lambda: memory.recall("who wrote Note G?"),
            lambda: memory.graph.recall_entities("Ada", limit=5),
            lambda: memory.handbook.add(
                "behavior_new", "Check the sign first.", topic="sums", source="s"
            ),
            lambda: memory.remember("Babbage built an engine.", source="a page"),
            lambda: memory.damaged(),
            lambda: memory.recall("Babbage's engine", recipe="documents"),
            lambda: memory.forget(namespace="default"),
        ):
            try:
                await work()
            except mt.MetathinkError as error:
                assert not isinstance(error, InternalError), repr(error)


async def fill(place: str) -> None:
    async with open_memory(place) as memory:
        await memory.graph.add_facts(
            [("Ada", "wrote", "Note G"), ("Ada", "knew", "Babbage")], source="b"
        )
        await memory.handbook.add(
            "behavior_add", "Add the parts in turn.", topic="sums", source="s"
        )
        await memory.remember("Ada Lovelace wrote Note G.", source="a page")


@pytest.mark.parametrize("damage", [damage_file, damage_rows])
async def test_a_memory_file(damage: Any, tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    await fill(str(whole))
    for number in material.many(25, 600):
        path = tmp_path / f"{damage.__name__}-{number}.db"
        shutil.copy(whole, path)
        damage(material.chance(damage.__name__, "memory", number), path)
        await typed(use(str(path)), number)


async def test_a_memory_in_postgresql(postgres: str) -> None:
    for number in material.many(8, 150):
        rng = material.chance("postgres", number)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        await fill(postgres)
        with psycopg.connect(postgres, autocommit=True) as connection:
            rows = connection.execute("SELECT prefix, key, value FROM store").fetchall()
            for prefix, key, value in rng.sample(rows, min(3, len(rows))):
                data = material.dumped(material.mutated(rng, value, 0.4)).replace("\\u0000", "")
                try:
                    connection.execute(
                        "UPDATE store SET value = %s WHERE prefix = %s AND key = %s",
                        (data, prefix, key),
                    )
                except (psycopg.DataError, UnicodeEncodeError):
                    continue  # no JSON to PostgreSQL
        await typed(use(postgres), number)
