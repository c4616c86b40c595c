"""MetaMind for a question: what do the people of a story believe, want, intend, feel or think?

Paper: MetaMind: Modeling Human Social Thoughts with Metacognitive Multi-Agent Systems, arXiv 2505.18943;
its evaluation uses it so on multiple-choice tests of theory of mind (ToMBench). The question is the story,
what is asked, and the options, if there are any. `metamind` is the same machine for a turn of a
conversation.

    START -> hypothesize --check them--> refine -> score -> choose -> END
                 |some lack      ^
                 +----> widen ---+

| paper | here |
|---|---|
| story and question as u_t, C_t; no social memory | the question |
| theory-of-mind agent, k hypotheses | `hypothesize`, `widen`; `hypotheses` |
| domain (moral) agent, selection | `refine`, `score` |
| response agent, answer of the form [[X]] | `choose`; the answer stands in a box |

Where we differ:
- As in `metamind`: hypotheses come in one ask (and one more where kinds lack), are revised in one and
  weighed in two; 5 calls, at most 9 with repairs.
- A choice has no empathy to judge and is not revised. The released evaluation asks five times with the
  options shuffled and takes "A" where it finds no answer; here one answer is read, and none is made up.
- `confidence` is the probability of the answer's least sure token, where the model gives log-probabilities.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from ..agents.constraint import BASE, Constraint, constraints, read_rules
from ..agents.domain import Domain, origins
from ..agents.hypothesis import Hypothesis, diverse, lacking_kinds, likeliest
from ..agents.responder import Responder
from ..agents.situation import Situation
from ..agents.theory_of_mind import TheoryOfMind
from ..core.errors import ModelError
from ..core.run import take_step
from .machine import END, START, Card, Machine, Settings, State, Wiring

CARD = Card(
    name="metamind_choice",
    title="MetaMind, for questions about minds",
    good_for="questions about what people in a story believe, want, intend, feel or think",
    calls="5",
    paper="arXiv 2505.18943",
    cost=6.0,
)


@dataclass
class MetaMindChoiceSettings(Settings):
    """What it can be told. Stages are left out with `hypotheses=0` and `refine=False`."""

    rules: str = ""
    """TOML file with more rules, in the form of agents/constraint.toml."""
    base_rules: bool = True
    """Whether the rules that come with the library hold too."""
    hypotheses: int = 7
    """Hypotheses about the minds concerned, k (stage 1)."""
    diversity: float = 0.4
    """How far two hypotheses must differ in words, 0 to 1 (target_diversity of the released code)."""
    refine: bool = True
    """Whether the domain agent revises and weighs; else the surest hypothesis is taken (stage 2)."""
    plausibility_weight: float = 0.7
    """lambda: plausibility against information gain (stage 2)."""
    epsilon: float = 1e-10
    """Under the logarithms of the score (stage 2)."""


@dataclass
class MetaMindChoiceState(State):
    """Plus the hypotheses."""

    hypotheses: list[Hypothesis] = field(default_factory=list)


async def hypothesize(
    state: MetaMindChoiceState, settings: MetaMindChoiceSettings
) -> dict[str, Any]:
    """What may go on in the minds the question is about."""
    mind = await _mind(settings)
    with take_step("theory_of_mind", "hypothesize", to="domain") as step:
        try:
            said = await mind.hypothesize(Situation(state.question), settings.hypotheses)
        except ModelError as unusable:  # the question can be answered without
            step.error = str(unusable)
            return {}
        found = diverse(said, settings.hypotheses, settings.diversity)
        step.reason = f"{len(said)} said, {len(found)} of them differ"
        step.changed = "\n".join(one.line for one in found)
    return {"hypotheses": found}


async def widen(state: MetaMindChoiceState, settings: MetaMindChoiceSettings) -> dict[str, Any]:
    """Too few or too much alike: the kinds that lack are asked for, once."""
    mind, known = await _mind(settings), state.hypotheses
    with take_step("theory_of_mind", "widen", to="domain") as step:
        kinds = lacking_kinds(known, settings.hypotheses)
        try:
            more = await mind.add(Situation(state.question), known, kinds, settings.hypotheses)
        except ModelError as unusable:
            step.error = str(unusable)
            return {}
        found = diverse([*known, *more], settings.hypotheses, settings.diversity)
        step.changed = "\n".join(one.line for one in found if one not in known)
    return {"hypotheses": found}


async def refine(state: MetaMindChoiceState, settings: MetaMindChoiceSettings) -> dict[str, Any]:
    """The domain agent revises the hypotheses under the rules."""
    domain = Domain(await settings.voice(), settings.temperature, settings.max_tokens or None)
    rules = await asyncio.to_thread(_rules, settings)  # a server must not wait for a file
    with take_step("domain", "refine", to="domain") as step:
        try:
            refined = await domain.refine(Situation(state.question), state.hypotheses, rules)
        except ModelError as unusable:  # the hypotheses stand as they are
            step.error = str(unusable)
            return {}
        step.changed = "\n".join(one.log for one in refined if one.before)
    return {"hypotheses": refined}


async def score(state: MetaMindChoiceState, settings: MetaMindChoiceSettings) -> dict[str, Any]:
    """Each hypothesis is weighed: plausible here, and more so here than anywhere."""
    domain = Domain(
        await settings.voice(),
        settings.temperature,
        settings.max_tokens or None,
        settings.plausibility_weight,
        settings.epsilon,
    )
    with take_step("domain", "score", to="responder") as step:
        try:
            weighed = await domain.weigh(Situation(state.question), state.hypotheses)
        except ModelError as unusable:  # the surest one is taken
            step.error = str(unusable)
            return {}
        step.reason = origins(weighed)
        if (best := likeliest(weighed)) is not None:
            step.changed = f"selected {best.line} (score {best.score:.3f})"
    return {"hypotheses": weighed}


async def choose(state: MetaMindChoiceState, settings: MetaMindChoiceSettings) -> dict[str, Any]:
    """The answer, in the light of the selected hypothesis."""
    responder = Responder(await settings.voice(), settings.temperature, settings.max_tokens or None)
    with take_step("responder", "choose", to="user") as step:
        pick = await responder.choose(Situation(state.question), likeliest(state.hypotheses))
        step.changed = f"answer: {pick.answer}"
    ending = "truncated" if pick.truncated else "finished"
    return {"answer": pick.answer, "confidence": pick.confidence, "ending": ending}


def whether_to_wonder(state: MetaMindChoiceState, settings: MetaMindChoiceSettings) -> str:
    """Before a model is asked: with stage 1, or without."""
    return "wonder about the people" if settings.hypotheses > 0 else "answer at once"


def whether_they_differ(state: MetaMindChoiceState, settings: MetaMindChoiceSettings) -> str:
    """After the first hypotheses: are there enough, and of enough kinds?"""
    k, found = settings.hypotheses, state.hypotheses
    if found and (len(found) < k or lacking_kinds(found, k)):
        return "some lack"
    return whether_to_weigh(state, settings)


def whether_to_weigh(state: MetaMindChoiceState, settings: MetaMindChoiceSettings) -> str:
    """After the hypotheses: with stage 2, or without."""
    return "check them" if settings.refine and state.hypotheses else "take the surest"


def _rules(settings: MetaMindChoiceSettings) -> list[Constraint]:
    base = read_rules(BASE) if settings.base_rules else []
    return constraints(base + (read_rules(settings.rules) if settings.rules else []))


async def _mind(settings: MetaMindChoiceSettings) -> TheoryOfMind:
    voice = await settings.voice()
    return TheoryOfMind(voice, settings.temperature, settings.max_tokens or None)


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, MetaMindChoiceState, MetaMindChoiceSettings)
    wiring.node(hypothesize).node(widen).node(refine).node(score).node(choose)
    wiring.ask(
        START,
        whether_to_wonder,
        {"wonder about the people": "hypothesize", "answer at once": "choose"},
    )
    weighing = {"check them": "refine", "take the surest": "choose"}
    wiring.ask("hypothesize", whether_they_differ, {"some lack": "widen"} | weighing)
    wiring.ask("widen", whether_to_weigh, weighing)
    wiring.edge("refine", "score").edge("score", "choose")
    return wiring.edge("choose", END).build()


graph = build()
