"""A handbook by hand: add, merge, edit, roll back; credit comes from outcomes drawn by chance."""

import asyncio
import random

from metathink.memory import open_memory

PARITY = "Before counting, check whether the total must be even or odd."
GUESS = "When short of time, answer with the first number that comes to mind."


async def main() -> None:
    rng = random.Random(0)
    async with open_memory(namespace="school") as memory:
        handbook = memory.handbook
        parity = await handbook.add("check_parity", PARITY, topic="counting", source="Ms Noether")
        await handbook.add("guess", GUESS, source="a pupil", validated_by="a lucky day")
        same = "Check, before counting, whether the total must be odd or even."
        merged = await handbook.add("parity_first", same, source="another pupil")
        print(f"{merged.name} is also known as {', '.join(merged.also)}: {merged.status}")
        edited = await handbook.edit(parity.id, instruction="Even or odd?", source="a pupil")
        await handbook.rollback(parity.id, parity.version, source="Ms Noether")
        print([version.edit for version in await handbook.versions(edited.id)])
        for number in range(80):
            known = await handbook.behaviors(status=["candidate", "active"])
            trial = handbook.trial(f"problem {number}", known)
            names = [behavior.name for behavior in trial.shown]
            chance = 0.5 + 0.4 * (parity.name in names) - 0.4 * ("behavior_guess" in names)
            await handbook.record(trial, correct=rng.random() < chance, tokens=100)
        for behavior in await handbook.behaviors(status=["candidate", "active", "retired"]):
            uses, effect = behavior.credit.uses, behavior.credit.effect
            print(f"{behavior.name}: {behavior.status}, effect {effect:+.2f} in {uses} uses")


asyncio.run(main())
