"""Nothing a memory does holds the event loop for more than 50 ms, however much is stored."""

from __future__ import annotations

import random
from pathlib import Path

from metathink.memory import Memory, open_memory
from metathink.memory.passage import passage_id
from metathink.memory.records.change import PASSAGES, Change
from metathink.memory.records.evidence import Source
from tests.watchdog import LIMIT, Watchdog

FACTS, PASSAGES_KEPT = 90_000, 10_000


def triples() -> list[tuple[str, str, str]]:
    chance = random.Random(3)
    return [
        (f"Boat {chance.randrange(FACTS // 2)}", f"rel_{n % 40}", f"Port {n}") for n in range(FACTS)
    ]


def passages() -> list[Change]:
    chance = random.Random(4)
    words = [f"word{number}" for number in range(3_000)]
    texts = [" ".join(chance.choices(words, k=50)) for _ in range(PASSAGES_KEPT)]
    source = {"document": "log"}
    return [
        Change(
            PASSAGES,
            passage_id(text, Source(document="log")),
            {"text": text, "source": source, "learned": 1.7e9},
        )
        for text in texts
    ]


async def test_a_large_memory_leaves_the_loop_free(tmp_path: Path) -> None:
    """100,000 items: written, opened and read in, found, added to, forgotten from."""
    path, facts, texts = tmp_path / "memory.db", triples(), passages()
    async with (
        Watchdog(2 * LIMIT),
        open_memory(path) as memory,
    ):  # done once: a busy machine may slow it
        await memory.graph.add_facts(facts, "register")
        await memory.write(texts)
    del facts, texts
    for attempt in range(3):  # what is slow by itself is slow again
        async with Watchdog(fails=attempt == 2) as watch, open_memory(path) as memory:
            await use(memory)
        if not watch.stalls:
            break


async def use(memory: Memory) -> None:
    new = [(f"Crew {n}", "sails", "Boat 1") for n in range(3_000)]
    assert await memory.recall("where does Boat 17 lie, word12 word13?", tokens=2_000)
    assert await memory.recall("Boat 18 " + "word12 " * 100_000, evaluating=True)
    await memory.graph.add_facts(new, "list")
    await memory.remember("The boat came in at night. " * 10_000, "diary")
    assert await memory.forget(source="list") == 3_000
    assert await memory.graph.recall_entities("Boat 17")
