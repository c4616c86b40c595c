"""The run record: what a run did, decided, changed and spent, as a list of typed steps.

The trace, the stream, the replay, the report and the training rollout are all made from it. Inside a run
`current_run()` is that run; machines open one of their own when nobody did (`think` does).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from .budget import Budget, Ledger
from .errors import InvalidInput
from .journal import Journal
from .message import Message
from .text.printable import safe_message
from .usage import Usage

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model, with its answers.

    `prompt` is the name of the prompt that was filled, `prompt_hash` identifies the exact text of
    `messages`. `outputs` has one text per sample, `finish` its finish reason, and `reasoning` its thoughts
    ("" for a sample without any). `error` is empty when the call succeeded.
    """

    model: str
    prompt: str
    prompt_hash: str
    messages: tuple[Message, ...]
    outputs: tuple[str, ...]
    finish: tuple[str, ...]
    usage: Usage
    seconds: float
    error: str = ""
    reasoning: tuple[str, ...] = ()


Value = bool | int | float | str | tuple[str, ...] | None
"""What a record holds of a field: plain data, None where there is nothing."""

LONG_VALUE: Final = 80
"""Characters from which a value that the step's output shows is not repeated in words."""


@dataclass(frozen=True, slots=True)
class StepChange:
    """A field of the method's state (or an entry of memory) that is now `after`; None: there is none."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class StepDecision:
    """What was chosen, of which options (empty where they are open), and the reason in words."""

    options: tuple[str, ...]
    chosen: str
    reason: str


@dataclass(slots=True)
class Step:
    """One action of a role, and what it changed.

    `speaker` is the role that acts and `target` the role that reads the result. `changes` is empty when the
    step changed nothing. `decision` is None where nothing was decided. `findings` is what else the step
    came to know, by name: counts, scores, what was refused or left out.
    """

    index: int
    speaker: str
    action: str
    target: str = ""
    changes: list[StepChange] = field(default_factory=list)
    decision: StepDecision | None = None
    findings: dict[str, Value] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""

    @property
    def output(self) -> str:
        """The first sample of the last call, empty for a step without one."""
        return self.calls[-1].outputs[0] if self.calls and self.calls[-1].outputs else ""

    def change(self, field: str, after: Value, *, before: Value = None) -> None:
        """Record that a field has a new value."""
        self.changes.append(StepChange(field, before, after))

    def decide(self, chosen: str, reason: str, *, options: Iterable[str] = ()) -> None:
        """Record what was chosen and why; an option given twice counts once."""
        self.decision = StepDecision(tuple(dict.fromkeys(options)), chosen, reason)

    @property
    def chosen(self) -> str:
        """What was decided; empty where nothing was."""
        return self.decision.chosen if self.decision else ""

    @property
    def changed(self) -> str:
        """The changes in words, one per line, for a person to read."""
        return "\n".join(self._in_words(change) for change in self.changes)

    @property
    def reason(self) -> str:
        """The decision's reason and the findings in words, one per line, for a person to read."""
        found = (f"{_label(name)}: {value_text(value)}" for name, value in self.findings.items())
        why = self.decision.reason if self.decision else ""
        return "\n".join(filter(None, (why, *found)))

    def _in_words(self, change: StepChange) -> str:
        after, name = value_text(change.after), _label(change.field)
        if len(after) > LONG_VALUE and after.strip() in self.output:
            return f"{name}: as written"
        before = "" if change.before is None else f"{value_text(change.before)} -> "
        return f"{name}: {before}{after}"

    @property
    def usage(self) -> Usage:
        """What the step's calls cost together."""
        return sum((call.usage for call in self.calls), Usage())


def value_text(value: Value) -> str:
    """A value of a record in words."""
    if isinstance(value, tuple):
        return ("; " if any(" " in one for one in value) else ", ").join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "none" if value in (None, "") else str(value)


def _label(name: str) -> str:
    return name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of what `speaker` is saying right now, in step `index`.

    `thought` says that it is part of the model's reasoning and not of its reply.
    """

    index: int
    speaker: str
    text: str
    thought: bool = False


Event = Step | Words
Listener = Callable[[Event], None]


@dataclass
class Run:
    """One question being thought about: its identity, its account and its steps.

    `question`, `method` and `model` are empty where nobody said them (a bare call outside `think`). A run
    that outlives its process keeps its calls in `journal`; in a later life it is `resumed`.
    """

    question: str = ""
    method: str = ""
    model: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds")
    )
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(spent=self.usage)
        self.listeners: list[Listener] = []
        self.stream_words = False
        self.models: dict[str, object] = {}
        self.journal: Journal | None = None
        self.resumed = False
        self._opened = len(self.steps)

    @property
    def usage(self) -> Usage:
        """What all steps cost together."""
        return sum((step.usage for step in self.steps), Usage())

    @property
    def usage_by_role(self) -> dict[str, Usage]:
        """What each speaker cost."""
        spent: dict[str, Usage] = {}
        for step in self.steps:
            spent[step.speaker] = spent.get(step.speaker, Usage()) + step.usage
        return spent

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

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON data."""
        return asdict(self)

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
