"""Metacognition: choose a way, watch it, mend only what needs mending, answer or say "I don't know".

The machine that composes the others. It knows no reasoning of its own: it looks at the question and at
memory, hands over to a method, says how sure one can be of what came back, and as long as that is not
enough and another move is worth its price, it makes that move.

    START -> look -> choose -> direct, behavior_reuse, rema_plan, rema or metamind_choice --+
                                                                                          v
           +--------------------------------------------------------------------------> monitor
           |                                                                              |
           +-- draw, another method, critique_revise or multi_critique <-- go on -- (what now?)
                                                                                          |settle
         (may it be written?) <- approve_memory <- propose <- approve_answer <- settle <--+
           |write it
           +--> reflect -> (is there a solution to learn from?) -> behavior_curate -> END

| part | node | built on, in `meta/` |
|---|---|---|
| meta-level monitoring and control (Nelson and Narens) | `monitor`, which ends in `decide` | |
| choosing a way under expected utility (ZIP-RC, 2512.01457) | `choose`, `monitor` | `control/choice.py` |
| adaptive consistency (2305.11860) | `draw`, decided on in `monitor` | `control/stopping.py` |
| difficulty gate of refinement (MAgICoRe, 2409.12147) | `monitor` | `control/refinement.py` |
| combined confidence | `monitor` | `monitor/confidence.py` |
| Chow's rule | `settle` | `control/abstention.py` |
| outcomes by method (SMART, 2410.16128) | `reflect`, read in `choose` | `control/forecast.py` |
| notebook of mistakes (OlaGPT, 2305.16334) | `behavior_curate` | memory's episodes |
| behavior handbook (2509.13237) | `behavior_curate`, read in `behavior_reuse` | memory's handbook |

How it decides:
- The way is the one of greatest expected utility by the cards' figures, which are the same for an easy and a
  hard question; where the memory has outcomes of this kind of question, by those, and by what the words of
  the questions that a way got right have in common. How hard a question is shows otherwise only in the first
  answer's sureness. Where minds and feelings are asked about, theory of mind is worth more;
  where the handbook has fitting behaviors, their reuse is open too.
- Every answer is one attempt: who gave it and how sure its least sure token was. The confidence in an answer
  is made from all attempts; the model's own word is no part of it. A `verifier` overrules it.
- While votes could still turn, more solutions are drawn, as few at a time as cannot be wasted. Then another
  method and a critique are weighed: what they may mend against their price, each once.
- A text, code or JSON is not voted on and has no confidence: the first one is given, after a critique where
  `review` is set.
- An answer held with less than `min_confidence` is not given: the run abstains and says why. Nothing is
  written to memory but the attempts, unless the outcome is known: then a right one teaches behaviors, a wrong
  one what the mistake was.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from typing import Any, Final

from ...agents.answer_form import AnswerForm
from ...agents.reasoner import Reasoner, Solution
from ...core.answer import Ending
from ...core.errors import (
    BudgetExceeded,
    ContextTooLong,
    EndpointFailed,
    EndpointUnreachable,
    ModelError,
    ServerDied,
)
from ...core.journal import current_scope
from ...core.run import current_run, record_step
from ...memory.episodes.episode import NewEpisode
from ...memory.handbook.handbook_recall import behaviors_for_question
from ...memory.quotation import as_data
from ...memory.records.evidence import Source
from ...meta.control.abstention import act
from ...meta.control.utility import Utility
from ...meta.monitor.mind import asks_about_minds
from ...meta.verify.verdict import combined, verdict
from ...runtime.approval import approve_answer, approve_memory, matters, whether_to_write
from ...runtime.machine import END, START, Card, Machine, Wiring, text_of
from ...runtime.solving import form_of
from .. import method
from ..handbook.behavior_curate import OUTCOME
from ..handbook.behavior_reuse import credit_steps, measured
from .metacognition_control import (
    CRITICS,
    DRAW,
    SETTLE,
    WAYS,
    is_open,
    leading,
    next_move,
    open_methods,
    verdicts,
    way,
)
from .metacognition_state import Attempt, MetacognitionSettings, MetacognitionState

CARD = Card(
    name="metacognition",
    title="The composing machine",
    good_for="any question: cheap where the model is sure, thorough where it is not; abstains when unsure",
    calls="1 where the model is sure; else more draws, then another method or a critique where one is worth "
    "its price",
)

FAILURES: Final = (ModelError, ContextTooLong, EndpointUnreachable, EndpointFailed, ServerDied)
"""What a move may end in without ending the run: the step it happened in says so. A store that fails is
none of them: a run whose journal or memory cannot be written must not go on."""
WHOLE: Final = ("finished", "turn_cap")
"""Endings of a method that got to its answer."""


# -- before ---------------------------------------------------------------------------------------


async def look(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """What is asked about, and what memory has for it; no model is asked."""
    with record_step("monitor", "look", target="controller") as step:
        minds = asks_about_minds(state.question)
        step.decide("minds" if minds.choice else "no minds", minds.reason)
        update: dict[str, Any] = {"minds": minds.choice, "asked": state.question}
        if (memory := await settings.recollection()) is None:
            return update
        if settings.notes:
            notes = await memory.recall(
                state.question,
                recipe=settings.notes,
                tokens=settings.notes_tokens,
                evaluating=settings.evaluating,
            )
            if notes:
                update["asked"] = f"{as_data(notes)}\n\n{state.question}"
                step.change("notes", tuple(note.id for note in notes))
        fitting = await behaviors_for_question(
            memory, state.question, k=1, evaluating=settings.evaluating
        )
        update["fitting"] = bool(fitting)
    return update


async def choose(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """The way of greatest expected utility."""
    with record_step("controller", "choose", target="reasoner") as step:
        decision = await way(state, settings)
        step.decide(decision.choice, decision.reason, options=open_methods(settings))
        step.change("move", decision.choice)
    return {"move": decision.choice}


# -- moves ----------------------------------------------------------------------------------------


async def hand_over(
    state: MetacognitionState, settings: MetacognitionSettings, machine: Machine
) -> dict[str, Any]:
    """A method works on the question; its answer is one more attempt.

    One that fails is not tried again: what is known already, or another way, does without.
    """
    given, moves = {"question": state.asked}, [*state.moves, machine.name]
    form = form_of(state.question, settings)
    if machine.name in CRITICS:
        leader = next(a for a in state.attempts if a.answer == state.answer)
        given |= {"response": leader.solution or leader.answer, "answer": leader.answer}
    try:
        outcome = await machine.ainvoke(given, context=_handed_on(settings, machine, form))
    except BudgetExceeded:
        if not state.attempts:
            raise
        return {"moves": moves, "spent": True}
    except FAILURES:
        if not state.attempts and not await _another(state, settings, moves):
            raise
        return {"moves": moves}
    update: dict[str, Any] = {"moves": moves, "spent": outcome["ending"] == "budget"}
    if machine.name in CRITICS and outcome["response"] == given["response"].strip():
        return update  # what changed nothing is no second attempt
    attempt = _attempt(machine, outcome, form)
    if (form.is_open or not attempt.answer) and outcome["ending"] not in WHOLE:
        update["cut"] = outcome["ending"]
    return update | {
        "attempts": [*state.attempts, attempt],
        "answer": state.answer or attempt.answer,
    }


def _attempt(machine: Machine, outcome: dict[str, Any], form: AnswerForm) -> Attempt:
    """What a method's outcome says; nothing, if the work was cut off before it stated an answer. Of a text
    that was cut off there is what was written."""
    tokens = sum(step.usage.tokens for step in outcome["steps"])  # its own, of whichever life
    stated = form.is_open or form.states_answer(outcome["response"])
    if outcome["ending"] not in WHOLE and not stated:
        return Attempt(machine.name, "", tokens=tokens)
    said = (outcome["answer"], outcome["confidence"], outcome["response"])
    return Attempt(machine.name, *said, tokens, text_of(outcome))


async def _another(
    state: MetacognitionState, settings: MetacognitionSettings, moves: list[str]
) -> bool:
    """Whether another way is open to a question that these moves came to nothing with."""
    return settings.another and bool((await way(state, settings, tuple(moves))).choice)


async def draw(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """A few more solutions, asked for at once; one that was cut off counts as one without an answer."""
    model = await settings.get_model()
    form = form_of(state.question, settings)
    reasoner = Reasoner(model, settings.draw_temperature, settings.max_tokens or None, form)
    with record_step("reasoner", "draw", target="monitor") as step:
        try:
            drawn = await reasoner.solve(state.asked, state.more)
        except BudgetExceeded as fault:
            step.error = str(fault)
            return {"spent": True}
        except FAILURES as fault:
            step.error = str(fault)
            return {"moves": [*state.moves, DRAW], "dry": True}
        each = step.usage.tokens // len(drawn)
        attempts = [_drawn(solution, form, each) for solution in drawn]
        answers = [one.answer for one in attempts if one.answer]
        known = len(state.attempts)
        step.change("attempts", known + len(attempts), before=known)
        step.findings["answers"] = tuple(answers)
    return {"attempts": [*state.attempts, *attempts], "moves": [*state.moves, DRAW]}


def _drawn(solution: Solution, form: AnswerForm, tokens: int) -> Attempt:
    if solution.truncated and not form.states_answer(solution.text):
        return Attempt(DRAW, "", tokens=tokens)
    return Attempt(DRAW, solution.answer, solution.confidence, solution.text, tokens, solution.text)


def _handed_on(settings: MetacognitionSettings, machine: Machine, form: AnswerForm) -> Any:
    """A method's own settings: what it shares with this machine, by name, but the limits; and the kind of
    answer, which is told from the question without the notes that are put before it."""
    schema: Any = machine.context_schema
    shared = {f.name for f in fields(schema)} & {f.name for f in fields(settings)}
    kept = (name for name in shared if not name.startswith("budget_"))
    told: dict[str, Any] = {name: getattr(settings, name) for name in kept} | {"kind": form.kind}
    if machine.name == "behavior_reuse":  # `reflect` credits the outcome, if it may be written
        told |= {"gold": "", "verifier": ""}
    if machine.name == "multi_critique" and settings.critic_model:
        told["critics"] = ",".join([settings.critic_model] * schema.number_of_critics)
    return schema(**told)


# -- monitoring and control -----------------------------------------------------------------------


async def monitor(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """Which answer leads, and how sure one can be of it; no model is asked."""
    with record_step("monitor", "weigh", target="controller") as step:
        state = replace(state, verdicts=await verdicts(state, settings))
        best = await leading(state, settings)
        answer = best.choice
        options = [one.answer for one in state.attempts if one.answer]
        step.decide(answer, best.reason, options=options)
        if answer != state.answer or len(state.moves) == 1:
            before = state.answer if len(state.moves) > 1 else ""
            step.change("answer", answer or None, before=before or None)
    found = {"answer": answer, "confidence": best.confidence}
    decided = await decide(replace(state, **found), settings)
    return {"verdicts": state.verdicts, **found, **decided}


async def decide(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """What to do next, and why."""
    with record_step("controller", "decide", target="reasoner") as step:
        decision, more = await next_move(state, settings)
        step.decide(decision.choice, decision.reason)
        step.change("move", decision.choice, before=state.move)
    return {"move": decision.choice, "more": more}


# -- after ----------------------------------------------------------------------------------------


async def settle(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """The answer goes out, or nobody knows."""
    silent = not any(attempt.answer for attempt in state.attempts)
    cut = state.cut if silent or form_of(state.question, settings).is_open else None
    ending: Ending = state.ending or ("budget" if state.spent else cut or "finished")
    with record_step("controller", "settle", target="user") as step:
        confidence = state.confidence or 0.0
        least = settings.min_confidence
        wrong = -least / (1.0 - least) if least < 1.0 else -1e9
        decision = act(confidence, Utility(wrong=wrong))
        unknown = state.confidence is None and is_open(state, settings)
        why = "the answer is a whole reply, of which no confidence is known"
        answers = bool(state.answer) and (unknown or decision.choice == "answer")
        step.decide(
            "answer" if answers else "abstain",
            why if unknown else decision.reason,
            options=("answer", "abstain"),
        )
        if answers:
            leader = next(a for a in state.attempts if a.answer == state.answer)
            return {"ending": ending, "response": leader.solution, "text": leader.text}
        best = f"; the best guess was {state.answer}" if state.answer else ""
        reason = f"nothing is held with {settings.min_confidence:.0%} or more{best}"
        if cut:
            reason = f"every solution was cut off before it stated an answer ({cut})"
        step.change("abstained", True)
        if state.answer:
            step.change("answer", None, before=state.answer)
    return {"answer": "", "abstained": True, "ending": ending, "reason": reason}


async def propose(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """What would be written to memory, in words; what an outcome teaches is asked about when it is known."""
    run = current_run()
    if not settings.memory or run is None:
        return {}
    outcomes = await _outcomes(state, settings)
    writes = [f"attempt: {a.move} says {a.answer}{OUTCOME[right]}" for a, right in outcomes]
    if any(a.move == "behavior_reuse" and right is not None for a, right in outcomes):
        shown, held_back = measured(run.steps)
        writes += [f"outcome credited to {name}" for name in (*shown, *held_back)]
    return {"writes": writes}


async def reflect(state: MetacognitionState, settings: MetacognitionSettings) -> dict[str, Any]:
    """The attempts go into the notebook, each with its outcome where one is known; the behaviors that one of
    them was shown are credited with it."""
    memory, run = await settings.recollection(), current_run()
    if memory is None or run is None:
        return {}
    with record_step("monitor", "reflect", target="memory") as step:
        source, scope = Source(run=run.id), current_scope()
        outcomes = await _outcomes(state, settings)
        episodes = [
            NewEpisode(
                problem=state.question,
                method=a.move,
                answer=a.answer,
                correct=correct,
                source=source,
                kind=settings.topic,
                tokens=a.tokens,
                key=f"{scope}/{a.move}" if scope else "",
            )
            for a, correct in outcomes
        ]
        await memory.episodes.add_all(episodes)
        for a, correct in outcomes:
            if a.move == "behavior_reuse" and correct is not None:
                told: dict[str, Any] = {"tokens": a.tokens, "run": run.id}
                await credit_steps(memory, state.question, run.steps, correct, **told)
        step.change("episodes", len(episodes))
    return {}


async def _outcomes(
    state: MetacognitionState, settings: MetacognitionSettings
) -> list[tuple[Attempt, bool | None]]:
    """The first answer of each move, in their order, and whether it is right, where that is known."""
    first: dict[str, Attempt] = {}
    for attempt in state.attempts:
        if attempt.answer:
            first.setdefault(attempt.move, attempt)
    return [
        (a, combined(state.verdicts.get(a.answer), await verdict(a.answer, settings.gold)))
        for a in first.values()
    ]


async def learn(
    state: MetacognitionState, settings: MetacognitionSettings, machine: Machine
) -> dict[str, Any]:
    """Curation takes from the solution what its outcome teaches."""
    leader = next(a for a in state.attempts if a.answer == state.answer)
    given = {
        "question": state.question,
        "response": leader.solution,
        "answer": leader.answer,
        "correct": state.verdicts.get(leader.answer),  # and so the verifier is not asked again
    }
    told = replace(_handed_on(settings, machine, form_of(state.question, settings)), verifier="")
    told.approve = "memory" if "memory" in matters(settings) else ""
    with suppress(BudgetExceeded, *FAILURES):  # the step says so; the answer is good all the same
        await machine.ainvoke(given, context=told)
    return {}


def _learns(state: MetacognitionState, settings: MetacognitionSettings) -> bool:
    known = bool(settings.gold) or state.verdicts.get(state.answer) is not None
    solved = any(a.answer == state.answer and a.solution for a in state.attempts)
    return settings.learn and known and solved and not state.abstained and not state.spent


# -- questions ------------------------------------------------------------------------------------


def what_now(state: MetacognitionState, settings: MetacognitionSettings) -> str:
    """After the choice and after each look: the move that was decided on."""
    return "settle" if state.ending else WORDS[state.move]


def whether_to_learn(state: MetacognitionState, settings: MetacognitionSettings) -> str:
    """After the notebook: is there a solution to learn from?"""
    return "learn from it" if _learns(state, settings) else "done"


WORDS: Final = {
    "direct": "answer directly",
    "behavior_reuse": "use known behaviors",
    "rema_plan": "plan first",
    "rema": "steer turn by turn",
    "metamind_choice": "read minds",
    "critique_revise": "criticise and revise",
    "multi_critique": "ask several critics",
    DRAW: "draw more",
    SETTLE: "settle",
}


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, MetacognitionState, MetacognitionSettings)
    wiring.node(look).node(choose).node(draw).node(monitor)
    for name in (*WAYS, *CRITICS):
        wiring.machine(method(name).graph, hand_over).edge(name, "monitor")
    ways, critics = ({WORDS[name]: name for name in group} for group in (WAYS, CRITICS))
    wiring.edge(START, "look").edge("look", "choose").ask("choose", what_now, ways)
    going_on = {WORDS[DRAW]: "draw", WORDS[SETTLE]: "settle"}
    wiring.edge("draw", "monitor").ask("monitor", what_now, ways | critics | going_on)
    for verb in (settle, approve_answer, propose, approve_memory, reflect):
        wiring.node(verb, run_after_finish=True)
    wiring.machine(method("behavior_curate").graph, learn, run_after_finish=True)
    wiring.edge("settle", "approve_answer").edge("approve_answer", "propose")
    wiring.edge("propose", "approve_memory")
    wiring.ask("approve_memory", whether_to_write, {"write it": "reflect", "write nothing": END})
    wiring.ask("reflect", whether_to_learn, {"learn from it": "behavior_curate", "done": END})
    return wiring.edge("behavior_curate", END).build()


graph = build()
