"""From what a machine came to, to the answer that its caller gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from pydantic import BaseModel

from ..agents.answer_form import AnswerForm
from ..agents.formatter import Formatter, read_object
from ..core.answer import Answer, Ending, V, readable
from ..core.errors import (
    BudgetExceeded,
    ContextTooLong,
    EndpointFailed,
    EndpointUnreachable,
    MetathinkError,
    ModelError,
    ServerDied,
)
from ..core.journal import in_scope
from ..core.off_loop import off_loop
from ..core.run import Run, record_step
from ..meta.verify.verdict import kind_of
from . import FORMATTER
from .machine import Settings, text_of
from .solving import form_of

SCOPE: Final = "answer_type"
"""The node that the last call belongs to, in the journal of a thread."""
FAILURES: Final = (
    BudgetExceeded,
    ModelError,
    ContextTooLong,
    EndpointFailed,
    EndpointUnreachable,
    ServerDied,
)
"""What the last call may end in without costing the answer that is there."""


async def answer_of(
    run: Run, outcome: Mapping[str, Any], settings: Settings, answer_type: type[V] | None = None
) -> Answer[V]:
    """The answer that a method came to on this run, with its value as an object of that type if one is
    given.

    An object that cannot be had costs nothing of the answer: `value` is then None, and `ending` and `reason`
    say why. Raises UserErrors of the last call, such as a refused key.
    """
    length = len(text_of(outcome))
    answer = await off_loop(lambda: _answer(run, outcome, settings), length)
    if answer_type is None or answer.abstained or not answer.text:
        return cast("Answer[V]", answer)
    untyped = replace(answer, value=None)
    try:
        value = await _object(answer, settings, cast("type[BaseModel]", answer_type))
    except FAILURES as fault:
        return cast("Answer[V]", replace(untyped, ending=_ending(fault), reason=str(fault)))
    return cast("Answer[V]", replace(untyped, value=value))


def _answer(run: Run, outcome: Mapping[str, Any], settings: Settings) -> Answer:
    reply, abstained = text_of(outcome), outcome.get("abstained", False)
    form = AnswerForm(outcome.get("kind") or "auto")
    if form.kind == "auto":
        form = form_of(run.question, settings)
    kind, short = form.kind_of(reply), outcome.get("answer") or None
    if kind == "short" and short is not None and kind_of(short) == "number":
        kind = "number"
    return Answer(
        text="" if abstained else readable(reply),
        value=None if abstained or form.is_whole(reply) else short,
        kind=kind,
        response=outcome.get("response") or "",
        reasoning=_reasoning(run, reply),
        confidence=outcome.get("confidence"),
        abstained=abstained,
        ending=outcome.get("ending") or "finished",
        reason=outcome.get("reason", ""),
        run=run,
    )


def _reasoning(run: Run, reply: str) -> str:
    """What the model thought before it gave this reply; empty where nothing is known of it."""
    for step in reversed(run.steps if reply.strip() else ()):
        for call in reversed(step.calls):
            for text, thoughts in zip(call.outputs, call.reasoning, strict=False):
                if thoughts and reply.strip() in text:
                    return thoughts
    return ""


async def _object(answer: Answer, settings: Settings, answer_type: type[BaseModel]) -> BaseModel:
    """The answer as an object: its reply, if that is one, else what the model makes of it."""
    text = answer.text
    found = await off_loop(lambda: read_object(text, answer_type), len(text))
    if found is not None:
        return found
    reply = answer.response if answer.text in answer.response else answer.text
    formatter = Formatter(await settings.get_model(), settings.max_tokens or None)
    with in_scope(SCOPE), record_step(FORMATTER, "fill", target="user") as step:
        value = await formatter.fill(answer.run.question, reply, answer_type)
        step.change("value", value.model_dump_json())
    return value


def _ending(fault: MetathinkError) -> Ending:
    if isinstance(fault, BudgetExceeded):
        return "budget"
    if isinstance(fault, ContextTooLong):
        return "context"
    return "unusable" if isinstance(fault, ModelError) else "failed"
