"""One memory for two processes: both write to one file at once and see what the other wrote."""

import asyncio
import sys
import tempfile
from pathlib import Path

from metathink.memory import open_memory


async def write(path: str, name: str) -> None:
    """What each process does: note what it saw, then look at what all saw."""
    async with open_memory(path, namespace="watch") as memory:
        for number in range(10):
            await memory.graph.add_fact(name, "saw", f"ship {number}", source=f"log of {name}")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "watch.db")
        async with open_memory(path, namespace="watch") as memory:
            other = await asyncio.create_subprocess_exec(sys.executable, __file__, path, "Bob")
            await write(path, "Ada")
            await other.wait()
            await memory.refresh(now=True)  # reads do this by themselves every quarter of a second
            facts = await memory.graph.facts("ship 7")
            print([fact.text for fact in facts], "of", len(await memory.graph.facts()))


asyncio.run(write(*sys.argv[1:]) if len(sys.argv) > 2 else main())
