"""Runs on threads in processes of their own that are killed with SIGKILL: the program and who starts it.

One process loads everything once and forks a child for each life, as reading LangGraph anew costs seconds.
A life dies by its own hand right before or right after a durable write, or is killed from outside.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass
class Nursery:
    """Starts lives; one line of JSON on its stdin for each, one back when it has ended."""

    process: subprocess.Popen[str]

    async def live(self, **life: Any) -> dict[str, Any]:
        """`machine`, `model`, `place`, `thread`; `kill`: before or after its `at`-th write; `flag`: a file
        at whose appearance it is killed. Returns `outcome`, or None for it and in `log` why."""
        return await asyncio.to_thread(self._live, life)

    def _live(self, life: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(life) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A process that has loaded every machine."""
    command = [sys.executable, "-W", "error", "-m", "tests.runtime.lives"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=20)  # closes its stdin: it ends


@dataclass
class Death:
    """Dies at the `at`-th durable write, before or after it; `at` 0: never.

    `when` "remembered": right after the `at`-th write to a memory, of which no checkpoint knows yet.
    """

    when: str = ""
    at: int = 0
    writes: int = 0
    remembered: int = 0

    @asynccontextmanager
    async def around(self) -> AsyncIterator[None]:
        """Around a write."""
        self.writes += 1
        number = self.writes
        self._die_if("before", number)
        yield
        self._die_if("after", number)

    def after_remembering(self, write: Any) -> Any:
        """That way to write to a memory, deadly."""

        async def dies(memory: Any, changes: Any) -> None:
            await write(memory, changes)
            self.remembered += 1
            self._die_if("remembered", self.remembered)

        return dies

    def _die_if(self, when: str, number: int) -> None:
        if (self.when, self.at) == (when, number):
            os.kill(os.getpid(), signal.SIGKILL)


def dying(kind: Any, death: Death) -> Any:
    """A saver of that kind that dies."""

    class Dying(kind):
        async def aput(self, *args: Any, **named: Any) -> Any:
            async with death.around():
                return await super().aput(*args, **named)

        async def aput_writes(self, *args: Any, **named: Any) -> None:
            async with death.around():
                await super().aput_writes(*args, **named)

    return Dying


async def one_life(life: dict[str, Any]) -> dict[str, Any]:
    """The run, on a saver that may kill it; returns what came out."""
    import metathink as mt
    from metathink.memory import Memory

    death = Death(life.get("kill", ""), life.get("at", 0))
    Memory.write = death.after_remembering(Memory.write)  # this process has but one life
    saver: Any
    if life["place"].startswith("postgresql://"):
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        saver = dying(AsyncPostgresSaver, death)
    else:
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        saver = dying(AsyncSqliteSaver, death)
    async with saver.from_conn_string(life["place"]) as opened:
        await opened.setup()
        if life["machine"] in METHODS:
            budget = mt.Budget(tokens=life["tokens"]) if "tokens" in life else None
            answer = await mt.think(
                "How much is 2 + 2?",
                method=life["machine"],
                model=life["model"],
                checkpoint=opened,
                thread=life["thread"],
                budget=budget,
                **life.get("settings", {}),
            )
            shown = answer.to_dict()
        else:
            shown = await composed(opened, life)
    return shown | {"writes": death.writes, "remembered": death.remembered}


METHODS = ("rema", "multi_critique", "metacognition", "behavior_curate", "metamind")


async def composed(saver: Any, life: dict[str, Any]) -> dict[str, Any]:
    """A machine of machines: two side by side, then a choice."""
    from dataclasses import dataclass as data

    from metathink.core.run import Run, in_run, record_step
    from metathink.graphs.critique.multi_critique import graph as multi_critique
    from metathink.graphs.steering.rema import graph as rema
    from metathink.runtime.machine import END, START, Card, Settings, State, Wiring
    from metathink.runtime.thread import open_thread

    @data
    class Composed(State):
        first: str = ""
        second: str = ""

    async def ask_rema(state: Composed, settings: Settings) -> dict[str, Any]:
        context = {"model": settings.model, "max_turns": 2}
        outcome = await rema.ainvoke({"question": state.question}, context=context)
        return {"first": outcome["answer"]}

    async def ask_critics(state: Composed, settings: Settings) -> dict[str, Any]:
        given = {"model": settings.model, "number_of_critics": 2}
        outcome = await multi_critique.ainvoke({"question": state.question}, context=given)
        return {"second": outcome["answer"]}

    async def choose(state: Composed, settings: Settings) -> dict[str, Any]:
        with record_step("chooser", "choose") as step:
            step.decide(state.first, "tests", options=(state.first, state.second))
        return {"answer": state.first, "ending": "finished"}

    wiring = Wiring(Card("composed", "Composed", "tests", "some"), Composed, Settings)
    wiring.node(ask_rema).node(ask_critics).node(choose)
    wiring.edge(START, "ask_rema").edge(START, "ask_critics")
    wiring.edge("ask_rema", "choose").edge("ask_critics", "choose").edge("choose", END)
    machine = wiring.build()
    run, settings = Run("How much is 2 + 2?", "composed"), Settings(model=life["model"])
    async with open_thread(saver, life["thread"], Composed) as thread:
        await thread.take(run, settings, None)
        with in_run(run):
            outcome = await thread.go_on(machine, run, settings)
    run.recall(outcome["steps"])
    data_of_run = run.to_dict()
    usage = run.usage
    return {
        "text": outcome["answer"],
        "steps": data_of_run["steps"],
        "usage": {
            "calls": usage.calls,
            "tokens": usage.tokens,
            "unreported": usage.unreported,
        },
    }


def in_child(life: dict[str, Any]) -> dict[str, Any]:
    """Fork a life and wait for its end."""
    theirs, ours = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(theirs)
        try:
            told = {"outcome": asyncio.run(one_life(life))}
        except Exception as fault:  # noqa: BLE001  a forked child must not return into its parent's code
            told = {"outcome": None, "log": f"{type(fault).__name__}: {fault}"}
        with os.fdopen(ours, "w") as out:
            out.write(json.dumps(told))
        os._exit(0)
    os.close(ours)
    ended = threading.Event()
    if "flag" in life:
        threading.Thread(target=_kill_at, args=(Path(life["flag"]), child, ended)).start()
    with os.fdopen(theirs) as heard:
        told = heard.read()
    ended.set()
    os.waitpid(child, 0)
    return json.loads(told) if told else {"outcome": None, "log": "killed"}


def _kill_at(flag: Path, child: int, ended: threading.Event) -> None:
    """Kill the child as soon as that file is there; it is waited for only after `ended`."""
    while not ended.wait(0.002):
        if flag.exists():
            os.kill(child, signal.SIGKILL)
            return


class Strict(logging.Handler):
    """What LangGraph warns of, such as a type nobody allowed, is an error here."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage())


def main() -> None:
    """Load everything, then fork a life for each line."""
    logging.getLogger("langgraph").addHandler(Strict(logging.WARNING))
    import langgraph.checkpoint.postgres.aio
    import langgraph.checkpoint.sqlite.aio  # noqa: F401

    import metathink.api
    from metathink.graphs import METHODS as ALL
    from metathink.graphs import method

    for name in ALL:
        method(name)
    import metathink.runtime.thread  # noqa: F401

    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_child(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
