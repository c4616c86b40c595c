"""Navigate: does a walk lead back to where it began?

The worked solution keeps the position (x to the right, y forward) and, where there are turns,
the side one faces: every instruction is restated, applied to the one number it changes, and the
state is written again. The short solution adds up opposite moves and stops where they differ.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..problem import Behavior, Problem

FAMILY = "navigate"
DESCRIPTION = "number of instructions"
LEVELS = (3, 5, 7, 9, 12, 16)
TRAINED = (3, 5, 7, 9)

SIDES = ("north", "east", "south", "west")
FIXED = {"forward": "north", "right": "east", "backward": "south", "left": "west"}
TURNS = {"right": 1, "around": 2, "left": 3}
AXIS = {"north": ("y", 1), "south": ("y", -1), "east": ("x", 1), "west": ("x", -1)}
OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}
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
        if not self.steps:
            return f"Turn {self.way}."
        taken = f"{self.steps} {'step' if self.steps == 1 else 'steps'}"
        return f"Take {taken} {self.way}".rstrip() + "."


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
        steps=steps,
        plan=_plan(parts),
        cuts=(1, 1 + len(parts.moves), len(steps)),
        short=opposite(parts),
        behavior=Behavior("behavior_add_opposite_moves", rng.choice(OPPOSITE_MOVES)),
        options=("Yes", "No"),
    )


OPPOSITE_MOVES = (
    "Add up the steps to each side and compare opposite sides; stop where a pair differs.",
    "Only sums matter: total north against south, east against west, no positions in between.",
    "Skip the positions: collect the steps by side and see whether opposite sides cancel.",
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
    steps = [f"start: {_state(at, faced)}"]
    for move, side in zip(parts.moves, _sides(parts.moves, parts.fixed), strict=True):
        if move.steps:
            axis, sign = AXIS[side]
            end = at[axis] + sign * move.steps
            done = f"{side}, {axis} {at[axis]} {'+' if sign > 0 else '-'} {move.steps} = {end}"
            at[axis] = end
        else:
            done, faced = f"{faced} to {side}", side
        steps.append(f"{move.text} {done}. now: {_state(at, faced)}")
    answer = "Yes" if at == {"x": 0, "y": 0} else "No"
    steps.append(f"end: x {at['x']}, y {at['y']}. back at x 0, y 0: {answer}")
    steps.append(f"answer: {answer}")
    return tuple(steps), answer


def _state(at: dict[str, int], faced: str) -> str:
    return f"x {at['x']}, y {at['y']}{', ' if faced else ''}{faced}"


def opposite(parts: Parts) -> tuple[str, ...]:
    """The solution that adds up the steps to each side."""
    sides = _sides(parts.moves, parts.fixed)
    steps = []
    if not parts.fixed:
        pairs = zip(parts.moves, sides, strict=True)
        steps.append(", ".join(f"{side} {move.steps or ''}".rstrip() for move, side in pairs))
    for side in ("north", "east"):
        here, there = (_total(parts, sides, way) for way in (side, OPPOSITE[side]))
        steps.append(f"{side} {here[0]}, {OPPOSITE[side]} {there[0]}")
        if here[1] != there[1]:
            return (*steps, "answer: No")
    return (*steps, "answer: Yes")


def _total(parts: Parts, sides: list[str], side: str) -> tuple[str, int]:
    """The sum of the steps to one side, written out, and its value."""
    terms = [m.steps for m, way in zip(parts.moves, sides, strict=True) if way == side and m.steps]
    if len(terms) < 2:
        return str(sum(terms)), sum(terms)
    return f"{' + '.join(map(str, terms))} = {sum(terms)}", sum(terms)
