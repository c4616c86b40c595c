"""ReMA: a meta-thinking agent steers, a reasoning agent works.

Paper: ReMA: Learning to Meta-think for LLMs with Multi-Agent Reinforcement Learning, arXiv 2503.09501.
One turn is a message of the meta-thinker and the reasoner's answer to it. The meta-thinker decides what to
do next (decompose, do, check, go back) and when to finish; the reasoner does it and has the last word.

    START -> meta_think -> reason -> (finished? cut off? out of turns?) --no--> meta_think
                                        |yes                    |out of turns
                                       END                   finalise -> END

| paper | here |
|---|---|
| high-level agent, meta-thinking | `meta_think` |
| low-level agent, reasoning | `reason` |
| [FINISH] | `finish_flag` |
| turn t, cap T | `turn`, `max_turns` |
| termination: normal, cap, prompt limit, truncated | `ending`: finished, turn_cap, context, truncated |

Where we differ:
- At the cap the meta-thinker's `finalise` message asks for the answer; the released evaluation scores
  whatever the reasoner said last (switch: `finalise_at_cap`).
- A finish flag in the reasoner's words is stripped, as in the released code.
- Truncation ends the dialogue only with `stop_when_truncated` (released code: the same switch).
- Confidence is the probability of the reasoner's least sure token in the whole dialogue.
- Training is not here: this is the protocol, for any model. `rema_plan` is the single-turn form.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import NonNegativeInt, PositiveInt

from ...agents.meta_thinker import MetaThinker
from ...core.answer import Ending
from ...core.errors import ContextTooLong
from ...core.off_loop import off_loop
from ...core.run import record_step
from ...runtime.machine import END, START, Card, Machine, Settings, State, Wiring
from ...runtime.solving import form_of, reasoner_for

CARD = Card(
    name="rema",
    title="ReMA, multi-turn",
    good_for="hard problems of several parts, where a plan must change as the work goes on",
    calls="2 a turn, at most 20",
    paper="arXiv 2503.09501",
    success=0.62,
    cost=5.0,
)


@dataclass
class RemaSettings(Settings):
    """What ReMA can be told."""

    meta_model: str = ""
    """Model of the meta-thinker; empty: the same as `model` (section 3.2, shared parameters)."""
    reasoner_model: str = ""
    """Model of the reasoner; empty: the same as `model`."""
    max_turns: PositiveInt = 10
    """Turns at most (10 in the released evaluation)."""
    max_tokens: NonNegativeInt = 512
    """Cap on each message in tokens (30 turns of 512 in section 4.3); 0 leaves it to the model."""
    finish_flag: str = "[FINISH]"
    """The meta-thinker's word for "done" (section 3.2.2)."""
    stop_when_truncated: bool = False
    """End when a message hits its cap, also with a finish flag in it."""
    finalise_at_cap: bool = True
    """At the last turn ask for the final answer instead of scoring the last message."""


@dataclass
class RemaState(State):
    """Plus the dialogue: `moves[t]` is answered by `works[t]`.

    `stated` says that the answer so far was said to be one, so that mere work no longer replaces it.
    """

    moves: list[str] = field(default_factory=list)
    works: list[str] = field(default_factory=list)
    stated: bool = False
    finish: bool = False
    truncated: bool = False
    full: bool = False


async def meta_think(state: RemaState, settings: RemaSettings) -> dict[str, Any]:
    """The meta-thinker says what to do next, or that it is time to finish."""
    model = await settings.get_model(settings.meta_model)
    thinker = MetaThinker(
        model, settings.temperature, settings.max_tokens or None, settings.finish_flag
    )
    with record_step("meta_thinker", "next_move", target="reasoner") as step:
        try:
            move = await thinker.next_move(state.question, state.moves, state.works)
        except ContextTooLong as outgrown:
            if not state.answer:
                raise
            step.error = str(outgrown)
            return {"full": True, "reason": str(outgrown)}
        if move.finish:
            step.change("finish", True)
        elif move.text not in state.moves:
            step.change("moves", len(state.moves) + 1, before=len(state.moves))
    return {"moves": [*state.moves, move.text], "finish": move.finish, "truncated": move.truncated}


async def reason(state: RemaState, settings: RemaSettings) -> dict[str, Any]:
    """The reasoner does what it was told; then it is seen whether that was the end."""
    if _cut_off(state, settings):  # the move is answered by silence, as in the paper's code
        update: dict[str, Any] = {"works": [*state.works, ""]}
    else:
        update = await _work(state, settings, state.moves)
    return update | {"ending": how_it_ended(replace(state, **update), settings)}


async def finalise(state: RemaState, settings: RemaSettings) -> dict[str, Any]:
    """Out of turns: the reasoner is asked for its final answer."""
    request = WRITE_OUT if form_of(state.question, settings).is_open else FINALISE
    update = await _work(state, settings, [*state.moves, request])
    return update | {"moves": [*state.moves, request], "ending": "turn_cap"}


async def _work(state: RemaState, settings: RemaSettings, moves: list[str]) -> dict[str, Any]:
    reasoner = await reasoner_for(state.question, settings, settings.reasoner_model)
    with record_step("reasoner", "carry_out", target="meta_thinker") as step:
        try:
            solution = await reasoner.carry_out(state.question, moves, state.works)
        except ContextTooLong as outgrown:
            if not state.answer:
                raise
            step.error = str(outgrown)
            return {"full": True, "works": [*state.works, ""], "reason": str(outgrown)}
        work = solution.text.replace(settings.finish_flag, "").strip()
        form, kept = reasoner.form, state.answer if state.stated or not work else ""
        stated = await off_loop(lambda: form.states_answer(work), len(work))
        answer = kept
        if stated or not kept:
            answer = await off_loop(lambda: form.answer(work), len(work))
        if answer != state.answer:
            step.change("answer", answer, before=state.answer or None)
        elif work not in state.works:
            step.change("works", len(state.works) + 1, before=len(state.works))
    # What a person reads of a dialogue between agents: the answer it came to, else its last message.
    known = (state.stated or stated) and not form.is_open
    return {
        "works": [*state.works, work],
        "answer": answer,
        "response": "\n".join(filter(None, [*state.works, work])),
        "text": answer if known else work or state.text,
        "stated": state.stated or stated,
        "confidence": _least(state.confidence, solution.confidence),
        "truncated": state.truncated or solution.truncated,
    }


def _least(before: float | None, now: float | None) -> float | None:
    """The reasoner is no surer than in its least sure message: the last one often only repeats."""
    known = [each for each in (before, now) if each is not None]
    return min(known, default=None)


def how_it_ended(state: RemaState, settings: RemaSettings) -> Ending | None:
    """In one word, None while it goes on. The reasoner has spoken; the flag is looked at now."""
    if state.full:
        return "context"
    if _cut_off(state, settings):
        return "truncated"
    if state.finish:
        return "finished"
    capped = len(state.works) >= settings.max_turns and not settings.finalise_at_cap
    return "turn_cap" if capped else None


def whether_to_go_on(state: RemaState, settings: RemaSettings) -> str:
    """After each turn."""
    if state.ending:
        return "finished"
    return "go on" if len(state.works) < settings.max_turns else "out of turns"


def _cut_off(state: RemaState, settings: RemaSettings) -> bool:
    return state.full or (state.truncated and settings.stop_when_truncated)


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, RemaState, RemaSettings)
    wiring.node(meta_think).node(reason).node(finalise)
    wiring.edge(START, "meta_think").edge("meta_think", "reason")
    wiring.ask(
        "reason",
        whether_to_go_on,
        {"go on": "meta_think", "out of turns": "finalise", "finished": END},
    )
    return wiring.edge("finalise", END).build()


FINALISE = "There is no turn left. State the final answer now."
WRITE_OUT = "There is no turn left. Write out the complete answer now."

graph = build()
