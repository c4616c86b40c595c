"""A person in the loop: what they see, what they may reply, and what happens then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

import metathink as mt
from metathink.core.errors import InvalidConfig, InvalidInput
from metathink.core.run import Run, in_run, record_step
from metathink.memory import open_memory
from metathink.runtime.approval import (
    ApprovalSettings,
    Proposal,
    approve_answer,
    approve_memory,
    whether_to_write,
)
from metathink.runtime.machine import END, START, Card, Machine, Wiring
from metathink.runtime.thread import Thread, open_thread, waiting
from tests import server as serve
from tests.server import FakeServer

SOLVED = r"It is \boxed{42}"


async def asked(server: FakeServer, place: Any, **options: Any) -> mt.Answer:
    server.always = serve.says(SOLVED)
    options = {"method": "direct", "model": server.model, "approve": "answer"} | options
    return await mt.think("How much?", checkpoint=place, thread="t", **options)


async def test_nothing_goes_out_before_a_person_has_seen_it(server: FakeServer) -> None:
    place = InMemorySaver()
    answer = await asked(server, place)
    assert (answer.text, answer.ending, answer.abstained) == ("", "waiting", False)
    assert answer.asks == mt.Approval("answer", "How much?", "42", answer.asks.confidence)  # pyright: ignore[reportOptionalMemberAccess]
    again = await asked(server, place)
    assert (again.asks, again.run.steps) == (answer.asks, answer.run.steps)
    assert len(server.bodies) == 1
    assert mt.Answer.from_dict(answer.to_dict()) == answer


@pytest.mark.parametrize(
    ("decision", "text", "abstained", "reason", "changed"),
    [
        (mt.Decision("accept"), r"It is \boxed{42}", False, "", ""),
        (
            mt.Decision("edit", answer="43"),
            "43",
            False,
            "edited by a person",
            "answer: 42 -> 43",
        ),
        (
            mt.Decision("refuse", reason="unproven"),
            "",
            True,
            "unproven",
            "answer: 42 -> none",
        ),
    ],
)
async def test_a_person_accepts_edits_or_refuses(
    server: FakeServer,
    tmp_path: Path,
    decision: mt.Decision,
    text: str,
    abstained: bool,
    reason: str,
    changed: str,
) -> None:
    await asked(server, tmp_path / "runs.db")
    answer = await mt.resume("t", decision, checkpoint=tmp_path / "runs.db")
    assert (answer.text, answer.abstained, answer.reason) == (text, abstained, reason)
    assert answer.ending == "finished"
    step = answer.run.steps[-1]
    assert (step.speaker, step.action, step.changed) == (
        "person",
        f"{decision.decision}_answer",
        changed,
    )
    assert len(server.bodies) == answer.usage.calls == 1
    with pytest.raises(InvalidInput, match="waits for nobody"):
        await mt.resume("t", decision, checkpoint=tmp_path / "runs.db")
    assert (await mt.resume("t", checkpoint=tmp_path / "runs.db")).text == text


@pytest.mark.parametrize("method", ["rema", "multi_critique"])
async def test_any_method_s_answer_can_wait(server: FakeServer, method: str) -> None:
    place = InMemorySaver()
    waits = await asked(server, place, method=method, approve=" answer ")
    asked_for = len(server.bodies)
    assert waits.ending == "waiting"
    answer = await mt.resume("t", mt.Decision("accept"), checkpoint=place)
    assert (answer.value, answer.method, len(server.bodies)) == ("42", method, asked_for)
    assert answer.run.steps[:-1] == waits.run.steps


async def test_the_best_answer_of_a_spent_budget_waits_too(server: FakeServer) -> None:
    place = InMemorySaver()
    waits = await asked(server, place, method="rema", budget=mt.Budget(calls=3))
    assert waits.ending == "waiting"
    answer = await mt.resume("t", mt.Decision("accept"), checkpoint=place)
    assert (answer.value, answer.ending) == ("42", "budget")


async def test_a_stream_ends_with_the_question_to_the_person(server: FakeServer) -> None:
    server.always = serve.says(SOLVED)
    options: dict[str, Any] = {"checkpoint": InMemorySaver(), "thread": "t", "approve": "answer"}
    events = [e async for e in mt.stream("q", method="direct", model=server.model, **options)]
    assert [type(event) for event in events] == [mt.Step, mt.Answer]
    assert isinstance(events[-1], mt.Answer) and events[-1].asks is not None


async def test_who_can_wait_must_be_found_again(server: FakeServer) -> None:
    with pytest.raises(InvalidConfig, match="checkpoint= and thread="):
        await mt.think("q", model=server.model, approve="answer")
    with pytest.raises(InvalidConfig, match="answer and memory, not 'everything'"):
        await asked(server, InMemorySaver(), approve="everything")
    with pytest.raises(InvalidConfig, match="behavior_curate ask before they write"):
        await asked(server, InMemorySaver(), approve="answer,memory")
    assert not server.bodies


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"decision": "edit"}, "needs the answer"),
        ({"decision": "refuse", "reason": " "}, "needs its reason"),
        ({"decision": "perhaps"}, "not 'perhaps'"),
    ],
)
def test_a_decision_that_decides_nothing_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        mt.Decision(**given)


# A memory


@pytest.fixture
def machine() -> Machine:
    """Answers without a model, and writes what it learned into a list."""

    async def solve(state: Proposal, settings: ApprovalSettings) -> dict[str, Any]:
        return {"answer": "42", "writes": ["fact: it is 42"], "ending": "finished"}

    async def remember(state: Proposal, settings: ApprovalSettings) -> dict[str, Any]:
        with record_step("notebook", "remember") as step:
            step.change("writes", tuple(state.writes))
        return {}

    wiring = Wiring(Card("noting", "Noting", "tests", "0"), Proposal, ApprovalSettings).node(solve)
    for verb in (approve_answer, approve_memory, remember):
        wiring.node(verb, run_after_finish=True)
    wiring.edge(START, "solve").edge("solve", "approve_answer")
    wiring.edge("approve_answer", "approve_memory")
    wiring.ask("approve_memory", whether_to_write, {"write it": "remember", "write nothing": END})
    return wiring.edge("remember", END).build()


async def go_on(
    saver: InMemorySaver, machine: Machine, approve: str, decision: mt.Decision | None = None
) -> tuple[mt.Approval | None, list[str]]:
    """One life; what is asked, and who did what."""
    run, settings = Run("q", "noting"), ApprovalSettings(model="none", approve=approve)
    thread: Thread
    async with open_thread(saver, "t", Proposal) as thread:
        await thread.take(run, settings, None)
        with in_run(run):
            outcome = await thread.go_on(machine, run, settings, decision)
    return waiting(outcome), [step.action for step in run.steps]


async def test_answer_and_memory_are_asked_about_in_turn(machine: Machine) -> None:
    saver, yes = InMemorySaver(), mt.Decision("accept")
    first, _ = await go_on(saver, machine, "answer,memory")
    assert first == mt.Approval("answer", "q", "42")
    second, _ = await go_on(saver, machine, "answer,memory", yes)
    assert second == mt.Approval("memory", "q", "42", writes=("fact: it is 42",))
    last, did = await go_on(saver, machine, "answer,memory", yes)
    assert (last, did) == (None, ["accept_answer", "accept_memory", "remember"])


async def test_a_refused_memory_is_not_written(machine: Machine) -> None:
    saver = InMemorySaver()
    await go_on(saver, machine, "memory")
    with pytest.raises(InvalidInput, match="not edited"):
        await go_on(saver, machine, "memory", mt.Decision("edit", answer="fact: 41"))
    asked, did = await go_on(saver, machine, "memory", mt.Decision("refuse", reason="private"))
    assert (asked, did) == (None, ["refuse_memory"])


async def test_without_the_setting_nobody_is_asked(machine: Machine) -> None:
    assert await go_on(InMemorySaver(), machine, "") == (None, ["remember"])


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_composing_machine_writes_only_what_a_person_allows(
    server: FakeServer, tmp_path: Path, wanted: bool
) -> None:
    place, memory = tmp_path / "runs.db", str(tmp_path / "memory.db")
    server.always = serve.says(SOLVED)
    waits = await mt.think(
        "How much is 6 times 7?",
        method="metacognition",
        model=server.model,
        checkpoint=place,
        thread="t",
        memory=memory,
        approve="memory",
        min_confidence=0.0,
    )
    assert waits.asks is not None and waits.asks.matter == "memory" and waits.asks.writes
    decision = mt.Decision("accept") if wanted else mt.Decision("refuse", reason="private")
    calls = len(server.bodies)
    answer = await mt.resume("t", decision, checkpoint=place)
    assert (answer.value, len(server.bodies)) == ("42", calls)
    async with open_memory(memory) as opened:
        assert bool(await opened.episodes.of_problem("How much is 6 times 7?")) is wanted
