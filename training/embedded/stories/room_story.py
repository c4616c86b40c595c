"""Stories of people entering and leaving a room while a thing is moved, in the form of ToMi.

Le, Boureau, Nickel: Revisiting the evaluation of theory of mind through question answering (EMNLP
2019). Who is in the room sees where the thing is; a person who comes back sees it too; what A
thinks B thinks changes only while both are in the room. These rules give the label of every ToMi
item that is free of label noise.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from ..phrases.marked import full
from ..phrases.phrase import PEOPLE, words

ROOMS = words(
    """attic back_yard basement bathroom bedroom cellar closet crawlspace den dining_room front_yard
    garage garden hall hallway kitchen laundry living_room lounge master_bedroom office pantry patio
    playroom porch staircase study sunroom TV_room workshop library balcony"""
)
THINGS = words(
    """apple asparagus banana beans broccoli cabbage carrot cherry corn cucumber eggplant grapefruit
    grapes green_pepper lemon lettuce lime melon onion orange peach pear peas persimmon pineapple
    plum potato pumpkin radish spinach strawberry sweet_potato tangerine tomato turnip watermelon"""
)
BOXES = words(
    """basket bathtub bottle box bucket container crate cupboard drawer envelope pantry suitcase
    treasure_chest"""
)
CONTAINERS = tuple(f"{color}_{box}" for color in ("red", "green", "blue") for box in BOXES)
TASTES = ("loves", "hates", "likes", "dislikes")


@dataclass(frozen=True)
class Event:
    """One sentence: `kind` enter, exit, place, move or taste; `what` a room or container."""

    kind: str
    who: str
    what: str


@dataclass(frozen=True)
class RoomStory:
    """A story and a question about what nobody (0), one or two people (`asked`) think."""

    thing: str
    room: str
    events: tuple[Event, ...]
    asked: tuple[str, ...]
    beginning: bool = False

    def sentence(self, event: Event) -> str:
        """The event as ToMi writes it."""
        return full([self.marked(event)])[0] + ("" if event.kind == "taste" else ".")

    def marked(self, event: Event) -> str:
        """The sentence without its full stop, what the short solution leaves out of it marked."""
        return {
            "enter": f"{event.who} entered« the {event.what}»",
            "exit": f"{event.who} exited« the {event.what}»",
            "place": f"The {self.thing} is in the {event.what}",
            "move": f"{event.who} moved« the {self.thing}» to the {event.what}",
            "taste": f"{event.who} {event.what.replace(' ', '« ', 1)}»",
        }[event.kind]

    def question(self) -> str:
        """The story line by line, and the question."""
        story = "\n".join(self.sentence(event) for event in self.events)
        return f"{story}\n{self.query()}"

    def query(self) -> str:
        """The question alone, in the words of ToMi."""
        if len(self.asked) == 2:
            a, b = self.asked
            return f"Where does {a} think that {b} searches for the {self.thing}?"
        if self.asked:
            return f"Where will {self.asked[0]} look for the {self.thing}?"
        if self.beginning:
            return f"Where was the {self.thing} at the beginning?"
        return f"Where is the {self.thing} really?"


@dataclass(frozen=True)
class Moment:
    """The world after one event: who is in the room, where the thing is, what the asked believe."""

    event: Event
    inside: frozenset[str]
    place: str
    belief: str


def moments(story: RoomStory) -> Iterator[Moment]:
    """The world after each sentence; places are empty strings before the thing is there."""
    inside: frozenset[str] = frozenset()
    place = belief = ""
    for event in story.events:
        if event.kind in ("place", "move"):
            place = event.what
        elif event.kind in ("enter", "exit"):
            here = event.kind == "enter" and event.what == story.room
            inside = inside | {event.who} if here else inside - {event.who}
        if inside.issuperset(story.asked):
            belief = place
        yield Moment(event, inside, place, belief)


def draw(rng: random.Random, order: int) -> RoomStory:
    """A story with a question of the given order; half of the beliefs asked for are false."""
    false = order > 0 and rng.random() < 0.5
    while True:
        story = _ask(rng, _story(rng), order)
        last = list(moments(story))[-1]
        if not any(event.kind == "move" for event in story.events):
            continue
        if last.belief and (order == 0 or (last.belief != last.place) == false):
            return story


def _ask(rng: random.Random, story: RoomStory, order: int) -> RoomStory:
    people = sorted({event.who for event in story.events if event.kind in ("enter", "exit")})
    asked = tuple(rng.sample(people, order))
    beginning = order == 0 and rng.random() < 0.5
    return RoomStory(story.thing, story.room, story.events, asked, beginning)


def _story(rng: random.Random) -> RoomStory:
    """People come, the thing is there, it is moved once (rarely twice), people come and go."""
    people = rng.sample(PEOPLE, rng.choice((2, 2, 3, 3, 3)))
    room, other = rng.sample(ROOMS, 2)
    thing, *things = rng.sample(THINGS, 3)
    containers = rng.sample(CONTAINERS, 4)
    at: dict[str, str] = {}
    events: list[Event] = []

    def go(who: str) -> None:
        if at.get(who):
            events.append(Event("exit", who, at.pop(who)))
        else:
            at[who] = room if rng.random() < 0.65 else other
            events.append(Event("enter", who, at[who]))

    for who in people:
        at[who] = other if who == people[2:3] and rng.random() < 0.3 else room
        events.append(Event("enter", who, at[who]))
    if rng.random() < 0.2:
        go(rng.choice(people[1:]))
    events.append(Event("place", "", containers[0]))
    moves = 1 if rng.random() < 0.85 else 2
    for index in range(moves):
        for _ in range(rng.randint(0, 3)):
            go(rng.choice(people))
        movers = [who for who in people if at.get(who) == room]
        if movers:
            events.append(Event("move", rng.choice(movers), containers[index + 1]))
    for _ in range(rng.randint(0, 3)):
        go(rng.choice(people))
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        taste = f"{rng.choice(TASTES)} the {rng.choice([*things, other, room])}"
        events.insert(rng.randint(0, len(events)), Event("taste", rng.choice(people), taste))
    return RoomStory(thing, room, tuple(events), ())


def worked(story: RoomStory) -> tuple[tuple[str, ...], tuple[int, ...], str]:
    """The solution sentence by sentence, where its moves end, and the answer."""
    if not story.asked:
        return _fact(story)
    mover = next(event.who for event in story.events if event.kind == "move")
    seat = f"{mover} moved the {story.thing}, {mover} entered the {story.room}"
    asked = f"asked: {story.query()} {', '.join(story.asked)}. "
    steps = [f"«{asked}»{seat}«: the {story.thing} is in the {story.room}»"]
    seen = list(moments(story))
    steps += [_line(story, moment, before) for moment, before in _with_before(seen)]
    answer = seen[-1].belief
    closing = (f"«so {answer}»", f"answer: {answer}")
    return (*steps, *closing), (1, len(steps), len(steps) + 2), answer


def _with_before(seen: list[Moment]) -> Iterator[tuple[Moment, str]]:
    before = ""
    for moment in seen:
        yield moment, before
        before = moment.belief


def _line(story: RoomStory, moment: Moment, before: str) -> str:
    event = moment.event
    text = story.marked(event)
    if event.kind == "enter" and event.who in story.asked:
        same = "yes" if event.what == story.room else "no"
        text = f"{story.sentence(event)[:-1]}, {story.room}? {same}"
    about = event.kind in ("place", "move") or event.who in story.asked
    if event.kind == "taste" or not about:
        return f"{text}: skip"
    state = ", ".join(f"{who} {'in' if who in moment.inside else 'out'}" for who in story.asked)
    if not moment.place:
        return f"{text}: {state}"
    if moment.inside.issuperset(story.asked):
        return f"{text}: {state}: {_see(story)} {moment.belief}"
    return f"{text}: {state}: still {before or 'nothing'}"


def _see(story: RoomStory) -> str:
    return "sees" if len(story.asked) == 1 else "both see"


def _fact(story: RoomStory) -> tuple[tuple[str, ...], tuple[int, ...], str]:
    lines = [story.marked(e) for e in story.events if e.kind in ("place", "move")]
    places = [event.what for event in story.events if event.kind in ("place", "move")]
    answer = places[0] if story.beginning else places[-1]
    pick = "first" if story.beginning else "last"
    steps = (
        f"«asked: {story.query()} only sentences about the {story.thing} count»",
        *lines,
        f"«the »{pick} place« of the {story.thing}»: {answer}",
        f"answer: {answer}",
    )
    return steps, (1, 1 + len(lines), len(steps)), answer
