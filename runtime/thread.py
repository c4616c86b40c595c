"""Threads: runs that outlive their process.

A thread is kept by a LangGraph saver, all of it under its id: the machine's checkpoints, what the run is
about, and the journal of its calls. The last two are writes of one checkpoint in a namespace of their own,
so that every saver keeps them, and forgets them with the thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.types import Command, Interrupt, Overwrite

from ..core.approval import Approval, Decision
from ..core.budget import Budget
from ..core.errors import InvalidInput, StoreFailed
from ..core.journal import Journal
from ..core.paths import is_name
from ..core.record import Step
from ..core.run import Run
from ..core.text.printable import masked, without_credentials
from . import RECURSION_LIMIT
from .checkpoint import Place, check_values, open_saver, readable, typed_errors
from .lease import Lease, leased
from .machine import Machine, Settings, State

if TYPE_CHECKING:
    from pydantic import TypeAdapter

JOURNAL, ABOUT = "metathink", "about"
LONGEST_ID = 500


@dataclass(frozen=True)
class About:
    """What a thread is about, and who its run is."""

    question: str
    method: str
    model: str
    settings: dict[str, Any]
    budget: dict[str, Any]
    run: str
    started: str


@dataclass
class Thread:
    """One thread at an open saver; `rows` is what it kept before: what it is about, and its calls."""

    id: str
    saver: BaseCheckpointSaver
    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    lease: Lease | None = None

    @asynccontextmanager
    async def held(self, seconds: float | None = None) -> AsyncIterator[None]:
        """No other run goes on with the thread while the block runs; what one did before is known then.

        Waits up to `seconds` for it. Raises ThreadInUse.
        """
        async with leased(self.saver, self.id, seconds) as self.lease:
            self.rows = await _rows(self.saver, self.id)
            yield

    @property
    def about(self) -> About:
        """Raises InvalidInput where no run has the thread."""
        if ABOUT not in self.rows:
            raise InvalidInput(f"there is no thread {self.id!r} there")
        return _about(self.id, self.rows[ABOUT])

    async def take(self, run: Run, settings: Settings, budget: Budget | None) -> None:
        """Give the run this thread's identity, calls and account: `budget` where it limits anything, else the
        thread's own.

        Raises InvalidInput if the thread is about something else.
        """
        given = {
            name: without_credentials(value) if isinstance(value, str) else value
            for name, value in asdict(settings).items()
        }
        model = given.pop("model")
        wanted = masked(
            About(
                run.question,
                run.method,
                model,
                given,
                asdict(budget or Budget()),
                run.id,
                run.started,
            )
        )
        if ABOUT not in self.rows:
            await self._open(wanted)
        known = self.about
        _require_same(self.id, known, wanted)
        run.id, run.started = known.run, known.started
        calls = [(name, row) for name, row in self.rows.items() if name != ABOUT]
        try:
            run.journal = Journal(self._write, calls, begun=run.ledger.started)
            limits = budget if budget not in (None, Budget()) else Budget(**known.budget)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise StoreFailed(f"thread {self.id!r} is damaged: {error!r}") from error
        run.resumed = True
        run.open_account(limits, run.ledger.parent)

    async def go_on(
        self, machine: Machine, run: Run, settings: Settings, decision: Decision | None = None
    ) -> Mapping[str, Any]:
        """Run the machine from where it stood to its end or to the next wait, and return its outcome.

        Raises InvalidInput for a decision that nobody waits for.
        """
        config: RunnableConfig = {
            "configurable": {"thread_id": self.id},
            "recursion_limit": RECURSION_LIMIT,
        }
        machine = machine.copy({"checkpointer": self.saver})
        with typed_errors():
            with readable(f"thread {self.id!r}"):
                run.recall(await self._steps())
                stood = await machine.aget_state(config)
                check_values(stood.values, machine.builder.state_schema)
            waits = next(iter(stood.interrupts), None)
            if decision is not None:
                self._require_fitting(decision, waits)
            if waits is not None and decision is None:
                return {**stood.values, "__interrupt__": stood.interrupts}
            # `next` leaves out nodes that are done and not yet joined: tasks tell the end
            if stood.created_at and not stood.tasks:
                return stood.values
            begin: Any = None if stood.created_at else {"question": run.question}
            if waits is not None and decision is not None:
                begin = Command(resume={waits.id: asdict(decision)})
            return await machine.ainvoke(begin, config, context=settings, durability="sync")

    def _require_fitting(self, decision: Decision, waits: Interrupt | None) -> None:
        if waits is None:
            raise InvalidInput(f"thread {self.id!r} waits for nobody's decision")
        if decision.decision == "edit" and waits.value["matter"] == "memory":
            raise InvalidInput("what would be remembered is accepted or refused, not edited")

    async def _steps(self) -> list[Step]:
        """All steps the checkpoints know, in their order: of every machine within, and of nodes that ended
        beside one that did not."""
        found, seen = list[Step](), set[str]()
        async for kept in self.saver.alist({"configurable": {"thread_id": self.id}}):
            place = (kept.config.get("configurable") or {})["checkpoint_ns"]
            if place in seen:
                continue  # the newest comes first
            seen.add(place)
            found += kept.checkpoint["channel_values"].get("steps", [])
            found += (
                step
                for _, channel, value in kept.pending_writes or ()
                if channel == "steps" and not isinstance(value, Overwrite)  # a question begun anew
                for step in value
            )
        if not all(isinstance(step, Step) for step in found):
            raise TypeError("a step is none")
        return sorted(found, key=lambda step: step.index)

    async def _open(self, about: About) -> None:
        journal = empty_checkpoint()
        journal["id"] = JOURNAL
        with typed_errors():
            await self.saver.aput(_place(self.id), journal, {}, {})
        await self._write(ABOUT, asdict(about))
        self.rows[ABOUT] = asdict(about)

    async def _write(self, name: str, row: Mapping[str, Any]) -> None:
        if self.lease is not None:
            await self.lease.ensure()
        with typed_errors():
            await self.saver.aput_writes(_place(self.id, JOURNAL), [(JOURNAL, dict(row))], name)


@asynccontextmanager
async def open_thread(where: Place, id: str, state: type = State) -> AsyncIterator[Thread]:
    """The thread of that id at that place, for a machine of that state.

    Raises InvalidInput for an empty id, and what `open_saver` raises.
    """
    if not id.strip():
        raise InvalidInput("a checkpoint needs a thread id: the name to go on under")
    if not id.isprintable() or len(id) > LONGEST_ID:
        raise InvalidInput(
            f"a thread id is text of at most {LONGEST_ID} printable characters, not {id[:60]!r}"
        )
    async with open_saver(where, state) as saver:
        yield Thread(id, saver, await _rows(saver, id))


async def _rows(saver: BaseCheckpointSaver, id: str) -> dict[str, Mapping[str, Any]]:
    with typed_errors(), readable(f"thread {id!r}"):
        kept = await saver.aget_tuple(_place(id, JOURNAL))
    rows = kept.pending_writes or () if kept else ()
    return {name: row for name, _, row in rows}


def waiting(outcome: Mapping[str, Any]) -> Approval | None:
    """What a person is asked, if the outcome waits for one."""
    asked = outcome.get("__interrupt__")
    if not asked:
        return None
    return Approval(**{**asked[0].value, "writes": tuple(asked[0].value["writes"])})


def _place(id: str, checkpoint: str = "") -> RunnableConfig:
    place = {"thread_id": id, "checkpoint_ns": JOURNAL}
    return {"configurable": place | ({"checkpoint_id": checkpoint} if checkpoint else {})}


def _about(id: str, row: Any) -> About:
    """What the row says. Raises InvalidInput where it is none of ours."""
    try:
        about = _reader().validate_python(row)
    except ValueError as error:
        raise InvalidInput(f"thread {id!r} is damaged, or was not written by metathink") from error
    if not is_name(about.run):
        raise InvalidInput(f"thread {id!r} is damaged: {about.run!r} is no run id")
    return about


@cache
def _reader() -> TypeAdapter[About]:
    from pydantic import TypeAdapter

    return TypeAdapter(About)


def _require_same(id: str, known: About, wanted: About) -> None:
    for part in ("question", "method", "model"):
        there, asked = getattr(known, part), getattr(wanted, part)
        if there != asked:
            raise InvalidInput(f"thread {id!r} has another {part}: {there!r}, not {asked!r}")
    for name in sorted(known.settings.keys() | wanted.settings.keys()):
        there, asked = known.settings.get(name), wanted.settings.get(name)
        if there != asked:
            raise InvalidInput(f"thread {id!r} runs with {name}={there!r}, not {asked!r}")
