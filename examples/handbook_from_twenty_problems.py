"""A handbook from twenty problems, used on the next twenty; a model string given looks back."""

import asyncio
import random
import sys

import metathink as mt
from metathink.memory import open_memory, register_memory

ASK = "If you follow these instructions, do you return to the starting point? Always face forward."
RNG, WAYS = random.Random(7), ("left", "forward", "right", "backward")
RIGHT = [RNG.choice(("Yes", "No")) for _ in range(40)]


def question(right: str) -> str:
    moves = [(RNG.randint(3, 9), RNG.randrange(4)) for _ in range(3)]
    moves += [(n - (right == "No"), way - 2) for n, way in RNG.sample(moves, 3)]
    told = " ".join(f"Take {n} steps {WAYS[way]}." for n, way in moves)
    return f"{ASK} {told}\nOptions:\n- Yes\n- No"


async def main(strategist: str) -> None:
    first, last = [[question(right) for right in half] for half in (RIGHT[:20], RIGHT[20:])]
    async with open_memory() as memory:
        with register_memory(memory) as name:
            each = [{"gold": gold, "strategist_model": strategist} for gold in RIGHT[:20]]
            await mt.think_all(first, method="behavior_curate", each=each, memory=name)
            for behavior in await memory.handbook.behaviors():
                print(f"learned {behavior.text}")
            for which, place in (("without", ""), ("with", name)):
                found = await mt.think_all(last, method="behavior_reuse", memory=place)
                said = [one for one in found if isinstance(one, mt.Answer)]
                right = sum(one.value == gold for one, gold in zip(said, RIGHT[20:], strict=True))
                cost = sum((one.usage for one in said), mt.Usage())
                written, read = cost.completion_tokens, cost.prompt_tokens
                print(f"{which} it: {right} right, {written} tokens written, {read} read")


asyncio.run(main(" ".join(sys.argv[1:])))
