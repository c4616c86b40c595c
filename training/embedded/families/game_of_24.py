"""Game of 24: join numbers with + - * / to reach a target; find the way, or check what is proposed.

Levels 1 to 3 never use four numbers from 1 to 13 with the target 24, the pool of the published
puzzles (Yao et al., Tree of Thoughts, arXiv 2305.10601); level 4 is that pool, held back. The
worked solution of a find proposes steps `a op b = c (left: ...)`, most promising first, tries all
signs on the last two numbers, gives a first step up after two failures, and ends with the steps
that work. Divisions come out even here, so the few published puzzles that need fractions are not
generated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from ..phrases.marked import full, short
from ..problem import Behavior, Problem

FAMILY = "game_of_24"
DESCRIPTION = "1 check a proposal; 2 find with three numbers; 3 with four; 4 the published pool"
LEVELS = (1, 2, 3, 4)
TRAINED = (1, 2, 3)

FAILED_FIRST = 2  # first steps shown in vain, at most
FAILED_THEN = 2  # later steps shown in vain after each, at most
State = tuple[int, ...]


@dataclass(frozen=True)
class Move:
    """`left sign right = result`, and the numbers left after it, in rising order."""

    left: int
    sign: str
    right: int
    result: int
    rest: State

    def sum(self) -> str:
        """The calculation alone."""
        return f"{self.left} {self.sign} {self.right} = {self.result}"

    def line(self) -> str:
        """As Tree of Thoughts writes a step."""
        return f"{self.sum()} («left: »{_spaced(self.rest)})"


def _spaced(state: State) -> str:
    return " ".join(map(str, state))


@lru_cache(maxsize=100_000)
def moves(state: State, target: int) -> tuple[Move, ...]:
    """All steps in whole numbers without negative results, the most promising first."""
    found: dict[tuple[int, State], Move] = {}
    for i, j in combinations(range(len(state)), 2):
        low, high = sorted((state[i], state[j]))
        others = [number for k, number in enumerate(state) if k not in (i, j)]
        for sign, result in _results(high, low):
            move = Move(high, sign, low, result, tuple(sorted([*others, result])))
            found.setdefault((result, move.rest), move)
    return tuple(sorted(found.values(), key=lambda move: _promise(move, target)))


def _results(high: int, low: int) -> Iterator[tuple[str, int]]:
    yield "+", high + low
    yield "-", high - low
    yield "*", high * low
    if low and high % low == 0:
        yield "/", high // low


def _promise(move: Move, target: int) -> tuple[int, int, str]:
    """Divisors of the target come first, large before small; then what is nearest to it."""
    factor = bool(move.result) and target % move.result == 0
    return target // move.result if factor else target + 1, abs(move.result - target), move.sum()


@lru_cache(maxsize=200_000)
def solvable(state: State, target: int) -> bool:
    """Whether whole-number steps lead from the state to the target."""
    if len(state) == 1:
        return state[0] == target
    return any(solvable(move.rest, target) for move in moves(state, target))


def generate(rng: random.Random, level: int) -> Problem:
    """A check (level 1) or a find (see the module for the numbers used)."""
    if level == 1:
        return _check_steps(rng) if rng.random() < 0.5 else _check_expression(rng)
    state, target = _puzzle(rng, level)
    steps, cuts = worked(state, target)
    joint = _spaced(state)
    return Problem(
        family=FAMILY,
        level=level,
        question=question(state, target) if level == 4 else _reworded(rng, state, target),
        answer=steps[-1].removeprefix("answer: "),
        steps=full(steps),
        plan=(
            f"Propose steps from {joint} towards {target} and give up dead ends",
            f"Follow the steps that work to {target}",
            "Put the working steps together in one expression",
        )[-len(cuts) :],
        cuts=cuts,
        short=short(steps),
        behavior=Behavior("behavior_bare_proposals", rng.choice(BARE_PROPOSALS)),
        facts=(("numbers", "are", joint), ("target", "is", str(target))),
    )


BARE_PROPOSALS = (
    "Write proposals, the numbers left and the tries as bare sums, without words.",
    "Leave out try, left and not: sums and numbers say enough until the target is reached.",
    "Numbers alone for every proposal; put the expression together without saying it twice.",
)
WORDINGS = (
    "Use the numbers {n} and the operations + - * / to obtain {t}. Use each number exactly once.",
    "Reach {t} from {n}, using every number once with + - * /.",
    "Numbers: {n}. Target: {t}. Find an expression that uses each number once.",
    "How can {n} be joined by + - * / to make {t}? Each number must be used once.",
)


def question(state: State, target: int = 24) -> str:
    """The find for given numbers, as asked of the published puzzles."""
    return WORDINGS[0].format(n=_spaced(state), t=target)


def _reworded(rng: random.Random, state: State, target: int) -> str:
    return rng.choice(WORDINGS).format(n=_spaced(state), t=target)


def _puzzle(rng: random.Random, level: int) -> tuple[State, int]:
    while True:
        target = 24 if level == 4 or rng.random() < 0.6 else rng.randint(10, 60)
        if level == 2:
            numbers = [_number(rng) for _ in range(3)]
        elif level == 3 and target == 24:
            numbers = [rng.randint(1, 13) for _ in range(3)] + [rng.randint(14, 20)]
        else:
            numbers = [rng.randint(1, 13) for _ in range(4)]
        state = tuple(sorted(numbers))
        if solvable(state, target):
            return state, target


def _number(rng: random.Random) -> int:
    """As they stand after a first step: mostly small, sometimes large."""
    return rng.randint(1, 13) if rng.random() < 0.7 else rng.randint(1, 48)


def way(state: State, target: int) -> list[Move]:
    """The most promising steps that work."""
    path: list[Move] = []
    while len(state) > 1:
        move = next(step for step in moves(state, target) if solvable(step.rest, target))
        path.append(move)
        state = move.rest
    return path


def worked(state: State, target: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The search, a few failures before the way that works, and where the moves of the plan end."""
    path = way(state, target)
    steps: list[str] = [f"«numbers: {_spaced(state)}. target: {target}»"]
    first = 1
    for depth, move in enumerate(path[:-1]):
        steps += _failures(state, target, move, depth + 1 == len(path) - 1)
        first = len(steps)
        steps.append(f"«try »{move.line()}")
        state = move.rest
    last = path[-1]
    steps.append(f"{last.sum()}«: yes»")
    found = len(steps)
    steps += [*_joined(path), f"answer: {expression(path)}"]
    return tuple(steps), (first, found, len(steps))


def _failures(state: State, target: int, chosen: Move, before_last: bool) -> list[str]:
    """What is tried in vain before `chosen`, up to the limits."""
    better = [m for m in moves(state, target) if _promise(m, target) < _promise(chosen, target)]
    if before_last:
        return [_dead(move, target) for move in better[: FAILED_THEN - 1]]
    lines = []
    for move in better[:FAILED_FIRST]:
        lines.append(f"«try »{move.line()}")
        lines += [_dead(then, target) for then in moves(move.rest, target)[:FAILED_THEN]]
        lines.append(f"«back to »{_spaced(state)}")
    return lines


def _dead(move: Move, target: int) -> str:
    """A step to two numbers that no sign brings to the target."""
    low, high = move.rest
    tries = ", ".join(f"{high} {sign} {low} = {got}" for sign, got in _results(high, low))
    return f"«try »{move.line()}: {tries}«: not {target}»"


def _joined(path: list[Move]) -> list[str]:
    """The expression put together step by step, from the last sum back to the first."""
    last = path[-1]
    lines = [f"«{last.result} = {last.left} {last.sign} {last.right}»"]
    for depth in range(len(path) - 2, -1, -1):
        move = path[depth]
        whole = f": {expression(path[depth:])}"
        if not depth:
            whole = f"«{whole}»"
        lines.append(f"{move.result} = {move.left} {move.sign} {move.right}{whole}")
    return lines


def expression(path: list[Move]) -> str:
    """The steps as one expression over the numbers the path starts from."""
    terms: list[tuple[int, str]] = []
    first = path[0]
    start = _without(first.rest, first.result)
    terms = [(number, str(number)) for number in (*start, first.left, first.right)]
    for move in path:
        left, right = _take(terms, move.left), _take(terms, move.right)
        terms.append((move.result, f"({left} {move.sign} {right})"))
    return terms[-1][1][1:-1]


def _without(state: State, number: int) -> State:
    index = state.index(number)
    return state[:index] + state[index + 1 :]


def _take(terms: list[tuple[int, str]], number: int) -> str:
    """Removes the newest term of that value and returns its text."""
    index = max(i for i, (value, _) in enumerate(terms) if value == number)
    return terms.pop(index)[1]


# Checks: a list of steps, or an expression.


def _check_steps(rng: random.Random) -> Problem:
    state, target = _puzzle(rng, 3)
    path = way(state, target) if rng.random() < 0.7 else _wander(rng, state, target)
    lines = [(move.left, move.sign, move.right, move.result, move.rest) for move in path]
    if rng.random() < 0.55:
        lines = _spoil(rng, lines)
    shown = [
        f"step {n}: {a} {sign} {b} = {c} (left: {_spaced(rest)})"
        for n, (a, sign, b, c, rest) in enumerate(lines, 1)
    ]
    steps, answer = judged(state, target, lines)
    asked = rng.choice(
        (
            "Which step is the first wrong one? Say none if they are right and reach {t}.",
            "Name the first step that is wrong, or none if all are right and make {t}.",
        )
    ).format(t=target)
    return Problem(
        family=FAMILY,
        level=1,
        question=f"Numbers: {_spaced(state)}. Target: {target}.\n"
        + "\n".join(shown)
        + f"\n{asked}",
        answer=answer,
        steps=full(steps),
        plan=(
            "For each step see whether its numbers are there, then check sum and rest",
            "Name the first step that fails",
        ),
        cuts=(len(steps) - 1, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_check_in_numbers", rng.choice(IN_NUMBERS)),
        facts=(("numbers", "are", _spaced(state)), ("target", "is", str(target))),
    )


IN_NUMBERS = (
    "For each step write what is taken, the sum and what is left, and stop at a fault.",
    "Check in numbers: no word of approval, and the numbers left only once.",
)
Line = tuple[int, str, int, int, State]


def _wander(rng: random.Random, state: State, target: int) -> list[Move]:
    path = []
    while len(state) > 1:
        path.append(rng.choice(moves(state, target)[:8]))
        state = path[-1].rest
    return path


def _spoil(rng: random.Random, lines: list[Line]) -> list[Line]:
    """One step made wrong: its result, its rest, or a number that is not there."""
    index = rng.randrange(len(lines))
    a, sign, b, c, rest = lines[index]
    kind = rng.choice(("sum", "sum", "rest", "number"))
    if kind == "sum":
        wrong = max(0, c + rng.choice((-10, -2, -1, 1, 2, 10)))
        wrong = c + 1 if wrong == c else wrong
        rest = tuple(sorted([*_without(rest, c), wrong]))
        c = wrong
    elif kind == "number":
        a = a + rng.choice((1, 2, 3))
        c = {"+": a + b, "-": a - b, "*": a * b, "/": a // b if b else a}[sign]
    else:
        spot = rng.randrange(len(rest))
        rest = tuple(sorted([*rest[:spot], rest[spot] + rng.choice((1, 2)), *rest[spot + 1 :]]))
    return [*lines[:index], (a, sign, b, c, rest), *lines[index + 1 :]]


def _fault(state: State, line: Line) -> str:
    """What is wrong with the step, or an empty string."""
    a, sign, b, c, rest = line
    left = list(state)
    for number in (a, b):
        if number not in left:
            return f"{number} is not there"
        left.remove(number)
    true = dict(_results(max(a, b), min(a, b))).get(sign)
    if true != c:
        return f"{a} {sign} {b} is {'no whole number' if true is None else true}, not {c}"
    if tuple(sorted([*left, c])) != rest:
        return f"the rest is {_spaced(tuple(sorted([*left, c])))}, not {_spaced(rest)}"
    return ""


def judged(state: State, target: int, lines: list[Line]) -> tuple[tuple[str, ...], str]:
    """The check of every step up to the first fault, and the answer `none` or `step n`."""
    steps = []
    for number, line in enumerate(lines, 1):
        a, sign, b, c, rest = line
        fault = _fault(state, line)
        head = f"«step »{number}: «from {_spaced(state)} »take {a} and {b}"
        if fault:
            steps += [f"{head}: {fault}«: wrong»", f"answer: step {number}"]
            return tuple(steps), f"step {number}"
        kept = _without(_without(state, a), b)
        others = f"{_spaced(kept)}« stay», " if kept else ""
        steps.append(f"{head}: {others}{a} {sign} {b} = {c}: left {_spaced(rest)}«: ok»")
        state = rest
    number = len(lines)
    if state != (target,):
        steps.append(f"«the end is »{_spaced(state)}, not {target}«: step {number} is wrong»")
        return (*steps, f"answer: step {number}"), f"step {number}"
    return (*steps, f"«the end is »{target}", "answer: none"), "none"


def _check_expression(rng: random.Random) -> Problem:
    state, target = _puzzle(rng, 3)
    path = way(state, target) if rng.random() < 0.6 else _wander(rng, state, target)
    given = state
    if rng.random() < 0.25:
        spot = rng.randrange(len(state) - 1)  # the largest stays: it keeps out of the pool
        changed = state[spot] + rng.choice((-1, 1, 2))
        given = tuple(sorted([*state[:spot], max(1, changed), *state[spot + 1 :]]))
    steps, cut, answer = evaluated(given, target, state, path)
    asked = rng.choice(
        (
            "Does {e} use each of {n} exactly once and equal {t}?",
            "Numbers: {n}. Is {e} a right way to make {t}, with each number used once?",
            "Someone proposes {e} to reach {t} from {n}. Is that right?",
        )
    ).format(e=expression(path), n=_spaced(given), t=target)
    return Problem(
        family=FAMILY,
        level=1,
        question=f"{asked} Answer yes or no.",
        answer=answer,
        steps=full(steps),
        plan=(
            f"Compare the numbers of the expression with {_spaced(given)}",
            f"Work out the expression from the inside and compare with {target}",
        ),
        cuts=(cut, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_inner_sums", rng.choice(INNER_SUMS)),
        facts=(("numbers", "are", _spaced(given)), ("target", "is", str(target))),
    )


INNER_SUMS = (
    "Compare the numbers in one line, then write the sums from the inside and decide.",
    "No sentences: the two lists of numbers, and the inner sums if they agree.",
)


def evaluated(
    given: State, target: int, used: State, path: list[Move]
) -> tuple[tuple[str, ...], int, str]:
    """The comparison of the numbers and the sums from the inside; the first cut; yes or no."""
    steps = [f"given {_spaced(given)}. used«, in order,» {_spaced(used)}"]
    if given != used:
        steps += ["«the numbers differ»", "answer: no"]
        return tuple(steps), 1, "no"
    steps.append("«the numbers agree»")
    steps += [move.sum() for move in path]
    answer = "yes" if path[-1].result == target else "no"
    verdict = "is" if answer == "yes" else "is not"
    return (*steps, f"«{path[-1].result} {verdict} {target}»", f"answer: {answer}"), 2, answer
