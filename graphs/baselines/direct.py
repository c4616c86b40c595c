"""Direct: one chain of thought, one answer. The baseline every other method must earn its cost against.

Paper: Chain-of-Thought Prompting Elicits Reasoning in Large Language Models, arXiv 2201.11903; zero-shot
form.

    START -> solve -> END

Where we differ: confidence is the probability of the least sure token, where the model gives
log-probabilities: a chain is no surer than its weakest link (docs/log/control.md compares six such figures).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.run import record_step
from ...runtime.machine import END, START, Card, Machine, Settings, State, Wiring
from ...runtime.solving import reasoner_for

CARD = Card(
    name="direct",
    title="One chain of thought",
    good_for="questions the model answers alone; the cheapest, and the baseline",
    calls="1",
    paper="arXiv 2201.11903",
)


@dataclass
class DirectSettings(Settings):
    """As for every method."""


async def solve(state: State, settings: DirectSettings) -> dict[str, Any]:
    """One worked solution."""
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve", target="user") as step:
        solution = (await reasoner.solve(state.question))[0]
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
    return (
        Wiring(CARD, State, DirectSettings)
        .node(solve)
        .edge(START, "solve")
        .edge("solve", END)
        .build()
    )


graph = build()
