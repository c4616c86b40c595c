"""The table of the model card: `python -m metathink.training.embedded.evaluate [MODEL.gguf] [--each
N]`.

Real items at temperature 0 where the data files are there, fresh generated problems (seeds no
training run draws), and the roles measured on the model's own solutions. Everything through
llama.cpp. Intervals are Wilson's 95 %.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...evals import scorer
from ...evals.task import Task
from ...models.embedded import wording
from . import real
from .engine import Engine
from .export import HERE
from .mixture import load, names, problem_at
from .problem import Problem

FIRST = 9_000_000
"""Seeds of the evaluation's problems start here; no training draw and no attempt uses them."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, how many counted, out of how many."""

    name: str
    right: float
    count: int

    def __str__(self) -> str:
        low, high = wilson(self.right, self.count)
        share = self.right / max(self.count, 1)
        return f"| {self.name} | {share:.3f} | {low:.2f}-{high:.2f} | {self.count} |"


def wilson(right: float, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share."""
    if count == 0:
        return 0.0, 1.0
    z, p = 1.96, right / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * (p * (1 - p) / count + z * z / (4 * count * count)) ** 0.5
    return max(middle - half, 0.0), min(middle + half, 1.0)


def same(answer: str, wanted: str) -> bool:
    """Equal after folding case and spaces."""
    return "".join(answer.lower().split()) == "".join(wanted.lower().split())


def auroc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """Probability that a right answer scores above a wrong one, ties half; 0.5 without either."""
    pairs = [(a > b) + 0.5 * (a == b) for a in right for b in wrong]
    return sum(pairs) / len(pairs) if pairs else 0.5


def solved(engine: Engine, question: str) -> tuple[str, ...]:
    return wording.read_steps(engine.ask(wording.solve(question)))


def answer_of(steps: Sequence[str]) -> str:
    return wording.read_answer("\n".join(steps))


# --- solving ------------------------------------------------------------------------


def real_items(engine: Engine, each: int, kinds: Callable[[str], bool]) -> list[Row]:
    """Accuracy on the first `each` real items of every kind, step by step."""
    by_kind: dict[str, list[Task]] = {}
    for task in real.items():
        if kinds(task.set):
            by_kind.setdefault(task.set, []).append(task)
    rows = []
    for kind, found in by_kind.items():
        part = found[:each]
        right = sum(scorer.right(answer_of(solved(engine, t.question)), t) for t in part)
        rows.append(Row(kind, right, len(part)))
        print(rows[-1], flush=True)
    return rows


def fresh(family: str, count: int, levels: Sequence[int] | None = None) -> list[Problem]:
    """Generated problems that training never draws, the levels in turn."""
    levels = levels or load(family).TRAINED
    return [problem_at(family, levels[i % len(levels)], FIRST + i) for i in range(count)]


def generated(engine: Engine, family: str, count: int) -> list[Row]:
    """Accuracy by level on fresh problems, held-back levels too."""
    rows = []
    for level in load(family).LEVELS:
        mark = "" if level in load(family).TRAINED else " (held back)"
        problems = fresh(family, count, [level])
        right = sum(same(answer_of(solved(engine, p.question)), p.answer) for p in problems)
        rows.append(Row(f"{family} level {level}{mark}", right, len(problems)))
        print(rows[-1], flush=True)
    return rows


# --- the roles ----------------------------------------------------------------------


def critic_and_reviser(
    engine: Engine, tried: Sequence[tuple[Problem, tuple[str, ...]]]
) -> list[Row]:
    """On the model's own solutions: first wrong step found, false alarms, and answers mended."""
    wrong = [(p, s) for p, s in tried if s and not same(answer_of(s), p.answer)]
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
        mended += same(answer_of(wording.read_revision(reply, s, critique)), p.answer)
    return [
        Row("critic: first wrong step found", found, len(wrong)),
        Row("critic: false alarms", alarms, len(right)),
        Row("reviser: mended after a right critique", mended, len(wrong)),
    ]


def judge(engine: Engine, tried: Sequence[tuple[Problem, tuple[str, ...]]]) -> str:
    """AUROC of P(true) of the model's own answers."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    for p, steps in tried:
        if answer := answer_of(steps):
            ask = wording.judge(p.question, answer, steps)
            scores[same(answer, p.answer)].append(engine.probability(ask, "true"))
    value = auroc(scores[True], scores[False])
    counts = f"{len(scores[True])} right, {len(scores[False])} wrong"
    return f"| AUROC of P(true) | {value:.3f} | | {counts} |"


def behaviors(engine: Engine, problems: Sequence[Problem]) -> list[str]:
    """Reply tokens and accuracy with and without the matching behavior."""
    lines = []
    for given in (False, True):
        before, right = engine.tokens, 0
        for p in problems:
            assert p.behavior is not None
            hints = [(p.behavior.name, p.behavior.instruction)] if given else []
            reply = engine.ask(wording.solve(p.question, behaviors=hints))
            right += same(wording.read_answer(reply), p.answer)
        spent = (engine.tokens - before) / max(len(problems), 1)
        name = "with its behavior" if given else "without a behavior"
        lines.append(f"{Row(name, right, len(problems))} {spent:.0f} tokens a reply")
    return lines


def meta_thinking(engine: Engine, problems: Sequence[Problem]) -> list[Row]:
    """Right answers when the model follows its own plan, and when it goes move by move with
    itself."""
    planned = stepped = 0
    for p in problems:
        plan = wording.read_plan(engine.ask(wording.plan(p.question)))
        reply = engine.ask(wording.solve(p.question, plan=plan))
        planned += same(wording.read_answer(reply), p.answer)
        stepped += same(by_moves(engine, p.question), p.answer)
    return [
        Row("after its own plan", planned, len(problems)),
        Row("move by move (next, follow)", stepped, len(problems)),
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


def attempted(
    engine: Engine, count: int, families: Sequence[str]
) -> list[tuple[Problem, tuple[str, ...]]]:
    """Fresh problems with one sampled solution each (temperature 0.8: mistakes to look at)."""
    problems = [p for family in families for p in fresh(family, count)]
    asked = (
        (p, engine.ask(wording.solve(p.question), 0.8, seed=i)) for i, p in enumerate(problems)
    )
    return [(p, wording.read_steps(reply)) for p, reply in asked]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=HERE / "model.gguf")
    parser.add_argument("--each", type=int, default=1000, help="real items of a kind")
    parser.add_argument(
        "--fresh", type=int, default=40, help="generated problems of a level or role"
    )
    parser.add_argument("--families", nargs="*", default=list(names()))
    parser.add_argument("--roles", nargs="*", default=["critic", "behaviors", "meta"])
    said = parser.parse_args()
    engine, began = Engine(said.model), time.monotonic()
    print("| | share | 95 % | items |\n| --- | --- | --- | --- |")
    known = tuple(name for family in said.families for name in real.names(family))
    real_items(engine, said.each, lambda kind: kind.startswith(known))
    for family in said.families:
        generated(engine, family, said.fresh)
    if "critic" in said.roles:
        tried = attempted(engine, said.fresh, said.families)
        print(*critic_and_reviser(engine, tried), judge(engine, tried), sep="\n", flush=True)
    hinted = [p for family in said.families for p in fresh(family, said.fresh) if p.short]
    if "behaviors" in said.roles:
        print(*behaviors(engine, hinted), sep="\n", flush=True)
    if "meta" in said.roles:
        print(*meta_thinking(engine, hinted), sep="\n", flush=True)
    print(f"{engine.tokens:,} reply tokens in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
