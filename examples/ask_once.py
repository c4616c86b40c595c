"""Ask once: one question, one method, an answer with its confidence and its cost."""

import asyncio

import metathink as mt

QUESTION = (
    "I have a flute, a piano, an apple, and two drums. How many musical instruments do I have?"
)


async def main() -> None:
    answer = await mt.think(QUESTION, method="rema", budget=mt.Budget(tokens=8000))
    print(f"answer: {answer.value}, confidence {answer.confidence:.2f}, {answer.ending}")
    for role, usage in answer.run.usage_by_role.items():
        print(
            f"{role}: {usage.calls} calls, {usage.prompt_tokens} tokens in, {usage.completion_tokens} out"
        )


asyncio.run(main())
