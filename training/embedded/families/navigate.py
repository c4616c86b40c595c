"""Navigate: does a walk lead back to where it began?

The worked solution keeps the position (x to the right, y forward) and, where there are turns,
the side one faces: every instruction is restated, applied to the one number it changes, and the
state is written again. The short solution keeps the numbers, the sums and the states.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..phrases.marked import full, short
from ..problem import Behavior, Problem

FAMILY = "navigate"
DESCRIPTION = "number of instructions"
LEVELS = (3, 5, 7, 9, 12, 16)
TRAINED = (3, 5, 7, 9)

SIDES = ("north", "east", "south", "west")
FIXED = {"forward": "north", "right": "east", "backward": "south", "left": "west"}
TURNS = {"right": 1, "around": 2, "left": 3}
AXIS = {"north": ("y", 1), "south": ("y", -1), "east": ("x", 1), "west": ("x", -1)}
ASKS = (
    "If you follow these instructions, do you return to the starting point?",
    "If you follow these instructions, do you end up where you started?",
    "Following these instructions, do you get back to the starting point?",
)


@dataclass(frozen=True)
class Move:
    """`steps` steps `way` (empty: ahead), or, without steps, a turn `way`."""

    steps: int
    way: str = ""

    @property
    def text(self) -> str:
        """The instruction as the question writes it."""
        return full([self.marked])[0]

    @property
    def marked(self) -> str:
        """The instruction with what recurs in all of them marked."""
        if not self.steps:
            return f"«Turn »{self.way}."
        way = f" {self.way}" if self.way else ""
        return f"«Take »{self.steps}« {'step' if self.steps == 1 else 'steps'}»{way}."


@dataclass(frozen=True)
class Parts:
    """What a question is made of; `fixed` if one always faces forward."""

    moves: tuple[Move, ...]
    fixed: bool
    asks: str


def generate(rng: random.Random, level: int) -> Problem:
    """A walk of `level` instructions or one less, 3 at least."""
    parts = _draw(rng, level)
    steps, answer = worked(parts)
    return Problem(
        family=FAMILY,
        level=level,
        question=question(parts),
        answer=answer,
        steps=full(steps),
        plan=_plan(parts),
        cuts=(1, 1 + len(parts.moves), len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_bare_moves", rng.choice(BARE_MOVES)),
        options=("Yes", "No"),
    )


BARE_MOVES = (
    "Write each instruction as its number and way alone, then the sum and the new position.",
    "Leave out take, steps and turn; the result of each sum stands only in the position.",
    "Short notes: number, sum, position; say nothing more at the end.",
)


def _draw(rng: random.Random, level: int) -> Parts:
    size = max(3, level - (rng.random() < 0.4))
    fixed = rng.random() < 0.47
    most = 10 if level in TRAINED else 15
    moves = _walk(rng, size, fixed, most)
    if rng.random() < 0.6:
        while not (home := _homeward(rng, moves, fixed, most)):
            moves = _walk(rng, size, fixed, most)
        moves = home
        if rng.random() < 0.2:
            moves = _astray(rng, moves, most)
    return Parts(tuple(moves), fixed, ASKS[0] if rng.random() < 0.85 else rng.choice(ASKS))


def _walk(rng: random.Random, size: int, fixed: bool, most: int) -> list[Move]:
    ways = list(FIXED)
    if fixed and rng.random() < 0.4:
        ways = rng.choice((["forward", "backward"], ["left", "right"]))
    turning = rng.choice((0.15, 0.3, 0.45))
    moves = []
    for _ in range(size):
        if not fixed and rng.random() < turning:
            moves.append(Move(0, rng.choice(tuple(TURNS))))
        else:
            moves.append(Move(rng.randint(1, most), rng.choice(ways) if fixed else ""))
    return moves


def _homeward(rng: random.Random, moves: list[Move], fixed: bool, most: int) -> list[Move] | None:
    """The walk with one number changed on each axis so that it leads back; None if it cannot be."""
    sides = _sides(moves, fixed)
    if not any(move.steps for move in moves):
        return None
    moves = list(moves)
    for axis in ("x", "y"):
        here = [at for at, side in enumerate(sides) if moves[at].steps and AXIS[side][0] == axis]
        total = sum(AXIS[sides[at]][1] * moves[at].steps for at in here)
        fits = [at for at in here if 1 <= moves[at].steps - AXIS[sides[at]][1] * total <= most]
        if total and not fits:
            return None
        if total:
            at = rng.choice(fits)
            moves[at] = Move(moves[at].steps - AXIS[sides[at]][1] * total, moves[at].way)
    return moves


def _astray(rng: random.Random, moves: list[Move], most: int) -> list[Move]:
    """The walk with one number off by one or two."""
    at = rng.choice([at for at, move in enumerate(moves) if move.steps])
    near = [steps for change in (-2, -1, 1, 2) if 1 <= (steps := moves[at].steps + change) <= most]
    return [*moves[:at], Move(rng.choice(near), moves[at].way), *moves[at + 1 :]]


def _sides(moves: list[Move] | tuple[Move, ...], fixed: bool) -> list[str]:
    """The side each move goes to, or, for a turn, the side faced after it."""
    facing, sides = 0, []
    for move in moves:
        if not move.steps:
            facing = (facing + TURNS[move.way]) % 4
        sides.append(FIXED[move.way] if fixed else SIDES[facing])
    return sides


def question(parts: Parts) -> str:
    """The question in the words of BIG-Bench Hard."""
    moves = [move.text for move in parts.moves]
    facing = ["Always face forward."] if parts.fixed else []
    return f"{' '.join((parts.asks, *facing, *moves))}\nOptions:\n- Yes\n- No"


def _plan(parts: Parts) -> tuple[str, ...]:
    kept = "the position" if parts.fixed else "position and facing"
    return (
        f"Start at x 0, y 0{' and always face forward' if parts.fixed else ', facing north'}",
        f"Follow the {len(parts.moves)} instructions, keeping {kept}",
        "Compare the end with the start",
    )


def worked(parts: Parts) -> tuple[tuple[str, ...], str]:
    """The solution that writes every position, and the answer."""
    at, faced = {"x": 0, "y": 0}, "" if parts.fixed else "north"
    steps = [f"«start: »{_state(at, faced)}"]
    for move, side in zip(parts.moves, _sides(parts.moves, parts.fixed), strict=True):
        if move.steps:
            axis, sign = AXIS[side]
            end = at[axis] + sign * move.steps
            towards = f"{side}, " if parts.fixed else f"«{side}, »"
            done = f"{towards}{axis} {at[axis]} {'+' if sign > 0 else '-'} {move.steps}« = {end}»"
            at[axis] = end
        else:
            done, faced = f"{faced} to {side}", side
        steps.append(f"{move.marked} {done}«. now»: {_state(at, faced)}")
    answer = "Yes" if at == {"x": 0, "y": 0} else "No"
    steps.append(f"«end: x {at['x']}, y {at['y']}. back at x 0, y 0: {answer}»")
    steps.append(f"answer: {answer}")
    return tuple(steps), answer


def _state(at: dict[str, int], faced: str) -> str:
    return f"x {at['x']}, y {at['y']}{', ' if faced else ''}{faced}"
