"""A handbook from twenty problems, used on the next twenty; a model string given looks back."""

import asyncio
import random
import sys

import metathink as mt
from metathink.memory import lent, open_memory

RNG = random.Random(7)
WORDS = ("True", "False", "not True", "not False", "( True or False )", "not ( False )")
SUMS = [f"{' and '.join(RNG.choices(WORDS, k=3))} or {RNG.choice(WORDS)}" for _ in range(40)]
QUESTIONS, RIGHT = [f"{words} is" for words in SUMS], [str(eval(words)) for words in SUMS]


async def main(strategist: str) -> None:
    async with open_memory() as memory:
        with lent(memory) as name:
            await mt.think_all(
                QUESTIONS[:20],
                method="behavior_curate",
                each=[{"gold": answer} for answer in RIGHT[:20]],
                strategist_model=strategist,
                memory=name,
            )
            for behavior in await memory.handbook.behaviors():
                print(f"learned {behavior.text}")
            for which, place in (("without", ""), ("with", name)):
                found = await mt.think_all(QUESTIONS[20:], method="behavior_reuse", memory=place)
                said = [one if isinstance(one, mt.Answer) else mt.Answer("") for one in found]
                right = sum(one.text == gold for one, gold in zip(said, RIGHT[20:], strict=True))
                written = sum(one.usage.completion_tokens for one in said)
                read = sum(one.usage.prompt_tokens for one in said)
                print(f"{which} it: {right} right, {written} tokens written, {read} read")


asyncio.run(main(" ".join(sys.argv[1:])))
