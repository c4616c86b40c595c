"""A person in the loop: nodes that wait until somebody has seen an answer or a memory, for any machine.

    ... -> approve_answer -> END                    before an answer is sent
    ... -> approve_memory -> (may it be written?) --yes--> remember ...     before a memory is written

A machine whose settings are `ApprovalSettings` wires them itself (its state is a `Proposal` if it writes a
memory); for the answer of every other method there is `approving`. The wait is LangGraph's `interrupt`: it
needs a checkpoint, and may last until another process brings the reply, a `Decision` or its plain data.

LangGraph's `HumanInterrupt` is not used: it is deprecated since LangGraph 1.0, and asks about the arguments
of a tool call. `interrupt(..., response_schema=...)` checks the reply and lets Studio show it as a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, make_dataclass
from functools import cache
from typing import Any, Literal, cast

from langgraph.types import interrupt
from pydantic import BaseModel, model_validator

from ..core.approval import Approval, Decision
from ..core.errors import InvalidConfig, InvalidInput
from ..core.run import record_step
from .machine import END, START, Settings, State, Wiring
from .registry import Method, method

MATTERS = ("answer", "memory")


@dataclass
class ApprovalSettings(Settings):
    """Settings of a machine that can wait for a person."""

    approve: str = ""
    """What a person sees first: `answer`, `memory` or `answer,memory`; empty: nothing."""

    def __post_init__(self) -> None:
        if unknown := [one for one in matters(self) if one not in MATTERS]:
            raise InvalidConfig(f"approve takes {' and '.join(MATTERS)}, not {unknown[0]!r}")


@dataclass
class AnswerApprovalSettings(ApprovalSettings):
    """Settings of a method of which only the answer can wait."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if "memory" in matters(self):
            asking = "metacognition, metamind and behavior_curate"
            raise InvalidConfig(f"approve=memory: only {asking} ask before they write a memory")


@dataclass
class Proposal(State):
    """State of a machine that writes a memory: what would be written, each thing in words, and why a
    person did not want it."""

    writes: list[str] = field(default_factory=list)
    unwanted: str = ""


async def approve_answer(state: State, settings: Settings) -> dict[str, Any]:
    """A person accepts the answer, edits it, or refuses it; an abstention is not asked about."""
    if "answer" not in matters(settings) or not state.answer or state.abstained:
        return {}
    decision = _decided(
        Approval("answer", state.question, state.answer, state.confidence, state.reason)
    )
    with record_step("person", f"{decision.decision}_answer", target="user") as step:
        step.decide(decision.decision, decision.reason, options=("accept", "edit", "refuse"))
        if decision.decision == "accept":
            return {}
        if decision.decision == "edit":
            step.change("answer", decision.answer, before=state.answer)
            reason = decision.reason or "edited by a person"
            edited = {"answer": decision.answer, "text": decision.answer}
            return {**edited, "confidence": None, "reason": reason}
        step.change("answer", None, before=state.answer)
    return {"answer": "", "confidence": None, "abstained": True, "reason": decision.reason}


async def approve_memory(state: Proposal, settings: Settings) -> dict[str, Any]:
    """A person sees what would be written and accepts or refuses it."""
    if "memory" not in matters(settings) or not state.writes:
        return {}
    decision = _decided(
        Approval(
            "memory",
            state.question,
            state.answer,
            state.confidence,
            state.reason,
            tuple(state.writes),
        )
    )
    with record_step("person", f"{decision.decision}_memory", target="memory") as step:
        step.decide(decision.decision, decision.reason, options=("accept", "refuse"))
        if decision.decision == "accept":
            return {}
        step.change("writes", None, before=tuple(state.writes))
    return {"unwanted": decision.reason or "a memory is accepted or refused, not edited"}


def whether_to_write(state: Proposal, settings: Settings) -> str:
    """After `approve_memory`: is there anything to write, and may it be?"""
    return "write it" if state.writes and not state.unwanted else "write nothing"


def matters(settings: Settings) -> list[str]:
    """What a person is asked about."""
    return [one.strip() for one in getattr(settings, "approve", "").split(",") if one.strip()]


def _decided(approval: Approval) -> Decision:
    """What a person replied. Nobody has yet: the machine stops here, to be resumed with a `Decision`.

    A reply that decides nothing leaves it waiting.
    """
    reply = interrupt(asdict(approval), response_schema=Reply)
    return Decision(reply.decision, reply.answer, reply.reason)


class Reply(BaseModel):
    """A `Decision` as it comes from outside (Studio shows it as a form)."""

    decision: Literal["accept", "edit", "refuse"]
    answer: str = ""
    reason: str = ""

    @model_validator(mode="after")
    def _decides(self) -> Reply:
        try:
            Decision(self.decision, self.answer, self.reason)
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        return self


@cache
def approving(name: str) -> Method:
    """The method with its answer shown to a person before it goes out: its machine, then
    `approve_answer`. Raises what `method` raises."""
    inner = method(name)
    schema = make_dataclass(
        f"Approving{inner.settings.__name__}", [], bases=(AnswerApprovalSettings, inner.settings)
    )

    async def think(state: State, settings: Settings) -> dict[str, Any]:
        outcome: Mapping[str, Any] = await inner.graph.ainvoke(
            {"question": state.question}, context=settings
        )
        return {key: value for key, value in outcome.items() if key != "steps"}

    wiring = Wiring(inner.card, State, cast("type[Settings]", schema))
    wiring.node(think).node(approve_answer, run_after_finish=True)
    wiring.edge(START, "think").edge("think", "approve_answer").edge("approve_answer", END)
    return Method(inner.card, cast("type[Settings]", schema), wiring.build())
