"""Stages 1 and 2 of MetaMind, alike for a turn of a conversation and for a question about a story.

Hypotheses about minds are made, revised under social rules and weighed; `metamind` says where this comes
from. A machine's settings tell its `situation`, and its state carries the hypotheses from node to node.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...agents.mind.constraint import (
    BASE,
    TREE,
    Constraint,
    Given,
    constraints,
    read_rules,
    remembered_rules,
)
from ...agents.mind.domain import Domain, origins
from ...agents.mind.hypothesis import Hypothesis, Reading, diverse, lacking_kinds, likeliest
from ...agents.mind.memory_keeper import recited
from ...agents.mind.situation import Situation
from ...agents.mind.theory_of_mind import TheoryOfMind
from ...core.errors import ModelError
from ...core.run import record_step
from ...runtime.machine import State
from ...runtime.memory_settings import RememberingSettings


@dataclass
class HypothesisState(State):
    """Plus what is known of the person in focus, the readings of the words, the hypotheses made from them,
    and the rules they are revised under."""

    remembered: str = ""
    rules: list[Constraint] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    hypotheses: list[Hypothesis] = field(default_factory=list)

    @property
    def understood(self) -> Hypothesis | None:
        """The hypothesis that what follows is made from."""
        return likeliest(self.hypotheses)


@dataclass
class HypothesisSettings(RememberingSettings):
    """What these stages can be told. `hypotheses=0` and `refine=False` leave them out."""

    person: str = ""
    """The person concerned, remembered under this name. Empty: nobody in particular."""
    person_notes: int = 12
    """Notes of the person that are put before the model, the weightiest first."""

    rules: str = ""
    """TOML file with more rules, in the form of agents/constraint.toml."""
    base_rules: bool = True
    """Whether the rules that come with the library hold too."""
    hypotheses: int = 7
    """Hypotheses about the minds concerned, k (stage 1; 6 to 8 do well in the grid search)."""
    diversity: float = 0.4
    """How far two hypotheses must differ in words, 0 to 1 (target_diversity of the released code)."""
    refine: bool = True
    """Whether the domain agent revises and weighs; else the surest hypothesis is taken (stage 2)."""
    plausibility_weight: float = 0.7
    """lambda: plausibility against information gain (stage 2)."""
    epsilon: float = 1e-10
    """Under the logarithms of the score (stage 2)."""

    def situation(self, state: HypothesisState) -> Situation:
        """What the hypotheses are about: the question."""
        return Situation(state.question, state.remembered)

    async def standing_rules(self) -> list[Given]:
        """The library's rules and those of the file, read in a thread: a server must not wait for a file."""
        files = [BASE] * self.base_rules + [Path(self.rules)] * bool(self.rules)
        return [rule for file in files for rule in await asyncio.to_thread(read_rules, file)]


async def recall(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """What is known of the person, and the rules that hold; no model is asked."""
    given = await settings.standing_rules()
    remembered = ""
    with record_step("memory_keeper", "recall", target="theory_of_mind") as step:
        if (memory := await settings.recollection()) is not None:
            given += remembered_rules(await memory.rules.rules(under=TREE))
            if settings.person:
                person = await memory.people.person(settings.person)
                remembered = recited(person, settings.person_notes)
                if remembered:
                    step.change("remembered", remembered)
    return {"remembered": remembered, "rules": constraints(given)}


async def read(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """Readings of what lies behind the words."""
    mind = await _mind(settings)
    with record_step("theory_of_mind", "read", target="theory_of_mind") as step:
        try:
            readings = await mind.read(settings.situation(state))
        except ModelError as unusable:  # hypotheses can be made from the situation alone
            step.error = str(unusable)
            return {}
        for one in readings:
            step.change("reading", f"{one.text}{one.grounds}")
    return {"readings": readings}


async def cross_check(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """What is known of the person is held against each reading; the best supported come first."""
    mind = await _mind(settings)
    with record_step("theory_of_mind", "cross_check", target="theory_of_mind") as step:
        try:
            checked = await mind.cross_check(settings.situation(state), state.readings)
        except ModelError as unusable:  # the readings stand unchecked
            step.error = str(unusable)
            return {}
        for one in checked:
            step.change("reading", f"{one.text}{one.grounds}")
    return {"readings": checked}


async def hypothesize(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """k hypotheses of all kinds, made from the readings."""
    mind = await _mind(settings)
    with record_step("theory_of_mind", "hypothesize", target="domain") as step:
        try:
            said = await mind.hypothesize(
                settings.situation(state), state.readings, settings.hypotheses
            )
        except ModelError as unusable:  # an answer can be given without
            step.error = str(unusable)
            return {}
        found = diverse(said, settings.hypotheses, settings.diversity)
        step.findings |= {"proposed": len(said), "different": len(found)}
        for one in found:
            step.change("hypothesis", one.line)
    return {"hypotheses": found}


async def widen(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """Too few or too much alike: the kinds that lack are asked for, once."""
    mind, known, most = await _mind(settings), state.hypotheses, settings.hypotheses
    with record_step("theory_of_mind", "widen", target="domain") as step:
        kinds = lacking_kinds(known, most)
        try:
            situation = settings.situation(state)
            more = await mind.add(situation, state.readings, known, kinds, most)
        except ModelError as unusable:
            step.error = str(unusable)
            return {}
        found = diverse([*known, *more], most, settings.diversity)
        for one in found:
            if one not in known:
                step.change("hypothesis", one.line)
    return {"hypotheses": found}


async def refine(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """The domain agent revises the hypotheses under the rules."""
    domain = Domain(await settings.get_model(), settings.temperature, settings.max_tokens or None)
    with record_step("domain", "refine", target="domain") as step:
        try:
            refined = await domain.refine(settings.situation(state), state.hypotheses, state.rules)
        except ModelError as unusable:  # the hypotheses stand as they are
            step.error = str(unusable)
            return {}
        revised = [one for one in refined if one.before]
        for one in revised:
            step.change("hypothesis", one.line, before=one.before)
        if revised:
            step.findings["rules"] = tuple(one.why for one in revised)
    return {"hypotheses": refined}


async def score(state: HypothesisState, settings: HypothesisSettings) -> dict[str, Any]:
    """Each hypothesis is weighed: plausible here, and more so here than anywhere."""
    domain = Domain(
        await settings.get_model(),
        settings.temperature,
        settings.max_tokens or None,
        settings.plausibility_weight,
        settings.epsilon,
    )
    with record_step("domain", "score", target="responder") as step:
        try:
            weighed = await domain.weigh(settings.situation(state), state.hypotheses)
        except ModelError as unusable:  # the surest one is taken
            step.error = str(unusable)
            return {}
        step.findings |= origins(weighed)
        if (best := likeliest(weighed)) is not None:
            step.change("selected", best.line)
            step.findings["score"] = best.score
    return {"hypotheses": weighed}


def route_hypotheses(state: HypothesisState, settings: HypothesisSettings) -> str:
    """Before a model is asked: with stage 1, or without."""
    return "read the words" if settings.hypotheses > 0 else "answer at once"


def route_reading(state: HypothesisState, settings: HypothesisSettings) -> str:
    """After the readings: is anything known of the person that they can be checked against?"""
    return "check the notes" if state.readings and state.remembered else "nothing to check"


def whether_they_differ(state: HypothesisState, settings: HypothesisSettings) -> str:
    """After the first hypotheses: are there enough, and of enough kinds?"""
    k, found = settings.hypotheses, state.hypotheses
    if found and (len(found) < k or lacking_kinds(found, k)):
        return "some lack"
    return whether_to_weigh(state, settings)


def whether_to_weigh(state: HypothesisState, settings: HypothesisSettings) -> str:
    """After the hypotheses: with stage 2, or without."""
    return "check them" if settings.refine and state.hypotheses else "take the surest"


async def _mind(settings: HypothesisSettings) -> TheoryOfMind:
    model = await settings.get_model()
    return TheoryOfMind(model, settings.temperature, settings.max_tokens or None)
