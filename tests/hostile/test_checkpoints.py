"""Damaged and foreign checkpoint files: a typed error or an answer, nothing else.

METATHINK_HOSTILE sets how many damaged files are tried (default 40); METATHINK_SEED draws others.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import metathink as mt

COUNT = int(os.environ.get("METATHINK_HOSTILE", "40"))
SEED = int(os.environ.get("METATHINK_SEED", "0"))
VALUES = (
    b"",
    b"\xc1",
    b"\x81\xa1a\x01",
    b"\x93\x01\x02\x03",
    b"\xdf\xff\xff\xff\xff",
    b"\x91" * 5_000,
)


def damage(place: Path, rng: random.Random) -> None:
    """Change some bytes of the file, or of one kept value."""
    if rng.random() < 0.3:
        data = bytearray(place.read_bytes())
        for _ in range(rng.randint(1, 40)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        place.write_bytes(data)
        return
    table, column = rng.choice([("writes", "value"), ("checkpoints", "checkpoint")])
    with sqlite3.connect(place) as rows:
        found = rows.execute(f"select rowid, {column} from {table} order by rowid").fetchall()
        number, value = rng.choice(found)
        new = bytearray(value or b"\0")
        new[rng.randrange(len(new))] = rng.randrange(256)
        changed = rng.choice([bytes(new), *VALUES])
        rows.execute(f"update {table} set {column} = ? where rowid = ?", (changed, number))


async def test_a_damaged_checkpoint_is_a_typed_error_or_an_answer(tmp_path: Path) -> None:
    kept = {"method": "direct", "thread": "t"}
    whole = tmp_path / "whole.db"
    await mt.think("q", model=mt.scripted([r"\boxed{1}"]), checkpoint=whole, **kept)
    rng = random.Random(SEED)
    for number in range(COUNT):
        place = tmp_path / f"{number}.db"
        shutil.copy(whole, place)
        damage(place, rng)
        try:
            model = mt.scripted([r"\boxed{1}"])
            answer = await mt.think("q", model=model, checkpoint=place, **kept)
        except mt.MetathinkError as error:
            assert "bug of metathink" not in str(error), f"{number}: {error}"
        else:
            assert isinstance(answer, mt.Answer)
