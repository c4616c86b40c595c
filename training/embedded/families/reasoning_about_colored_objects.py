"""Reasoning about colored objects: things on a table, their colors, places and numbers.

The worked solution writes the row with numbered places where places matter, and otherwise takes the
things one by one, saying of each whether it counts; the last step finds the option.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from ..phrases.marked import full, short
from ..phrases.phrase import NUMBER_WORDS, article, joined, letter, lettered, words
from ..problem import Behavior, Problem
from .object_counting import plural

FAMILY = "reasoning_about_colored_objects"
DESCRIPTION = "greatest number of things (of entries, where they are counted)"
LEVELS = (2, 4, 6, 8, 10, 13)
TRAINED = (2, 4, 6, 8)

COLORS = words(
    """red orange yellow green blue brown magenta fuchsia mauve teal turquoise burgundy silver
    gold black grey purple pink"""
)
NOUNS = (
    *words("pencil envelope necklace paperclip bracelet keychain plate cup notebook crayon pen"),
    *words("textbook jug puzzle booklet mug"),
    *("stress ball", "dog leash", "pair of sunglasses", "teddy bear", "cat toy"),
    *("scrunchiephone charger", "sheet of paper", "fidget spinner"),
)
MORE_NOUNS = (
    *words("ruler candle spoon ring wallet marble button ribbon vase bottle coin magnet scarf"),
    *("phone case", "sticky note", "tennis ball", "pair of scissors", "toy car"),
)
PLACES = words("table desk floor nightstand")
COUNTS = (
    *NUMBER_WORDS,
    *words("fifteen sixteen seventeen eighteen nineteen twenty"),
)
Option = tuple[str, ...]


@dataclass(frozen=True)
class Thing:
    """`count` things of one color and kind."""

    color: str
    noun: str
    count: int = 1

    @property
    def text(self) -> str:
        """`teal cup`, `two teal cups`."""
        if self.count == 1:
            return f"{self.color} {self.noun}"
        return f"{COUNTS[self.count]} {self.color} {plural(self.noun)}"


@dataclass(frozen=True)
class Parts:
    """What a question is made of; `target` is the thing asked about or looked from."""

    things: tuple[Thing, ...]
    kind: str
    place: str = "table"
    word: str = "things"
    opening: str = ""
    target: Thing | None = None
    by_color: bool = False
    colors: tuple[str, ...] = ()
    noun: str = ""
    side: str = "left"

    @property
    def one(self) -> str:
        """The singular of the general word: `thing`."""
        return self.word[:-1]

    @property
    def named(self) -> str:
        """The target as the question names it: by its kind or by its color."""
        assert self.target
        return f"{self.target.color} {self.one}" if self.by_color else self.target.noun

    @property
    def index(self) -> int:
        """The place of the target in the row, from 1."""
        assert self.target
        return self.things.index(self.target) + 1


@dataclass(frozen=True)
class Solution:
    """The steps before the option is looked up, marked for the short form; the value found."""

    steps: tuple[str, ...]
    found: str
    plan: tuple[str, ...]
    cuts: tuple[int, ...]


def generate(rng: random.Random, level: int) -> Problem:
    """A question about at most `level` things, or about that many entries of several things."""
    parts = _draw(rng, level)
    offered = options(parts)
    solution = worked(parts)
    at = offered.index(solution.found)
    found = f"{solution.found}: {letter(at)}"
    if solution.found in COLORS:
        found = f"«{found}»"
    steps = (*solution.steps, found, f"answer: {letter(at)}")
    return Problem(
        family=FAMILY,
        level=level,
        question=f"{question(parts)}\nOptions:\n{lettered(offered)}",
        answer=letter(at),
        steps=full(steps),
        plan=(*solution.plan, "Find the letter of the answer"),
        cuts=(*solution.cuts, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_no_verdicts", rng.choice(NO_VERDICTS)),
        options=offered,
        facts=_facts(parts),
    )


NO_VERDICTS = (
    "Compare each thing at once, without its color or kind again and without the total again.",
    "Leave out what is said twice: the comparison and the count or the letter are enough.",
    "Write the same notes in fewer words: no list twice, no total at the end.",
)

KINDS = words(
    """color is beside beside beside end end furthest furthest others others others neither
    neither remove_color remove_color remove_noun remove_noun"""
)
IN_ROW = ("beside", "end", "furthest", "others")


def _draw(rng: random.Random, level: int) -> Parts:
    kind = rng.choice(KINDS)
    word, side = rng.choice(("things", "items", "objects")), rng.choice(("left", "right"))
    size = rng.randint(level - 1, level)
    if kind.startswith("remove"):
        things = _several(rng, max(4, size))
    else:
        things = _single(rng, max(3 if kind in IN_ROW else 2, size))
    target = _target(rng, kind, things, side)
    return Parts(
        things=tuple(things),
        kind=kind,
        place=rng.choice(PLACES),
        word=word,
        opening=_opening(rng, kind, word),
        target=target,
        by_color=kind in IN_ROW and rng.random() < 0.5,
        colors=_asked_colors(rng, kind, things, target),
        noun=rng.choice(things).noun,
        side=side,
    )


def _target(rng: random.Random, kind: str, things: list[Thing], side: str) -> Thing:
    """The thing asked about or from: with a neighbour where one is asked, never in the middle
    where the furthest thing is."""
    if kind == "beside":
        return rng.choice(things[1:] if side == "left" else things[:-1])
    target = rng.choice(things)
    if kind == "furthest" and 2 * things.index(target) == len(things) - 1:
        return rng.choice((things[0], things[-1]))
    return target


def _asked_colors(
    rng: random.Random, kind: str, things: list[Thing], target: Thing
) -> tuple[str, ...]:
    """The colors named in the question: mostly, not always, colors that are there."""
    there = [thing.color for thing in things]
    if kind == "neither":
        return tuple(rng.sample(COLORS if rng.random() < 0.5 else there, 2))
    if kind == "is" and rng.random() < 0.5:
        return (target.color,)
    return (rng.choice(there if rng.random() < 0.8 else COLORS),)


def _single(rng: random.Random, size: int) -> list[Thing]:
    nouns = NOUNS if rng.random() < 0.85 else (*NOUNS, *MORE_NOUNS)
    pairs = zip(rng.sample(COLORS, size), rng.sample(nouns, size), strict=True)
    return [Thing(color, noun) for color, noun in pairs]


def _several(rng: random.Random, size: int) -> list[Thing]:
    """Entries that share few colors and kinds, together not more than twenty of a kind."""
    across = 2 if size <= 4 else 3 if size <= 8 else 4
    nouns = rng.sample(NOUNS if rng.random() < 0.85 else (*NOUNS, *MORE_NOUNS), across)
    pairs = [(color, noun) for color in rng.sample(COLORS, across) for noun in nouns]
    chosen = rng.sample(pairs, min(size, len(pairs)))
    return [Thing(color, noun, rng.randint(1, 3)) for color, noun in chosen]


def _opening(rng: random.Random, kind: str, word: str) -> str:
    if kind in IN_ROW:
        many = rng.choice(("a bunch of", "a set of", "several", "the following"))
        return f"you see {many} {word} arranged in a row: "
    many = "there are " if kind.startswith("remove") and rng.random() < 0.7 else "there is "
    return rng.choice(("you see ", "I see ", many))


def options(parts: Parts) -> Option:
    """The options the question offers: colors, yes and no, or number words."""
    if parts.kind == "is":
        return ("yes", "no")
    if parts.kind in ("color", "beside", "end", "furthest"):
        return COLORS
    most = 16 if parts.kind.startswith("remove") else 6
    return COUNTS[: max(most, len(parts.things)) + 1]


def question(parts: Parts) -> str:
    """The question in the words of BIG-Bench Hard, without its options."""
    if parts.kind.startswith("remove"):
        listed = [f"one {thing.text}" if thing.count == 1 else thing.text for thing in parts.things]
    else:
        listed = [article(thing.text) for thing in parts.things]
    scene = f"On the {parts.place}, {parts.opening}{joined(listed)}."
    return f"{scene} {_asked_in_row(parts) if parts.kind in IN_ROW else ASKS[parts.kind](parts)}"


ASKS: dict[str, Callable[[Parts], str]] = {
    "color": lambda p: f"What color is the {p.named}?",
    "is": lambda p: f"Is the {p.named} {p.colors[0]}?",
    "neither": lambda p: f"How many {p.word} are neither {p.colors[0]} nor {p.colors[1]}?",
    "remove_color": lambda p: (
        f"If I remove all the {p.colors[0]} {p.word} from the {p.place}, "
        f"how many {plural(p.noun)} remain on it?"
    ),
    "remove_noun": lambda p: (
        f"If I remove all the {plural(p.noun)} from the {p.place}, "
        f"how many {p.colors[0]} {p.word} remain on it?"
    ),
}


def _asked_in_row(parts: Parts) -> str:
    start = f"What is the color of the {parts.one}"
    match parts.kind:
        case "beside":
            return f"{start} directly to the {parts.side} of the {parts.named}?"
        case "furthest":
            return f"{start} furthest from the {parts.named}?"
        case "end":
            return f"What is the color of the {parts.side}-most {parts.one}?"
    return (
        f"How many non-{parts.colors[0]} {parts.word} do you see to the {parts.side} "
        f"of the {parts.named}?"
    )


def worked(parts: Parts) -> Solution:
    """The worked solution of a question, by its kind."""
    if parts.kind in ("color", "is"):
        return _look_up(parts)
    if parts.kind in ("beside", "end", "furthest"):
        return _find_place(parts)
    return _count(parts)


def _look_up(parts: Parts) -> Solution:
    assert parts.target
    seen = f"«the »{parts.named} is {parts.target.color}"
    listed = ", ".join(f"{thing.text} is {thing.color}" for thing in parts.things)
    steps, found = [f"«list: {listed}»", seen], parts.target.color
    if parts.kind == "is":
        steps[0] = f"{parts.colors[0]}? yes. {steps[0]}"
        found = "yes" if found == parts.colors[0] else "no"
        steps.append(f"{parts.target.color}? {found}")
    plan = (f"Go over the {len(parts.things)} {parts.word}", f"See the color of the {parts.named}")
    return Solution(tuple(steps), found, plan, (1, len(steps)))


def _row(parts: Parts) -> str:
    """Each place stands before its thing and after it: what is looked up by one follows the other."""
    placed = (f"{at}: {thing.text} {at}" for at, thing in enumerate(parts.things, 1))
    return f"«row: »{', '.join(placed)}"


def _where(parts: Parts) -> str:
    assert parts.target
    if parts.by_color:
        return f"«{parts.named}: »{parts.target.text} {parts.index}"
    return f"{parts.named} {parts.index}"


def _facts(parts: Parts) -> tuple[tuple[str, str, str], ...]:
    if parts.kind.startswith("remove"):
        return tuple((f"the {parts.place}", "has", thing.text) for thing in parts.things)
    return tuple((f"the {thing.noun}", "is", thing.color) for thing in parts.things)


def _find_place(parts: Parts) -> Solution:
    assert parts.target
    size, at = len(parts.things), parts.index
    plan = [f"Number the {size} {parts.word} from left to right"]
    where = _where(parts)
    match parts.kind:
        case "end":
            goal = 1 if parts.side == "left" else size
            said = [f"{parts.side}-most« of {size}»: {goal}"]
            plan.append(f"Take the {parts.side}-most and read its color")
        case "beside":
            goal = at - 1 if parts.side == "left" else at + 1
            sign = "-" if parts.side == "left" else "+"
            said = [where, f"{parts.side}« of {at}»: {at} {sign} 1 = {goal}"]
            plan.append(f"Find the {parts.named}")
            plan.append(f"Step one to its {parts.side} and read the color")
        case _:
            goal = size if size - at > at - 1 else 1
            said = [where, f"to 1: {at} - 1 = {at - 1}. to {size}: {size} - {at} = {size - at}"]
            said[-1] += f". more: {goal}"
            plan.append(f"Find the {parts.named}")
            plan.append("Compare its distances to both ends and read the color there")
    thing = parts.things[goal - 1]
    steps = (_row(parts), *said, f"{goal}: {thing.color}« {thing.noun}»")
    cuts = (1, 3) if parts.kind == "end" else (1, 2, 4)
    return Solution(steps, thing.color, tuple(plan), cuts)


def _count(parts: Parts) -> Solution:
    things, start = list(parts.things), (f"{SOUGHT[parts.kind](parts)}«. total 0»",)
    entries = "entries" if parts.kind.startswith("remove") else parts.word
    plan = (f"Start the count of the {len(things)} {entries} at 0",)
    if parts.kind == "others":
        at = parts.index
        things = things[: at - 1] if parts.side == "left" else things[at:]
        there = ", ".join(thing.text for thing in things) or "none"
        there = f"{parts.side}«: {there}». {SOUGHT['others'](parts)}«. total 0»"
        start = (_row(parts), f"{_where(parts)}. «to its »{there}")
        plan = (f"Number the row and find the {parts.named}",)
    steps, total = list(start), 0
    for thing in things:
        said, counts = JUDGES[parts.kind](parts, thing)
        shown = f"one {thing.text}" if parts.kind.startswith("remove") and thing.count == 1 else ""
        if counts:
            said += f" «{total} »+ {thing.count} = {total + thing.count}"
            total += thing.count
        steps.append(f"{shown or thing.text}: {said}" + ("" if counts else f" «still »{total}"))
    steps.append(f"«total {total}, {COUNTS[total]}»")
    plan = (*plan, COUNT_PLANS[parts.kind](parts))
    return Solution(tuple(steps), COUNTS[total], plan, (len(start), len(steps)))


def _not_colored(parts: Parts, thing: Thing) -> tuple[str, bool]:
    counts = thing.color not in parts.colors
    return f"{thing.color}?« {'in' if counts else 'out'},»", counts


def _without_color(parts: Parts, thing: Thing) -> tuple[str, bool]:
    return _remaining((thing.color, parts.colors[0]), (thing.noun, parts.noun))


def _without_noun(parts: Parts, thing: Thing) -> tuple[str, bool]:
    return _remaining((thing.noun, parts.noun), (thing.color, parts.colors[0]))


def _remaining(gone: tuple[str, str], counted: tuple[str, str]) -> tuple[str, bool]:
    """What is removed is gone; of what stays the other property decides."""
    if gone[0] == gone[1]:
        return f"{gone[0]}? gone,", False
    counts = counted[0] == counted[1]
    return f"{gone[0]}? stays. {counted[0]}?« {'yes' if counts else 'no'},»", counts


JUDGES: dict[str, Callable[[Parts, Thing], tuple[str, bool]]] = {
    "others": _not_colored,
    "neither": _not_colored,
    "remove_color": _without_color,
    "remove_noun": _without_noun,
}
SOUGHT: dict[str, Callable[[Parts], str]] = {
    "others": lambda p: f"{p.colors[0]}? out",
    "neither": lambda p: f"{p.colors[0]}? out. {p.colors[1]}? out",
    "remove_color": lambda p: f"{p.colors[0]}? gone. {p.noun}? yes",
    "remove_noun": lambda p: f"{p.noun}? gone. {p.colors[0]}? yes",
}
"""What the question says of colors and kinds, as it is looked up at each thing: what is not found
there is in, stays or does not count. Nothing need be compared."""
COUNT_PLANS: dict[str, Callable[[Parts], str]] = {
    "others": lambda p: f"Count those to its {p.side} that are not {p.colors[0]}",
    "neither": lambda p: f"Count each of the {p.word} not {p.colors[0]} or {p.colors[1]}",
    "remove_color": lambda p: f"Pass over what is {p.colors[0]}, add up the {plural(p.noun)}",
    "remove_noun": lambda p: f"Pass over the {plural(p.noun)}, add up what is {p.colors[0]}",
}
