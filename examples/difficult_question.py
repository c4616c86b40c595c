"""A difficult question from the first look to what is remembered: each decision, its reason, its price."""

import asyncio
import tempfile
from pathlib import Path

import metathink as mt
from metathink.memory import open_memory

QUESTION = (
    "Question: Ka tells the truth. Osvaldo says Ka lies. Elanor says Osvaldo lies. Amberly says Elanor "
    "tells the truth. Jerry says Amberly lies. Fidel says Jerry tells the truth. Vina says Fidel lies. "
    "Millie says Vina tells the truth. Does Millie tell the truth?"
)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        notes = str(Path(folder) / "notes.db")
        answer = await mt.think(QUESTION, memory=notes, topic="web of lies", gold="Yes")
        for step in answer.run.steps:
            what = step.reason or step.changed
            print(f"{step.speaker} {step.action}: {what.splitlines()[0] if what else 'nothing'}")
            if step.usage.tokens:
                print(f"    {step.usage.calls} calls, {step.usage.tokens} tokens")
        held = f"held with {answer.confidence:.0%}"
        print(f"{answer.value or 'I do not know'} ({held}, {answer.usage.tokens} tokens)")
        async with open_memory(notes) as memory:
            for episode in await memory.episodes.of_problem(QUESTION):
                print("remembered:", episode.method, "right" if episode.correct else "wrong")


if __name__ == "__main__":
    asyncio.run(main())
