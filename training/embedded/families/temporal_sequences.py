"""Temporal sequences: seen all day long but for one gap; when could the visit have been.

The worked solution lists the sightings and walks through the day over that list: from each hour
reached so far, until when. Where nobody saw the person, the gap is looked up among the options.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

from ..phrases.marked import full, short
from ..phrases.phrase import PEOPLE, letter, lettered, up_to
from ..problem import Behavior, Problem

FAMILY = "temporal_sequences"
DESCRIPTION = "1: 3-5 sightings in order; 2: 6-8 in order; 3: 3-5 out of order; 4: 6-9 out of order"
LEVELS = (1, 2, 3, 4)
TRAINED = (1, 2, 3)

PLACES = (
    *("basketball court", "clothing store", "swimming pool", "gas station", "construction site"),
    *("park", "orchestra hall", "football field", "dance studio", "coffee shop", "beach"),
    *("amusement park", "physics classroom", "market", "restaurant", "art studio", "bakery"),
    *("art show", "bookstore", "soccer field", "museum", "movies", "zoo", "bank", "post office"),
    *("hair salon", "town hall", "aquarium", "flower shop", "pharmacy", "skate park", "harbor"),
)
DOINGS = (
    *("taking photos near the Leaning Tower of Pisa", "working at the office"),
    *("sitting on a rooftop", "working out at the gym", "getting a coffee at the cafe"),
    *("fixing their computer at the electronic store", "driving to the water park"),
    *("buying lunch at the deli", "reading at the library", "buying a bike at the bike shop"),
    *("waiting at the train station", "walking towards the Statue of Liberty"),
    *("stretching at a yoga studio", "taking photos near the Eiffel Tower"),
    *("buying a phone at the electronics store", "buying cookies at a bakery"),
    *("waiting at the airport", "walking in the garden", "buying clothes at the mall"),
    *("watching a movie at the theater", "playing tennis at the tennis court"),
    *("attending class at the school", "feeding ducks at the pond", "painting the fence"),
    *("washing the car at the garage", "playing chess in the square", "fishing at the river"),
    *("singing in the choir", "repairing a boat at the dock", "visiting a friend downtown"),
)


@dataclass(frozen=True)
class Parts:
    """`sights` are (who saw, doing, from, to) as in the question; hours run from 0 to 23."""

    person: str
    place: str
    woke: int
    closed: int
    sights: tuple[tuple[str, str, int, int], ...]
    options: tuple[tuple[int, int], ...]


def generate(rng: random.Random, level: int) -> Problem:
    """A problem with one gap in the day (see `DESCRIPTION` for the levels)."""
    parts = _draw(rng, level)
    steps, answer = worked(parts)
    return Problem(
        family=FAMILY,
        level=level,
        question=question(parts),
        answer=answer,
        steps=full(steps),
        plan=(
            f"List the hours at which {parts.person} was seen",
            f"Follow them from {hour(parts.woke)} on, up to an hour without a witness",
            f"Find the free time for the {parts.place} among the options",
        ),
        cuts=(1, len(steps) - 2, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_chain_hours", rng.choice(CHAIN_HOURS)),
        options=tuple(span(*option) for option in parts.options),
        facts=tuple(
            (parts.person, f"{doing} until {hour(end)}", f"from {hour(start)}")
            for _, doing, start, end in parts.sights
        ),
    )


CHAIN_HOURS = (
    "List the hours without the names, then only the hour that each sighting ends.",
    "Leave the witnesses out; chain the ends of the sightings, the break is the answer.",
    "Hours only: first all of them, then the ends one after the other up to the break.",
)


def _draw(rng: random.Random, level: int) -> Parts:
    count = rng.randint(3, 5) if level in (1, 3) else rng.randint(6, 8 if level == 2 else 9)
    cuts = _hours(rng, count + 2)
    spans = list(pairwise(cuts))
    free = rng.choice(spans)
    person, *witnesses = rng.sample(PEOPLE, count + 1)
    busy = [gap for gap in spans if gap != free]
    seen = [
        (who, doing, *gap)
        for who, doing, gap in zip(witnesses, rng.sample(DOINGS, count), busy, strict=True)
    ]
    if level >= 3:
        rng.shuffle(seen)
    options = [*rng.sample(busy, 3), free]
    rng.shuffle(options)
    return Parts(person, rng.choice(PLACES), cuts[0], cuts[-1], tuple(seen), tuple(options))


def _hours(rng: random.Random, count: int) -> list[int]:
    """`count` different hours in order, the first early and the last late as in real questions."""
    woke = min(rng.choice((5, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12)), 22 - count)
    closed = max(rng.choice((15, 16, 17, 18, 19, 20, 21, 21, 22, 22)), woke + count)
    return [woke, *sorted(rng.sample(range(woke + 1, closed), count - 2)), closed]


def hour(value: int) -> str:
    """`0` is 12am, `15` is 3pm."""
    return f"{(value - 1) % 12 + 1}{'am' if value < 12 else 'pm'}"


def span(start: int, end: int) -> str:
    """`1pm to 2pm`."""
    return f"{hour(start)} to {hour(end)}"


def question(parts: Parts) -> str:
    """The question in the words of BIG-Bench Hard."""
    person, place = parts.person, parts.place
    lines = [
        f"Today, {person} went to the {place}. Between what times could they have gone?",
        "We know that:",
        f"{person} woke up at {hour(parts.woke)}.",
        *(
            f"{who} saw {person} {doing} from {span(start, end)}."
            for who, doing, start, end in parts.sights
        ),
        f"The {place} was closed after {hour(parts.closed)}.",
        f"Between what times could {person} have gone to the {place}?",
        "Options:",
        lettered([span(*option) for option in parts.options]),
    ]
    return "\n".join(lines)


def worked(parts: Parts) -> tuple[tuple[str, ...], str]:
    """The walk through the day, over the list of all sightings, and the answer."""
    now = parts.woke
    seen = ", ".join(f"«{who}: »{hour(start)} - {hour(end)}" for who, _, start, end in parts.sights)
    steps = [f"«seen »{seen}", f"«{parts.person} woke up at »{hour(now)}"]
    follow = {start: end for _, _, start, end in parts.sights}
    while now in follow:
        steps.append(f"«{hour(now)} - »{hour(follow[now])}")
        now = follow[now]
    option = next(option for option in parts.options if option[0] == now)
    answer = letter(parts.options.index(option))
    steps.append(f"«{hour(now)} - nobody»")
    options = [span(*one) for one in parts.options]
    steps.append(f"«so free »{span(*option)}: {up_to(span(*option), options)}")
    return (*steps, f"answer: {answer}"), answer
