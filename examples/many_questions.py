"""Many questions with a progress bar; run it again and nothing is asked twice, also after kill -9."""

import asyncio
import random
import sys

import metathink as mt

RNG = random.Random(0)
WORDS = ("True", "False", "not True", "not False")
QUESTIONS = [
    f"{RNG.choice(WORDS)} and {RNG.choice(WORDS)} or {RNG.choice(WORDS)} is" for _ in range(20)
]
NOTEBOOK = sys.argv[1] if len(sys.argv) > 1 else "runs/many_questions.jsonl"


async def main() -> None:
    answers = await mt.think_all(
        QUESTIONS, method="direct", concurrency=8, progress=True, resume=NOTEBOOK
    )
    for question, answer in zip(QUESTIONS, answers, strict=True):
        print(
            question, "->", answer.value if isinstance(answer, mt.Answer) else f"failed: {answer}"
        )


asyncio.run(main())
