"""Critics of three models on one text: each alone, then one critique of what holds.

Run it with three model strings (`metathink models` says which there are), the first also judges the critics:
python examples/three_critics.py openai/gpt-4o-mini anthropic/claude-haiku-4-5 http://localhost:8000/v1#qwen
"""

import asyncio
import sys

import metathink as mt

QUESTION = "Tell a child in three sentences why the sky is blue."
TEXT = """Sunlight is made of all colours. The air scatters red light most of all, so that it comes from \
everywhere. That is why the sky is blue, and Rayleigh's law of the inverse fourth power says the same."""


async def main(models: list[str]) -> None:
    answer = await mt.think(
        QUESTION,
        method="multi_critique",
        model=models[0],
        critics=",".join(models),
        primary_criteria="truth (important): every sentence is true; audience: a child follows it",
        response=TEXT,
        critique_only=True,
    )
    for step in sorted(answer.run.steps, key=lambda step: step.index):
        if step.speaker.startswith("critic "):
            print(f"{step.calls[0].model}: {step.changed or step.error or 'found nothing'}")
    print(answer.text or f"no critique: {answer.reason}")


if len(sys.argv) != 4:
    sys.exit(__doc__)
asyncio.run(main(sys.argv[1:]))
