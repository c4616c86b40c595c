"""A fault of one question stays its own and is typed, whatever it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

import metathink as mt
from metathink.core.errors import BudgetExceeded, InternalError, StoreFailed
from metathink.core.message import Message
from metathink.models.endpoints.scripted import ScriptedEndpoint, scripted
from metathink.runtime.machine import END, START, Card, Settings, State, Wiring
from tests.server import FakeServer, says


class Odd(Exception):
    """An exception that no library knows."""


def failing_on(word: str, fault: BaseException) -> Any:
    def reply(heard: Sequence[Message]) -> str:
        if word in heard[-1].content:
            raise fault
        return r"\boxed{7}"

    return scripted([reply] * 100)


FAULTS = (Odd("strange"), KeyError("k"), ValueError(), RecursionError("deep"), MemoryError())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: type(f).__name__)
async def test_a_bug_met_by_one_question_disturbs_no_other(fault: Exception) -> None:
    model = failing_on("two", fault)
    one, two, three = await mt.think_all(["one", "two", "three"], method="direct", model=model)
    assert isinstance(one, mt.Answer) and isinstance(three, mt.Answer)
    assert isinstance(two, InternalError) and two.__cause__ is fault
    assert two.run is not None and two.run.question == "two"
    assert type(fault).__name__ in str(two) and "of direct" in str(two)
    assert any(step.error for step in two.run.steps), "the record says where"


async def test_think_and_stream_raise_it_typed_with_the_record() -> None:
    with pytest.raises(InternalError) as thought:
        await mt.think("two", method="direct", model=failing_on("two", Odd("x")))
    assert thought.value.run is not None
    with pytest.raises(InternalError):
        async for _ in mt.stream("two", method="direct", model=failing_on("two", Odd("x"))):
            pass


async def test_what_the_operating_system_refuses_is_typed() -> None:
    fault = OSError(24, "Too many open files")
    with pytest.raises(StoreFailed, match="Too many open files"):
        await mt.think("two", method="direct", model=failing_on("two", fault))


async def test_an_interrupt_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        mt.think_sync("two", method="direct", model=failing_on("two", KeyboardInterrupt()))


async def test_a_question_that_failed_on_its_reply_is_asked_anew(tmp_path: Path) -> None:
    model = scripted([r"\boxed{1}", "", "", "", "", "", "", "", r"\boxed{2}"])
    endpoint = cast("ScriptedEndpoint", model.endpoint)
    options: dict[str, Any] = {
        "method": "direct",
        "checkpoint": tmp_path / "c.db",
        "concurrency": 1,
    }
    first, second = await mt.think_all(["one", "two"], model=model, **options)
    assert isinstance(first, mt.Answer) and isinstance(second, mt.MetathinkError)
    endpoint.replies[:] = [r"\boxed{2}"]
    first, second = await mt.think_all(["one", "two"], model=model, **options)
    assert isinstance(first, mt.Answer) and first.text == "1", "kept, not asked again"
    assert isinstance(second, mt.Answer) and second.text == "2"
    assert endpoint.replies == []


async def test_the_seconds_of_a_batch_end_all_its_questions(server: FakeServer) -> None:
    server.always = says(r"\boxed{1}", delay=0.3)
    found = await mt.think_all(
        [f"question {number}" for number in range(20)],
        method="direct",
        model=server.model,
        total=mt.Budget(seconds=1.5),
        concurrency=1,
    )
    assert len(found) == 20 and len(server.bodies) < 8, "without the limit all 20 are asked"
    assert isinstance(found[-1], BudgetExceeded)


async def test_a_node_that_waits_for_anything_ends_with_the_runs_time() -> None:
    @dataclass
    class Waiting(State):
        pass

    async def answer(state: Waiting, settings: Settings) -> dict[str, Any]:
        return {"answer": "the best so far"}

    async def wait(state: Waiting, settings: Settings) -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"answer": "too late"}

    machine = (
        Wiring(Card("waiting", "", "", ""), Waiting, Settings)
        .node(answer)
        .node(wait)
        .edge(START, "answer")
        .edge("answer", "wait")
        .edge("wait", END)
        .build()
    )
    begun = time.monotonic()
    outcome = await machine.ainvoke({"question": "q"}, context={"budget_seconds": 0.3})
    assert (outcome["answer"], outcome["ending"]) == ("the best so far", "budget")
    assert time.monotonic() - begun < 10
