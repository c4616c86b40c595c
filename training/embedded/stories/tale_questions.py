"""What an arithmetic story asks in the end, by the number of operations the question costs."""

from __future__ import annotations

from collections.abc import Callable

from .tale import BOXES, GOODS, Fact, Operation, Teller

Closing = tuple[list[Fact], str, str]
"""The facts of a question, what is asked in words, and the question itself."""


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


CLOSINGS: dict[int, tuple[Callable[[Teller], Closing | None], ...]] = {
    0: (_how_many,),
    1: (_each, _packed, _needs, _worth, _both, _both),
}
