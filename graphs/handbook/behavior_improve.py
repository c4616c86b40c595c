"""Behavior-guided self-improvement: solve, take behaviors from the own solution, solve again with them.

Paper: Metacognitive Reuse, arXiv 2509.13237, behavior-guided self-improvement. The first traces give the
behaviors that should have been used; with just these, not with the traces, the question is solved again. Its
baseline, which shows the model its first trace instead, is `critique_revise`.

    START -> solve -> reflect -> extract -> (any behavior?) --behaviors--> solve_again -> END
                                                 |none
                                                 +--> keep -> END

| paper | here |
|---|---|
| R1, the first traces | `responses`, `traces` of them |
| behaviors from the own traces | `behaviors`, from reflection and extraction |
| R2, conditioned on (behaviors, question) | the answer after `solve_again` |
| output budget (2,048 to 16,384 tokens) | `max_tokens` for each message, `budget_tokens` in all |

Where we differ:
- Behaviors are those of this question only; the paper leaves open whether they are pooled.
- Several traces are looked at side by side and their behaviors put together, those said twice once.
- A second solution that is cut off before it states an answer is left out (the paper's figures at 2,048
  tokens, where its method hurts, count it), and the first one stands.
- Without a fit behavior, or when the budget is spent, the first solution stands: 3 calls instead of 4.
- Among several first traces the most frequent answer stands until there is a better one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ...agents.answer_form import AnswerForm
from ...agents.citation import cited
from ...agents.reasoner import Solution
from ...agents.strategist import BehaviorSaid, Strategist, fitting
from ...core.errors import InvalidConfig
from ...core.gather import gather_tolerant
from ...core.run import record_step
from ...runtime.machine import END, START, Card, Given, Machine, Settings, State, Wiring
from ...runtime.solving import form_of, reasoner_for

CARD = Card(
    name="behavior_improve",
    title="Behavior-guided self-improvement",
    good_for="a hard question alone: a second solution from what the first one teaches",
    calls="4, or 3 when the first solution teaches nothing",
    paper="arXiv 2509.13237",
)

OWN: Final = "the first solution"
"""Where the behaviors come from, as the second solution is told."""


@dataclass
class BehaviorImproveSettings(Settings):
    """What behavior-guided self-improvement can be told."""

    traces: int = 1
    """First solutions to learn from; several need a temperature above 0."""
    strategist_model: str = ""
    """Model that reflects and extracts; empty: `model` (the paper: the same)."""
    most: int = 5
    """Behaviors that are put before the question at most."""


@dataclass
class BehaviorImproveState(State):
    """Plus the first solutions, each one's reflection, and the behaviors, (name, instruction) each."""

    responses: list[str] = field(default_factory=list)
    reflections: list[str] = field(default_factory=list)
    behaviors: list[tuple[str, str]] = field(default_factory=list)


async def solve(state: BehaviorImproveState, settings: BehaviorImproveSettings) -> dict[str, Any]:
    """The first solutions: the one that comes in with the question, else the reasoner's."""
    if settings.traces < 1:
        raise InvalidConfig("traces is 1 or more")
    if given := (state.response or state.answer).strip():
        form = form_of(state.question, settings)
        answer = state.answer or form.answer(given)
        return {"responses": [given], "response": given, "answer": answer}
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve", target="strategist") as step:
        solutions = await reasoner.solve(state.question, settings.traces)
        chosen, votes = _most_frequent(solutions, reasoner.form)
        answer = chosen.answer
        step.change("answer", answer)
        if settings.traces > 1:
            answers = (one.answer for one in solutions)
            step.decide(answer, f"{votes} of {len(solutions)} traces", options=answers)
    texts = list(dict.fromkeys(one.text for one in solutions))
    return {
        "responses": texts,
        "response": chosen.text,
        "answer": answer,
        "confidence": chosen.confidence,
    }


async def reflect(state: BehaviorImproveState, settings: BehaviorImproveSettings) -> dict[str, Any]:
    """The strategist looks back at each solution, without knowing whether it is right."""
    strategist = await _strategist(settings)

    async def looked_back(response: str) -> str:
        with record_step("strategist", "reflect", target="strategist") as step:
            reflection = await strategist.reflect(state.question, response)
            step.change("reflection", reflection.text)
        return reflection.text

    heard = await gather_tolerant(map(looked_back, state.responses))
    return {"reflections": [text or "" for text in heard]}  # extraction can do without


async def extract(state: BehaviorImproveState, settings: BehaviorImproveSettings) -> dict[str, Any]:
    """The behaviors of all solutions, none twice, none with data of the question."""
    strategist = await _strategist(settings)
    form = form_of(state.question, settings)

    async def extracted(response: str, reflection: str) -> list[BehaviorSaid]:
        with record_step("strategist", "extract", target="reasoner") as step:
            found = await strategist.extract(
                state.question, response, reflection, form.answer(response)
            )
            if found.refused:
                step.findings["refused"] = tuple(found.refused)
            for name, text in found.behaviors:
                step.change(name, text)
        return [BehaviorSaid(name=name, instruction=text) for name, text in found.behaviors]

    heard = await gather_tolerant(map(extracted, state.responses, state.reflections))
    said = [one for found in heard for one in found or ()]
    together = fitting(said, state.question, state.answer, settings.most)
    return {"behaviors": list(together.behaviors)}


async def solve_again(
    state: BehaviorImproveState, settings: BehaviorImproveSettings
) -> dict[str, Any]:
    """A second solution, from the behaviors and the question alone."""
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve_with_behaviors", target="user") as step:
        [solution] = await reasoner.solve_with(
            state.question, [(name, text, OWN) for name, text in state.behaviors]
        )
        names = [name for name, _ in state.behaviors]
        step.findings["cited"] = tuple(cited(solution.text, names))
        if solution.truncated and not reasoner.form.states_answer(solution.text):
            step.findings["left_out"] = "cut at its cap before any answer"
            return {"ending": "truncated"}
        if solution.answer != state.answer:
            step.change("answer", solution.answer, before=state.answer)
    return {
        "answer": solution.answer,
        "response": solution.text,
        "confidence": solution.confidence,
        "ending": "finished",
    }


async def keep(state: BehaviorImproveState, settings: BehaviorImproveSettings) -> dict[str, Any]:
    """There is nothing to go by: the first solution stands."""
    return {"ending": "finished"}


def whether_it_taught_anything(
    state: BehaviorImproveState, settings: BehaviorImproveSettings
) -> str:
    """After extraction."""
    return "behaviors" if state.behaviors else "none"


def _most_frequent(solutions: Sequence[Solution], form: AnswerForm) -> tuple[Solution, int]:
    """The first solution with the most frequent answer, and how many have it; open answers are not
    compared, so the first one stands."""
    if form.is_open:
        return solutions[0], 1
    answer, votes = Counter(one.answer for one in solutions).most_common(1)[0]
    return next(one for one in solutions if one.answer == answer), votes


async def _strategist(settings: BehaviorImproveSettings) -> Strategist:
    model = await settings.get_model(settings.strategist_model)
    return Strategist(model, settings.temperature, settings.max_tokens or None, settings.most)


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, BehaviorImproveState, BehaviorImproveSettings, takes=Given)
    wiring.node(solve).node(reflect).node(extract).node(solve_again).node(keep)
    wiring.edge(START, "solve").edge("solve", "reflect").edge("reflect", "extract")
    wiring.ask("extract", whether_it_taught_anything, {"behaviors": "solve_again", "none": "keep"})
    return wiring.edge("solve_again", END).edge("keep", END).build()


graph = build()
