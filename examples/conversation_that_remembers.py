"""A conversation that remembers: the second talk with Alice knows what the first one taught. Any capable
model will do, named by METATHINK_MODEL; the embedded one cannot hold a conversation."""

import asyncio
import sys

import metathink as mt
from metathink.memory import open_memory

PEOPLE = sys.argv[1] if len(sys.argv) > 1 else "people.db"
MONDAY = "I have to present the results tomorrow. I always lose my words when they all look at me."
FRIDAY = "Guess what: they want me to give the talk again, for the whole company."


async def talk(day: str, message: str) -> None:
    answer = await mt.think(message, method="metamind", person="Alice", memory=PEOPLE)
    print(f"{day}\n  Alice: {message}\n  metathink: {answer.text}")
    for step in answer.run.steps:
        if step.action in ("recall", "score", "validate", "remember") and step.changed:
            print(f"    [{step.action}: {' '.join(step.changed.split())}]")
    print(f"    [{answer.usage.calls} calls, utility {answer.confidence or 0:.2f}]")


async def main() -> None:
    await talk("Monday", MONDAY)
    await talk("Friday", FRIDAY)
    async with open_memory(PEOPLE) as memory:
        alice = await memory.people.person("Alice")
    print(f"Alice: {alice.summary}")
    for note in alice.notes:
        print(f'- {note.kind}: {note.text} (she said: "{note.evidence}")')


asyncio.run(main())
