"""Curation walks every edge; what it writes is validated, merged, whole or not at all, and never twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from langgraph.checkpoint.memory import InMemorySaver

import metathink as mt
from metathink.core.errors import BudgetExceeded, InvalidConfig, StoreFailed
from metathink.core.record import StepChange
from metathink.core.run import Run, in_run
from metathink.graphs.handbook.behavior_curate import (
    BehaviorCurateSettings,
    BehaviorCurateState,
    graph,
    remember,
)
from metathink.memory import Change, Memory, open_memory, register_memory
from metathink.models.model import Model
from metathink.models.request import Choice

QUESTION = "Carla buys 12 boxes of 15 pens. How many pens does Carla have?"
SOLVED = r"12 * 15 = 180 \boxed{180}"
HINT = "Multiply the number of groups by the size of each group."
OTHER = "Write the units next to each number to see what it counts."


def reflection(sound: bool = True, mistake: str = "", reason: str = "") -> str:
    said = {"sound": sound, "mistake": mistake, "reason": reason, "hints": ["multiply groups"]}
    return json.dumps(said)


def behaviors(*pairs: tuple[str, str]) -> str:
    return json.dumps({"behaviors": [{"name": n, "instruction": i} for n, i in pairs]})


@pytest_asyncio.fixture
async def memory() -> AsyncIterator[Memory]:
    async with open_memory() as memory:
        yield memory


async def curate(
    model: Model, memory: Memory, question: str = QUESTION, **settings: Any
) -> mt.Answer:
    with register_memory(memory) as name:
        return await mt.think(
            question, method="behavior_curate", model=model, memory=name, **settings
        )


def heard(model: Model, call: int) -> str:
    request = model.endpoint.heard[call]  # pyright: ignore[reportAttributeAccessIssue]
    return "\n".join(str(message.content) for message in request.messages)


def steps(answer: mt.Answer) -> list[str]:
    return [step.action for step in answer.run.steps]


async def everything(memory: Memory) -> list[Change]:
    return [change async for change in memory.items()]


async def test_a_right_answer_leaves_active_behaviors_and_its_episode(memory: Memory) -> None:
    model = mt.scripted([SOLVED, reflection(), behaviors(("count_groups", HINT))])
    answer = await curate(model, memory, gold="180", topic="arithmetic")
    assert steps(answer) == ["look_up", "solve", "validate", "reflect", "extract", "remember"]
    assert (answer.value, answer.ending, answer.usage.calls) == ("180", "finished", 3)
    [behavior] = await memory.handbook.behaviors()
    [episode] = await memory.episodes.of_problem(QUESTION)
    assert (behavior.name, behavior.topic) == ("behavior_count_groups", "arithmetic")
    assert behavior.sources[0].run == answer.run.id == episode.source.run
    assert (episode.correct, episode.method, episode.kind) == (
        True,
        "behavior_curate",
        "arithmetic",
    )
    assert episode.tokens == answer.usage.tokens
    assert answer.reason == "new behavior_count_groups (active)"
    changes = answer.run.steps[-1].changes
    assert changes == [StepChange("behavior_count_groups", None, "active")]
    for call, words in ((1, "known to be right"), (2, "- multiply groups")):
        assert heard(model, call).startswith(f"# Question\n{QUESTION}\n\n# Solution\n{SOLVED}\n\n")
        assert words in heard(model, call)


async def test_the_right_answer_is_told_to_no_model(memory: Memory) -> None:
    model = mt.scripted([r"\boxed{181}", reflection(False, "Added.", "Haste.")])
    await curate(model, memory, gold="987654")
    assert all("987654" not in heard(model, call) for call in range(2))


async def test_what_nobody_checked_stays_a_candidate(memory: Memory) -> None:
    model = mt.scripted([SOLVED, reflection(), behaviors(("count_groups", HINT))])
    answer = await curate(model, memory)
    assert "Nobody has checked its answer" in heard(model, 1)
    assert await memory.handbook.behaviors() == []
    [behavior] = await memory.handbook.behaviors(status=["candidate"])
    [episode] = await memory.episodes.of_problem(QUESTION)
    assert (episode.correct, answer.reason) == (None, "new behavior_count_groups (candidate)")
    again = mt.scripted([SOLVED, reflection(), behaviors(("groups", HINT))])
    backed = await curate(again, memory, "How many eggs are in 3 nests of 4?", gold="180")
    assert backed.reason == "merged into behavior_count_groups (active)"
    assert (await memory.handbook.behavior(behavior.id)).status == "active"


async def test_a_wrong_answer_leaves_its_mistake_and_no_behavior(memory: Memory) -> None:
    model = mt.scripted([r"\boxed{27}", reflection(False, "It adds.", "Groups call for products.")])
    answer = await curate(model, memory, gold="180")
    assert steps(answer)[-2:] == ["reflect", "remember"]
    [episode] = await memory.episodes.mistakes()
    assert (episode.mistake, episode.reason) == ("It adds.", "Groups call for products.")
    assert await memory.handbook.behaviors(status=["active", "candidate"]) == []


async def test_as_in_the_paper_a_wrong_answer_can_teach_too(memory: Memory) -> None:
    said = [r"\boxed{27}", reflection(False, "It adds.", "Haste."), behaviors(("groups", HINT))]
    await curate(mt.scripted(said), memory, gold="180", from_wrong=True)
    [behavior] = await memory.handbook.behaviors(status=["candidate", "active"])
    assert behavior.status == "candidate"
    assert (await memory.episodes.mistakes())[0].mistake == "It adds."


@pytest.mark.parametrize(
    ("gold", "did", "calls"),
    [
        ("180", ["look_up", "solve", "validate", "extract", "remember"], 2),
        ("", ["look_up", "solve", "validate", "extract", "remember"], 2),
        ("7", ["look_up", "solve", "validate", "remember"], 1),
    ],
)
async def test_without_a_look_back_it_is_a_call_cheaper(
    memory: Memory, gold: str, did: list[str], calls: int
) -> None:
    model = mt.scripted([SOLVED, behaviors(("groups", HINT))])
    answer = await curate(model, memory, gold=gold, reflect=False)
    assert (steps(answer), answer.usage.calls) == (did, calls)


async def test_what_is_unfit_is_refused_and_said(memory: Memory) -> None:
    said = behaviors(
        ("count_groups", HINT),
        ("carla", "Look at what Carla buys before anything else."),
        ("tables", "Know by heart that 12 groups of 15 make 180."),
        ("x", "Think."),
        ("again", HINT.lower()),
        ("!?", OTHER),
    )
    answer = await curate(mt.scripted([SOLVED, reflection(), said]), memory, gold="180")
    extraction = answer.run.steps[-2]
    assert extraction.changes == [StepChange("behavior_count_groups", None, HINT)]
    refused = extraction.findings["refused"]
    assert isinstance(refused, tuple) and len(refused) == 5
    for why in ("the name Carla", "the number 1", "20 to 400", "says it already", "letters"):
        assert any(why in one for one in refused)


async def test_a_strategist_that_cannot_reflect_still_extracts(memory: Memory) -> None:
    model = mt.scripted([SOLVED, "no", "no", behaviors(("groups", HINT))])
    answer = await curate(model, memory, gold="180")
    assert "did not give a ReflectionSaid" in answer.run.steps[3].error
    assert "# Reflection\n(none)" in heard(model, 3)
    assert len(await memory.handbook.behaviors()) == 1


async def test_one_that_cannot_extract_leaves_the_episode(memory: Memory) -> None:
    model = mt.scripted([SOLVED, reflection(), "no", "no"])
    answer = await curate(model, memory, gold="180")
    assert answer.run.steps[4].error and answer.ending == "finished"
    assert len(await memory.episodes.of_problem(QUESTION)) == 1


async def test_what_can_be_saved_of_a_bad_extraction_is_kept(memory: Memory) -> None:
    bad = json.dumps({"behaviors": [{"name": "groups", "instruction": HINT}, {"name": 3}]})
    model = mt.scripted([SOLVED, reflection(), bad, bad])
    answer = await curate(model, memory, gold="180")
    assert "entry 2" in str(answer.run.steps[4].findings["refused"])
    assert len(await memory.handbook.behaviors()) == 1


@pytest.mark.parametrize("same", [True, False])
async def test_what_is_alike_is_for_the_strategist_to_decide(memory: Memory, same: bool) -> None:
    old = "Multiply the count of groups with the size that each of the groups has."
    await memory.handbook.add("groups", old, source="a", validated_by="a")
    verdict = json.dumps({"reason": "so", "same": same})
    model = mt.scripted([SOLVED, reflection(), behaviors(("count_groups", HINT)), verdict])
    answer = await curate(model, memory, gold="180")
    assert answer.usage.calls == 4 and answer.run.steps[-1].usage.calls == 1
    expected = "merged into behavior_groups" if same else "new behavior_count_groups"
    assert answer.reason == f"{expected} (active)"


async def test_a_problem_is_learned_from_once(memory: Memory) -> None:
    await curate(
        mt.scripted([SOLVED, reflection(), behaviors(("groups", HINT))]), memory, gold="180"
    )
    before = await everything(memory)
    silent = mt.scripted([])
    answer = await curate(silent, memory, gold="180")
    assert (answer.value, answer.ending, answer.usage.calls) == ("180", "finished", 0)
    assert "learned from before" in answer.reason
    assert await everything(memory) == before
    again = mt.scripted([SOLVED, reflection(), behaviors()])
    assert (await curate(again, memory, gold="180", again=True)).usage.calls == 3


async def test_a_given_solution_is_learned_from_instead(memory: Memory) -> None:
    run = Run("q")
    run.models["m"] = model = mt.scripted([reflection(), behaviors(("groups", HINT))])
    with in_run(run), register_memory(memory) as name:
        given = {"question": QUESTION, "response": "groups: 12 * 15", "answer": "180"}
        settings = BehaviorCurateSettings(model="m", memory=name, gold="180")
        outcome = await graph.ainvoke(given, context=settings)
    assert (outcome["answer"], outcome["ending"]) == ("180", "finished")
    assert "# Solution\ngroups: 12 * 15\n" in heard(model, 0)


async def test_a_cut_solution_is_marked(memory: Memory) -> None:
    model = mt.scripted([Choice("first, we", "length"), reflection(), behaviors()])
    assert (await curate(model, memory)).ending == "truncated"


@pytest.mark.parametrize("calls", [1, 2])
async def test_a_spent_budget_leaves_nothing_half_learned(memory: Memory, calls: int) -> None:
    model = mt.scripted([SOLVED, reflection(), behaviors(("groups", HINT))])
    answer = await curate(model, memory, gold="180", budget=mt.Budget(calls=calls))
    assert (answer.value, answer.ending) == ("180", "budget")
    assert await everything(memory) == []
    with pytest.raises(BudgetExceeded):
        await curate(model, memory, budget=mt.Budget(calls=0))


async def test_lesson_and_episode_are_written_together_or_not_at_all(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[list[str]] = []
    write = memory.write

    async def failing(changes: Any) -> None:
        writes.append([change.key[0] for change in changes])
        if len(writes) == 1:
            raise StoreFailed("the disk is full")
        await write(changes)

    monkeypatch.setattr(memory, "write", failing)
    said = [SOLVED, reflection(), behaviors(("groups", HINT), ("units", OTHER))]
    with pytest.raises(StoreFailed):
        await curate(mt.scripted(said), memory, gold="180")
    assert await everything(memory) == []
    await curate(mt.scripted(said), memory, gold="180")
    assert writes == [["x", "v", "v"]] * 2


async def test_killed_after_writing_it_is_not_written_twice(memory: Memory) -> None:
    """A later life of the run comes to the same step, whose end was not kept."""
    said = [SOLVED, reflection(), behaviors(("groups", HINT))]
    answer = await curate(mt.scripted(said), memory, gold="180")
    before = await everything(memory)
    later = Run(QUESTION, id=answer.run.id)
    later.models["m"] = mt.scripted([])
    state = BehaviorCurateState(QUESTION, answer="180", behaviors=[("groups", HINT)])
    with in_run(later), register_memory(memory) as name:
        update = await remember(state, BehaviorCurateSettings(model="m", memory=name))
    assert update == {}
    assert await everything(memory) == before


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_person_sees_what_would_be_learned(memory: Memory, wanted: bool) -> None:
    said = [SOLVED, reflection(), behaviors(("groups", HINT))]
    kept: dict[str, Any] = {"checkpoint": InMemorySaver(), "thread": "t"}
    model = mt.scripted(said)
    with register_memory(memory) as name:
        told = {"memory": name, "gold": "180", "approve": "memory", **kept}
        waits = await mt.think(QUESTION, method="behavior_curate", model=model, **told)
        assert waits.asks is not None and await everything(memory) == []
        assert waits.asks.writes == ("attempt: 180, right", f"behavior behavior_groups: {HINT}")
        decision = mt.Decision("accept") if wanted else mt.Decision("refuse", reason="private")
        answer = await mt.resume("t", decision, model=model, checkpoint=kept["checkpoint"])
    assert (answer.value, answer.ending, answer.usage.calls) == ("180", "finished", 3)
    assert len(await memory.handbook.behaviors()) == wanted
    assert len(await memory.episodes.of_problem(QUESTION)) == wanted


async def test_a_person_sees_the_mistake_that_would_be_remembered(memory: Memory) -> None:
    model = mt.scripted([r"\boxed{27}", reflection(False, "It adds.", "Haste.")])
    kept: dict[str, Any] = {"checkpoint": InMemorySaver(), "thread": "t", "approve": "memory"}
    waits = await curate(model, memory, gold="180", **kept)
    assert waits.asks is not None
    assert waits.asks.writes == ("attempt: 27, wrong", "mistake: It adds. Haste.")


async def test_its_answer_can_wait_too(memory: Memory) -> None:
    model = mt.scripted([SOLVED, reflection(), behaviors(("groups", HINT))])
    kept: dict[str, Any] = {"checkpoint": InMemorySaver(), "thread": "t", "approve": "answer"}
    waits = await curate(model, memory, gold="180", **kept)
    assert waits.asks is not None
    assert (waits.asks.matter, waits.asks.answer) == ("answer", "180")


async def test_twins_learned_at_once_are_one_behavior(memory: Memory) -> None:
    async def one(number: int) -> mt.Answer:
        said = [SOLVED, reflection(), behaviors((f"groups_{'abcdefgh'[number]}", HINT))]
        return await curate(mt.scripted(said), memory, f"{QUESTION} ({number})", gold="180")

    await asyncio.gather(*map(one, range(8)))
    [behavior] = await memory.handbook.behaviors()
    assert len(behavior.sources) == 8


async def test_without_a_memory_it_says_what_to_set() -> None:
    with pytest.raises(InvalidConfig, match="set `memory`"):
        await mt.think("q", method="behavior_curate", model=mt.scripted([]))
