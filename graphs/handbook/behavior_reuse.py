"""Behavior-conditioned inference: solve with the hints that earlier problems taught, and cite them by name.

Paper: Metacognitive Reuse: Turning Recurring LLM Reasoning Into Concise Behaviors, arXiv 2509.13237. What
would be derived again and again is looked up once: short named procedures from a handbook stand before the
question, and the solution gets shorter.

    START -> retrieve -> (does anything fit?) --none--> solve_alone --------------+
                              |behaviors                     ^ the prompt         |
                              +--> solve_with_behaviors -----+ is too long        |
                                        |                                         |
                                        +--> (is the outcome known?) <------------+
                                              |outcome known   |done
                                              +--> credit --> close -> END

| paper | here |
|---|---|
| behavior (name, instruction) | `memory.Behavior` |
| behavior handbook | `Memory.handbook`, the memory that `memory` names |
| retrieval by topic (MATH) | `retrieval="topic"`, `topic` |
| retrieval by embedding, k = 40 (AIME) | `retrieval="question"`, `k`, `embedder` |
| behavior-conditioned inference (BCI) | `solve_with_behaviors` |
| LLM C, Student | `model` |

Where we differ:
- At most `handbook_tokens` of behaviors are put before the question; the paper puts 40, or all of a topic,
  there and counts output tokens only (`handbook_tokens=0` and, by topic, `k=0`: as in the paper).
- Behaviors are found by words (BM25), by the problems they were learned from, and by meaning where an
  `embedder` is set (the paper: by meaning only); those that measurably helped come first.
- Only behaviors backed by a validated outcome are shown (`candidates`: the others too, as in the paper).
- For an evaluation, what was learned from the question itself, or a near copy, is held back (`evaluating`).
- Chance may hold back a share of what fits (`held_back`), so that with a known outcome each behavior gets
  credit from runs with it and without it; the paper never measures single behaviors.
- What is cited is logged. Where nothing fits, and without a memory, this is `direct`, and the record says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ...agents.citation import cited
from ...agents.reasoner import Solution
from ...core.answer import Answer
from ...core.errors import ContextTooLong, InvalidConfig, InvalidInput
from ...core.record import Step
from ...core.run import current_run, record_step
from ...memory.handbook.behavior import Behavior
from ...memory.handbook.handbook import Trial
from ...memory.handbook.handbook_recall import behaviors_for_question, behaviors_of_topic
from ...memory.memory import Memory
from ...meta.verify.verdict import verdict
from ...runtime.machine import END, START, Card, Machine, State, Wiring
from ...runtime.memory_settings import RememberingSettings
from ...runtime.solving import reasoner_for

CARD = Card(
    name="behavior_reuse",
    title="Behavior-conditioned inference",
    good_for="problems like many solved before: hints from the handbook make the solution shorter",
    calls="1",
    paper="arXiv 2509.13237",
    success=0.62,
    cost=0.9,
)


@dataclass
class BehaviorReuseSettings(RememberingSettings):
    """What behavior-conditioned inference can be told."""

    retrieval: Literal["question", "topic"] = "question"
    """By the question's words and kin (the paper on AIME: meaning), or all of `topic` (on MATH)."""
    topic: str = ""
    """The question's topic, for `retrieval="topic"`."""
    k: int = 40
    """Behaviors at most (40 on AIME); 0: no limit."""
    handbook_tokens: int = 600
    """Tokens of behaviors at most; 0: no limit (the paper has none)."""
    candidates: bool = False
    """Show behaviors that no validated outcome backs, too (the paper validates none)."""
    evaluating: bool = False
    """Hold back what was learned from this very question, or a near copy."""
    held_back: float = 0.0
    """Share of the fitting behaviors that chance holds back, to measure them; 0 to 1."""
    gold: str = ""
    """The right answer, where it is known: the outcome is credited to the behaviors. No model sees it."""
    verifier: str = ""
    """Python that defines `right(answer)`, run in the sandbox, in place of `gold` or beside it."""


@dataclass
class BehaviorReuseState(State):
    """Plus the behaviors shown, (name, instruction, source) each, and the names of those held back."""

    behaviors: list[tuple[str, str, str]] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
    too_long: bool = False
    truncated: bool = False


async def retrieve(state: BehaviorReuseState, settings: BehaviorReuseSettings) -> dict[str, Any]:
    """What of the handbook fits the question; no model is asked."""
    with record_step("handbook", "retrieve", target="reasoner") as step:
        memory = await settings.recollection()
        if memory is None:
            step.decide("solve_alone", "no memory is set, so the question is solved directly")
            return {}
        found = await fitting_behaviors(memory, state.question, settings)
        trial = memory.handbook.trial(
            state.question, found, held_back=settings.held_back, seed=_run_id()
        )
        if not found:
            why = "nothing in the handbook fits, so the question is solved directly"
            step.decide("solve_alone", why)
        if trial.held_back:
            step.change("held_back", tuple(b.name for b in trial.held_back))
        if trial.shown:
            step.change("behaviors", tuple(b.name for b in trial.shown))
    return {
        "behaviors": [(b.name, b.instruction, str(b.sources[0])) for b in trial.shown],
        "held_back": [b.name for b in trial.held_back],
    }


async def solve_with_behaviors(
    state: BehaviorReuseState, settings: BehaviorReuseSettings
) -> dict[str, Any]:
    """One worked solution that draws on the behaviors."""
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve_with_behaviors", target="user") as step:
        try:
            [solution] = await reasoner.solve_with(state.question, state.behaviors)
        except ContextTooLong as outgrown:  # the question alone may still fit
            step.error = str(outgrown)
            return {"behaviors": [], "held_back": [], "too_long": True}
        step.change("answer", solution.answer)
        names = [name for name, *_ in state.behaviors]
        step.findings["cited"] = tuple(cited(solution.text, names))
    return _solved(solution)


async def solve_alone(state: BehaviorReuseState, settings: BehaviorReuseSettings) -> dict[str, Any]:
    """One worked solution, as `direct` makes it."""
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve", target="user") as step:
        [solution] = await reasoner.solve(state.question)
        step.change("answer", solution.answer)
    return _solved(solution)


async def credit(state: BehaviorReuseState, settings: BehaviorReuseSettings) -> dict[str, Any]:
    """The outcome is written to the behaviors that were shown, and to those that were held back."""
    with record_step("handbook", "credit", target="memory") as step:
        correct = await verdict(state.answer, settings.gold, settings.verifier)
        if correct is None:
            step.decide("unchecked", "the verifier cannot say whether the answer is right")
            return {}
        word = "right" if correct else "wrong"
        step.decide(word, f"the answer is {word}")
        shown = [name for name, *_ in state.behaviors]
        tokens = sum(taken.usage.tokens for taken in state.steps)
        memory = await settings.recollection()
        assert memory is not None  # see `whether_known`: something was retrieved from it
        trial = await _trial(memory, state.question, shown, state.held_back)
        await memory.handbook.record(trial, correct=correct, tokens=tokens, run=_run_id())
        step.change("credited", (*shown, *state.held_back))
    return {}


async def close(state: BehaviorReuseState, settings: BehaviorReuseSettings) -> dict[str, Any]:
    """How it ended."""
    return {"ending": "truncated" if state.truncated else "finished"}


def whether_anything_fits(state: BehaviorReuseState, settings: BehaviorReuseSettings) -> str:
    """After retrieval."""
    return "behaviors" if state.behaviors else "none"


def whether_it_fitted(state: BehaviorReuseState, settings: BehaviorReuseSettings) -> str:
    """After the solution with behaviors, unless the prompt was too long for the model."""
    return "the prompt is too long" if state.too_long else whether_known(state, settings)


def whether_known(state: BehaviorReuseState, settings: BehaviorReuseSettings) -> str:
    """After the solution: is there an outcome, and a behavior to credit it to?"""
    measured = state.behaviors or state.held_back
    return "outcome known" if measured and (settings.gold or settings.verifier) else "done"


async def fitting_behaviors(
    memory: Memory, question: str, settings: BehaviorReuseSettings
) -> list[Behavior]:
    """The behaviors for a question as the settings have them, by name: what is shared comes first, so that
    questions with the same behaviors share a prompt's beginning. Raises InvalidConfig."""
    if not 0 <= settings.held_back <= 1 or settings.k < 0 or settings.handbook_tokens < 0:
        raise InvalidConfig("held_back lies between 0 and 1; k and handbook_tokens are 0 or more")
    limits: dict[str, Any] = {
        "k": settings.k,
        "tokens": settings.handbook_tokens,
        "candidates": settings.candidates,
        "evaluating": settings.evaluating,
    }
    if settings.retrieval == "question":
        found = await behaviors_for_question(memory, question, **limits)
    elif settings.topic:
        found = await behaviors_of_topic(memory, question, settings.topic, **limits)
    else:
        raise InvalidConfig('retrieval="topic" needs the question\'s topic')
    return sorted(found, key=lambda behavior: behavior.name)


def _run_id() -> str:
    run = current_run()
    return run.id if run is not None else ""


def _solved(solution: Solution) -> dict[str, Any]:
    return {
        "answer": solution.answer,
        "confidence": solution.confidence,
        "response": solution.text,
        "truncated": solution.truncated,
    }


# -- the record ---------------------------------------------------------------------------------


async def record_outcome(memory: Memory, answer: Answer, correct: bool) -> bool:
    """Credit a finished run's measured outcome to its behaviors; False where it had none to credit.

    For whoever learns only afterwards whether the answer was right.
    """
    run, tokens = answer.run, answer.usage.tokens
    return await credit_steps(memory, run.question, run.steps, correct, tokens=tokens, run=run.id)


async def credit_steps(
    memory: Memory, question: str, steps: Sequence[Step], correct: bool, *, tokens: int, run: str
) -> bool:
    """The same, for a solution with behaviors that stands in the run's steps and cost so many tokens."""
    shown, held_back = measured(steps)
    if shown or held_back:
        trial = await _trial(memory, question, shown, held_back)
        await memory.handbook.record(trial, correct=correct, tokens=tokens, run=run)
    return bool(shown or held_back)


def measured(steps: Sequence[Step]) -> tuple[list[str], list[str]]:
    """The names of the behaviors that were shown, and of those that chance held back."""
    step = next((s for s in steps if s.action == "retrieve"), Step(0, "", ""))
    solved = any(s.action == "solve_with_behaviors" and not s.error for s in steps)
    shown, held_back = _names(step, "behaviors"), _names(step, "held_back")
    if shown and not solved:  # solved without them: nothing was measured
        return [], []
    return shown, held_back


def _names(step: Step, field: str) -> list[str]:
    """The names in the changes of one field."""
    found = (change.after for change in step.changes if change.field == field)
    return [name for names in found if isinstance(names, tuple) for name in names]


async def _trial(
    memory: Memory, question: str, shown: Sequence[str], held_back: Sequence[str]
) -> Trial:
    return Trial(question, await _known(memory, shown), await _known(memory, held_back))


async def _known(memory: Memory, names: Sequence[str]) -> tuple[Behavior, ...]:
    """Those of the behaviors that are still there; each once, also where two were merged since."""
    found: dict[str, Behavior] = {}
    for name in names:
        try:
            behavior = await memory.handbook.behavior(name)
        except InvalidInput:  # forgotten meanwhile
            continue
        found[behavior.id] = behavior
    return tuple(found.values())


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, BehaviorReuseState, BehaviorReuseSettings)
    wiring.node(retrieve).node(solve_with_behaviors).node(solve_alone).node(credit).node(close)
    wiring.edge(START, "retrieve")
    wiring.ask(
        "retrieve",
        whether_anything_fits,
        {"behaviors": "solve_with_behaviors", "none": "solve_alone"},
    )
    known = {"outcome known": "credit", "done": "close"}
    wiring.ask(
        "solve_with_behaviors",
        whether_it_fitted,
        {"the prompt is too long": "solve_alone"} | known,
    )
    wiring.ask("solve_alone", whether_known, known)
    return wiring.edge("credit", "close").edge("close", END).build()


graph = build()
