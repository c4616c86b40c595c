"""Curating the handbook: solve a problem, look back at the solution, keep the behaviors it teaches.

Paper: Metacognitive Reuse, arXiv 2509.13237, curation of the behavior handbook. Three calls a problem:
solution, reflection, extraction; then the behaviors go into the handbook.

    START -> look_up -> (learned from before?) --learned before--> approve_answer -> END
                |new
              solve -> validate -> (what is it worth?) --nothing------------------+
                                     |behaviors  |look back                       |
                                     |        reflect -> (what did it come to?)   |
                                     |          |behaviors          |a mistake    |
                                     +----> extract ------------> propose <-------+
                                                                      v
    END <- approve_answer <- close <- remember <--write it-- (may it be?) <- approve_memory

| paper | here |
|---|---|
| LLM A, Metacognitive Strategist | `strategist_model`, the role `Strategist` |
| Solution, Reflection, Behavior prompt | `solve`, `reflect`, `extract` |
| behavior handbook, appended to | `remember`, merged into |
| topic (MATH) | `topic` |

Where we differ:
- The answer is checked where something is known of it (`gold`, `verifier`). A behavior is active when a right
  answer backs it and a candidate when nobody checked; a wrong answer leaves its mistake and the reason, and
  no behavior (`from_wrong`: candidates too; the paper takes behaviors from every trace).
- A behavior that says what another says is merged with it; the paper has one new behavior a trace.
- Data of the question in a behavior, duplicates and instructions of the wrong length are refused, in code.
- Without `reflect` extraction follows the solution at once (two calls).
- A person may see what would be remembered before it is written (`approve`).
- A problem that was learned from is not asked again (`again`), so a run over a file can be killed and started
  anew. What one problem teaches is written in one transaction with its episode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ...agents.strategist import Strategist
from ...core.errors import InvalidConfig, ModelError
from ...core.run import current_run, record_step
from ...memory.episodes.episode import NewEpisode
from ...memory.handbook.behavior import STATUSES
from ...memory.memory import Memory
from ...memory.records.evidence import Source
from ...meta.verify.verdict import combined, verdict
from ...runtime.approval import (
    ApprovalSettings,
    Proposal,
    approve_answer,
    approve_memory,
    whether_to_write,
)
from ...runtime.machine import END, START, Card, Given, Machine, Wiring
from ...runtime.memory_settings import RememberingSettings
from ...runtime.solving import form_of, reasoner_for

CARD = Card(
    name="behavior_curate",
    title="Curation of the behavior handbook",
    good_for="learning: what a solved problem teaches goes into the handbook",
    calls="3, and up to 3 for each behavior like a known one",
    paper="arXiv 2509.13237",
)

LEARNED: Final = "behavior_curate"
"""The method of the episodes that say what was learned from."""
VERDICTS: Final = {True: "right", False: "wrong", None: "unchecked"}
VALIDATED: Final = {
    True: "the answer is right: what it teaches is validated",
    False: "the answer is wrong",
    None: "nobody can say whether it is right: what it teaches stays a candidate",
}
OUTCOME: Final = {True: ", right", False: ", wrong", None: ""}


@dataclass
class BehaviorCurateSettings(RememberingSettings, ApprovalSettings):
    """What curation can be told; it needs a memory."""

    topic: str = ""
    """The problem's topic; its behaviors are found by it."""
    gold: str = ""
    """The right answer, where it is known. No model sees it."""
    verifier: str = ""
    """Python that defines `right(answer)`, run in the sandbox, in place of `gold` or beside it."""
    strategist_model: str = ""
    """Model that reflects and extracts; empty: `model` (the paper: the same)."""
    reflect: bool = True
    """Look back in words before extracting (the paper's second call)."""
    from_wrong: bool = False
    """Take behaviors, as candidates, also from a solution known to be wrong (the paper knows of none)."""
    most: int = 5
    """Behaviors that one solution can teach."""
    again: bool = False
    """Learn from a problem also if it was learned from before."""


@dataclass
class Solved(Given):
    """A problem and, where there is one already, its solution.

    `correct` says whether its answer is right, where that is known.
    """

    correct: bool | None = None


@dataclass
class BehaviorCurateState(Proposal):
    """Plus the solution, what is known of its answer, and what the look back came to."""

    response: str = ""
    known: bool = False
    truncated: bool = False
    correct: bool | None = None
    reflection: str = ""
    mistake: str = ""
    why: str = ""
    behaviors: list[tuple[str, str]] = field(default_factory=list)


async def look_up(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """Was this problem learned from before? No model is asked."""
    memory = await _memory(settings)
    with record_step("handbook", "look_up", target="reasoner") as step:
        before = await memory.episodes.of_problem(state.question)
        episode = next((one for one in before if one.method == LEARNED), None)
        if episode is None or settings.again:
            return {}
        step.findings["episode"] = episode.id
    known = {"known": True, "answer": episode.answer, "correct": episode.correct}
    return {
        **known,
        "ending": "finished",
        "reason": f"learned from before: episode {episode.id}",
    }


async def solve(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """The solution to learn from: the one that comes in with the question, else the reasoner's."""
    if given := (state.response or state.answer).strip():
        return {
            "response": given,
            "answer": state.answer or form_of(state.question, settings).answer(given),
        }
    reasoner = await reasoner_for(state.question, settings)
    with record_step("reasoner", "solve", target="strategist") as step:
        [solution] = await reasoner.solve(state.question)
        step.change("answer", solution.answer)
    return {
        "response": solution.text,
        "answer": solution.answer,
        "confidence": solution.confidence,
        "truncated": solution.truncated,
    }


async def validate(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """Is the answer right, as far as anything is known? No model is asked."""
    with record_step("verifier", "validate", target="strategist") as step:
        found = await verdict(state.answer, settings.gold, settings.verifier)
        correct = combined(state.correct, found)
        step.decide(VERDICTS[correct], VALIDATED[correct], options=VERDICTS.values())
        if correct is not None:
            step.change("correct", correct, before=state.correct)
    return {"correct": correct}


async def reflect(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """The strategist looks back at the solution."""
    strategist = await _strategist(settings)
    with record_step("strategist", "reflect", target="strategist") as step:
        try:
            found = await strategist.reflect(state.question, state.response, state.correct)
        except ModelError as unusable:  # a solution can be learned from without
            step.error = str(unusable)
            return {}
        step.change("reflection", found.text)
    return {"reflection": found.text, "mistake": found.mistake, "why": found.reason}


async def extract(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """Behaviors from question, solution and reflection; those unfit are refused, and said why."""
    strategist = await _strategist(settings)
    with record_step("strategist", "extract", target="handbook") as step:
        try:
            found = await strategist.extract(
                state.question, state.response, state.reflection, settings.gold or state.answer
            )
        except ModelError as unusable:  # the attempt is remembered all the same
            step.error = str(unusable)
            return {}
        if found.refused:
            step.findings["refused"] = tuple(found.refused)
        for name, text in found.behaviors:
            step.change(name, text)
    return {"behaviors": list(found.behaviors)}


async def propose(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """What would be written to memory, in words."""
    writes = [f"attempt: {state.answer}{OUTCOME[state.correct]}"]
    if state.correct is False and state.mistake:
        writes.append(f"mistake: {state.mistake} {state.why}".strip())
    writes += [f"behavior {name}: {text}" for name, text in state.behaviors]
    return {"writes": writes}


async def remember(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """The episode and its behaviors are written, all or nothing; what says the same is merged."""
    strategist, memory = await _strategist(settings), await _memory(settings)
    with record_step("handbook", "remember", target="memory") as step:
        run = current_run()
        source = Source(run=run.id if run is not None else "")
        before = await memory.episodes.of_problem(state.question)
        if any(one.method == LEARNED and one.source == source for one in before):
            step.decide("write nothing", "this run has written it before it was resumed")
            return {}
        [episode] = memory.episodes.changes([_episode(state, settings, source)])
        known = {b.id: b.status for b in await memory.handbook.behaviors(status=STATUSES)}
        kept = await memory.handbook.add_all(
            state.behaviors,
            topic=settings.topic,
            source=source,
            validated_by=episode.key if state.correct else "",
            strategist=strategist,
            beside=[episode],
        )
        lines = [f"{'merged into' if b.id in known else 'new'} {b.name} ({b.status})" for b in kept]
        for one in kept:
            step.change(one.name, one.status, before=known.get(one.id))
        step.findings["episode"] = episode.key
    return {"reason": "; ".join(lines)}


async def close(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> dict[str, Any]:
    """How it ended."""
    return {"ending": "truncated" if state.truncated else "finished"}


def whether_known(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> str:
    """After the look into memory."""
    return "learned before" if state.known else "new"


def what_it_is_worth(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> str:
    """After validation: what is there to learn from this solution?"""
    to_do = what_it_came_to(state, settings)
    if settings.reflect:
        return "look back"
    return "behaviors" if to_do == "behaviors" else "nothing"


def what_it_came_to(state: BehaviorCurateState, settings: BehaviorCurateSettings) -> str:
    """After the look back: behaviors, or a mistake to be remembered?"""
    wrong = state.correct is False and not settings.from_wrong
    return "a mistake" if wrong else "behaviors"


async def _memory(settings: BehaviorCurateSettings) -> Memory:
    memory = await settings.recollection()
    if memory is None:
        raise InvalidConfig("behavior_curate needs a memory: set `memory` to a file or an address")
    return memory


async def _strategist(settings: BehaviorCurateSettings) -> Strategist:
    model = await settings.get_model(settings.strategist_model)
    return Strategist(model, settings.temperature, settings.max_tokens or None, settings.most)


def _episode(
    state: BehaviorCurateState, settings: BehaviorCurateSettings, source: Source
) -> NewEpisode:
    wrong = state.correct is False
    return NewEpisode(
        problem=state.question,
        method=LEARNED,
        answer=state.answer,
        correct=state.correct,
        source=source,
        kind=settings.topic,
        mistake=state.mistake if wrong else "",
        reason=state.why if wrong else "",
        tokens=sum(step.usage.tokens for step in state.steps),
        seconds=sum(step.seconds for step in state.steps),
    )


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, BehaviorCurateState, BehaviorCurateSettings, takes=Solved)
    wiring.node(look_up).node(solve).node(validate).node(reflect).node(extract)
    wiring.node(propose).node(approve_memory).node(remember).node(close)
    wiring.node(approve_answer, run_after_finish=True)
    wiring.edge(START, "look_up")
    wiring.ask("look_up", whether_known, {"new": "solve", "learned before": "approve_answer"})
    wiring.edge("solve", "validate")
    wiring.ask(
        "validate",
        what_it_is_worth,
        {"look back": "reflect", "behaviors": "extract", "nothing": "propose"},
    )
    wiring.ask("reflect", what_it_came_to, {"behaviors": "extract", "a mistake": "propose"})
    wiring.edge("extract", "propose").edge("propose", "approve_memory")
    writing = {"write it": "remember", "write nothing": "close"}
    wiring.ask("approve_memory", whether_to_write, writing)
    wiring.edge("remember", "close").edge("close", "approve_answer")
    return wiring.edge("approve_answer", END).build()


graph = build()
