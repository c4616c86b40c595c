"""The run that code belongs to: its record (record.py) while it grows, its account, and who listens.

The trace, the stream, the replay, the report and the training rollout are made from the record. Inside a run
`current_run()` is that run; machines open one of their own when nobody did (`think` does).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from .budget import Budget, Ledger
from .errors import InvalidInput
from .journal import Journal
from .record import Call, Event, RunRecord, Step
from .text.printable import safe_message

if TYPE_CHECKING:
    from pydantic import TypeAdapter


Listener = Callable[[Event], None]


@dataclass(eq=False)
class Run(RunRecord):
    """One question being thought about: its record so far, its account, and who listens.

    A run that outlives its process keeps its calls in `journal`; after a restart it is `resumed`.
    """

    def __post_init__(self) -> None:
        self.ledger = Ledger(spent=self.usage)
        self.listeners: list[Listener] = []
        self.stream_words = False
        self.models: dict[str, object] = {}
        self.journal: Journal | None = None
        self.resumed = False
        self._opened = len(self.steps)

    def open_account(self, budget: Budget | None, parent: Ledger | None = None) -> None:
        """Start the clock and set the limits; what earlier steps and earlier lives spent counts."""
        if self.journal is None:
            self.ledger = Ledger(budget, spent=self.usage, parent=parent)
            return
        spent, seconds = self.journal.spent, self.journal.seconds
        self.ledger = Ledger(budget, spent=spent, parent=parent, seconds=seconds)

    def recall(self, steps: Sequence[Step]) -> None:
        """Take in the steps of an earlier life; who listens around this block hears them once."""
        for step in steps:
            if any(step is known for known in self.steps):
                continue
            if step in self.steps:
                self.steps[self.steps.index(step)] = step
            else:
                self.steps.append(step)
                self._opened = max(self._opened, step.index + 1)
                if self.journal is None:
                    self.ledger.spent = self.ledger.spent + step.usage
            for listener in _node_listeners.get():
                listener(step)

    def write_off(self) -> None:
        """Book what an earlier life spent in this node on calls that this one did not come to."""
        lost = self.journal.unclaimed() if self.journal is not None else []
        if not lost:
            return
        with self.step("journal", "write_off") as step:
            step.findings["calls_not_needed_again"] = len(lost)
            for kept in lost:
                kept.claimed = True
                step.calls.append(Call(kept.model, "", "", (), (), (), kept.usage, kept.seconds))

    def tell(self, event: Event) -> None:
        """Show an event to everyone who listens: the run's listeners and the machine's own stream."""
        for listener in (*self.listeners, *_node_listeners.get()):
            listener(event)

    @contextmanager
    def step(self, speaker: str, action: str, *, target: str = "") -> Iterator[Step]:
        """A step is open while the block runs; calls made inside belong to it.

        It enters the record, and the stream, when the block ends, also when it ends with an error.
        """
        step = Step(self._opened, speaker, action, target=target)
        self._opened += 1
        token, begun = _step.set(step), time.perf_counter()
        try:
            yield step
        except Exception as error:
            step.error = step.error or safe_message(f"{type(error).__name__}: {error}")
            raise
        finally:
            _step.reset(token)
            step.seconds = time.perf_counter() - begun
            self.steps.append(step)
            self.tell(step)

    def record(self, call: Call) -> None:
        """Book a call on the open step, or on a step of its own if none is open."""
        if (step := _step.get()) is not None:
            step.calls.append(call)
            return
        with self.step(call.model, "answer") as own:
            own.calls.append(call)
            own.error = call.error

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Run:
        """Read a record back from plain data. Raises InvalidInput when it is not one."""
        try:
            return _reader().validate_python(data)
        except ValueError as error:
            raise InvalidInput(f"not a run record: {error}") from error


@cache
def _reader() -> TypeAdapter[Run]:
    from pydantic import TypeAdapter  # costs 0.2 s: only when a record is read

    return TypeAdapter(Run)


_run: ContextVar[Run | None] = ContextVar("metathink_run", default=None)
_step: ContextVar[Step | None] = ContextVar("metathink_step", default=None)
_node_listeners: ContextVar[Sequence[Listener]] = ContextVar("metathink_node_listeners", default=())


def current_run() -> Run | None:
    """The run this code belongs to, or None."""
    return _run.get()


def current_step() -> Step | None:
    """The step that is open here, or None."""
    return _step.get()


def record_step(speaker: str, action: str, *, target: str = "") -> AbstractContextManager[Step]:
    """A step of the run this code belongs to (see `Run.step`). Raises LookupError outside a run."""
    run = _run.get()
    if run is None:
        raise LookupError("steps belong to a run: use think, a machine, or in_run")
    return run.step(speaker, action, target=target)


@contextmanager
def in_run(run: Run, *listeners: Listener) -> Iterator[Run]:
    """Everything inside belongs to `run`; `listeners` hear only the events of this block."""
    tokens = _run.set(run), _node_listeners.set((*_node_listeners.get(), *listeners))
    try:
        yield run
    finally:
        _run.reset(tokens[0])
        _node_listeners.reset(tokens[1])
