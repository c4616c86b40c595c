"""A person sees an answer before it goes out, in another process than the one that found it.

python examples/approve_in_another_process.py ask
python examples/approve_in_another_process.py decide two
"""

import asyncio
import sys

import metathink as mt

QUESTION = "I have an apple, a drum, and a grape. How many fruits do I have?"
FILE, THREAD = "approvals.db", "fruits"


async def ask() -> None:
    answer = await mt.think(
        QUESTION,
        method="direct",
        model="embedded",
        checkpoint=FILE,
        thread=THREAD,
        approve="answer",
    )
    print(answer.ending, "for a person:", answer.asks)


async def decide(instead: str) -> None:
    waiting = await mt.resume(THREAD, checkpoint=FILE)
    print("asked about:", waiting.asks)
    decision = mt.Decision("edit", answer=instead) if instead else mt.Decision("accept")
    answer = await mt.resume(THREAD, decision, checkpoint=FILE)
    print("sent:", answer.value, "after", answer.usage.calls, "call")


if __name__ == "__main__":
    what, *words = sys.argv[1:] or ["ask"]
    asyncio.run(ask() if what == "ask" else decide(" ".join(words)))
