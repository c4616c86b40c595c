"""A graph from documents: memory_graph_from_documents.py [FILE [MODEL]]; what holds now, and held."""

import asyncio
import re
import sys
from datetime import UTC, datetime

from metathink.agents.extractor import Extractor
from metathink.memory import open_memory
from metathink.models.open import open_model

FIRST = "Ada lives in London. Ada knows Babbage."
SECOND = "Babbage designed the Analytical Engine. Ada lives in Paris."


class Sentences:
    # Reads facts out of three-word sentences; an Extractor reads any.
    async def extract(self, text: str) -> list[tuple[str, str, str]]:
        pattern = r"(\w+) (lives in|knows|designed) (?:the )?([\w ]+)\."
        return [found.groups() for found in re.finditer(pattern, text)]  # type: ignore[misc]


async def main(where: str | None = None, model: str = "") -> None:
    reader = Extractor(await open_model(model)) if model else Sentences()
    async with open_memory(where, namespace="letters", extractor=reader) as memory:
        await memory.graph.declare_single_valued("lives in")
        await memory.remember(FIRST, source="letter 1")
        then = datetime.now(UTC)
        await memory.remember(SECOND, source="letter 2")
        for fact in await memory.graph.facts("Ada", superseded=True):
            print(f"[{fact.id}] {fact.text} ({fact.source}) {fact.superseded_by and 'no more'}")
        past = await memory.graph.as_of(then)
        now = await memory.graph.facts("Ada", "lives in")
        print(past.facts("Ada", "lives in")[0].object, "then,", now[0].object, "now")
        for item in await memory.recall("What did Ada's friend design?", recipe="graph_evidence"):
            print(item.quoted(), "because", item.why)


asyncio.run(main(*sys.argv[1:3]))
