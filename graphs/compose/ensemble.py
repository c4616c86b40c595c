"""Ensemble: ask several models one question, the most reliable first, and weigh their answers.

Papers: Consistency-based Abductive Reasoning over Perceptual Errors of Multiple Pre-trained Models in Novel
Environments, arXiv 2505.19361 (`weigh="abduction"`); Optimal Decision Rules in Uncertain Dichotomous Choice
Situations, Nitzan and Paroush 1982 (`weigh="reliability"`).

    START -> rank -> ask -> (is the answer settled?) --no, ask on--> ask
                                     |yes
                                     v
                   combine -> (is there a memory?) --yes--> remember -> END
                                     |no
                                    END

| source | here |
|---|---|
| pre-trained models | `models` |
| probability p_i that voter i is right (1982) | a model's reliability, learned from outcomes |
| weight log(p_i / (1 - p_i)) of a vote (1982) | `Polling.weight`: many wrong answers, tempered |
| learned error detection rules | a model whose reliability is under one half is expected to err |
| domain constraints | a question has one answer: two different answers clash |
| abductive explanation: predictions kept, of the largest coverage | `combine`, `meta.combine.abduction` |
| threshold of the inconsistency rate | 0 |
| exact method (integer program), tie-breaker | scipy's solver; reliability breaks ties |

How it works: `rank` orders the models by reliability. `ask` asks as many at once as are needed even if they
all agree, and again until those left cannot overturn the leading answer or the probability that it is right
reaches `certainty`. A model that fails, or is cut off before it states an answer, counts as one without an
answer. Reliabilities come from a file (`metathink eval reliability`), else from the outcomes in the memory,
else all models are alike and asked in the order given.

Differences from the paper: the paper labels objects of an image under constraints between them, here one
question is answered and the only constraint is that it has one answer; so a threshold above 0 would gain
nothing, and the explanation is the answer that most of the models not expected to err give. Its error rules
look at the input, ours only at the model and the `topic`. Where every model is expected to err nothing is
kept; here the weighted vote decides then. Asking in order and stopping early are ours. Whole replies (texts,
code, JSON) are not weighed: the most reliable model's reply is the answer, without a confidence. Where no
reliability was learned, the confidence rests on an assumption: each model is right with 65 %.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from ...core.errors import BudgetExceeded, ContextTooLong, ExternalError, InvalidConfig, ModelError
from ...core.journal import current_scope
from ...core.run import current_run, record_step
from ...core.text.printable import MASK, without_credentials
from ...memory.episodes.episode import NewEpisode
from ...memory.records.evidence import Source
from ...meta.combine.abduction import explain
from ...meta.combine.outcomes import (
    ModelOutcome,
    fit_reliabilities,
    named_answers,
    read_reliabilities,
)
from ...meta.combine.polling import Poll, Polling
from ...meta.verify.verdict import verdict
from ...runtime.machine import END, START, Card, Machine, State, Wiring
from ...runtime.memory_settings import RememberingSettings
from ...runtime.solving import form_of, reasoner_for

if TYPE_CHECKING:
    from ...memory.memory import Memory

CARD = Card(
    name="ensemble",
    title="Several models, the most reliable first",
    good_for="questions put to several models; known outcomes of theirs make it cheaper and better",
    calls="1 for each model until the answer is settled",
    paper="arXiv 2505.19361",
)

FAILURES: Final = (ModelError, ContextTooLong, ExternalError)
"""What a model may end in without ending the run."""
PREFIX: Final = "ensemble: "
"""What the method of an episode begins with; the model follows."""
NOT_WEIGHED: Final = (
    "whole replies and replies without an answer are not weighed: the first one is taken"
)
LATEST: Final = 2_000
"""Outcomes in memory that are learned from at most."""


def _joined(models: object) -> object:
    """A list of model strings as one text. Raises ValueError for a string with a comma in it."""
    if not isinstance(models, (list, tuple)):
        return models
    if not all(isinstance(model, str) and "," not in model for model in models):
        raise ValueError("models are model strings without commas")
    return ",".join(models)


@dataclass
class EnsembleSettings(RememberingSettings):
    """What the ensemble can be told."""

    models: Annotated[str, BeforeValidator(_joined)] = ""
    """Model strings, parted by commas (in Python also a list). The first is the default of `model`, which
    fills an `answer_type`."""
    weigh: Literal["reliability", "abduction", "equal"] = "reliability"
    """By log-odds of reliability; by how many models that are not expected to err agree; or all alike."""
    certainty: Annotated[float, Field(ge=0.5, le=1)] = 0.95
    """Probability that the leading answer is right at which nobody else is asked, 0.5 to 1; 1: ask until the
    others cannot change it."""
    reliabilities: str = ""
    """JSON file of `metathink eval reliability`; empty: the outcomes in memory, where there are any."""
    topic: str = ""
    """Topic or task of the question, one line: whose outcomes in memory count."""
    gold: str = ""
    """The right answer, where it is known: the outcome of each model is remembered. No model sees it."""
    verifier: str = ""
    """Python that defines `right(answer)`, run in the sandbox, in place of `gold` or beside it."""

    def __post_init__(self) -> None:
        if not self.model:
            self.model = self.models.partition(",")[0].strip()

    def model_strings(self) -> dict[str, str]:
        """The models by the names they have in outcomes (without passwords). Raises InvalidConfig."""
        given = [model.strip() for model in self.models.split(",") if model.strip()]
        if lost := next((model for model in given if MASK in model), ""):
            raise InvalidConfig(f"models: the password in {lost} is not kept: give it again")
        named = {without_credentials(model): model for model in given}
        if len(named) < 2 or len(named) < len(given):
            raise InvalidConfig("models: name at least two model strings, each once")
        return named


@dataclass
class ModelAnswer:
    """The answer of one model, or why there is none.

    `usable` says that it may be counted: the reply stated an answer. `whole` says that the reply itself is
    the answer. `tokens` is what it cost.
    """

    model: str
    answer: str = ""
    response: str = ""
    usable: bool = False
    whole: bool = False
    tokens: int = 0
    error: str = ""


@dataclass
class EnsembleState(State):
    """Plus what is known of the models, their answers in the order asked, and whether the budget is spent."""

    rule: Polling = field(default_factory=Polling)
    answers: list[ModelAnswer] = field(default_factory=list)
    spent: bool = False


async def rank(state: EnsembleState, settings: EnsembleSettings) -> dict[str, Any]:
    """The models in the order of their reliability; no model is asked."""
    with record_step("controller", "rank", target="reasoner") as step:
        names = [*settings.model_strings()]
        learned = await _learned(state, settings)
        rule = replace(learned, certainty=settings.certainty, count=settings.weigh == "abduction")
        order = rule.order(names)
        step.change("order", tuple(order))
        step.findings |= {f"reliability of {name}": rule.chance(name) for name in order}
    return {"rule": rule}


async def _learned(state: EnsembleState, settings: EnsembleSettings) -> Polling:
    if settings.weigh == "equal":
        return Polling()
    if settings.reliabilities:
        return await asyncio.to_thread(read_reliabilities, settings.reliabilities)
    if (memory := await settings.recollection()) is None:
        return Polling()
    past = await remembered_outcomes(memory, settings.topic)
    others = [each for each in past if each.question != state.question]
    return await asyncio.to_thread(fit_reliabilities, others)


async def remembered_outcomes(memory: Memory, topic: str) -> list[ModelOutcome]:
    """The latest outcomes of models on that topic in the memory, oldest first."""
    await memory.ready(memory.episodes.table)
    known = [
        (entry.learned, key)
        for key, entry in memory.episodes.table.entries.items()
        if entry.kind == topic and entry.correct is not None and entry.method.startswith(PREFIX)
    ]
    episodes = await memory.episodes.get([key for _, key in sorted(known)[-LATEST:]])
    return [
        ModelOutcome(
            e.problem, e.method.removeprefix(PREFIX), e.answer, e.correct is True, e.source.run
        )
        for e in episodes
    ]


async def ask(state: EnsembleState, settings: EnsembleSettings) -> dict[str, Any]:
    """Ask at once those models that are needed even if they all agree.

    Raises what the first of them failed with, when there is nobody else to ask and no answer.
    """
    poll, names = _poll(state, settings), settings.model_strings()
    asked = poll.waiting[:1] if form_of(state.question, settings).is_open else poll.needed()
    work = [_answer(state.question, settings, name, names[name]) for name in asked]
    answers, faults, spent = [*state.answers], [], False
    for name, result in zip(
        asked, await asyncio.gather(*work, return_exceptions=True), strict=True
    ):
        if isinstance(result, ModelAnswer):
            answers.append(result)
        elif isinstance(result, (BudgetExceeded, *FAILURES)):
            faults.append(result)
            spent = spent or isinstance(result, BudgetExceeded)
            answers.append(ModelAnswer(name, error=str(result)))
        else:
            raise result
    nothing = not any(answer.response for answer in answers)
    if faults and nothing and (spent or len(answers) == len(names)):
        raise faults[0]
    leader = _leader(replace(state, answers=answers), settings)
    return {
        "answers": answers,
        "spent": spent,
        "answer": leader.answer,
        "response": leader.response,
    }


async def _answer(question: str, settings: EnsembleSettings, name: str, model: str) -> ModelAnswer:
    """One worked solution of that model."""
    with record_step("reasoner", "solve", target="voter") as step:
        reasoner = await reasoner_for(question, settings, model)
        [solution] = await reasoner.solve(question)
        step.change("answer", solution.answer)
        step.findings["model"] = name
    form = reasoner.form
    return ModelAnswer(
        name,
        solution.answer,
        solution.text,
        usable=not solution.truncated or form.states_answer(solution.text),
        whole=form.is_whole(solution.text),
        tokens=step.usage.tokens,
    )


async def combine(state: EnsembleState, settings: EnsembleSettings) -> dict[str, Any]:
    """The answer that the weights favour."""
    with record_step("voter", "combine", target="user") as step:
        chosen, poll = _leader(state, settings), _poll(state, settings)
        weighed = poll.leader is not None and not _mostly_whole(state.answers)
        reason = poll.decision.reason if weighed else NOT_WEIGHED
        if weighed and settings.weigh == "abduction":
            chosen, why = await _explained(state, chosen)
            reason = f"{why}; {reason}"
        answers = [answer.answer for answer in state.answers if answer.usable]
        step.decide(chosen.answer, reason, options=answers)
        step.change("answer", chosen.answer, before=state.answer)
        step.findings["model"] = chosen.model
    ending = "finished" if chosen.usable else "truncated"
    return {
        "answer": chosen.answer,
        "response": chosen.response,
        "confidence": _confidence(state, poll, chosen) if weighed else None,
        "ending": "budget" if state.spent else ending,
    }


def _leader(state: EnsembleState, settings: EnsembleSettings) -> ModelAnswer:
    """The answer that leads: by its support, or the first one where none can be counted."""
    leader = _poll(state, settings).leader
    if leader is not None and not _mostly_whole(state.answers):
        return state.answers[_names(state).index(leader)]
    whole = [answer for answer in state.answers if answer.usable and answer.whole]
    said = [answer for answer in state.answers if answer.response]
    return [*whole, *said, *state.answers][0]


async def _explained(state: EnsembleState, leader: ModelAnswer) -> tuple[ModelAnswer, str]:
    """The answer of the best explanation, else the one that leads; and why."""
    names = _names(state)
    chances = [state.rule.chance(answer.model) for answer in state.answers]
    kept = (await asyncio.to_thread(explain, names, chances)).members
    if not kept:
        return leader, "every model with an answer is expected to err"
    return state.answers[kept[0]], f"{len(kept)} of {len(names)} answers are kept together"


def _confidence(state: EnsembleState, poll: Poll, chosen: ModelAnswer) -> float:
    """The probability that this answer is right, from all answers."""
    name = _names(state)[state.answers.index(chosen)]
    return state.rule.posterior(poll.scores)[name or ""]


def _poll(state: EnsembleState, settings: EnsembleSettings) -> Poll:
    """The poll as it stands after the answers so far."""
    poll = state.rule.start([*settings.model_strings()])
    for name in _names(state):
        poll.hear(name)
    return poll


def _names(state: EnsembleState) -> list[str | None]:
    """The answers by name, equivalent ones by the same; None for one that cannot be counted."""
    said = [a.answer if a.usable and not a.whole else "" for a in state.answers]
    return named_answers(state.question, said)


def _mostly_whole(answers: Sequence[ModelAnswer]) -> bool:
    usable = [answer for answer in answers if answer.usable]
    return 2 * sum(answer.whole for answer in usable) > len(usable)


async def remember(state: EnsembleState, settings: EnsembleSettings) -> dict[str, Any]:
    """Each model's answer goes into the memory, with its outcome where one is known."""
    memory, run = await settings.recollection(), current_run()
    if memory is None or run is None:
        return {}
    with record_step("voter", "remember", target="memory") as step:
        source, scope = Source(run=run.id), current_scope()
        usable = [answer for answer in state.answers if answer.usable]
        verdicts = await _verdicts([answer.answer for answer in usable], settings)
        episodes = [
            NewEpisode(
                problem=state.question,
                method=PREFIX + answer.model,
                answer=answer.answer,
                correct=verdicts[answer.answer],
                source=source,
                kind=settings.topic,
                tokens=answer.tokens,
                key=f"{scope}/{answer.model}" if scope else "",
            )
            for answer in usable
        ]
        await memory.episodes.add_all(episodes)
        step.change("episodes", len(episodes))
    return {}


async def _verdicts(
    answers: Sequence[str], settings: EnsembleSettings
) -> Mapping[str, bool | None]:
    """Whether each answer is right, where that is known; each is checked once."""
    return {
        answer: await verdict(answer, settings.gold, settings.verifier)
        for answer in dict.fromkeys(answers)
    }


def route_poll(state: EnsembleState, settings: EnsembleSettings) -> str:
    """After each round: is the answer settled?"""
    whole = any(answer.usable for answer in state.answers) and _mostly_whole(state.answers)
    if state.ending or state.spent or whole or not _poll(state, settings).needed():
        return "settled"
    return "ask on"


def route_memory(state: EnsembleState, settings: EnsembleSettings) -> str:
    """After the answer: is there a memory for the outcomes?"""
    return "remember" if settings.memory else "done"


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, EnsembleState, EnsembleSettings)
    wiring.node(rank).node(ask).node(combine).node(remember, run_after_finish=True)
    wiring.edge(START, "rank").edge("rank", "ask")
    wiring.ask("ask", route_poll, {"ask on": "ask", "settled": "combine"})
    wiring.ask("combine", route_memory, {"remember": "remember", "done": END})
    return wiring.edge("remember", END).build()


graph = build()
