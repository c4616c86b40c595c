"""Critique and revise: solve, say what is wrong with the solution, write it again.

Paper: Metacognitive Reuse, arXiv 2509.13237, the baseline of behavior-guided self-improvement: condition
on the first trace and the question, critique it, then revise it.

    START -> solve -> criticise -> (anything wrong?) --yes--> revise -> END
                                       |no
                                       +--> keep -> END

| paper | here |
|---|---|
| R1, the first trace | `response` |
| critique | `fault` |
| revised trace | the reasoner's answer after `revise` |

Where we differ:
- Critique and revision are two calls, so that the record shows each (in the paper one continued text).
- A critic that finds nothing ends it (`revise_always`: the trace is revised nevertheless, as in the paper).
- A revision that was cut at its cap and states no answer is left out.
- An answer that comes in with the question, or in `response`, stands for the first trace.
- The reviews of the paper find this baseline below plain inference: compare it with `direct`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...agents.critique.critic import Critic
from ...agents.critique.reviser import Reviser
from ...core.run import record_step
from ...runtime.machine import END, START, Card, Given, Machine, Settings, State, Wiring
from ...runtime.solving import form_of, reasoner_for

CARD = Card(
    name="critique_revise",
    title="Critique and revise",
    good_for="a baseline for self-improvement: one look back at a worked solution",
    calls="2, or 3 when something is wrong",
    paper="arXiv 2509.13237",
    cost=3.0,
)


@dataclass
class CritiqueReviseSettings(Settings):
    """What critique-and-revise can be told."""

    response: str = ""
    """The solution to criticise; empty: the one that comes in with the question, else the reasoner's."""
    critic_model: str = ""
    """Model of the critic; empty: `model` (the paper: the same)."""
    revise_always: bool = False
    """Revise also where the critic finds nothing wrong (the paper's baseline has no such stop)."""


@dataclass
class CritiqueReviseState(State):
    """Plus what is wrong with the solution, which `response` is."""

    fault: str = ""
    right: bool = False


async def solve(state: CritiqueReviseState, settings: CritiqueReviseSettings) -> dict[str, Any]:
    """The first solution: the given one, else the reasoner's."""
    if given := (settings.response or state.response or state.answer).strip():
        known = "" if settings.response else state.answer
        return {
            "response": given,
            "answer": known or form_of(state.question, settings).answer(given),
        }
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve", target="critic") as step:
        solution = (await reasoner.solve(state.question))[0]
        step.change("answer", solution.answer)
    return {
        "response": solution.text,
        "answer": solution.answer,
        "confidence": solution.confidence,
    }


async def criticise(state: CritiqueReviseState, settings: CritiqueReviseSettings) -> dict[str, Any]:
    """What is wrong with it."""
    model = await settings.get_model(settings.critic_model)
    critic = Critic(model, "critic", settings.temperature, settings.max_tokens or None)
    form = form_of(state.question, settings)
    with record_step("critic", "find_fault", target="reviser") as step:
        fault = await critic.find_fault(state.question, state.response, worked=not form.is_open)
        if not fault.right:
            step.change("fault", fault.text)
    return {"fault": fault.text, "right": fault.right}


async def revise(state: CritiqueReviseState, settings: CritiqueReviseSettings) -> dict[str, Any]:
    """The solution written again."""
    form = form_of(state.question, settings)
    reviser = Reviser(
        await settings.get_model(), settings.temperature, settings.max_tokens or None, form
    )
    with record_step("reviser", "revise", target="user") as step:
        revision = (await reviser.revise(state.question, state.response, state.fault))[0]
        if revision.truncated and not form.states_answer(revision.text):
            step.findings["left_out"] = "cut at its cap before any answer"
            return {"ending": "truncated"}
        answer = revision.answer
        if answer != state.answer:
            step.change("answer", answer, before=state.answer)
    return {
        "answer": answer,
        "confidence": revision.confidence,
        "response": revision.text,
        "ending": "finished",
    }


async def keep(state: CritiqueReviseState, settings: CritiqueReviseSettings) -> dict[str, Any]:
    """Nothing is wrong: the first solution stands."""
    return {"ending": "finished"}


def whether_anything_is_wrong(state: CritiqueReviseState, settings: CritiqueReviseSettings) -> str:
    """What the critic said."""
    return "nothing is wrong" if state.right and not settings.revise_always else "revise"


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, CritiqueReviseState, CritiqueReviseSettings, takes=Given)
    wiring.node(solve).node(criticise).node(revise).node(keep)
    wiring.edge(START, "solve").edge("solve", "criticise")
    wiring.ask(
        "criticise", whether_anything_is_wrong, {"revise": "revise", "nothing is wrong": "keep"}
    )
    return wiring.edge("revise", END).edge("keep", END).build()


graph = build()
