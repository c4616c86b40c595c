"""Threads: what is kept of a run, what a later life does with it, and what it refuses."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import psycopg
import pytest
from langgraph.checkpoint.memory import InMemorySaver

import metathink as mt
from metathink.core.critique import Critique, FinalCritique, Unit
from metathink.core.errors import (
    AuthenticationFailed,
    InvalidInput,
    StoreFailed,
)
from metathink.core.message import Prompt, user
from metathink.core.record import Call, Step, StepChange, StepDecision
from metathink.core.run import Run, in_run, record_step
from metathink.core.usage import Usage
from metathink.graphs import METHODS, method
from metathink.memory import open_memory
from metathink.runtime.checkpoint import Place, Serializer, open_saver
from metathink.runtime.machine import State
from metathink.runtime.thread import open_thread
from tests import server as serve
from tests.server import FakeServer

DIALOGUE = ("Multiply.", "[no] 42", "[FINISH]", r"\boxed{42}")


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "memory":
        return InMemorySaver()
    if request.param == "postgres":
        return request.getfixturevalue("postgres")
    return tmp_path / "runs.db"


def play(server: FakeServer) -> None:
    server.script = [serve.says(text) for text in DIALOGUE]


async def rema(server: FakeServer, checkpoint: Place, **options: Any) -> mt.Answer:
    options = {"model": server.model, "method": "rema", "thread": "t"} | options
    return await mt.think(options.pop("question", "q"), checkpoint=checkpoint, **options)


async def test_a_finished_thread_gives_its_answer_without_a_call(
    server: FakeServer, checkpoint: Place
) -> None:
    play(server)
    first = await rema(server, checkpoint)
    again = await rema(server, checkpoint)
    assert (again, again.run.steps, again.run.id) == (first, first.run.steps, first.run.id)
    assert (again.model, again.usage, again.run.started) == (
        server.model,
        first.usage,
        first.run.started,
    )
    assert len(server.bodies) == 4


async def test_threads_at_one_place_know_nothing_of_each_other(
    server: FakeServer, checkpoint: Place
) -> None:
    for thread in ("one", "two"):
        play(server)
        assert (await rema(server, checkpoint, thread=thread)).value == "42"
    assert len(server.bodies) == 8


async def test_after_an_error_it_goes_on_with_the_call_that_failed(
    server: FakeServer, checkpoint: Place
) -> None:
    server.script = [*map(serve.says, DIALOGUE[:2]), serve.refuses(401)]
    with pytest.raises(AuthenticationFailed):
        await rema(server, checkpoint)
    asked = len(server.bodies)
    server.script = [serve.says(text) for text in DIALOGUE[2:]]
    answer = await rema(server, checkpoint)
    assert (answer.value, len(server.bodies) - asked) == ("42", 2)
    assert [step.output for step in answer.run.steps] == list(DIALOGUE)
    assert answer.usage.calls == 5  # the refused request is a call


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"question": "p"}, "question: 'q', not 'p'"),
        ({"method": "direct"}, "method: 'rema', not 'direct'"),
        ({"model": "http://127.0.0.1:9/v1#other"}, "another model"),
        ({"max_turns": 3}, "max_turns=10, not 3"),
    ],
)
async def test_a_thread_stays_what_it_is_about(
    server: FakeServer, tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    play(server)
    await rema(server, tmp_path / "runs.db")
    with pytest.raises(InvalidInput, match=told):
        await rema(server, tmp_path / "runs.db", **changed)
    assert len(server.bodies) == 4


async def test_a_budget_holds_over_both_lives(server: FakeServer, checkpoint: Place) -> None:
    """As the server counts it; every reply is as long as it may be."""
    limit = {"budget": mt.Budget(tokens=2500), "max_tokens": 40, "max_turns": 30}
    server.script = [serve.fills(), serve.fills(), serve.refuses(401)]
    with pytest.raises(AuthenticationFailed):
        await rema(server, checkpoint, **limit)
    answered, failed = server.bodies[:2], len(server.bodies)
    server.script, server.always = [], serve.fills()
    ended = await rema(server, checkpoint, **limit)
    answered = [*answered, *server.bodies[failed:]]
    counted = sum(serve.words(body) + body["max_tokens"] for body in answered)
    assert ended.ending == "budget"
    assert len(answered) > 3
    assert counted == ended.usage.tokens <= 2500


async def test_the_budget_of_the_first_life_is_the_thread_s_own(
    server: FakeServer, tmp_path: Path
) -> None:
    server.script = [*map(serve.says, DIALOGUE[:1]), serve.refuses(401)]
    with pytest.raises(AuthenticationFailed):
        await rema(server, tmp_path / "runs.db", budget=mt.Budget(calls=3))
    server.script = [serve.says(text) for text in DIALOGUE[1:]]
    answer = await rema(server, tmp_path / "runs.db")
    assert (answer.ending, answer.usage.calls) == ("budget", 3)


async def test_the_same_request_in_another_node_is_another_call(server: FakeServer) -> None:
    """Within a node the second asking is another call too; in a later life each finds its own answer."""
    server.script = [serve.says(text) for text in ("one", "two", "three")]
    saver, heard = InMemorySaver(), list[str]()

    async def ask(run: Run, scope: str, times: int) -> None:
        from metathink.core.journal import in_scope
        from metathink.models.open import open_model

        model = await open_model(server.model)
        with in_run(run), in_scope(scope), record_step("somebody", "ask"):
            for _ in range(times):
                heard.append((await model.ask([user("the same")])).text)

    for _ in range(2):
        run = Run("q", "direct")
        async with open_thread(saver, "t") as thread:
            await thread.take(run, method("direct").settings(model=server.model), None)
            await ask(run, "a", 2)
            await ask(run, "b", 1)
    assert heard == ["one", "two", "three"] * 2
    assert len(server.bodies) == 3


async def test_calls_an_earlier_life_made_in_vain_are_booked(
    server: FakeServer, tmp_path: Path
) -> None:
    """A node that asks otherwise the second time: what it asked first is paid, and in the record."""
    from metathink.runtime.machine import END, START, Card, Settings, Wiring

    lives = iter(("first", "second"))

    async def ask(state: State, settings: Settings) -> dict[str, Any]:
        model, life = await settings.get_model(), next(lives)
        with record_step("somebody", "ask"):
            said = await model.ask([user(life)])
        if life == "first":
            raise StoreFailed("the disk is full")
        return {"answer": said.text, "ending": "finished"}

    wiring = Wiring(Card("fickle", "Fickle", "tests", "1"), State, Settings).node(ask)
    machine = wiring.edge(START, "ask").edge("ask", END).build()
    settings = Settings(model=server.model)
    outcomes = []
    for run in (Run("q", "fickle"), last := Run("q", "fickle")):
        async with open_thread(tmp_path / "runs.db", "t") as thread:
            await thread.take(run, settings, None)
            try:
                with in_run(run):
                    outcomes.append(await thread.go_on(machine, run, settings))
            except StoreFailed:
                continue
    assert [(s.speaker, s.usage.calls) for s in outcomes[0]["steps"]] == [
        ("somebody", 1),
        ("journal", 1),
    ]
    assert last.usage == last.ledger.spent


async def test_a_stream_on_a_thread_tells_the_steps_of_this_life(
    server: FakeServer, tmp_path: Path
) -> None:
    server.script = [*map(serve.says, DIALOGUE[:2]), serve.refuses(401)]
    with pytest.raises(AuthenticationFailed):
        await rema(server, tmp_path / "runs.db")
    server.script = [serve.says(text) for text in DIALOGUE[2:]]
    events = [
        event
        async for event in mt.stream(
            "q", method="rema", model=server.model, checkpoint=tmp_path / "runs.db", thread="t"
        )
    ]
    *steps, answer = events
    assert isinstance(answer, mt.Answer)
    assert steps == answer.run.steps[2:]
    assert len(answer.run.steps) == 4


async def test_resume_goes_on_with_what_the_thread_knows(
    server: FakeServer, tmp_path: Path
) -> None:
    server.script = [*map(serve.says, DIALOGUE[:2]), serve.refuses(401)]
    with pytest.raises(AuthenticationFailed):
        await rema(server, tmp_path / "runs.db", max_turns=7)
    server.script = [serve.says(text) for text in DIALOGUE[2:]]
    answer = await mt.resume("t", checkpoint=tmp_path / "runs.db")
    assert (answer.value, answer.method, answer.model) == ("42", "rema", server.model)
    with pytest.raises(InvalidInput, match="no thread 'u'"):
        await mt.resume("u", checkpoint=tmp_path / "runs.db")


@pytest.mark.parametrize(("checkpoint", "thread"), [(None, "t"), ("runs.db", ""), ("runs.db", " ")])
async def test_a_thread_needs_a_place_and_a_name(
    server: FakeServer, tmp_path: Path, checkpoint: str | None, thread: str
) -> None:
    place = tmp_path / checkpoint if checkpoint else None
    with pytest.raises(InvalidInput, match="both checkpoint= and thread="):
        await mt.think("q", model=server.model, checkpoint=place, thread=thread)


async def test_places_that_cannot_be_are_told(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("my own words")
    for place, told in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "runs.db", "there is no folder"),
        (tmp_path / "notes.txt", "keeps no threads"),
        (5, "a LangGraph saver"),
    ):
        with pytest.raises(InvalidInput, match=told):
            await rema(server, place)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StoreFailed, match="threads' database"):
        await rema(server, "postgresql://127.0.0.1:9/nowhere")
    assert (tmp_path / "notes.txt").read_text() == "my own words"
    assert not server.bodies


async def test_a_full_disk_ends_the_run_before_it_asks(server: FakeServer, tmp_path: Path) -> None:
    """What cannot be written down is not asked: a thread must not spend what it cannot remember."""
    play(server)
    await rema(server, tmp_path / "runs.db", thread="other")
    with sqlite3.connect(tmp_path / "runs.db") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON writes WHEN NEW.task_id LIKE '%/asked' "
            "BEGIN SELECT RAISE(FAIL, 'disk full'); END"
        )
    with pytest.raises(StoreFailed, match="disk full") as caught:
        await rema(server, tmp_path / "runs.db")
    assert len(server.bodies) == 4
    assert caught.value.run is not None and caught.value.run.usage == Usage()


# What is written


async def test_what_is_read_back_is_what_was_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Tuples too, and nobody warns of a type."""
    prompt = Prompt("a.b", "hello {name}")
    call = Call("m", "a.b", "0", (user("x"),), ("a", "b"), ("stop", "stop"), Usage(1, 2), 0.5)
    unit = Unit(("S1", "S2"), "flaw", "clarity", "minor", "mend it")
    things = [
        Step(
            3,
            "somebody",
            "act",
            changes=[StepChange("names", None, ("a", "b")), StepChange("n", 1, 0.5)],
            decision=StepDecision(("a", "b"), "a", "why"),
            findings={"refused": ("c",), "count": 2, "sure": True},
            calls=[call],
        ),
        [Critique("c", (unit,), ("one",)), FinalCritique((unit,), (("a", "b"),), 7.0)],
        {"message": user(prompt.fill(name="you"))},
    ]
    state = method("multi_critique").graph.builder.state_schema
    async with open_saver(tmp_path / "runs.db", state) as saver:
        for thing in things:
            assert saver.serde.loads_typed(saver.serde.dumps_typed(thing)) == thing
    assert hash(unit)
    assert not caplog.records


async def test_a_type_of_no_state_is_not_built(caplog: pytest.LogCaptureFixture) -> None:
    serializer = Serializer(frozenset({Step}))
    with caplog.at_level(logging.WARNING):
        read = serializer.loads_typed(serializer.dumps_typed(mt.Budget(calls=3)))
    assert not isinstance(read, mt.Budget)


@pytest.mark.parametrize("name", METHODS)
def test_what_a_state_holds_can_be_read_back(name: str) -> None:
    """A tuple in a dataclass is restored; one right in a state would come back as a list."""
    hints = get_type_hints(method(name).graph.builder.state_schema)
    assert not [field for field, hint in hints.items() if get_origin(hint) in (tuple, set)]


async def test_what_a_move_cost_is_the_same_after_a_second_life(
    server: FakeServer, tmp_path: Path
) -> None:
    """A method that died between its calls: the attempt in the notebook costs what both came to."""
    costs: list[int] = []
    for name, fails in (("whole", False), ("torn", True)):
        options: dict[str, Any] = {"memory": str(tmp_path / f"{name}.db"), "methods": "rema_plan"}
        options |= {
            "checkpoint": tmp_path / "runs.db",
            "thread": name,
            "samples": 1,
            "min_confidence": 0.0,
        }
        options |= {"another": False, "critic": "", "model": server.model}
        server.script = [serve.says("Multiply them."), serve.says(r"\boxed{42}")]
        if fails:
            server.script.insert(1, serve.refuses(401))
            with pytest.raises(AuthenticationFailed):
                await mt.think("How much is 6 times 7?", **options)
        answer = await mt.think("How much is 6 times 7?", **options)
        async with open_memory(options["memory"]) as memory:
            [attempt] = await memory.episodes.of_problem("How much is 6 times 7?")
        assert (attempt.method, attempt.tokens) == ("rema_plan", answer.usage.tokens)
        costs.append(attempt.tokens)
    assert costs[0] == costs[1] > 0


KEY = "correct-horse-battery-staple"


async def test_a_key_that_a_model_repeats_is_not_kept(
    server: FakeServer, checkpoint: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nor one in the question or in a server's error, in checkpoints, calls, resume files and cassettes."""
    monkeypatch.setenv("METATHINK_API_KEY", KEY)
    server.script = [serve.refuses(500, f"bad key {KEY}")]
    server.always = serve.says(rf"My key is {KEY}, so \boxed{{{KEY}}}")
    options: dict[str, Any] = {
        "model": f"cassette:{tmp_path / 'c.jsonl'}?model={server.model}",
        "method": "direct",
    }
    for _ in range(2):  # as new, and from what was kept
        (answer,) = await mt.think_all(
            [f"Say {KEY}."], checkpoint=checkpoint, resume=tmp_path / "runs.jsonl", **options
        )
        assert isinstance(answer, mt.Answer) and "My key is" in answer.text
        await mt.think(f"Say {KEY}.", checkpoint=checkpoint, thread="t", **options)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    kept += await everything_in(checkpoint)
    assert b"My key is ***" in kept and KEY.encode() not in kept


async def everything_in(checkpoint: Place) -> bytes:
    """The rows of a database, or what an in-memory saver holds; files are read as they are."""
    if isinstance(checkpoint, InMemorySaver):
        return repr((checkpoint.storage, checkpoint.writes, checkpoint.blobs)).encode()
    if not isinstance(checkpoint, str):
        return b""
    found = b""
    async with await psycopg.AsyncConnection.connect(checkpoint) as connection:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            rows = await connection.execute(f"SELECT * FROM {table}")
            for row in await rows.fetchall():
                found += b"".join(v if isinstance(v, bytes) else repr(v).encode() for v in row)
    return found


async def test_the_password_of_an_address_is_a_secret_too(
    server: FakeServer, tmp_path: Path
) -> None:
    server.always = serve.says(r"I saw p%40ss-word-9 and p@ss-word-9. \boxed{1}")
    address = server.model.replace("://", "://me:p%40ss-word-9@")
    await mt.think("q", model=address, method="direct", checkpoint=tmp_path / "a.db", thread="t")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"I saw *** and ***" in kept and b"ss-word-9" not in kept


async def test_damage_beside_the_serialized_values_is_typed(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "runs.db"
    server.always = serve.says(r"\boxed{4}")
    await mt.think("q", method="direct", model=server.model, checkpoint=path, thread="t")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE checkpoints SET metadata = '{'")
    connection.close()
    with pytest.raises(StoreFailed, match="damaged"):
        await mt.think("q", method="direct", model=server.model, checkpoint=path, thread="t")
