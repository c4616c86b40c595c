"""Nothing a memory does holds the event loop up for long, however much is stored."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from pathlib import Path

from metathink.memory import Memory, open_memory
from metathink.memory.passage import passage_id
from metathink.memory.records.change import PASSAGES, Change
from metathink.memory.records.evidence import Source

LONGEST = 0.2
"""Seconds of the loop's own processor time between two looks at the clock: four times what is aimed at,
for slow machines. Without portions the steps below take 0.3 to 1.8."""


class Watch:
    """How much processor time the loop's thread spends without letting others run."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - before)

    def stop(self) -> float:
        self._task.cancel()
        return self.longest


async def fill(memory: Memory) -> None:
    chance = random.Random(3)
    triples = [
        (f"Boat {chance.randrange(15_000)}", f"rel_{n % 40}", f"Port {n}") for n in range(30_000)
    ]
    await memory.graph.add_facts(triples, "register")
    passages = []
    for _ in range(5_000):
        text = " ".join(f"word{chance.randrange(3_000)}" for _ in range(50))
        value = {"text": text, "source": {"document": "log"}, "learned": 1.7e9}
        passages.append(Change(PASSAGES, passage_id(text, Source(document="log")), value))
    await memory.write(passages)


async def test_a_large_memory_leaves_the_loop_free(tmp_path: Path):
    path = tmp_path / "memory.db"
    async with open_memory(path) as memory:
        await fill(memory)
    gc.collect()
    gc.freeze()  # what the whole test session has made is not this memory's to look through
    watch = Watch()
    async with open_memory(path) as memory:
        assert await memory.recall("where does Boat 17 lie, word12 word13?", tokens=2_000)
        assert await memory.recall("Boat 18 " + "word12 " * 100_000, evaluating=True)
        await memory.graph.add_facts(
            [(f"Crew {n}", "sails", "Boat 1") for n in range(3_000)], "list"
        )
        await memory.remember("The boat came in at night. " * 10_000, "diary")
        assert await memory.forget(source="list") == 3_000
        assert await memory.graph.recall_entities("Boat 17")
    gc.unfreeze()
    assert watch.stop() < LONGEST
