"""MetaMind: understand the person before you answer.

Paper: MetaMind: Modeling Human Social Thoughts with Metacognitive Multi-Agent Systems, arXiv 2505.18943.
Before a message is answered, hypotheses about its writer's mind are made, revised under social rules and
weighed; the reply is made from the best one and rewritten until it is good enough. The question is the
message; what was said before stands in `conversation`, and the person is remembered from turn to turn.

    START -> recall -> read -----------> hypothesize --check them--> refine -> score -> respond
                        |notes  ^           |some lack   ^                                 v
                        +-> cross_check     +--> widen --+                  revise <--> validate -> close
                                                                                                      v
                                                                                            approve_answer
                                                                                                      v
    END <- remember <--write it-- (may it be?) <- approve_memory <- learn <--worth it-- (does it teach?)

| paper | here |
|---|---|
| utterance u_t, context C_t, social memory M_t | the question, `conversation`, what `recall` finds |
| theory-of-mind agent: interpretations of u_t and C_t | `read`; `readings` |
| their alignment with M_t, 1 to 5 | `cross_check`; only where something is known of the person |
| k hypotheses h_i over types T | `hypothesize`, `widen`; `hypotheses` |
| domain (moral) agent, constraint set D, revised h~_i | `refine`, `agents/constraint.toml` and `rules` |
| lambda P(h|c) + (1 - lambda) [log P(h|c) - log P(h)] | `score`; `plausibility_weight`, `epsilon` |
| response o_t, U = beta Empathy + (1 - beta) Coherence | `respond`, `validate`; `empathy_weight` |
| threshold 0.9, at most 3 revisions | `accept`, `revisions` |
| social memory update | `learn`, `remember`, from accepted replies only |

Differences from the paper:
- 7 to 14 model calls a turn where the released code makes 35 to 45: readings, cross-check and hypotheses take
  one call each, the hypotheses are revised in one and weighed in two (with the situation and without). A
  critique comes with the reply rewritten after it, so that a revision costs one call; memory is brought up to
  date in one, and read without any.
- Stage 1 in the order of the paper; the released code asks for the hypotheses only. The readings are made
  from the words alone, then held against the notes: a score counts where the note it names exists. Each
  hypothesis names its reading, whose excerpt and note the domain agent sees when it revises the hypothesis
  and judges P(h|c), never when it judges P(h). The kind is said with the hypothesis, not in a call of its
  own. Hypotheses alike are dropped and kinds left out are asked for once more (`diversity`, configured but
  unused there). All three kinds of rules are used, from a rule base with content; there it is empty.
- Both probabilities are read from the log-probabilities of a verdict (true, false) where the model gives
  them, else from the number beside it; the record says which. lambda is 0.7 as in the paper (0.6 is what the
  released code comes to).
- The utility is computed here from the two scores; the released code believes the model's own sum. The best
  reply is sent, there the last one. `confidence` is its utility.
- Memory takes only what rests on words that were said, so that early guesses are not confirmed by being
  remembered. A person may see the reply, and what would be remembered, before either goes out (`approve`).
"""

from __future__ import annotations

from typing import Any

from ...agents.mind.memory_keeper import MemoryKeeper, write_down
from ...agents.mind.responder import Responder
from ...core.errors import ModelError
from ...core.run import current_run, record_step
from ...memory.records.evidence import Source
from ...runtime.approval import approve_answer, approve_memory, whether_to_write
from ...runtime.machine import END, START, Card, Machine, Wiring
from .metamind_stages import (
    cross_check,
    hypothesize,
    read,
    recall,
    refine,
    route_hypotheses,
    route_reading,
    score,
    whether_they_differ,
    whether_to_weigh,
    widen,
)
from .metamind_state import MetaMindSettings, MetaMindState

CARD = Card(
    name="metamind",
    title="MetaMind",
    good_for="a turn of a conversation in which it matters what the other person thinks, wants and feels",
    calls="7 to 14 a turn",
    paper="arXiv 2505.18943",
)

REPAIRED = 2
"""Calls a typed answer can take: the ask and one repair."""
FROM_WIDEN = 3 * REPAIRED + 3
"""Calls that `widen`, `refine`, `score`, `respond` and one `validate` can take."""


async def respond(state: MetaMindState, settings: MetaMindSettings) -> dict[str, Any]:
    """A first reply, made from the selected hypothesis."""
    responder = await _responder(settings)
    with record_step("responder", "respond", target="validator") as step:
        draft = await responder.respond(settings.situation(state), state.understood, state.binding)
        step.change("draft", draft)
    return {"draft": draft, "answer": draft, "kind": "text"}


async def validate(state: MetaMindState, settings: MetaMindSettings) -> dict[str, Any]:
    """The reply is judged; the best one so far is kept."""
    responder = await _responder(settings)
    with record_step("validator", "validate", target="responder") as step:
        assessment = await responder.validate(
            settings.situation(state),
            state.understood,
            state.draft,
            state.binding,
            settings.accept,
        )
        utility = round(assessment.utility(settings.empathy_weight), 9)  # 0.9 is reached by 0.9
        step.findings |= {
            "utility": utility,
            "empathy": assessment.empathy,
            "coherence": assessment.coherence,
            "critique": assessment.critique,
        }
        update: dict[str, Any] = {"revision": assessment.revision.strip()}
        if state.confidence is None or utility > state.confidence:
            step.change("confidence", utility, before=state.confidence)
            update |= {"answer": state.draft, "confidence": utility}
        update["accepted"] = utility >= settings.accept
    return update


async def revise(state: MetaMindState, settings: MetaMindSettings) -> dict[str, Any]:
    """The reply as the critique rewrote it goes back to be judged; no model is asked."""
    with record_step("responder", "revise", target="validator") as step:
        step.change("draft", state.revision, before=state.draft)
    return {"draft": state.revision, "revision": "", "revised": state.revised + 1}


async def close(state: MetaMindState, settings: MetaMindSettings) -> dict[str, Any]:
    """How it ended."""
    if state.accepted or not settings.validate:
        return {"ending": "finished"}
    best = f"the best of {state.revised + 1} replies has a utility of {state.confidence:.3f}"
    return {"ending": "turn_cap", "reason": f"{best}, under {settings.accept:g}"}


async def learn(state: MetaMindState, settings: MetaMindSettings) -> dict[str, Any]:
    """What the exchange taught about the person; nothing is written yet."""
    keeper = MemoryKeeper(
        await settings.get_model(), settings.temperature, settings.max_tokens or None
    )
    with record_step("memory_keeper", "learn", target="memory") as step:
        try:
            learned = await keeper.learn(
                settings.person, settings.situation(state), state.understood, state.answer
            )
        except ModelError as unusable:  # the reply is good all the same
            step.error = str(unusable)
            return {}
        if learned.refused:
            step.findings["refused_as_never_said"] = tuple(map(str, learned.refused))
        for one in learned.writes:
            step.change("to_be_remembered", one)
    return {"learned": learned, "writes": learned.writes}


async def remember(state: MetaMindState, settings: MetaMindSettings) -> dict[str, Any]:
    """What was learned is written down; no model is asked."""
    with record_step("memory_keeper", "remember", target="memory") as step:
        run = current_run()
        source = Source(run=run.id if run else "", step=str(step.index))
        memory = await settings.recollection()
        assert memory is not None  # see `whether_it_teaches`
        await write_down(memory.people, settings.person, state.learned, source)
        for one in state.writes:
            step.change("remembered", one)
    return {}


def whether_to_widen(state: MetaMindState, settings: MetaMindSettings) -> str:
    """After the first hypotheses: do they differ enough, and are calls left to ask for more?"""
    if state.calls + FROM_WIDEN > settings.max_calls:
        return whether_to_weigh(state, settings)
    return whether_they_differ(state, settings)


def whether_to_judge(state: MetaMindState, settings: MetaMindSettings) -> str:
    """After the first reply: with stage 3's validation, or without."""
    return "judge it" if settings.validate and not state.ending else "send it"


def whether_good_enough(state: MetaMindState, settings: MetaMindSettings) -> str:
    """After a reply was judged: is it good enough, and if not, is there another to try?"""
    if state.ending or state.accepted or state.calls + REPAIRED > settings.max_calls:
        return "send the best"
    untried = state.revision and state.revision != state.draft
    return "not good enough" if untried and state.revised < settings.revisions else "send the best"


def whether_it_teaches(state: MetaMindState, settings: MetaMindSettings) -> str:
    """After the reply: was it good enough and sent, is there a person to remember, and a call left?"""
    sent, affordable = not state.abstained, state.calls + REPAIRED <= settings.max_calls
    known = settings.person and settings.memory
    return "worth remembering" if state.accepted and sent and known and affordable else "done"


async def _responder(settings: MetaMindSettings) -> Responder:
    model = await settings.get_model()
    return Responder(model, settings.temperature, settings.max_tokens or None, settings.part)


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, MetaMindState, MetaMindSettings)
    wiring.node(recall).node(read).node(cross_check).node(hypothesize).node(widen)
    wiring.node(refine).node(score)
    wiring.node(respond).node(validate).node(revise).node(close)
    for verb in (approve_answer, learn, approve_memory, remember):
        wiring.node(verb, run_after_finish=True)
    wiring.edge(START, "recall")
    wiring.ask(
        "recall",
        route_hypotheses,
        {"read the words": "read", "answer at once": "respond"},
    )
    checking = {"check the notes": "cross_check", "nothing to check": "hypothesize"}
    wiring.ask("read", route_reading, checking).edge("cross_check", "hypothesize")
    weighing = {"check them": "refine", "take the surest": "respond"}
    wiring.ask("hypothesize", whether_to_widen, {"some lack": "widen"} | weighing)
    wiring.ask("widen", whether_to_weigh, weighing)
    wiring.edge("refine", "score").edge("score", "respond")
    wiring.ask("respond", whether_to_judge, {"judge it": "validate", "send it": "close"})
    wiring.ask(
        "validate",
        whether_good_enough,
        {"not good enough": "revise", "send the best": "close"},
    )
    wiring.edge("revise", "validate").edge("close", "approve_answer")
    wiring.ask("approve_answer", whether_it_teaches, {"worth remembering": "learn", "done": END})
    wiring.edge("learn", "approve_memory")
    wiring.ask("approve_memory", whether_to_write, {"write it": "remember", "write nothing": END})
    return wiring.edge("remember", END).build()


graph = build()
