"""Watch the dialogue: each step as it ends, with what it changed; the words too, as they are said."""

import asyncio
import sys

import metathink as mt

QUESTION = "True and not False or not True is"


async def main() -> None:
    async for event in mt.stream(QUESTION, method="rema_plan", tokens=True):
        if isinstance(event, mt.Words):
            sys.stdout.write(event.text)
        elif isinstance(event, mt.Step):
            print(f"\n   [{event.speaker} {event.action}: {event.changed or 'changed nothing'}]")
        elif isinstance(event, mt.Answer):
            print(f"answer: {event.value} ({event.usage.tokens} tokens)")


asyncio.run(main())
