"""A graph from documents: who reads the facts is yours to choose; what holds now, and held."""

import asyncio
import re
import sys
from datetime import UTC, datetime

from metathink.memory import open_memory

LETTERS = {
    "letter 1": "Ada lives in London. Ada knows Babbage.",
    "letter 2": "Babbage designed the Analytical Engine. Ada lives in Paris.",
}


class Sentences:
    """Reads facts out of three-word sentences; a role with a model reads any (`extractor=`)."""

    async def extract(self, text: str) -> list[tuple[str, str, str]]:
        pattern = r"(\w+) (lives in|knows|designed) (?:the )?([\w ]+)\."
        return [found.groups() for found in re.finditer(pattern, text)]  # type: ignore[misc]


async def main(where: str | None) -> None:
    async with open_memory(where, namespace="letters", extractor=Sentences()) as memory:
        await memory.graph.declare_single_valued("lives in")
        await memory.remember(LETTERS["letter 1"], source="letter 1")
        then = datetime.now(UTC)
        await memory.remember(LETTERS["letter 2"], source="letter 2")
        for fact in await memory.graph.facts("Ada", superseded=True):
            print(f"[{fact.id}] {fact.text} ({fact.source}) {fact.superseded_by and 'no more'}")
        past = await memory.graph.as_of(then)
        print("then:", [fact.object for fact in past.facts("Ada", "lives in")])
        print("now:", [fact.object for fact in await memory.graph.facts("Ada", "lives in")])
        for item in await memory.recall("What did Ada's friend design?", recipe="graph_evidence"):
            print(item.quoted(), "because", item.why)


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
