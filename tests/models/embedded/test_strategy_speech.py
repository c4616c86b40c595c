"""The embedded model uses and names behaviors in the wording it was taught."""

from __future__ import annotations

from typing import Any

import metathink as mt
from metathink.memory import open_memory, register_memory
from metathink.models.embedded import wording
from metathink.models.embedded.speech import CompactWording
from metathink.models.endpoints.scripted import ScriptedEndpoint
from metathink.models.model import Model

QUESTION = "((2 + 8) + (1 * 4)) ="
STEPS = ("3 * 4 = 12. so far 12", "2 + 12 = 14", "answer: 14")
NAME, HINT = "behavior_results_only", "Write down each result and nothing else."


def embedded(*replies: str) -> tuple[Model, ScriptedEndpoint]:
    endpoint = ScriptedEndpoint(list(replies))
    return Model("embedded", endpoint, adapter=CompactWording()), endpoint


def asked(endpoint: ScriptedEndpoint) -> list[str]:
    return [str(request.messages[0].content) for request in endpoint.heard]


async def test_behaviors_are_put_as_they_were_taught() -> None:
    model, endpoint = embedded("answer: 14")
    async with open_memory() as memory:
        await memory.handbook.add(NAME, HINT, topic="sums", source="a", validated_by="a")
        with register_memory(memory) as name:
            how: Any = {"method": "behavior_reuse", "retrieval": "topic", "topic": "sums"}
            answer = await mt.think(QUESTION, model=model, memory=name, **how)
    assert asked(endpoint) == [wording.solve(QUESTION, behaviors=[(NAME, HINT)])]
    assert answer.value == "14"


async def test_curation_asks_for_a_behavior_and_looks_back_without_words() -> None:
    model, endpoint = embedded("\n".join(STEPS), wording.behavior_reply(NAME, HINT))
    async with open_memory() as memory:
        with register_memory(memory) as name:
            await mt.think(QUESTION, method="behavior_curate", model=model, memory=name, gold="14")
        [behavior] = await memory.handbook.behaviors()
    assert asked(endpoint) == [wording.solve(QUESTION), wording.extract_behavior(QUESTION, STEPS)]
    assert behavior.text == f"{NAME}: {HINT}"


async def test_a_reply_that_names_none_is_no_behavior() -> None:
    model, _ = embedded("\n".join(STEPS), "answer: 14")
    answer = await mt.think(QUESTION, method="behavior_improve", model=model)
    assert (answer.value, answer.usage.calls) == ("14", 2)
