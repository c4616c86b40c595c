"""How an arithmetic story opens: one person has a number of things or of dollars."""

from __future__ import annotations

from .tale import BOXES, PLACES, Fact, Operation, Teller
from .tale_changes import against


def opening(teller: Teller, cost: int) -> tuple[list[Fact], int]:
    """The first facts, and how many operations they take (at most `cost`)."""
    parts = MONEY_OPENINGS if teller.dollars else THING_OPENINGS
    price, part = teller.rng.choice([entry for entry in parts if entry[0] <= cost])
    facts = part(teller)
    return facts, price


def _have(teller: Teller) -> list[Fact]:
    count = teller.rng.choice((teller.rng.randint(6, 40), teller.rng.randint(20, 200)))
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
    boxes, each = teller.rng.randint(2, 12), teller.rng.randint(3, 20)
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
    teller.facts.append((teller.who, f"gets on {one}", f"{first} {teller.thing}"))
    teller.facts.append((teller.who, f"gets on {two}", f"{second} {teller.thing}"))
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
    each, times = teller.rng.randint(2, 25), teller.rng.randint(2, 12)
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
    teller.facts.append((teller.who, "has", f"{many} times {big} {teller.thing}"))
    teller.facts.append((teller.who, "has", f"{few} times {small} {teller.thing}"))
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
        fact = against(teller)
    return [*facts, fact]


def _cash(teller: Teller) -> list[Fact]:
    teller.count = teller.rng.randint(15, 250)
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
    teller.facts.append((teller.who, "earns", f"${wage} an hour"))
    teller.facts.append((teller.who, "works", f"{hours} hours a day for {days} days"))
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
    each, times = teller.rng.randint(3, 25), teller.rng.randint(2, 12)
    teller.facts.append((teller.who, "saves", f"${each} for {times} times"))
    said = teller.say(
        "{a} saves ${e} every {s} for {n} {s}s",
        "Every {s} {a} puts ${e} into a jar, for {n} {s}s",
        e=each,
        n=times,
        s=teller.rng.choice(("day", "week", "month")),
    )
    return [teller.change(said, Operation(each, "*", times, teller.own))]


THING_OPENINGS = (
    *((0, _have),) * 3,
    *((1, _boxes), (1, _two_days), (1, _rate), (1, _compared), (3, _two_sizes)),
)
MONEY_OPENINGS = ((0, _cash), (0, _cash), (1, _wage), (2, _wage_days), (1, _saving))
