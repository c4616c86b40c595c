"""MetaMind for a question: what do the people of a story believe, want, intend, feel or think?

Paper: MetaMind: Modeling Human Social Thoughts with Metacognitive Multi-Agent Systems, arXiv 2505.18943;
its evaluation uses it so on multiple-choice tests of theory of mind (ToMBench). The question is the story,
what is asked, and the options, if there are any. `metamind` is the same machine for a turn of a
conversation.

    START -> recall -> read -----------> hypothesize --check them--> refine -> score -> choose -> END
                        |notes  ^           |some lack   ^
                        +-> cross_check     +--> widen --+

| paper | here |
|---|---|
| story and question as u_t, C_t | the question |
| social memory M_t | what `recall` finds of `person`; nothing without a memory, as in the evaluation |
| theory-of-mind agent: interpretations, alignment with M_t | `read`, `cross_check`; `readings` |
| its k hypotheses | `hypothesize`, `widen`; `hypotheses` |
| domain (moral) agent, selection | `refine`, `score` |
| response agent, answer of the form [[X]] | `choose`; the answer stands in a box |

Differences from the paper:
- As in `metamind`: readings take one call, their cross-check one where something is known of the person, the
  hypotheses one (and one more where kinds lack); they are revised in one and weighed in two. 6 calls where
  nothing is known and no kind lacks.
- A choice has no empathy to judge and is not revised. The released evaluation asks five times with the
  options shuffled and takes "A" where it finds no answer; here one answer is read, and none is made up.
- `confidence` is the probability of the answer's least sure token, where the model gives log-probabilities.
"""

from __future__ import annotations

from typing import Any

from ...agents.mind.responder import Responder
from ...core.run import record_step
from ...runtime.machine import END, START, Card, Machine, Wiring
from ...runtime.solving import form_of
from .metamind_stages import (
    HypothesisSettings,
    HypothesisState,
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

CARD = Card(
    name="metamind_choice",
    title="MetaMind, for questions about minds",
    good_for="questions about what people in a story believe, want, intend, feel or think",
    calls="6 to 8",
    paper="arXiv 2505.18943",
    cost=6.0,
)


async def choose(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """The answer, in the light of the selected hypothesis."""
    responder = Responder(
        await settings.get_model(), settings.temperature, settings.max_tokens or None
    )
    with record_step("responder", "choose", target="user") as step:
        form = form_of(state.question, settings)
        pick = await responder.choose(settings.situation(state), state.understood, form)
        step.change("answer", pick.answer)
    ending = "truncated" if pick.truncated else "finished"
    return {
        "answer": pick.answer,
        "confidence": pick.confidence,
        "response": pick.text,
        "ending": ending,
    }


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, HypothesisState, HypothesisSettings)
    wiring.node(recall).node(read).node(cross_check).node(hypothesize).node(widen)
    wiring.node(refine).node(score).node(choose)
    wiring.edge(START, "recall")
    wiring.ask(
        "recall",
        route_hypotheses,
        {"read the words": "read", "answer at once": "choose"},
    )
    checking = {"check the notes": "cross_check", "nothing to check": "hypothesize"}
    wiring.ask("read", route_reading, checking).edge("cross_check", "hypothesize")
    weighing = {"check them": "refine", "take the surest": "choose"}
    wiring.ask("hypothesize", whether_they_differ, {"some lack": "widen"} | weighing)
    wiring.ask("widen", whether_to_weigh, weighing)
    wiring.edge("refine", "score").edge("score", "choose")
    return wiring.edge("choose", END).build()


graph = build()
