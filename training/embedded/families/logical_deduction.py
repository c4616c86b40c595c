"""Logical deduction: objects in a fixed order, described by clues; which one stands at a place.

The worked solution numbers the places, rewrites every clue as `a < b, b > a` or `a = 3 = a`, places
what is fixed, and then goes in rounds: for every object not yet placed it writes which open places
the clues leave it, then who is left for the first and for the last open place. An object with one
place, or an end with one object, is placed. It stops when the asked place is filled. All the real
questions seen yield to these two rules. Whatever is looked up later is written both ways round:
what is found stands behind what it is found by.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..phrases.marked import full, short
from ..phrases.phrase import (
    NUMBER_WORDS,
    ORDINALS,
    PEOPLE,
    article,
    joined,
    letter,
    lettered,
    words,
)
from ..problem import Behavior, Problem

FAMILY = "logical_deduction"
DESCRIPTION = "number of objects"
LEVELS = (3, 4, 5, 6, 7, 8, 9)
TRAINED = (3, 4, 5, 6, 7)

OPENING = (
    "The following paragraphs each describe a set of {n} objects arranged in a fixed order. "
    "The statements are logically consistent within each paragraph. "
)
MOST_LINES = 17  # of the rounds: what keeps the longest solution under a thousand tokens
FIXED = {  # how many clues name a place, by number of objects (weights from 0 upwards)
    3: (8, 6, 1),
    4: (4, 8, 5, 1),
    5: (3, 6, 7, 2, 1),
    6: (2, 4, 7, 5, 1),
    7: (1, 2, 5, 6, 3, 1),
    8: (0, 1, 3, 5, 4, 2),
    9: (0, 1, 2, 4, 5, 3),
}


@dataclass(frozen=True)
class Scene:
    """An ordered row. `low` and `high` name its ends, place 1 being the `low` one."""

    intro: str
    nouns: tuple[str, ...]
    low: str
    high: str
    less: str
    more: str
    verb: str = "is"
    noun: str = "{}"
    proper: bool = False

    def name(self, thing: str) -> str:
        """The thing in the middle of a sentence."""
        return thing if self.proper else f"the {self.noun.format(thing)}"

    def place(self, place: int, count: int, from_low: bool) -> str:
        """`the second from the left`, `third-newest`, `second-to-last`: the place in words."""
        rank = place if from_low else count + 1 - place
        end = self.low if from_low else self.high
        if self.low == "leftmost":
            return f"the {end if rank == 1 else f'{ORDINALS[rank]} from the {end[:-4]}'}"
        if self.low == "first":
            if from_low:
                return ORDINALS[rank]
            return "last" if rank == 1 else f"{ORDINALS[rank]}-to-last"
        return f"the {end if rank == 1 else f'{ORDINALS[rank]}-{end}'}"

    def sentence(self, thing: str, rest: str) -> str:
        """The thing and what is said of it, with a capital."""
        text = f"{self.name(thing)} {self.verb} {rest}"
        return text[0].upper() + text[1:]


LEFT = ("leftmost", "rightmost", "to the left of", "to the right of")
AGE = ("oldest", "newest", "older than", "newer than")
COST = ("cheapest", "most expensive", "less expensive than", "more expensive than")
BIRDS = words(
    "robin, crow, hummingbird, owl, cardinal, quail, raven, hawk, falcon, blue jay, wren, dove", ","
)
BOOKS = words(
    "yellow, blue, orange, red, gray, purple, green, brown, black, white, pink, gold", ","
)
FRUITS = words(
    "apples, watermelons, mangoes, loquats, kiwis, pears, oranges, plums, cantaloupes, peaches, "
    "lemons, bananas",
    ",",
)
CARS = words(
    "truck, tractor, minivan, motorcycle, bus, sedan, station wagon, hatchback, limousine, "
    "convertible, jeep, van",
    ",",
)
GOLFERS = words("Joe, Rob, Amy, Eve, Mel, Dan, Ana, Ada, Eli, Mya", ",")
TREES = words("oak, pine, birch, maple, elm, willow, cedar, ash, beech, fir, palm, spruce", ",")
TOYS = words(
    "kite, drum, puzzle, robot, doll, ball, train, yo-yo, puppet, whistle, top, rocket", ","
)

SCENES = (
    Scene("On a branch, there are {n} birds", BIRDS, *LEFT),
    Scene("On a shelf, there are {n} books", BOOKS, *LEFT, noun="{} book"),
    Scene("A fruit stand sells {n} fruits", FRUITS, *COST, verb="are"),
    Scene("In an antique car show, there are {n} vehicles", CARS, *AGE),
    Scene(
        *("In a golf tournament, there were {n} golfers", GOLFERS),
        *("first", "last", "above", "below", "finished"),
        proper=True,
    ),
    Scene(
        *("In a race, there were {n} runners", PEOPLE),
        *("first", "last", "above", "below", "finished"),
        proper=True,
    ),
    Scene(
        *("In a garden, there are {n} trees", TREES),
        *("shortest", "tallest", "shorter than", "taller than"),
    ),
    Scene("A toy shop sells {n} toys", TOYS, *COST),
    Scene("In a museum, there are {n} paintings", BOOKS, *AGE, noun="{} painting"),
)


@dataclass(frozen=True)
class At:
    """A clue that names the place of `thing`; `words` says it as the question does."""

    thing: str
    place: int
    words: str


@dataclass(frozen=True)
class Before:
    """A clue that puts `first` at a lower place than `then`; `turned`: said the other way."""

    first: str
    then: str
    turned: bool


Clue = At | Before


@dataclass(frozen=True)
class Parts:
    """The row, its objects as in the question, the clues, the asked place in words and number."""

    scene: Scene
    things: tuple[str, ...]
    clues: tuple[Clue, ...]
    asked: str
    place: int


def generate(rng: random.Random, level: int) -> Problem:
    """A problem with `level` objects whose order the two rules can find."""
    parts = _draw(rng, level)
    steps, cuts, answer = worked(parts)
    scene, count = parts.scene, len(parts.clues)
    fixed = [clue.thing for clue in parts.clues if isinstance(clue, At)]
    plan = (
        f"Number the places from {scene.low} to {scene.high} and rewrite the {count} clues",
        f"Place {joined(fixed[:3])} where the clues say" if fixed else "Draw the empty places",
        "Narrow the open places of the others round by round",
        f"Read who {scene.verb} {parts.asked} and find the letter",
    )
    if cuts[1] == cuts[2]:
        plan, cuts = (*plan[:2], plan[3]), (*cuts[:2], cuts[3])
    return Problem(
        family=FAMILY,
        level=level,
        question=question(parts),
        answer=answer,
        steps=full(steps),
        plan=plan,
        cuts=cuts,
        short=short(steps),
        behavior=Behavior("behavior_clues_in_signs", rng.choice(IN_SIGNS)),
        options=tuple(_options(parts)),
        facts=tuple(_fact(scene, clue) for clue in parts.clues),
    )


IN_SIGNS = (
    "Do not copy the sentences: write each clue in signs alone and the reasons without labels.",
    "Note a < b or a = 3 for the clues, then the open places without sentences.",
    "Use signs for the clues and leave out see, row and so; do not repeat what is asked.",
)


def _draw(rng: random.Random, level: int) -> Parts:
    scene = rng.choice(SCENES[:5] if rng.random() < 0.75 else SCENES[5:])
    while True:
        things = rng.sample(scene.nouns, level)
        clues = _clues(rng, scene, rng.sample(things, level))
        place = rng.randint(1, level)
        asked = scene.place(place, level, _from_low(rng, place, level))
        parts = Parts(scene, tuple(things), tuple(clues), asked, place)
        passes = rounds(parts)
        lines = sum(len(turn.choices) for turn in passes)
        if len(passes[-1].placed) == level and lines <= MOST_LINES:
            return parts


def _clues(rng: random.Random, scene: Scene, order: list[str]) -> list[Clue]:
    """One clue less than there are objects: some places, and what orders the other objects."""
    count = len(order)
    many = rng.choices(range(len(FIXED[count])), FIXED[count])[0]
    fixed = sorted(rng.sample(range(count), many))
    clues: list[Clue] = []
    for index in fixed:
        words = scene.place(index + 1, count, _from_low(rng, index + 1, count))
        clues.append(At(order[index], index + 1, words))
    free = [index for index in range(count) if index not in fixed]
    for one, other in pairwise(free):
        between = [index for index in fixed if one < index < other]
        pair = (one, other)
        if between and rng.random() < 0.5:
            pair = rng.choice([(one, between[-1]), (between[0], other)])
        clues.append(Before(order[pair[0]], order[pair[1]], rng.random() < 0.5))
    if rng.random() < 0.08:
        one, other = sorted(rng.sample(range(count), 2))
        clues.append(Before(order[one], order[other], rng.random() < 0.5))
    rng.shuffle(clues)
    return clues


def _from_low(rng: random.Random, place: int, count: int) -> bool:
    """Places are named from the nearer end, the middle mostly from the low one."""
    return 2 * place < count + 1 or (2 * place == count + 1 and rng.random() < 0.6)


def _fact(scene: Scene, clue: Clue) -> tuple[str, str, str]:
    if isinstance(clue, At):
        return clue.thing, scene.verb, clue.words
    return clue.first, f"{scene.verb} {scene.less}", clue.then


def _options(parts: Parts) -> list[str]:
    return [parts.scene.sentence(thing, parts.asked) for thing in parts.things]


def sentence(scene: Scene, clue: Clue) -> str:
    """The clue as the question says it."""
    if isinstance(clue, At):
        return scene.sentence(clue.thing, clue.words)
    if clue.turned:
        return scene.sentence(clue.then, f"{scene.more} {scene.name(clue.first)}")
    return scene.sentence(clue.first, f"{scene.less} {scene.name(clue.then)}")


def question(parts: Parts) -> str:
    """The question in the words of BIG-Bench Hard."""
    scene, number = parts.scene, NUMBER_WORDS[len(parts.things)]
    bare = scene.proper or scene.verb == "are"
    named = [thing if bare else article(scene.noun.format(thing)) for thing in parts.things]
    said = " ".join(f"{sentence(scene, clue)}." for clue in parts.clues)
    return (
        f"{OPENING.format(n=number)}{scene.intro.format(n=number)}: {joined(named)}. {said}\n"
        f"Options:\n{lettered(_options(parts))}"
    )


@dataclass(frozen=True)
class Round:
    """One pass over the objects not placed yet; `placed` is the state after it."""

    open: tuple[int, ...]
    choices: dict[str, tuple[int, ...]]
    found: dict[str, int]
    placed: dict[str, int]


def rounds(parts: Parts) -> list[Round]:
    """The passes of the two rules, until all is placed or nothing moves."""
    placed = {clue.thing: clue.place for clue in parts.clues if isinstance(clue, At)}
    passes = [Round((), {}, {}, dict(placed))]
    while len(placed) < len(parts.things):
        free = tuple(p for p in range(1, len(parts.things) + 1) if p not in placed.values())
        choices = {
            thing: _choices(parts, thing, free, placed)
            for thing in parts.things
            if thing not in placed
        }
        found = {thing: places[0] for thing, places in choices.items() if len(places) == 1}
        for end in (free[0], free[-1]):
            fits = _fits(choices, end)
            if len(fits) == 1:
                found[fits[0]] = end
        if not found:
            break
        placed = {**placed, **found}
        passes.append(Round(free, choices, found, placed))
    return passes


def _choices(
    parts: Parts, thing: str, free: tuple[int, ...], placed: dict[str, int]
) -> tuple[int, ...]:
    left = list(free)
    for clue in _about(parts, thing):
        if clue.then == thing:
            limit = placed.get(clue.first, free[0])
            left = [place for place in left if place > limit]
        else:
            limit = placed.get(clue.then, free[-1])
            left = [place for place in left if place < limit]
    return tuple(left)


def _about(parts: Parts, thing: str) -> Iterator[Before]:
    for clue in parts.clues:
        if isinstance(clue, Before) and thing in (clue.first, clue.then):
            yield clue


def _fits(choices: dict[str, tuple[int, ...]], place: int) -> list[str]:
    return [thing for thing, places in choices.items() if place in places]


def worked(parts: Parts) -> tuple[tuple[str, ...], tuple[int, int, int, int], str]:
    """The solution that gives every reason, where its four moves end, and the answer."""
    scene, count = parts.scene, len(parts.things)
    steps = [
        f"«places: 1 is {scene.low}, {count} is {scene.high}. asked: »{parts.asked} is {parts.place}"
    ]
    steps += [f"«{sentence(scene, clue)}: »{_sign(clue)}" for clue in parts.clues]
    start, *passes = rounds(parts)
    cuts = [len(steps)]
    steps.append(_row(parts, start.placed))
    cuts.append(len(steps))
    placed = start.placed
    for turn in passes:
        if parts.place in placed.values():
            break
        steps.append(f"open: {_numbers(turn.open)}")
        steps += [_reason(parts, turn, placed, thing) for thing in turn.choices]
        steps.append(f"{_end_fits(turn)}. «so »{_found(turn)}")
        steps.append(_row(parts, turn.placed))
        placed = turn.placed
    cuts.append(len(steps))
    winner, answer = _winner(parts)
    before = parts.things[: parts.things.index(winner) + 1]
    listed = ", ".join(f"{letter(at)} {thing}" for at, thing in enumerate(before))
    steps += [f"«{parts.asked}: »{winner}: {listed}", f"answer: {answer}"]
    cuts.append(len(steps))
    return tuple(steps), (cuts[0], cuts[1], cuts[2], cuts[3]), answer


def _winner(parts: Parts) -> tuple[str, str]:
    placed = rounds(parts)[-1].placed
    winner = next(thing for thing in parts.things if placed[thing] == parts.place)
    return winner, letter(parts.things.index(winner))


def _sign(clue: Clue) -> str:
    if isinstance(clue, At):
        return _put(clue.thing, clue.place)
    return f"{clue.first} < {clue.then}, {clue.then} > {clue.first}"


def _put(thing: str, place: int) -> str:
    return f"{thing} = {place} = {thing}"


def _row(parts: Parts, placed: dict[str, int]) -> str:
    names = {place: thing for thing, place in placed.items()}
    places = range(1, len(parts.things) + 1)
    row = ", ".join(f"{p} = {names[p]}" if p in names else f"{p} _" for p in places)
    asked = f"= {names[parts.place]}" if parts.place in names else "open"
    return f"«row: »{row}. {parts.place} {asked}"


def _numbers(places: tuple[int, ...]) -> str:
    return " ".join(map(str, places))


def _reason(parts: Parts, turn: Round, placed: dict[str, int], thing: str) -> str:
    """`see owl > crow = 2, owl < wren, not 7: 3 5`, with `only`, `low` and `high` where they hold."""
    reasons = []
    for clue in sorted(_about(parts, thing), key=lambda clue: clue.then != thing):
        after = clue.then == thing
        other = clue.first if after else clue.then
        end = turn.open[0] if after else turn.open[-1]
        where = f" = {placed[other]}" if other in placed else f", not {end}"
        again = f"«{thing} »" if reasons else f"{thing} "
        reasons.append(f"{again}{'>' if after else '<'} {other}{where}")
    left = turn.choices[thing]
    said = [f"«see »{', '.join(reasons) or f'{thing} free'}: {_numbers(left)}"]
    said += [f"only« {thing} = {left[0]}»"] * (len(left) == 1)
    said += [f"{side} {thing}" for side, end in _ends(turn).items() if end in left]
    return ", ".join(said)


def _ends(turn: Round) -> dict[str, int]:
    """The first and the last open place; both are the first where one place is open."""
    return {"low": turn.open[0]} | ({"high": turn.open[-1]} if len(turn.open) > 1 else {})


def _end_fits(turn: Round) -> str:
    return ". ".join(
        f"{side} {end}: {', '.join(_fits(turn.choices, end))}" for side, end in _ends(turn).items()
    )


def _found(turn: Round) -> str:
    return ", ".join(_put(thing, place) for thing, place in turn.found.items())
