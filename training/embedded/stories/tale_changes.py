"""What happens to the number in an arithmetic story: each part draws numbers and wording."""

from __future__ import annotations

from collections.abc import Callable

from .tale import BOXES, GOODS, LARGEST, MULTIPLES, SHARES, Fact, Operation, Teller

Part = Callable[[Teller], Fact | None]
"""Tells one change, or None where the numbers do not allow it."""


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


def against(teller: Teller) -> Fact | None:
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


THING_CHANGES: tuple[tuple[int, Part], ...] = (
    *((1, _more), (1, _fewer), (1, _half), (1, _multiply), (2, _share), (2, _percent)),
    *((2, _packs), (2, _used), (1, against), (1, against), (1, _pool), (1, _sell_all)),
)
MONEY_CHANGES: tuple[tuple[int, Part], ...] = (
    *((1, _earned), (1, _spent), (1, _half_money), (2, _share), (2, _percent), (2, _bought)),
    *((2, _saved), (3, _on_sale), (1, against), (1, _pool)),
)
