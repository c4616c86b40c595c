"""ReMA in a single turn: the meta-thinker writes a whole plan, the reasoner follows it.

Paper: ReMA, arXiv 2503.09501, single-turn form (section 4.1, one turn, no finish flag).

    START -> plan -> follow -> END

Where we differ: a plan that was cut at its token cap is still followed unless `stop_when_truncated`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...agents.meta_thinker import MetaThinker
from ...core.run import record_step
from ...runtime.machine import END, START, Card, Machine, Settings, State, Wiring
from ...runtime.solving import reasoner_for

CARD = Card(
    name="rema_plan",
    title="ReMA, single-turn",
    good_for="problems of several parts whose plan can be made before the work begins",
    calls="2",
    paper="arXiv 2503.09501",
    success=0.62,
    cost=2.2,
)


@dataclass
class RemaPlanSettings(Settings):
    """What single-turn ReMA can be told."""

    meta_model: str = ""
    """Model of the meta-thinker; empty: the same as `model`."""
    reasoner_model: str = ""
    """Model of the reasoner; empty: the same as `model`."""
    stop_when_truncated: bool = False
    """End when the plan hits its cap instead of following the part there is."""


@dataclass
class RemaPlanState(State):
    """Plus the plan."""

    the_plan: str = ""


async def plan(state: RemaPlanState, settings: RemaPlanSettings) -> dict[str, Any]:
    """The meta-thinker writes the whole plan."""
    model = await settings.get_model(settings.meta_model)
    thinker = MetaThinker(model, settings.temperature, settings.max_tokens or None)
    with record_step("meta_thinker", "plan", target="reasoner") as step:
        move = await thinker.plan(state.question)
        step.change("the_plan", move.text)
    if move.truncated and settings.stop_when_truncated:
        return {"the_plan": move.text, "ending": "truncated"}
    return {"the_plan": move.text}


async def follow(state: RemaPlanState, settings: RemaPlanSettings) -> dict[str, Any]:
    """The reasoner carries the plan out."""
    reasoner = await reasoner_for(state.question, settings, settings.reasoner_model)
    with record_step("reasoner", "follow", target="user") as step:
        solution = await reasoner.follow(state.question, state.the_plan)
        step.change("answer", solution.answer)
    ending = "truncated" if solution.truncated else "finished"
    return {
        "answer": solution.answer,
        "confidence": solution.confidence,
        "response": solution.text,
        "ending": ending,
    }


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, RemaPlanState, RemaPlanSettings).node(plan).node(follow)
    return wiring.edge(START, "plan").edge("plan", "follow").edge("follow", END).build()


graph = build()
