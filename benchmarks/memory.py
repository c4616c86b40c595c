"""How fast a memory writes, opens and recalls, beside what one would use instead.

    python benchmarks/memory.py write  [--sizes 1000 10000 100000]
    python benchmarks/memory.py open   [--facts 100000]
    python benchmarks/memory.py recall [--sizes 1000 10000 100000]

Everything in one run on one machine, so that ratios hold where absolute figures do not. "durable"
means that a write returns when it would survive the loss of power (an fsync was waited for); the
raw line is what SQLite itself does on this disk, the ceiling of any store in a file. CPU is that of
the whole process. The facts are made up from a seed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from metathink.memory import Memory, open_memory

Triple = tuple[str, str, str]

AGENTS = 100


def made_up(count: int, seed: int = 0) -> list[Triple]:
    """Facts over a third as many entities, with hubs: objects are drawn from a power law."""
    rng = random.Random(seed)
    entities = max(3, count // 3)
    return [
        (
            f"Person {seed}-{rng.randrange(entities)}",
            f"relation {rng.randrange(20)}",
            f"Thing {seed}-{int(entities * rng.random() ** 3)}",
        )
        for _ in range(count)
    ]


@contextmanager
def clock(what: str, count: int) -> Iterator[None]:
    """Print how long a block took, and how many of `count` it did a second."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {what:<52} {count / wall:>10,.0f} /s   {1e6 * cpu / count:>8.1f} us CPU each")


async def gathered(write: Callable[[int, int], Awaitable[object]], each: int) -> None:
    """`AGENTS` agents that each make `each` writes, one after the other."""

    async def agent(number: int) -> None:
        for turn in range(each):
            await write(number, turn)

    await asyncio.gather(*(agent(number) for number in range(AGENTS)))


# -- write ----------------------------------------------------------------------------------------


async def bench_write(sizes: list[int]) -> None:
    """Bulk and single durable writes, and what one more costs at each size."""
    print(f"bulk, {max(sizes):,} facts in batches of 10,000, durable")
    with tempfile.TemporaryDirectory() as folder:
        bench_raw_bulk(Path(folder) / "raw.db", max(sizes))
        await bench_langgraph_bulk(Path(folder) / "langgraph.db", max(sizes))
        await bench_ours_bulk(Path(folder) / "memory.db", max(sizes))
        print(f"one fact a write, {AGENTS} agents at once, each write acknowledged when durable")
        bench_raw_single(Path(folder) / "raw1.db", 500)
        await bench_langgraph_single(Path(folder) / "langgraph1.db", 10)
        await bench_ours_single(Path(folder) / "memory1.db", 60)
    print("one more when there are many: batches of 1,000, and single writes one after the other")
    for size in sizes:
        await bench_one_more(size)


def raw(path: Path) -> sqlite3.Connection:
    """A plain table with the same guarantee: WAL, synchronous=FULL."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT)")
    return connection


def bench_raw_bulk(path: Path, count: int) -> None:
    """What SQLite alone does with the same JSON."""
    facts = made_up(count)
    connection = raw(path)
    with clock("raw SQLite, JSON rows", count):
        for start in range(0, count, 10_000):
            rows = [(f"{start + i}", json.dumps(f)) for i, f in enumerate(facts[start:][:10_000])]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO facts VALUES (?, ?)", rows)
            connection.execute("COMMIT")
    connection.close()


def bench_raw_single(path: Path, count: int) -> None:
    """One transaction a fact: what the disk's flush allows to one writer."""
    connection = raw(path)
    with clock("raw SQLite, one writer, a transaction each", count):
        for number, fact in enumerate(made_up(count)):
            connection.execute("INSERT INTO facts VALUES (?, ?)", (str(number), json.dumps(fact)))
    connection.close()


async def bench_langgraph_bulk(path: Path, count: int) -> None:
    """LangGraph's own SQLite store, where it is installed."""
    try:
        from langgraph.store.base import PutOp
        from langgraph.store.sqlite import AsyncSqliteStore  # pyright: ignore[reportMissingImports]
    except ImportError:
        print("  langgraph-checkpoint-sqlite is not installed: left out")
        return
    facts = made_up(count)
    async with AsyncSqliteStore.from_conn_string(str(path)) as store:
        await store.setup()
        with clock("LangGraph AsyncSqliteStore.abatch", count):
            for start in range(0, count, 10_000):
                part = enumerate(facts[start:][:10_000])
                await store.abatch(
                    [PutOp(("facts",), f"{start + i}", {"fact": f}) for i, f in part]
                )


async def bench_langgraph_single(path: Path, each: int) -> None:
    """LangGraph's own SQLite store under the same agents."""
    try:
        from langgraph.store.sqlite import AsyncSqliteStore  # pyright: ignore[reportMissingImports]
    except ImportError:
        return
    async with AsyncSqliteStore.from_conn_string(str(path)) as store:
        await store.setup()

        async def write(number: int, turn: int) -> None:
            await store.aput(("facts",), f"{number}-{turn}", {"fact": [number, "did", turn]})

        with clock("LangGraph AsyncSqliteStore.aput", AGENTS * each):
            await gathered(write, each)


async def bench_ours_bulk(path: Path, count: int) -> None:
    """add_facts: checked, durable, in the graph and its indexes of belief."""
    facts = made_up(count)
    async with open_memory(path, namespace="bench") as memory:
        await memory.graph.view()
        with clock("metathink add_facts", count):
            for start in range(0, count, 10_000):
                await memory.graph.add_facts(facts[start : start + 10_000], "benchmark")


async def bench_ours_single(path: Path, each: int) -> None:
    """add_fact by many agents: group commit shares the flushes."""
    async with open_memory(path, namespace="bench") as memory:
        await memory.graph.view()

        async def write(number: int, turn: int) -> None:
            await memory.graph.add_fact(f"agent {number}", "did", f"{turn}", source="benchmark")

        with clock("metathink add_fact", AGENTS * each):
            await gathered(write, each)


async def bench_one_more(size: int) -> None:
    """What a batch and a single write cost when `size` facts are there."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_memory(Path(folder) / "memory.db", namespace="bench") as memory:
            for start in range(0, size, 20_000):
                await memory.graph.add_facts(made_up(min(20_000, size - start), start), "made up")
            batches = [await timed_batch(memory, made_up(1_000, -n)) for n in range(1, 21)]
            singles = [await timed_batch(memory, made_up(3, -n)[:1]) for n in range(100, 200)]
    batch_wall, batch_cpu = (statistics.median(times) for times in zip(*batches, strict=True))
    wall, cpu = (statistics.median(times) for times in zip(*singles, strict=True))
    print(
        f"  {size:>9,} facts: {1e3 * batch_wall:>7.2f} us a fact in a batch "
        f"({1e3 * batch_cpu:.2f} us CPU); a single write {1e3 * wall:.2f} ms ({1e3 * cpu:.3f} CPU)"
    )


async def timed_batch(memory: Memory, facts: list[Triple]) -> tuple[float, float]:
    """Seconds, by the clock and of CPU, that adding these takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    await memory.graph.add_facts(facts, "benchmark")
    return time.perf_counter() - wall, time.process_time() - cpu


# -- open -----------------------------------------------------------------------------------------


def bench_open(count: int) -> None:
    """Time and memory to open a graph, each in a process of its own."""
    facts = made_up(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        asyncio.run(fill(path, facts))
        plain = Path(folder) / "facts.json"
        plain.write_text(json.dumps(facts))
        print(f"open a graph of {count:,} facts and look one entity up, in a fresh process")
        for what in ("ours", "networkx"):
            command = [sys.executable, __file__, "_opened", what, str(path), str(plain)]
            print(f"  {subprocess.check_output(command, text=True).strip()}")


async def fill(path: Path, facts: list[Triple]) -> None:
    """A memory file with these facts."""
    async with open_memory(path, namespace="bench") as memory:
        await memory.graph.add_facts(facts, "benchmark")


def opened(what: str, path: str, plain: str) -> None:
    """Open one of the two, and say what it took beyond the imports."""
    import langgraph.store.base  # noqa: F401 - the import is not what is measured
    import networkx

    before = peak_memory()
    wall, cpu = time.perf_counter(), time.process_time()
    if what == "ours":
        found = asyncio.run(look_up(path))
    else:
        graph = networkx.MultiDiGraph()
        for subject, relation, object_ in json.loads(Path(plain).read_text()):
            graph.add_edge(subject, object_, relation=relation)
        found = len(graph)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    names = {"ours": "metathink open_memory", "networkx": "a JSON file into networkx"}
    print(
        f"{names[what]:<28} {wall:6.2f} s ({cpu:.2f} s CPU), peak {peak_memory():.0f} MB "
        f"({peak_memory() - before:.0f} MB more than before); {found:,} entities or facts"
    )


async def look_up(path: str) -> int:
    """Open, read one entity's facts; how many facts are believed."""
    async with open_memory(path, namespace="bench") as memory:
        view = await memory.graph.view()
        view.facts("Thing 0-0")
        return len(view)


def peak_memory() -> float:
    """The most memory this process has held since it began, MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Run one part."""
    if sys.argv[1:2] == ["_opened"]:
        opened(*sys.argv[2:5])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("part", choices=["write", "open", "recall"])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--facts", type=int, default=100_000)
    settings = parser.parse_args()
    if settings.part == "write":
        asyncio.run(bench_write(settings.sizes))
    elif settings.part == "open":
        bench_open(settings.facts)
    else:
        import memory_recall

        memory_recall.main(settings.sizes)


if __name__ == "__main__":
    main()
