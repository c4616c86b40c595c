"""The record keeps everything, in order, also what failed; and it survives being written."""

from __future__ import annotations

import asyncio
import json

import pytest

from metathink.core.answer import Answer
from metathink.core.errors import EmptyReply, InvalidInput
from metathink.core.message import user
from metathink.core.record import Call, Step
from metathink.core.run import Run, current_run, in_run, record_step
from metathink.core.usage import Usage


def call(tokens: int = 3, said: str = "yes") -> Call:
    return Call(
        "m", "p", "0" * 16, (user("q"),), (said,), ("stop",), Usage(tokens, 1, calls=1), 0.1
    )


def test_a_step_collects_the_calls_made_inside_it() -> None:
    run = Run("q")
    with in_run(run), record_step("reasoner", "solve", target="user") as step:
        run.record(call())
        run.record(call(said="no"))
        step.change("answer", "no")
    assert [s.usage.tokens for s in run.steps] == [8]
    assert run.steps[0].output == "no"
    assert run.usage_by_role == {"reasoner": run.usage}


def test_a_call_outside_any_step_gets_its_own() -> None:
    run = Run()
    run.record(call())
    assert [(s.speaker, s.usage.calls) for s in run.steps] == [("m", 1)]


def test_a_step_that_fails_is_recorded_with_its_error() -> None:
    run = Run("q")
    with pytest.raises(EmptyReply), in_run(run), record_step("reasoner", "solve"):
        raise EmptyReply("said nothing")
    assert run.steps[0].error == "EmptyReply: said nothing"


def test_steps_taken_at_once_keep_their_own_calls() -> None:
    run = Run("q")

    async def one(name: str) -> None:
        with record_step(name, "say"):
            await asyncio.sleep(0)
            run.record(call(said=name))

    async def all_at_once() -> None:
        with in_run(run):
            await asyncio.gather(*(one(str(i)) for i in range(20)))

    asyncio.run(all_at_once())
    assert all(step.output == step.speaker for step in run.steps)
    assert sorted(step.index for step in run.steps) == list(range(20))


def test_listeners_hear_every_step_and_block_listeners_only_theirs() -> None:
    run, everything, inside = Run("q"), [], []
    run.listeners.append(everything.append)
    with in_run(run, inside.append), record_step("a", "say"):
        pass
    with in_run(run), record_step("b", "say"):
        pass
    assert [s.speaker for s in everything if isinstance(s, Step)] == ["a", "b"]
    assert [s.speaker for s in inside if isinstance(s, Step)] == ["a"]
    assert current_run() is None


def test_steps_need_a_run() -> None:
    with pytest.raises(LookupError):
        record_step("a", "say")


def test_an_answer_and_its_record_survive_json() -> None:
    run = Run("why?", "direct", "m")
    with in_run(run), record_step("reasoner", "solve", target="user"):
        run.record(call(said="ünïcode \u202e 😀"))
    answer = Answer("42", 0.5, ending="budget", reason="spent", run=run)
    again = Answer.from_dict(json.loads(json.dumps(answer.to_dict())))
    assert again == answer
    assert again.usage == answer.usage


@pytest.mark.parametrize("data", [{}, {"answer": 1}, {"question": None}])
def test_what_is_no_answer_is_refused(data: dict) -> None:
    with pytest.raises(InvalidInput):
        Answer.from_dict(data)


def test_a_record_goes_on_where_it_stopped() -> None:
    run = Run("q")
    run.record(call())
    resumed = Run.from_dict(run.to_dict())
    assert resumed.ledger.spent == run.usage
    resumed.record(call())
    assert [s.index for s in resumed.steps] == [0, 1]
