"""Composes arithmetic stories: an opening, changes to one quantity, a question; all costs known.

The quantity is a number of things or of dollars that one person has. A part draws its own numbers, so
that every result is a whole number of moderate size, and offers several wordings.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from .phrase import NUMBER_WORDS, PEOPLE, words
from .spelled import spell, value

THINGS = words(
    """apples marbles stickers cookies books cards coins pencils stamps shells eggs flowers balloons
    oranges candies beads photos buttons tickets badges muffins cupcakes stones seeds peaches nuts
    toys pears lemons plums cherries ribbons bottles cups plates candles magnets puzzles pens erasers
    postcards tomatoes potatoes carrots onions roses tulips chairs bricks nails keys bracelets"""
)
BOXES = words("boxes bags baskets jars packs crates trays bowls bundles drawers")
GOODS = words(
    """notebook ball kite scarf lamp cap game book sandwich mug plant brush watch poster belt
    ticket pizza towel spoon basket"""
)
PLACES = words("garden,kitchen,garage,classroom,shop,yard,attic,tent,barn,cellar", ",")
SHARES = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth", 10: "a tenth"}
MULTIPLES = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}
LARGEST = 999


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

    def plain(self) -> str:
        """As one equation."""
        sign = "% of" if self.sign == "%" else f" {self.sign}"
        return f"{self.left}{sign} {self.right} = {self.result}"


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
    """The state of a story that is being told: who has how much of what, and who else had how much."""

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
        return "dollars" if self.dollars else self.thing

    @property
    def own(self) -> str:
        """The name of the quantity, `Tom's apples`."""
        return f"{self.who}'s {self.unit}"

    def other(self) -> str:
        """A person who has not appeared yet."""
        return self.names.pop()

    def say(self, *wordings: str, **slots: object) -> str:
        """One of the wordings; `{a}` is the person, `{t}` the things, numbers up to 12 maybe words."""
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


Part = Callable[[Teller], Fact | None]


def tell(rng: random.Random, cost: int) -> Tale:
    """A story that takes `cost` operations."""
    while True:
        tale = _tell(rng, cost)
        if tale:
            return tale


def _tell(rng: random.Random, cost: int) -> Tale | None:
    names = rng.sample(PEOPLE, 8)
    teller = Teller(rng, names.pop(), rng.choice(THINGS), names=names)
    teller.dollars = rng.random() < 0.35
    opening, spent = _opening(teller, cost)
    start = teller.own
    changes: list[Fact] = []
    closing_cost = min(cost - spent, rng.choice((0, 1, 1)))
    while spent < cost - closing_cost:
        price, part = rng.choice(MONEY_CHANGES if teller.dollars else THING_CHANGES)
        fact = part(teller) if price <= cost - closing_cost - spent else None
        if fact:
            changes.append(fact)
            spent += price
    told = [fact.said for fact in (*opening, *changes)]
    closing = rng.choice(CLOSINGS[closing_cost])(teller)
    if not closing or not 0 < teller.count <= 5 * LARGEST:
        return None
    last, asked, query = closing
    if rng.random() < 0.12:
        told.insert(rng.randint(1, len(told)), _aside(teller))
    told += [fact.said for fact in last if fact.said]
    question = " ".join([f"{sentence}." for sentence in told] + [query])
    return Tale(
        question=question,
        chapters=(tuple(opening), tuple(changes), tuple(last)),
        asked=asked,
        answer=teller.count,
        plan=_plan(start, len(changes), asked),
        facts=tuple(teller.facts),
    )


def _plan(start: str, changes: int, asked: str) -> tuple[str, ...]:
    moves = [f"Note the number of {start} at the start"]
    if changes:
        moves.append(
            "Work out the change" if changes == 1 else f"Work out the {changes} changes in order"
        )
    return (*moves, f"Find {asked}")


def _aside(teller: Teller) -> str:
    """A sentence that does not matter."""
    who = teller.rng.choice((teller.who, teller.names[0]))
    return teller.rng.choice(
        (
            f"{who} is {teller.rng.randint(7, 60)} years old",
            f"It is a {teller.rng.choice(('sunny', 'rainy', 'cold', 'windy'))} day",
            f"{who} lives at number {teller.rng.randint(2, 99)}",
            f"{who} has {teller.rng.randint(2, 5)} cousins",
        )
    )


# Openings: the number somebody starts with.


def _opening(teller: Teller, cost: int) -> tuple[list[Fact], int]:
    """The first facts, and how many operations they take (at most `cost`)."""
    parts = MONEY_OPENINGS if teller.dollars else THING_OPENINGS
    price, part = teller.rng.choice([entry for entry in parts if entry[0] <= cost])
    facts = part(teller)
    return facts, price


def _have(teller: Teller) -> list[Fact]:
    count = teller.rng.choice((teller.rng.randint(6, 40), teller.rng.randint(20, 300)))
    teller.count = count
    teller.facts.append((teller.who, "has", f"{count} {teller.thing}"))
    said = teller.say(
        "{a} has {n} {t}",
        "{a} starts with {n} {t}",
        "There are {n} {t} in {a}'s {p}",
        "{a} collected {n} {t}",
        "{a} bought {n} {t}",
        "In the morning {a} counts {n} {t}",
        n=count,
        p=teller.rng.choice(PLACES),
    )
    return [Fact(f"{said}")]


def _boxes(teller: Teller) -> list[Fact]:
    boxes, each = teller.rng.randint(2, 12), teller.rng.randint(3, 30)
    box = teller.rng.choice(BOXES)
    teller.facts.append((teller.who, "has", f"{boxes} {box} of {each} {teller.thing}"))
    said = teller.say(
        "{a} has {b} {box} with {e} {t} in each",
        "{a} has {b} {box} and each of them holds {e} {t}",
        "{a} fills {b} {box} with {e} {t} each",
        "There are {b} {box} in {a}'s {p}, with {e} {t} in each",
        b=boxes,
        e=each,
        box=box,
        p=teller.rng.choice(PLACES),
    )
    return [teller.change(said, Operation(boxes, "*", each, teller.own))]


def _two_days(teller: Teller) -> list[Fact]:
    first, second = teller.rng.randint(5, 90), teller.rng.randint(5, 90)
    one, two = teller.rng.choice(
        (("Monday", "Tuesday"), ("Saturday", "Sunday"), ("the first day", "the second day"))
    )
    said = teller.say(
        "{a} gets {n} {t} on {x} and {m} {t} on {y}",
        "On {x} {a} makes {n} {t}, and on {y} {m} {t}",
        "{a} finds {n} {t} on {x} and {m} more on {y}",
        n=first,
        m=second,
        x=one,
        y=two,
    )
    return [teller.change(said, Operation(first, "+", second, teller.own))]


def _rate(teller: Teller) -> list[Fact]:
    each, times = teller.rng.randint(2, 40), teller.rng.randint(2, 12)
    span = teller.rng.choice(("hour", "day", "week"))
    teller.facts.append((teller.who, "gathers", f"{each} {teller.thing} every {span}"))
    said = teller.say(
        "{a} gathers {e} {t} every {s} for {n} {s}s",
        "Every {s} {a} gets {e} {t}, and this goes on for {n} {s}s",
        "{a} makes {e} {t} each {s} and works for {n} {s}s",
        e=each,
        n=times,
        s=span,
    )
    return [teller.change(said, Operation(each, "*", times, teller.own))]


def _two_sizes(teller: Teller) -> list[Fact]:
    many, big, few, small = (teller.rng.randint(2, 12) for _ in range(4))
    said = teller.say(
        "{a} has {m} large boxes with {b} {t} in each and {f} small boxes with {s} {t} in each",
        "{a} buys {m} red bags with {b} {t} in each and {f} blue bags with {s} {t} in each",
        m=many,
        b=big,
        f=few,
        s=small,
    )
    one = Operation(many, "*", big, f"first {teller.thing}")
    two = Operation(few, "*", small, f"second {teller.thing}")
    return [teller.change(said, one, two, Operation(one.result, "+", two.result, teller.own))]


def _compared(teller: Teller) -> list[Fact]:
    """Somebody else has a number, the person more, less, or a multiple."""
    first, who = teller.other(), teller.who
    teller.who = first
    facts = _have(teller)
    teller.names.insert(0, who)
    teller.names.append(who)
    fact = None
    while not fact:
        fact = _against(teller)
    return [*facts, fact]


def _cash(teller: Teller) -> list[Fact]:
    teller.count = teller.rng.randint(15, 400)
    teller.facts.append((teller.who, "has", f"${teller.count}"))
    said = teller.say(
        "{a} has ${n}", "{a} has saved ${n}", "{a} starts with ${n}", "{a} won ${n}", n=teller.count
    )
    return [Fact(said)]


def _wage(teller: Teller) -> list[Fact]:
    wage, hours = teller.rng.randint(5, 30), teller.rng.randint(2, 12)
    teller.facts.append((teller.who, "earns", f"${wage} an hour"))
    said = teller.say(
        "{a} earns ${w} an hour and works {h} hours",
        "{a} works {h} hours for ${w} an hour",
        "{a} is paid ${w} for each of {h} hours of work",
        w=wage,
        h=hours,
    )
    return [teller.change(said, Operation(wage, "*", hours, teller.own))]


def _wage_days(teller: Teller) -> list[Fact]:
    wage, hours, days = (teller.rng.randint(5, 20), *(teller.rng.randint(2, 8) for _ in range(2)))
    said = teller.say(
        "{a} earns ${w} an hour and works {h} hours a day for {d} days",
        "For {d} days {a} works {h} hours a day at ${w} an hour",
        w=wage,
        h=hours,
        d=days,
    )
    time = Operation(hours, "*", days, "hours")
    return [teller.change(said, time, Operation(time.result, "*", wage, teller.own))]


def _saving(teller: Teller) -> list[Fact]:
    each, times = teller.rng.randint(3, 40), teller.rng.randint(2, 12)
    said = teller.say(
        "{a} saves ${e} every {s} for {n} {s}s",
        "Every {s} {a} puts ${e} into a jar, for {n} {s}s",
        e=each,
        n=times,
        s=teller.rng.choice(("day", "week", "month")),
    )
    return [teller.change(said, Operation(each, "*", times, teller.own))]


# Changes: what happens to the number; None where the numbers do not allow it.


def _more(teller: Teller) -> Fact | None:
    extra = teller.rng.randint(2, 60)
    said = teller.say(
        "Then {a} buys {n} more {t}",
        "{o} gives {a} {n} {t}",
        "{a} finds {n} more {t}",
        "Later {a} gets another {n} {t} from {o}",
        "{a} adds {n} {t}",
        "After that {a} receives {n} {t} as a present",
        n=extra,
        o=teller.names[0],
    )
    return _kept(teller, said, Operation(teller.count, "+", extra, teller.own))


def _fewer(teller: Teller) -> Fact | None:
    if teller.count < 5:
        return None
    less = teller.rng.randint(2, min(teller.count - 1, 80))
    said = teller.say(
        "{a} gives {n} {t} to {o}",
        "Then {n} of the {t} get lost",
        "{a} sells {n} of the {t}",
        "{a} puts {n} {t} aside for {o}",
        "On the way home {a} loses {n} {t}",
        "{n} of {a}'s {t} break and are thrown away",
        "{o} takes {n} of the {t}",
        n=less,
        o=teller.names[0],
    )
    return _kept(teller, said, Operation(teller.count, "-", less, teller.own))


def _half(teller: Teller) -> Fact | None:
    if teller.count % 2:
        return None
    said = teller.say(
        "{a} gives half of the {t} to {o}",
        "Half of {a}'s {t} are sold",
        "{a} keeps only half of the {t}",
        "{a} shares the {t} equally with {o}",
        o=teller.names[0],
    )
    return _kept(teller, said, Operation(teller.count, "/", 2, teller.own))


def _multiply(teller: Teller) -> Fact | None:
    factor = teller.rng.choice((2, 2, 3))
    said = teller.say(
        "By the end of the month the number of {a}'s {t} has {v}",
        "Then the number of {t} that {a} has {w}",
        v="doubled" if factor == 2 else "tripled",
        w="doubles" if factor == 2 else "triples",
    )
    return _kept(teller, said, Operation(teller.count, "*", factor, teller.own))


def _share(teller: Teller) -> Fact | None:
    """A fraction goes away, or is all that stays."""
    bottoms = [bottom for bottom in SHARES if bottom > 2 and teller.count % bottom == 0]
    if not bottoms:
        return None
    bottom = teller.rng.choice(bottoms)
    part = Operation(teller.count, "/", bottom, f"{SHARES[bottom]} of the {teller.unit}")
    what = "money" if teller.dollars else teller.thing
    said = teller.say(
        "{a} gives {s} of the {w} to {o}",
        "{a} uses {s} of the {w}",
        "Then {a} loses {s} of the {w}",
        s=SHARES[bottom],
        w=what,
        o=teller.names[0],
    )
    return _kept(teller, said, part, Operation(teller.count, "-", part.result, teller.own))


def _percent(teller: Teller) -> Fact | None:
    shares = [p for p in (10, 20, 25, 30, 40, 50, 60, 75, 80, 90) if _even(teller.count, p)]
    if not shares:
        return None
    share = teller.rng.choice(shares)
    part = Operation(share, "%", teller.count, f"{share}% of the {teller.unit}")
    what = "money" if teller.dollars else teller.thing
    if teller.rng.random() < 0.6:
        wordings = (
            "{a} gives away {s}% of the {w}",
            "{a} uses {s}% of the {w}",
            "{s}% of {a}'s {w} goes to {o}" if teller.dollars else "{s}% of {a}'s {w} are sold",
        )
        sign = "-"
    else:
        grown = "amount of money" if teller.dollars else f"number of {teller.thing}"
        wordings = (
            f"Then the {grown} that {{a}} has grows by {{s}}%",
            f"In one month the {grown} of {{a}} goes up by {{s}}%",
        )
        sign = "+"
    said = teller.say(*wordings, s=str(share), w=what, o=teller.names[0])
    return _kept(teller, said, part, Operation(teller.count, sign, part.result, teller.own))


def _even(count: int, share: int) -> bool:
    """Whether `spell` can write that percentage in whole numbers."""
    divisor = 2 if share == 50 else 4 if share % 25 == 0 else 10
    return count % divisor == 0


def _packs(teller: Teller) -> Fact | None:
    packs, each = teller.rng.randint(2, 10), teller.rng.randint(2, 15)
    said = teller.say(
        "Then {a} buys {n} {box} with {e} {t} in each",
        "{o} brings {a} {n} {box} of {e} {t} each",
        "{n} friends give {a} {e} {t} each",
        n=packs,
        e=each,
        box=teller.rng.choice(BOXES),
        o=teller.names[0],
    )
    new = Operation(packs, "*", each, f"new {teller.thing}")
    return _kept(teller, said, new, Operation(teller.count, "+", new.result, teller.own))


def _used(teller: Teller) -> Fact | None:
    each, times = teller.rng.randint(2, 12), teller.rng.randint(2, 12)
    said = teller.say(
        "{a} uses {e} {t} every day for {n} days",
        "{a} sells {e} {t} to each of {n} customers",
        "{a} gives {e} {t} to each of {n} friends",
        "For {n} weeks {a} loses {e} {t} a week",
        e=each,
        n=times,
    )
    gone = Operation(each, "*", times, f"{teller.thing} gone")
    return _kept(teller, said, gone, Operation(teller.count, "-", gone.result, teller.own))


def _against(teller: Teller) -> Fact | None:
    """Another person has more, fewer, or a multiple; the story goes on with that person."""
    rng, first, had = teller.rng, teller.who, teller.count
    factor, gap = rng.choice((2, 2, 3, 4, 5)), rng.randint(2, 40)
    sign, right = rng.choice((("*", factor), ("+", gap), ("-", gap), ("/", factor)))
    if (sign == "-" and gap >= had) or (sign == "/" and had % factor):
        return None
    second = teller.names[-1]
    many = "much money" if teller.dollars else f"many {teller.thing}"
    amount = f"${gap}" if teller.dollars else f"{gap}"
    rest = "" if teller.dollars else f" {teller.thing}"
    relation = {
        "*": f"{MULTIPLES[factor]} as {many} as {first}",
        "/": f"{SHARES[factor]} as {many} as {first}",
        "+": f"{amount} more{rest} than {first}",
        "-": f"{amount} {'less' if teller.dollars else 'fewer'}{rest} than {first}",
    }[sign]
    if sign == "/" and factor > 2:
        return None
    teller.names.remove(second)
    teller.who = second
    teller.facts.append((second, "has", relation))
    fact = _kept(teller, f"{second} has {relation}", Operation(had, sign, right, teller.own))
    if fact:
        teller.before = (first, had)
    else:
        teller.who = first
        teller.names.append(second)
        teller.facts.pop()
    return fact


def _pool(teller: Teller) -> Fact | None:
    """Two people who were compared give all they have to a third."""
    if not teller.before or not teller.names:
        return None
    (first, had), second = teller.before, teller.who
    teller.who = teller.other()
    what = "money" if teller.dollars else teller.thing
    said = teller.say("{f} and {s} give all their {w} to {a}", f=first, s=second, w=what)
    fact = _kept(teller, said, Operation(had, "+", teller.count, teller.own))
    if not fact:
        teller.names.append(teller.who)
        teller.who = second
        teller.before = (first, had)
    return fact


def _sell_all(teller: Teller) -> Fact | None:
    price = teller.rng.randint(2, 12)
    said = teller.say("{a} sells all the {t} for ${p} each", p=price)
    teller.dollars = True
    fact = _kept(teller, said, Operation(teller.count, "*", price, teller.own))
    teller.dollars = fact is not None
    return fact


def _earned(teller: Teller) -> Fact | None:
    extra = teller.rng.randint(2, 90)
    said = teller.say(
        "Then {a} gets ${n} from {o}",
        "{a} earns another ${n} by washing cars",
        "{o} pays {a} ${n} for some help",
        "{a} finds ${n} in an old coat",
        n=extra,
        o=teller.names[0],
    )
    return _kept(teller, said, Operation(teller.count, "+", extra, teller.own))


def _spent(teller: Teller) -> Fact | None:
    if teller.count < 5:
        return None
    cost = teller.rng.randint(2, min(teller.count - 1, 90))
    said = teller.say(
        "{a} spends ${n} on a {g}",
        "{a} buys a {g} for ${n}",
        "{a} pays ${n} for the bus",
        "{a} gives ${n} to {o}",
        n=cost,
        g=teller.rng.choice(GOODS),
        o=teller.names[0],
    )
    return _kept(teller, said, Operation(teller.count, "-", cost, teller.own))


def _half_money(teller: Teller) -> Fact | None:
    if teller.count % 2:
        return None
    said = teller.say(
        "{a} gives half of the money to {o}",
        "{a} spends half of the money",
        "{a} puts half of the money in the bank and keeps the rest",
        o=teller.names[0],
    )
    return _kept(teller, said, Operation(teller.count, "/", 2, teller.own))


def _bought(teller: Teller) -> Fact | None:
    many, price = teller.rng.randint(2, 10), teller.rng.randint(2, 20)
    said = teller.say(
        "{a} buys {n} {g}s for ${p} each",
        "{a} pays ${p} each for {n} {g}s",
        n=many,
        p=price,
        g=teller.rng.choice([good for good in GOODS if good[-1] not in "hx"]),
    )
    cost = Operation(many, "*", price, "cost")
    return _kept(teller, said, cost, Operation(teller.count, "-", cost.result, teller.own))


def _saved(teller: Teller) -> Fact | None:
    each, times = teller.rng.randint(2, 25), teller.rng.randint(2, 12)
    said = teller.say(
        "Then {a} saves ${e} a week for {n} weeks",
        "{a} gets ${e} from each of {n} neighbors",
        e=each,
        n=times,
    )
    new = Operation(each, "*", times, "new dollars")
    return _kept(teller, said, new, Operation(teller.count, "+", new.result, teller.own))


def _on_sale(teller: Teller) -> Fact | None:
    """A price with a discount is paid."""
    price, share = (
        teller.rng.choice((20, 40, 60, 80, 100, 120)),
        teller.rng.choice((10, 20, 25, 50)),
    )
    off = Operation(share, "%", price, "discount")
    pays = Operation(price, "-", off.result, "price")
    if teller.count <= pays.result:
        return None
    said = teller.say(
        "{a} buys a coat that costs ${n} and is {s}% off",
        "{a} buys a lamp for ${n} with a discount of {s}%",
        n=price,
        s=share,
    )
    return _kept(teller, said, off, pays, Operation(teller.count, "-", pays.result, teller.own))


def _kept(teller: Teller, said: str, *operations: Operation) -> Fact | None:
    """The fact, if what the person then has is a moderate positive number."""
    if not 2 <= operations[-1].result <= LARGEST:
        return None
    teller.before = None
    return teller.change(said, *operations)


# Closings: the question. Each returns its facts, what is asked in words, and the question.

Closing = tuple[list[Fact], str, str]


def _how_many(teller: Teller) -> Closing | None:
    asked = f"how many {teller.unit} {teller.who} has"
    if teller.dollars:
        query = teller.say(
            "How many dollars does {a} have now?",
            "How much money does {a} have in dollars?",
            "How many dollars are left to {a}?",
        )
    else:
        query = teller.say(
            "How many {t} does {a} have now?",
            "How many {t} does {a} have in the end?",
            "What is the number of {t} that {a} has?",
        )
    return [], asked, query


def _each(teller: Teller) -> Closing | None:
    divisors = [n for n in range(2, 13) if teller.count % n == 0]
    if not divisors:
        return None
    friends = teller.rng.choice(divisors)
    what = "money" if teller.dollars else teller.thing
    said = teller.say(
        "{a} shares the {w} equally among {n} friends",
        "{a} divides the {w} evenly between {n} children",
        w=what,
        n=friends,
    )
    who = "friend" if "friends" in said else "child"
    unit = teller.unit
    fact = teller.change(said, Operation(teller.count, "/", friends, f"{unit} for each {who}"))
    return [fact], f"how many {unit} each {who} gets", f"How many {unit} does each {who} get?"


def _packed(teller: Teller) -> Closing | None:
    divisors = [n for n in range(2, 13) if teller.count % n == 0]
    if not divisors:
        return None
    size = teller.rng.choice(divisors)
    if teller.dollars:
        good = teller.rng.choice([good for good in GOODS if good[-1] not in "hx"])
        said = teller.say("{a} wants to buy {g}s that cost ${n} each", g=good, n=size)
        asked, query = f"how many {good}s {teller.who} can buy", f"How many {good}s can {{a}} buy?"
    else:
        box = teller.rng.choice(BOXES)
        said = teller.say("{a} packs the {t} into {b} of {n} {t}", b=box, n=size)
        asked, query = f"how many {box} {teller.who} fills", f"How many {box} does {{a}} fill?"
    fact = teller.change(said, Operation(teller.count, "/", size, asked.split()[2]))
    return [fact], asked, query.format(a=teller.who)


def _needs(teller: Teller) -> Closing | None:
    goal = teller.count + teller.rng.randint(2, 150)
    unit = teller.unit
    if teller.dollars:
        said = teller.say("{a} wants to buy a bike for ${n}", "{a}'s goal is ${n}", n=goal)
    else:
        said = teller.say("{a} wants to have {n} {t}", "{a} needs {n} {t} for a party", n=goal)
    fact = teller.change(said, Operation(goal, "-", teller.count, f"missing {unit}"))
    return [fact], f"how many {unit} are missing", f"How many more {unit} does {teller.who} need?"


def _worth(teller: Teller) -> Closing | None:
    if teller.dollars:
        return None
    price = teller.rng.randint(2, 12)
    said = teller.say("{a} sells every one of the {t} for ${p}", p=price)
    fact = teller.change(said, Operation(teller.count, "*", price, "dollars"))
    return [fact], "how many dollars this makes", f"How many dollars does {teller.who} make?"


def _both(teller: Teller) -> Closing | None:
    """Of two people who were compared: together, or the difference."""
    if not teller.before:
        return None
    (first, had), second, unit = teller.before, teller.who, teller.unit
    if had == teller.count or teller.rng.random() < 0.5:
        asked = f"how many {unit} {first} and {second} have together"
        fact = teller.change("", Operation(had, "+", teller.count, "together"))
        return [fact], asked, f"How many {unit} do {first} and {second} have together?"
    high, low = (first, second) if had > teller.count else (second, first)
    top, bottom = max(had, teller.count), min(had, teller.count)
    fact = teller.change("", Operation(top, "-", bottom, "difference"))
    asked = f"how many more {unit} {high} has than {low}"
    return [fact], asked, f"How many more {unit} does {high} have than {low}?"


THING_OPENINGS = (
    *((0, _have),) * 3,
    *((1, _boxes), (1, _two_days), (1, _rate), (1, _compared), (3, _two_sizes)),
)
MONEY_OPENINGS = ((0, _cash), (0, _cash), (1, _wage), (2, _wage_days), (1, _saving))
THING_CHANGES: tuple[tuple[int, Part], ...] = (
    *((1, _more), (1, _fewer), (1, _half), (1, _multiply), (2, _share), (2, _percent)),
    *((2, _packs), (2, _used), (1, _against), (1, _against), (1, _pool), (1, _sell_all)),
)
MONEY_CHANGES: tuple[tuple[int, Part], ...] = (
    *((1, _earned), (1, _spent), (1, _half_money), (2, _share), (2, _percent), (2, _bought)),
    *((2, _saved), (3, _on_sale), (1, _against), (1, _pool)),
)
CLOSINGS: dict[int, tuple[Callable[[Teller], Closing | None], ...]] = {
    0: (_how_many,),
    1: (_each, _packed, _needs, _worth, _both, _both),
}
