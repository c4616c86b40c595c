"""Tracking shuffled objects: people swap what they hold; who holds what in the end.

The worked solution writes the whole assignment again after every swap, so that each step needs only
the step before it and one sentence of the question. What somebody holds is always written `who: what`,
so that it is found where it stood last.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..phrases.marked import full, short
from ..phrases.phrase import PEOPLE, joined, letter, lettered, up_to, words
from ..problem import Behavior, Problem

FAMILY = "tracking_shuffled_objects"
DESCRIPTION = "number of people; the number of swaps is about the same"
LEVELS = (3, 4, 5, 6, 7, 8, 9)
TRAINED = (3, 4, 5, 6, 7)

FRIENDS = words("Alice Bob Claire Dave Eve Fred Gertrude")
COLORS = words("red blue green yellow orange purple pink black white brown gray silver gold")


@dataclass(frozen=True)
class Scene:
    """One kind of story. `{p}` is a person, `{t}` a thing, `{who}` all the people."""

    opening: str
    has: str
    middle: str
    swap: str
    ending: str
    things: tuple[str, ...]
    holding: str = "{t}"


def _colored(noun: str) -> tuple[str, ...]:
    return tuple(f"{color} {noun}" for color in COLORS)


SCENES = (
    Scene(
        "{who} are friends and avid readers who occasionally trade books. At the start of the "
        "semester, they each buy one new book: ",
        "{p} gets {t}",
        "As the semester proceeds, they start trading around the new books.",
        "{p} and {q} swap books.",
        "At the end of the semester, {p} has",
        (
            *("Ulysses", "Frankenstein", "Lolita", "Catch-22", "Moby Dick", "The Odyssey"),
            *("The Pearl", "The Great Gatsby", "Hound of the Baskervilles", "Emma", "Dracula"),
            *("The Fellowship of the Ring", "Hamlet", "The Trial", "The Iliad", "Middlemarch"),
        ),
    ),
    Scene(
        "{who} are dancers at a square dance. At the start of a song, they each have a partner: ",
        "{p} is dancing with {t}",
        "Throughout the song, the dancers often trade partners.",
        "{p} and {q} switch partners.",
        "At the end of the dance, {p} is dancing with",
        words("Patrick Jamie Rodrigo Lola Melissa Izzi Sam Ophelia Helga Karl Magda Otto Ines"),
    ),
    Scene(
        "{who} are playing a game. At the start of the game, they are each holding a ball: ",
        "{p} has a {t}",
        "As the game progresses, pairs of players trade balls.",
        "{p} and {q} swap balls.",
        "At the end of the game, {p} has the",
        _colored("ball"),
    ),
    Scene(
        "{who} are holding a white elephant gift exchange. At the start of the event, they are "
        "each holding a present of a different color: ",
        "{p} has a {t}",
        "As the event progresses, pairs of people swap gifts.",
        "{p} and {q} swap their gifts.",
        "At the end of the event, {p} has the",
        (*_colored("present"), *_colored("ball")),
    ),
    Scene(
        "{who} are on the same team in a soccer match. At the start of the match, they are each "
        "assigned to a position: ",
        "{p} is playing {t}",
        "As the game progresses, pairs of players occasionally swap positions.",
        "{p} and {q} trade positions.",
        "At the end of the match, {p} is playing",
        (
            *("goalkeeper", "center midfielder", "striker", "left winger", "right winger"),
            *("right midfielder", "benchwarmer", "cheerleader", "left midfielder", "fullback"),
            *("sweeper", "wing back", "referee"),
        ),
    ),
    Scene(
        "{who} sit in the same office. At the start of the year, they are each given a desk: ",
        "{p} sits at the {t}",
        "During the year, pairs of colleagues exchange desks.",
        "{p} and {q} exchange desks.",
        "At the end of the year, {p} sits at the",
        tuple(
            f"{place} desk"
            for place in words("window door corner middle back front left right upper lower glass")
        ),
    ),
    Scene(
        "{who} collect cards. At the start of the week, they each bring one card: ",
        "{p} brings the {t}",
        "During the week, pairs of collectors trade cards.",
        "{p} and {q} trade cards.",
        "At the end of the week, {p} has the",
        tuple(
            f"{animal} card"
            for animal in words("fox bear owl wolf lion tiger horse crow whale shark snake cat")
        ),
    ),
)


@dataclass(frozen=True)
class Parts:
    """What a question is made of: `held[i]` is what `people[i]` starts with."""

    scene: Scene
    people: tuple[str, ...]
    held: tuple[str, ...]
    swaps: tuple[tuple[str, str], ...]
    asked: str


def generate(rng: random.Random, level: int) -> Problem:
    """A problem with `level` people."""
    parts = _draw(rng, level)
    steps, answer = worked(parts)
    swaps = len(parts.swaps)
    return Problem(
        family=FAMILY,
        level=level,
        question=question(parts),
        answer=answer,
        steps=full(steps),
        plan=(
            f"Write down what {joined(parts.people[:2])} and the others start with"
            if level > 3
            else f"Write down what {joined(parts.people)} start with",
            f"Make the {swaps} swaps one after the other, writing the whole list again",
            f"Read what {parts.asked} has and find its letter",
        ),
        cuts=(1, 1 + swaps, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_new_list_at_once", rng.choice(NEW_LIST)),
        options=parts.held,
        facts=tuple((person, "starts with", thing) for person, thing in _pairs(parts)),
    )


NEW_LIST = (
    "Name the two of each swap, then write the new list at once, without what they had.",
    "After every swap only the list as it is now; do not write the pair before it.",
    "Skip what the two had: the names of the swap and the new list are enough.",
)


def _draw(rng: random.Random, level: int) -> Parts:
    scene = rng.choice(SCENES[:5] if rng.random() < 0.8 else SCENES[5:])
    usual = level <= len(FRIENDS) and rng.random() < 0.6
    people = FRIENDS[:level] if usual else rng.sample(PEOPLE, level)
    if len(scene.things) < level:
        scene = SCENES[2]
    count = level if rng.random() < 0.6 else rng.randint(max(2, level - 2), level + 1)
    things = [thing for thing in rng.sample(scene.things, level)]
    swaps = tuple((a, b) for a, b in (rng.sample(people, 2) for _ in range(count)))
    return Parts(scene, tuple(people), tuple(things), swaps, rng.choice(people))


def question(parts: Parts) -> str:
    """The question in the words of BIG-Bench Hard."""
    scene = parts.scene
    starts = [scene.has.format(p=person, t=thing) for person, thing in _pairs(parts)]
    marks = ["First", *["Then"] * (len(parts.swaps) - 2), "Finally"]
    swaps = [
        f"{mark}, {scene.swap.format(p=a, q=b)}"
        for mark, (a, b) in zip(marks, parts.swaps, strict=True)
    ]
    return (
        f"{scene.opening.format(who=joined(parts.people))}{joined(starts)}.\n"
        f"{scene.middle} {' '.join(swaps)} {scene.ending.format(p=parts.asked)}\n"
        f"Options:\n{lettered(parts.held)}"
    )


def worked(parts: Parts) -> tuple[tuple[str, ...], str]:
    """The solution that writes every state in full, and the answer."""
    held = dict(_pairs(parts))
    steps = [f"«start »{_state(held)}"]
    for a, b in parts.swaps:
        had = f"{a}: {held[a]}, {b}: {held[b]}"
        held[a], held[b] = held[b], held[a]
        steps.append(f"«swap »{a} and {b}. «{had}. now »{_state(held)}")
    found = held[parts.asked]
    answer = letter(parts.held.index(found))
    steps.append(f"«asked »{parts.asked}: {found}. {up_to(found, parts.held)}")
    steps.append(f"answer: {answer}")
    return tuple(steps), answer


def _pairs(parts: Parts) -> list[tuple[str, str]]:
    return list(zip(parts.people, parts.held, strict=True))


def _state(held: dict[str, str]) -> str:
    return ", ".join(f"{person}: {thing}" for person, thing in held.items())
