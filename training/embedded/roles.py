"""Training examples for every role, made from problems: what the role hears and what it should
reply.

One function a role, all with the same signature; `ROLES` names them. A role that cannot be taught
from a problem (no facts in it, no attempt that fits) gives None and the mixture draws again. Roles
that look at worked solutions are taught from the model's own attempts where there are any
(`attempts.py`), else from a reference solution with one slip.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...models.embedded import wording
from ...models.embedded.wording import Move, Turn
from .problem import Problem


@dataclass(frozen=True)
class Example:
    """One exchange: the user's message and the reply that is learned."""

    ask: str
    reply: str


@dataclass(frozen=True)
class Attempt:
    """A worked solution of a problem. `share` is how often the model's samples gave this same
    answer."""

    steps: tuple[str, ...]
    share: float | None = None

    @property
    def answer(self) -> str:
        return wording.read_answer("\n".join(self.steps))


@dataclass(frozen=True)
class Material:
    """What an example is made from: a problem, attempts at it, and behaviors of other families."""

    problem: Problem
    attempts: tuple[Attempt, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


Role = Callable[[random.Random, Material], Example | None]


# --- solving ------------------------------------------------------------------------


def solve(rng: random.Random, given: Material) -> Example:
    p = given.problem
    return Example(wording.solve(p.question), wording.solution_reply(p.steps))


def solve_by_plan(rng: random.Random, given: Material) -> Example:
    p = given.problem
    return Example(wording.solve(p.question, plan=p.plan), wording.solution_reply(p.steps))


def solve_by_behavior(rng: random.Random, given: Material) -> Example | None:
    """With the family's behavior among those given the short solution; with only foreign ones the
    full one."""
    p = given.problem
    if p.behavior is None or not p.short:
        return None
    hints = rng.sample(given.others, min(len(given.others), rng.randint(0, 2)))
    fits = rng.random() < 0.85 or not hints
    if fits:
        hints.insert(rng.randint(0, len(hints)), (p.behavior.name, p.behavior.instruction))
    ask = wording.solve(p.question, behaviors=hints)
    return Example(ask, wording.solution_reply(p.short if fits else p.steps))


def direct(rng: random.Random, given: Material) -> Example:
    p = given.problem
    return Example(wording.direct(p.question), f"answer: {p.answer}")


# --- meta-thinking ------------------------------------------------------------------


def plan(rng: random.Random, given: Material) -> Example:
    p = given.problem
    return Example(wording.plan(p.question), wording.plan_reply(p.plan))


def turns_of(p: Problem, steps: Sequence[str] = ()) -> list[Turn]:
    """The problem's moves, each with the steps that carry it out (its own, or `steps` cut at its
    cuts)."""
    cuts = (0, *p.cuts)
    lines = tuple(steps) or p.steps
    return [Turn(m, lines[a:b]) for m, a, b in zip(p.plan, cuts, cuts[1:], strict=False)]


def next_move(rng: random.Random, given: Material) -> Example:
    """Mostly the next move of the plan; after work with a slip in it, that move again; at the end,
    finish."""
    p = given.problem
    slipped = slip(rng, p) if rng.random() < 0.3 else None
    if slipped:
        at = wording.compared(slipped, p.steps).step - 1
        done = next(i for i, cut in enumerate(p.cuts) if at < cut)
        turns = turns_of(p, slipped)[: done + 1]
        return Example(
            wording.next_move(p.question, turns), wording.move_reply(Move("redo", p.plan[done]))
        )
    done = rng.randint(0, len(p.plan))
    move = Move("do", p.plan[done]) if done < len(p.plan) else Move("finish")
    turns = turns_of(p)[:done]
    return Example(wording.next_move(p.question, turns), wording.move_reply(move))


def follow(rng: random.Random, given: Material) -> Example:
    """The steps of one move; told to finish after all of them, the answer."""
    p = given.problem
    turns = turns_of(p)
    now = rng.randint(0, len(turns))
    if now == len(turns):
        return Example(wording.follow(p.question, wording.FINISH, turns), f"answer: {p.answer}")
    ask = wording.follow(p.question, turns[now].move, turns[:now])
    return Example(ask, wording.solution_reply(turns[now].steps))


# --- looking at a solution ----------------------------------------------------------


def revise(rng: random.Random, given: Material) -> Example | None:
    p = given.problem
    attempt = _attempt(rng, given, wrong=True)
    if attempt is None:
        return None
    found = wording.compared(attempt.steps, p.steps)
    if found.right:
        return None
    ask = wording.revise(p.question, attempt.steps, found)
    return Example(ask, wording.revision_reply(p.steps, found))


def judge(rng: random.Random, given: Material) -> Example | None:
    p = given.problem
    attempt = _attempt(rng, given, wrong=rng.random() < 0.5)
    if attempt is None or not attempt.answer:
        return None
    steps = attempt.steps if rng.random() < 0.8 else ()
    ask = wording.judge(p.question, attempt.answer, steps)
    return Example(ask, wording.judgement_reply(attempt.answer == p.answer))


def confidence(rng: random.Random, given: Material) -> Example | None:
    p = given.problem
    known = [a for a in given.attempts if a.share is not None and a.answer]
    if not known:
        return None
    attempt = rng.choice(known)
    ask = wording.confidence(p.question, attempt.answer, attempt.steps)
    return Example(ask, wording.confidence_reply(attempt.share or 0.0))


def compare(rng: random.Random, given: Material) -> Example | None:
    p = given.problem
    wrong = _attempt(rng, given, wrong=True)
    if wrong is None:
        return None
    if rng.random() < 0.15:
        ask, said = wording.compare(p.question, p.steps, p.steps), "same"
    elif rng.random() < 0.5:
        ask, said = wording.compare(p.question, p.steps, wrong.steps), "first"
    else:
        ask, said = wording.compare(p.question, wrong.steps, p.steps), "second"
    return Example(ask, said)


def behavior(rng: random.Random, given: Material) -> Example | None:
    """The behavior that a solution shows, a short one or the full one that it would have shortened."""
    p = given.problem
    if p.behavior is None or not p.short:
        return None
    reply = wording.behavior_reply(p.behavior.name, p.behavior.instruction)
    solution = p.short if rng.random() < 0.5 else p.steps
    return Example(wording.extract_behavior(p.question, solution), reply)


# --- reading a text -----------------------------------------------------------------


def facts(rng: random.Random, given: Material) -> Example | None:
    p = given.problem
    if not p.facts:
        return None
    return Example(wording.extract_facts(p.question), wording.facts_reply(p.facts))


def hypotheses(rng: random.Random, given: Material) -> Example | None:
    p = given.problem
    if not p.hypotheses:
        return None
    return Example(wording.hypotheses(p.question), wording.hypotheses_reply(p.hypotheses))


def answer_from_hypothesis(rng: random.Random, given: Material) -> Example | None:
    """The answer that follows from the one hypothesis that names it."""
    p = given.problem
    naming = [h for h in p.hypotheses if p.answer in h[1]]
    if not naming:
        return None
    kind, text = naming[-1]
    return Example(wording.answer_from_hypothesis(p.question, kind, text), f"answer: {p.answer}")


ROLES: dict[str, Role] = {
    "solve": solve,
    "solve_by_plan": solve_by_plan,
    "solve_by_behavior": solve_by_behavior,
    "direct": direct,
    "plan": plan,
    "next_move": next_move,
    "follow": follow,
    "revise": revise,
    "judge": judge,
    "confidence": confidence,
    "compare": compare,
    "behavior": behavior,
    "facts": facts,
    "hypotheses": hypotheses,
    "answer_from_hypothesis": answer_from_hypothesis,
}


# --- right, wrong, and where --------------------------------------------------------


def slip(rng: random.Random, p: Problem) -> tuple[str, ...] | None:
    """The worked solution with one value wrong in one step, the rest as it was; None if no step has
    a value."""
    places = [(i, found) for i, step in enumerate(p.steps) for found in re.finditer(VALUE, step)]
    if not places:
        return None
    i, found = rng.choice(places)
    other = _other(rng, p, found[0])
    if other == found[0]:
        return None
    changed = p.steps[i][: found.start()] + other + p.steps[i][found.end() :]
    return (*p.steps[:i], changed, *p.steps[i + 1 :])


PAIRS = (("True", "False"), ("true", "false"), ("Yes", "No"), ("knight", "knave"), ("in", "out"))
FLIP = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])}
VALUE = re.compile(
    r"\d+|\b[A-Z][a-z]+\b|\b(?:true|false|knight|knave|in|out)\b|\([A-R]\)|\b\w+_\w+\b"
    r"|\b[a-z]+\b|[][(){}<>]"
)


KINDS = (r"\([A-R]\)", r"\w+_\w+", r"[A-Z][a-z]+", r"\b[a-z]+\b", r"[][(){}<>]")


def _other(rng: random.Random, p: Problem, value: str) -> str:
    """Another value of the same kind: a near number, the opposite, or another such word of the
    question."""
    if value.isdigit():
        return str(max(int(value) + rng.choice((-2, -1, 1, 2, 10)), 0))
    if value in FLIP:
        return FLIP[value]
    like = next(kind for kind in KINDS if re.fullmatch(kind, value))
    return rng.choice(sorted({value, *re.findall(like, p.question)}))


def _attempt(rng: random.Random, given: Material, wrong: bool) -> Attempt | None:
    """An attempt with a wrong (or no wrong) step: the model's own if there is one, else the
    reference's."""
    p = given.problem
    own = [a for a in given.attempts if (a.steps != p.steps) == wrong]
    if own:
        return rng.choice(own)
    if not wrong:
        return Attempt(p.steps)
    slipped = slip(rng, p)
    return Attempt(slipped) if slipped else None
