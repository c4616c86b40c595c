"""An arithmetic story while it is told: the sentences, what they make of one quantity, its state.

The quantity is a number of things or of dollars that one person has. The parts of stories are in
`tale_openings`, `tale_changes` and `tale_questions`; `families/word_problems` puts them together.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ..phrases.phrase import NUMBER_WORDS, words
from ..phrases.spelled import spell, value

THINGS = words(
    """apples marbles stickers cookies books cards coins pencils stamps shells eggs flowers
    balloons oranges candies beads photos buttons tickets badges muffins cupcakes stones
    seeds peaches nuts toys pears lemons plums cherries ribbons bottles cups plates candles
    magnets puzzles pens erasers postcards tomatoes potatoes carrots onions roses tulips
    chairs bricks nails keys bracelets"""
)
BOXES = words("boxes bags baskets jars packs crates trays bowls bundles drawers")
GOODS = words(
    """notebook ball kite scarf lamp cap game book sandwich mug plant brush watch poster belt
    ticket pizza towel spoon basket"""
)
PLACES = words("garden,kitchen,garage,classroom,shop,yard,attic,tent,barn,cellar", ",")
SHARES = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth", 10: "a tenth"}
MULTIPLES = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}
LARGEST = 300
"""Of what somebody has at any time; the answer may be twice as much."""


@dataclass(frozen=True)
class Operation:
    """One calculation and what its result counts."""

    left: int
    sign: str
    right: int
    what: str

    @property
    def result(self) -> int:
        """The value, always a whole number."""
        return value(self.left, self.sign, self.right)

    def spelled(self) -> str:
        """In small steps, with the name of the result."""
        return f"{spell(self.left, self.sign, self.right)}. {self.what}: {self.result}"


@dataclass(frozen=True)
class Fact:
    """A sentence of the story without its full stop and the calculations it calls for."""

    said: str
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True)
class Tale:
    """A finished story: the facts of its opening, of its changes and of its closing."""

    question: str
    chapters: tuple[tuple[Fact, ...], tuple[Fact, ...], tuple[Fact, ...]]
    asked: str
    answer: int
    plan: tuple[str, ...]
    facts: tuple[tuple[str, str, str], ...]


@dataclass
class Teller:
    """The state of a story being told: who has how much of what, and who else had how much."""

    rng: random.Random
    who: str
    thing: str
    count: int = 0
    dollars: bool = False
    before: tuple[str, int] | None = None
    names: list[str] = field(default_factory=list)
    facts: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """What the quantity counts."""
        return "dollars" if self.dollars else self.thing

    @property
    def own(self) -> str:
        """The name of the quantity, `Tom's apples`."""
        return f"{self.who}'s {self.unit}"

    def other(self) -> str:
        """A person who has not appeared yet."""
        return self.names.pop()

    def say(self, *wordings: str, **slots: object) -> str:
        """One of the wordings; `{a}` is the person, `{t}` the things, numbers maybe words."""
        shown = {key: self.number(slot) for key, slot in slots.items()}
        text = self.rng.choice(wordings).format(a=self.who, t=self.thing, **shown)
        return text[0].upper() + text[1:]

    def number(self, slot: object) -> object:
        """A small number as a word now and then."""
        if (
            isinstance(slot, int)
            and 2 <= slot <= 12
            and not self.dollars
            and self.rng.random() < 0.3
        ):
            return NUMBER_WORDS[slot]
        return slot

    def change(self, said: str, *operations: Operation) -> Fact:
        """The fact; its last result is what the person has from now on."""
        self.count = operations[-1].result
        return Fact(said, operations)
