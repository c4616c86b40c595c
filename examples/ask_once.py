"""Ask once: one question, one method, an answer with its confidence and its cost."""

import asyncio

import metathink as mt

QUESTION = """If you follow these instructions, do you return to the starting point? Always face forward. \
Take 3 steps forward. Take 4 steps left. Take 3 steps backward. Take 4 steps right.
Options:
- Yes
- No"""


async def main() -> None:
    answer = await mt.think(QUESTION, method="rema", budget=mt.Budget(tokens=8000))
    print(f"answer: {answer.text}, confidence {answer.confidence:.2f}, {answer.ending}")
    for role, usage in answer.run.usage_by_role.items():
        print(
            f"{role}: {usage.calls} calls, {usage.prompt_tokens} tokens in, {usage.completion_tokens} out"
        )


asyncio.run(main())
