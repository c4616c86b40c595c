"""What a run leaves behind, as plain data: who was asked what, what each step changed and cost."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from .message import Message
from .usage import Usage


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


@dataclass(eq=False)
class RunRecord:
    """A run as data: its question, its identity and its steps.

    `question`, `method` and `model` are empty where none was given (a bare call outside `think`);
    `started` is an ISO 8601 time. Two records are equal where they say the same.
    """

    question: str = ""
    method: str = ""
    model: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds")
    )
    steps: list[Step] = field(default_factory=list)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunRecord) and self.to_dict() == other.to_dict()

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

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON data."""
        return asdict(self)
