"""What the composing machine decides, and on what grounds: which way to go, which answer leads and how sure
one can be of it, which move comes next. The rules are those of `meta/`; no model is asked.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from ...core.errors import InvalidConfig
from ...memory.episodes.episode import Episode
from ...memory.memory import Memory
from ...meta.answers.equivalence import candidates
from ...meta.answers.options import listed_options
from ...meta.control.choice import Choosing
from ...meta.control.fitted_control import Control
from ...meta.control.forecast import Arm, Forecast
from ...meta.control.forecast import Episode as Outcome
from ...meta.control.refinement import RefinementGate
from ...meta.control.stopping import Stopping
from ...meta.control.utility import Utility
from ...meta.monitor.confidence import best
from ...meta.sample import Decision, Label, Question, Sample
from ...meta.verify.verdict import verdict
from ...runtime.solving import form_of
from .. import method
from .metacognition_state import Attempt, MetacognitionSettings, MetacognitionState

WAYS: Final = ("direct", "behavior_reuse", "rema_plan", "rema", "metamind_choice")
CRITICS: Final = ("critique_revise", "multi_critique")
DRAW: Final = "draw"
SETTLE: Final = "settle"
PRIOR: Final = "prior"
FITTING: Final = 0.4
"""What a method made for minds is worth more where minds are asked about: enough to be chosen."""
LATEST: Final = 500
"""Attempts that a choice looks back on at most."""


async def way(
    state: MetacognitionState, settings: MetacognitionSettings, tried: tuple[str, ...] = ()
) -> Decision[str]:
    """The way of greatest expected utility among those that are open and not tried; empty: there is none."""
    left = [name for name in open_methods(settings) if name not in tried]
    if not state.fitting:
        left = [name for name in left if name != "behavior_reuse"]
    if not state.minds:
        left = [name for name in left if name != "metamind_choice"]
    if not left:
        return Decision("", "no other method is open")
    choosing = Choosing(await _forecast(state, settings), Utility(price=settings.price))
    return choosing.choose(Question(state.question), left)


def open_methods(settings: MetacognitionSettings) -> list[str]:
    """The methods that may be chosen. Raises InvalidConfig for none and for one that cannot be."""
    named = [name.strip() for name in settings.methods.split(",") if name.strip()]
    for name in named:
        if name not in WAYS:
            raise InvalidConfig(f"methods are of {', '.join(WAYS)}, not {name!r}")
    if not named:
        raise InvalidConfig(f"name at least one method, of {', '.join(WAYS)}")
    return named


async def _forecast(state: MetacognitionState, settings: MetacognitionSettings) -> Forecast:
    """Each way's chances and price: by its card, the same for every question, until memory has outcomes of
    this kind; then by those, and by what the questions that went well had in common."""
    arms = []
    for name in WAYS:
        card, fits = method(name).card, state.minds and name == "metamind_choice"
        arms.append(Arm(name, min(card.success + FITTING * fits, 1.0), card.cost))
    if (memory := await settings.recollection()) is None:
        return Forecast(tuple(arms))
    past = await first_choices(memory, settings.topic)
    if settings.evaluating:
        guard = await memory.recaller.leakage(state.question)
        past = [e for e in past if not guard.holds_back(e.problem, [e.source])]
    paid = [e.tokens for e in past if e.method == "direct"]
    unit = sum(paid) / len(paid) if paid else 0.0
    claimed = {arm.name: arm.cost for arm in arms}
    return Forecast(tuple(arms)).learn(
        Outcome(
            Question(e.problem),
            e.method,
            Label(e.correct is True),
            e.tokens / unit if unit else claimed[e.method],
        )
        for e in past
    )


async def first_choices(memory: Memory, kind: str) -> list[Episode]:
    """What became of the ways that were gone first, among the latest `LATEST` attempts at that kind of
    question, where it is known. What is tried after another has failed meets the hard questions only."""
    await memory.ready(memory.episodes.table)
    known = [
        (entry.learned, key)
        for key, entry in memory.episodes.table.entries.items()
        if entry.kind == kind and entry.method in WAYS
    ]
    first: dict[tuple[str, str], Episode] = {}
    for episode in await memory.episodes.get([key for _, key in sorted(known)[-LATEST:]]):
        first.setdefault((episode.source.run or episode.id, episode.problem), episode)
    return [episode for episode in first.values() if episode.correct is not None]


async def next_move(
    state: MetacognitionState, settings: MetacognitionSettings
) -> tuple[Decision[str], int]:
    """What to do now, and for a draw how many solutions."""
    confidence = state.confidence or 0.0
    if state.spent:
        return Decision(SETTLE, "the budget is spent"), 0
    if not state.attempts:
        return await way(state, settings, tuple(state.moves)), 0
    if any(state.verdicts.values()):
        return Decision(SETTLE, "the verifier says that the answer is right"), 0
    if state.answer and is_open(state, settings):
        return _after_open_answer(state, settings), 0
    if confidence >= settings.stop_confidence:
        return Decision(SETTLE, f"{confidence:.0%} is enough"), 0
    if settings.samples > 1 and not state.dry:
        draws = Stopping(settings.samples, settings.certainty).start()
        for name in _named(state):
            draws.observe(name)
        if draws.decision.choice == "draw":
            return Decision(DRAW, draws.decision.reason), draws.sure()
    return await _worthwhile(state, settings, confidence), 0


def is_open(state: MetacognitionState, settings: MetacognitionSettings) -> bool:
    """Whether whole replies are the answers: as the question says, else as most replies do. They are not
    voted on, and no confidence is known of them."""
    form = form_of(state.question, settings)
    replies = [attempt.text for attempt in state.attempts if attempt.answer]
    return form.is_open or 2 * sum(map(form.is_whole, replies)) > len(replies)


def _after_open_answer(state: MetacognitionState, settings: MetacognitionSettings) -> Decision[str]:
    """A review where it is wanted, else the end."""
    if settings.review and settings.critic and settings.critic not in state.moves:
        return Decision(settings.critic, "a whole reply is reviewed")
    return Decision(SETTLE, "a whole reply is not voted on")


async def _worthwhile(
    state: MetacognitionState, settings: MetacognitionSettings, confidence: float
) -> Decision[str]:
    """Another method or a critique, whichever gains more over its price, else the end."""
    move, gain = Decision(SETTLE, f"no move is worth its price at {confidence:.0%}"), 0.0
    if settings.another and (other := await way(state, settings, tuple(state.moves))).choice:
        chance, cost = other.numbers["success"], other.numbers["cost"]
        worth = (1 - confidence) * chance * settings.retry_discount - settings.price * cost
        if worth > gain:
            words = f"{other.choice} may gain {worth:+.0%} over its price at {confidence:.0%}"
            move, gain = Decision(other.choice, words), worth
    if settings.critic and settings.critic not in state.moves and state.answer:
        cost = method(settings.critic).card.cost
        refining = RefinementGate(price=settings.price * cost).decide(confidence)
        worth = refining.numbers["gain"] - refining.numbers["price"]
        if refining.choice == "refine" and worth > gain:
            move = Decision(settings.critic, refining.reason)
    return move


async def verdicts(
    state: MetacognitionState, settings: MetacognitionSettings
) -> dict[str, bool | None]:
    """What the verifier, where there is one, says of each answer; it is asked about each once."""
    if not settings.verifier:
        return {}
    new = sorted({a.answer for a in state.attempts if a.answer} - state.verdicts.keys())
    said = {answer: await verdict(answer, program=settings.verifier) for answer in new}
    return state.verdicts | said


async def leading(state: MetacognitionState, settings: MetacognitionSettings) -> Decision[str]:
    """The answer with the greatest confidence, of equal ones the one that more attempts give.

    One that passes the verifier leads with certainty, one that fails it never does.
    """
    said = state.verdicts
    if passing := next((a.answer for a in state.attempts if said.get(a.answer)), ""):
        return Decision(passing, "the verifier says that it is right", {}, 1.0)
    standing = [a for a in state.attempts if a.answer and said.get(a.answer) is not False]
    if not standing and said:
        return Decision("", "the verifier found every answer wrong", {}, 0.0)
    if standing and is_open(state, settings):
        revised = [a for a in standing if a.move in CRITICS]
        return Decision(
            [*standing[:1], *revised][-1].answer, "no confidence in a whole reply is known"
        )
    asked, samples = as_samples(state.question, standing)
    adapter = (await settings.get_model()).adapter
    control = fitted_control(settings.control or (adapter.control if adapter else ""))
    held = best(control.of(len(samples)), asked, samples)
    return Decision(held.choice or "", held.reason, held.numbers, held.confidence)


def as_samples(question: str, attempts: list[Attempt]) -> tuple[Question, list[Sample]]:
    """The attempts as the meta-level looks at them."""
    asked = Question(question, listed_options(question), kind="auto")
    samples = [
        Sample(a.answer, speaker=a.move, method=a.move, token_probability=a.sureness)
        for a in attempts
    ]
    return asked, samples


def _named(state: MetacognitionState) -> list[str | None]:
    """The answers in order, equivalent ones by one name; None for one that is refuted or missing."""
    asked, samples = as_samples(state.question, state.attempts)
    names = {i: found.answer for found in candidates(samples, asked) for i in found.members}
    return [
        None if state.verdicts.get(attempt.answer) is False else names.get(place)
        for place, attempt in enumerate(state.attempts)
    ]


@cache
def fitted_control(path: str) -> Control:
    """The control fitted by `metathink eval control`; without a file the prior. Raises InvalidConfig."""
    if path in ("", PRIOR):
        return Control()
    try:
        return Control.model_validate_json(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidConfig(f"control: {path} holds no fitted confidence: {error}") from error
