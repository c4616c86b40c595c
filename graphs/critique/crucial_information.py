"""The crucial information of MultiCritique: task description, two-tier criteria, reference.

Paper: arXiv 2410.15287. Made once for a question, one after the other, and given to every critic. What
stays unusable is left out, and its step says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...agents.critique.criteria_maker import CriteriaMaker
from ...agents.critique.reference_writer import ReferenceWriter
from ...agents.critique.task_describer import TaskDescriber
from ...core.critique import GENERAL, read_criteria
from ...core.errors import ModelError
from ...core.run import record_step
from .multi_critique_state import (
    MultiCritiqueSettings,
    MultiCritiqueState,
    note_left_out,
    played_by,
)


async def describe(state: MultiCritiqueState, settings: MultiCritiqueSettings) -> dict[str, Any]:
    """What the question asks for, and of which kind it is."""
    if not settings.with_task:
        return {}
    describer = await played_by(TaskDescriber, settings, settings.crucial_model)
    with record_step("task_describer", "describe", target="critic") as step:
        try:
            task = await describer.describe(state.question)
        except ModelError as unusable:
            step.error = f"goes on without: {unusable}"
            return {}
        step.change("task_kind", task.kind)
    return {"task": task.purpose, "task_kind": task.kind}


async def set_criteria(
    state: MultiCritiqueState, settings: MultiCritiqueSettings
) -> dict[str, Any]:
    """By what to judge: the given criteria extended, or new ones."""
    primary = read_criteria(settings.primary_criteria)
    if not settings.with_criteria:
        return {"criteria": primary or list(GENERAL)}
    maker = replace(
        await played_by(CriteriaMaker, settings, settings.crucial_model),
        fine=settings.fine_criteria,
        per_dimension=settings.fine_per_dimension,
    )
    with record_step("criteria_maker", "set_criteria", target="critic") as step:
        try:
            made = await maker.make(state.question, state.task, primary)
        except ModelError as unusable:
            step.error = f"goes on without: {unusable}"
            return {"criteria": primary or list(GENERAL)}
        note_left_out(step, made.dropped)
        if not made.criteria:
            step.error = "no usable criterion: the general ones stand in"
        elif len(made.criteria) > len(primary):
            step.change("criteria", len(made.criteria), before=len(primary))
    return {"criteria": list(made.criteria) or list(GENERAL)}


async def write_reference(
    state: MultiCritiqueState, settings: MultiCritiqueSettings
) -> dict[str, Any]:
    """An answer that meets all criteria, to measure against."""
    writer = await played_by(ReferenceWriter, settings, settings.crucial_model)
    with record_step("reference_writer", "write_reference", target="critic") as step:
        try:
            reference = await writer.write(state.question, state.task, state.criteria)
        except ModelError as unusable:
            step.error = f"goes on without: {unusable}"
            return {}
        if reference:
            step.change("reference", reference)
        else:
            step.findings["left_out"] = "cut at its cap"
    return {"reference": reference}
