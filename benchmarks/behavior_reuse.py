"""Behavior reuse on real items: what a handbook costs and gains, behavior by behavior measured.

    python benchmarks/behavior_reuse.py ../shared/data/bbh_programmatic.jsonl --count 25

The first `count` items of each task are for learning, the next for the rows below. The handbook `given` has
one behavior a task, as the embedded model's training wrote it; `credited` is the same after the learning
items were solved several times with half of the behaviors held back by chance; `learned` is what curation
finds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import metathink as mt
from metathink.memory import Memory, open_memory, register_memory
from metathink.meta.monitor.metric import wilson
from metathink.meta.verify.verdict import verdict
from metathink.models.model import Model

TASKS = ("boolean_expressions", "navigate", "object_counting", "web_of_lies")
Item = tuple[str, str, str]
"""Task, question and right answer."""


def items(path: Path, count: int) -> tuple[list[Item], list[Item]]:
    """Those to learn from and those to measure on."""
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        found[record["task"]].append((record["task"], record["input"], record["target"]))
    parts = [found[task] for task in TASKS]
    return [i for p in parts for i in p[:count]], [i for p in parts for i in p[count : 2 * count]]


async def row(name: str, method: str, model: Model, asked: list[Item], **settings: Any) -> None:
    """One line: accuracy with Wilson's 95 % interval, calls and tokens a question."""
    each = [{"topic": task} if "retrieval" in settings else {} for task, _, _ in asked]
    answers = await mt.think_all(
        [question for _, question, _ in asked], method=method, model=model, each=each, **settings
    )
    right, spent, n = 0, mt.Usage(), len(asked)
    for answer, (_, _, gold) in zip(answers, asked, strict=True):
        if isinstance(answer, mt.Answer):
            right += bool(await verdict(answer.result, gold))
            spent += answer.usage
    low, high = wilson(right, n)
    calls, heard, said = spent.calls / n, spent.prompt_tokens / n, spent.completion_tokens / n
    print(
        f"| {name} | {right / n:.3f} | {low:.2f}-{high:.2f} | {calls:.2f} | {heard:.0f} | "
        f"{said:.0f} | {heard + said:.0f} |",
        flush=True,
    )


async def give(memory: Memory) -> None:
    """One behavior a task, from the generators the embedded model was taught by."""
    for task in TASKS:
        family = import_module(f"metathink.training.embedded.families.{task}")
        hint = family.generate(random.Random(0), family.TRAINED[0]).behavior
        await memory.handbook.add(
            hint.name, hint.instruction, topic=task, source="given", validated_by="given"
        )


async def credit(memory: Memory, model: Model, learning: list[Item], rounds: int) -> None:
    """Outcomes with and without each behavior, chance deciding which."""
    with register_memory(memory, "credit") as name:
        for _ in range(rounds):
            await mt.think_all(
                [question for _, question, _ in learning],
                method="behavior_reuse",
                model=model,
                each=[{"topic": task, "gold": gold} for task, _, gold in learning],
                memory=name,
                retrieval="topic",
                held_back=0.5,
            )
    for behavior in await memory.handbook.behaviors(status=("active", "retired")):
        earned = behavior.credit
        print(
            f"{behavior.name}: {behavior.status}, effect {earned.effect:+.2f} in {earned.uses} uses and "
            f"{earned.held_back} without, helps with a chance of {earned.chance:.3f}, "
            f"{earned.tokens_saved:.0f} tokens saved a question"
        )


async def main(path: Path, count: int, rounds: int, model_name: str) -> None:
    """All rows."""
    learning, asked = items(path, count)
    model = await mt.open_model(model_name)
    print("| | accuracy | 95 % | calls | tokens in | tokens out | tokens |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    await row("direct", "direct", model, asked)
    await row("critique_revise", "critique_revise", model, asked)
    await row("behavior_improve", "behavior_improve", model, asked)
    async with open_memory() as memory:
        await give(memory)
        with register_memory(memory) as name:
            given: dict[str, Any] = {"memory": name, "retrieval": "topic"}
            await row("given handbook, by topic", "behavior_reuse", model, asked, **given)
            await row("given handbook, by question", "behavior_reuse", model, asked, memory=name)
        await credit(memory, model, learning, rounds)
        with register_memory(memory) as name:
            await row("credited handbook", "behavior_reuse", model, asked, **given)
    async with open_memory() as memory:
        with register_memory(memory) as name:
            taught = [{"gold": gold, "topic": task} for task, _, gold in learning]
            questions = [question for _, question, _ in learning]
            await mt.think_all(
                questions, method="behavior_curate", model=model, each=taught, memory=name
            )
            print(f"{len(await memory.handbook.behaviors())} behaviors learned")
            await row("learned handbook", "behavior_reuse", model, asked, memory=name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--count", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="embedded")
    told = parser.parse_args()
    asyncio.run(main(told.file, told.count, told.rounds, told.model))
