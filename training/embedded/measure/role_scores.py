"""How well the embedded model does in its roles, on fresh problems and on its own solutions of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence

from ....meta.monitor.metric import auroc
from ....models.embedded import wording
from .. import roles
from ..engine import Engine
from ..problem import Problem
from ..roles import Example, Material, Role
from .score import Row, answer_of, correct, solved

Tried = Sequence[tuple[Problem, tuple[str, ...]]]
"""Problems, each with a solution of the model's own."""


# --- looking at own solutions -------------------------------------------------------


def looking(engine: Engine, problems: Sequence[Problem]) -> Iterator[Row | str]:
    """Critic, reviser, judge, confidence and comparison, on one sampled solution a problem
    (temperature 0.8: mistakes to look at)."""
    asked = (engine.ask(wording.solve(p.question), 0.8, seed=i) for i, p in enumerate(problems))
    tried = [(p, wording.read_steps(reply)) for p, reply in zip(problems, asked, strict=True)]
    yield from critic_and_reviser(engine, tried)
    yield judge(engine, tried)
    yield confidence(engine, tried)
    yield compare(engine, tried)


def critic_and_reviser(engine: Engine, tried: Tried) -> list[Row]:
    """On the model's own solutions: first wrong step found, false alarms, and answers mended."""
    wrong = [(p, s) for p, s in tried if s and not correct(p, answer_of(s))]
    right = [(p, s) for p, s in tried if s == p.steps]
    found = sum(
        wording.compared(s, solved(engine, p.question)).step == wording.compared(s, p.steps).step
        for p, s in wrong
    )
    alarms = sum(not wording.compared(s, solved(engine, p.question)).right for p, s in right)
    mended = 0
    for p, s in wrong:
        critique = wording.compared(s, p.steps)
        reply = engine.ask(wording.revise(p.question, s, critique))
        mended += correct(p, answer_of(wording.read_revision(reply, s, critique)))
    return [
        Row("critic: first wrong step found", found, len(wrong)),
        Row("critic: false alarms", alarms, len(right)),
        Row("reviser: mended after a right critique", mended, len(wrong)),
    ]


def judge(engine: Engine, tried: Tried) -> str:
    """AUROC of P(true) of the model's own answers."""
    return _separation(
        "P(true)",
        (
            (engine.probability(wording.judge(p.question, answer_of(s), s), "true"), p, s)
            for p, s in tried
            if answer_of(s)
        ),
    )


def confidence(engine: Engine, tried: Tried) -> str:
    """AUROC of the per cent the model states of its own answers; a half where it states none."""
    asked = ((wording.confidence(p.question, answer_of(s), s), p, s) for p, s in tried)
    said = ((wording.read_confidence(engine.ask(ask)), p, s) for ask, p, s in asked)
    return _separation(
        "the stated confidence", ((0.5 if c is None else c, p, s) for c, p, s in said)
    )


def _separation(name: str, scored: Iterable[tuple[float, Problem, tuple[str, ...]]]) -> str:
    """How well a score tells the right answers from the wrong ones."""
    pairs = [(score, correct(p, answer_of(s))) for score, p, s in scored]
    value = auroc([score for score, _ in pairs], [right for _, right in pairs])
    right = sum(right for _, right in pairs)
    return f"| AUROC of {name} | {value:.3f} | | {right} right, {len(pairs) - right} wrong |"


def compare(engine: Engine, tried: Tried) -> Row:
    """How often the right one of a right and a wrong solution is named, in either order."""
    wrong = [(p, s) for p, s in tried if s and not correct(p, answer_of(s))]
    asked = [(wording.compare(p.question, p.steps, s), "first") for p, s in wrong]
    asked += [(wording.compare(p.question, s, p.steps), "second") for p, s in wrong]
    named = sum(wording.read_comparison(engine.ask(ask)) == right for ask, right in asked)
    return Row("compare: the right one of two", named, len(asked))


# --- solving with help --------------------------------------------------------------


def behaviors(engine: Engine, problems: Sequence[Problem]) -> list[str]:
    """Reply tokens and accuracy with and without the matching behavior."""
    lines = []
    hinted = [(p, p.behavior) for p in problems if p.short and p.behavior]
    for given in (False, True):
        before, right = engine.tokens, 0
        for p, behavior in hinted:
            hints = [(behavior.name, behavior.instruction)] if given else []
            reply = engine.ask(wording.solve(p.question, behaviors=hints))
            right += correct(p, wording.read_answer(reply))
        spent = (engine.tokens - before) / max(len(hinted), 1)
        name = "with its behavior" if given else "without a behavior"
        lines.append(f"{Row(name, right, len(hinted))} {spent:.0f} tokens a reply")
    return lines


def meta_thinking(engine: Engine, problems: Sequence[Problem]) -> list[Row]:
    """Right answers when the model follows its own plan, and when it goes move by move with
    itself."""
    planned = stepped = at_once = 0
    for p in problems:
        plan = wording.read_plan(engine.ask(wording.plan(p.question)))
        reply = engine.ask(wording.solve(p.question, plan=plan))
        planned += correct(p, wording.read_answer(reply))
        stepped += correct(p, by_moves(engine, p.question))
        at_once += correct(p, wording.read_answer(engine.ask(wording.direct(p.question))))
    return [
        Row("after its own plan", planned, len(problems)),
        Row("move by move (next, follow)", stepped, len(problems)),
        Row("at once, without steps", at_once, len(problems)),
    ]


def by_moves(engine: Engine, question: str, most: int = 8) -> str:
    """The answer of the meta-thinker and the reasoner taking turns, at most `most` of them."""
    turns: list[wording.Turn] = []
    for _ in range(most):
        move = wording.read_move(engine.ask(wording.next_move(question, turns)))
        if move.act == "finish":
            break
        kept = turns[:-1] if move.act == "redo" else turns
        said = wording.read_steps(engine.ask(wording.follow(question, move.text, kept)))
        turns = [*kept, wording.Turn(move.text, said)]
    last = engine.ask(wording.follow(question, wording.FINISH, turns))
    return wording.read_answer(last)


# --- reading ------------------------------------------------------------------------


def reading(engine: Engine, problems: Sequence[Problem]) -> list[Row]:
    """Facts, hypotheses and behaviors as they are in the reference, and answers from hypotheses."""
    return [
        _lines("facts: those of the text", engine, _examples(roles.facts, problems)),
        _lines("hypotheses: those of the story", engine, _examples(roles.hypotheses, problems)),
        _from_hypotheses(engine, problems),
        _named(engine, problems),
    ]


def _examples(role: Role, problems: Sequence[Problem]) -> list[tuple[Problem, Example]]:
    """What training would ask and want of each problem that has material for the role."""
    made = [(p, role(random.Random(0), Material(p))) for p in problems]
    return [(p, example) for p, example in made if example is not None]


def _lines(name: str, engine: Engine, examples: Sequence[tuple[Problem, Example]]) -> Row:
    """F1 over all lines: twice those said as they should be, of all that were said or should be."""
    agreed = total = 0
    for _, example in examples:
        said, right = set(engine.ask(example.ask).splitlines()), set(example.reply.splitlines())
        agreed += len(said & right)
        total += len(said) + len(right)
    return Row(f"{name} (F1 of lines)", agreed, total // 2)


def _from_hypotheses(engine: Engine, problems: Sequence[Problem]) -> Row:
    examples = _examples(roles.answer_from_hypothesis, problems)
    right = sum(correct(p, wording.read_answer(engine.ask(e.ask))) for p, e in examples)
    return Row("answer from the hypothesis that names it", right, len(examples))


def _named(engine: Engine, problems: Sequence[Problem]) -> Row:
    shown = [(p, p.behavior) for p in problems if p.behavior and p.short]
    named = 0
    for p, behavior in shown:
        found = wording.read_behavior(engine.ask(wording.extract_behavior(p.question, p.steps)))
        named += found is not None and found[0] == behavior.name
    return Row("behavior: the one a solution shows", named, len(shown))


SCORES: dict[str, Callable[[Engine, Sequence[Problem]], Iterable[Row | str]]] = {
    "looking": looking,
    "behaviors": behaviors,
    "meta": meta_thinking,
    "reading": reading,
}
"""What `--roles` of the evaluation names."""
