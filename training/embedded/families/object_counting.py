"""Object counting: how many of the listed things belong to a kind.

The worked solution takes the list entry by entry: its kind, whether it counts, the running sum.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..phrases.marked import full, short
from ..phrases.phrase import NUMBER_WORDS, article, joined, words
from ..problem import Behavior, Problem

FAMILY = "object_counting"
DESCRIPTION = "greatest number of entries in the list"
LEVELS = (3, 6, 9, 12, 16, 24)
TRAINED = (3, 6, 9, 12)

KINDS: dict[str, tuple[str, ...]] = {
    "fruit": words(
        """apple apricot banana blackberry blueberry cherry grape kiwi lemon mango melon
        nectarine orange peach pear pineapple plum raspberry strawberry"""
    ),
    "vegetable": (
        *words("artichoke cabbage carrot cauliflower cucumber garlic leek onion potato radish"),
        *words("turnip yam zucchini eggplant"),
        *("head of broccoli", "lettuce head", "stalk of celery", "bell pepper", "sweet potato"),
    ),
    "animal": words(
        """bear bird cat chicken cow deer dog donkey duck fish fox frog goat hamster horse lion
        monkey mouse owl pig rabbit sheep snail snake tiger turtle wolf"""
    ),
    "musical instrument": words(
        """accordion banjo cello clarinet drum flute guitar harmonica harp oboe piano saxophone
        trombone trumpet tuba viola violin xylophone"""
    ),
    "object": words(
        """bed car chair couch fridge lamp microwave oven stove table toaster desk mirror clock
        bench kettle sofa rug shelf radio"""
    ),
    "tool": words("hammer saw wrench drill screwdriver shovel rake chisel ladder axe"),
    "piece of clothing": words("shirt hat sock coat scarf glove dress skirt sweater belt"),
}
KIND_OF = {noun: kind for kind, nouns in KINDS.items() for noun in nouns}
SMALLEST = {3: 2, 6: 4, 9: 7, 12: 10}
USUAL = ("fruit", "vegetable", "animal", "musical instrument", "object")
IRREGULAR = {"mouse": "mice", "fish": "fish", "sheep": "sheep", "deer": "deer"}
IRREGULAR |= {"wolf": "wolves", "shelf": "shelves", "cello": "cellos", "banjo": "banjos"}


def plural(noun: str) -> str:
    """The plural of a noun or of a `head of broccoli`."""
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    head, of, rest = noun.partition(" of ")
    if of:
        return f"{plural(head)} of {rest}"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    if noun.endswith(("s", "x", "ch", "sh")) or noun in ("potato", "sweet potato", "mango"):
        return f"{noun}es"
    return f"{noun}s"


@dataclass(frozen=True)
class Entry:
    """One entry of the list: how many of which noun, and its kind."""

    count: int
    noun: str
    kind: str

    @property
    def text(self) -> str:
        """`a yam`, `two yams`."""
        if self.count == 1:
            return article(self.noun)
        return f"{NUMBER_WORDS[self.count]} {plural(self.noun)}"


@dataclass(frozen=True)
class Parts:
    """What a question is made of."""

    entries: tuple[Entry, ...]
    asked: str
    opening: str = "I have"


def generate(rng: random.Random, level: int) -> Problem:
    """A list of up to `level` entries."""
    parts = _draw(rng, level)
    steps, answer = worked(parts)
    kind = plural(parts.asked)
    return Problem(
        family=FAMILY,
        level=level,
        question=question(parts),
        answer=answer,
        steps=full(steps),
        plan=(
            f"Note that only {kind} count",
            f"Go through the {len(parts.entries)} entries from {parts.entries[0].text}, adding up",
            f"Give the number of {kind}",
        ),
        cuts=(1, 1 + len(parts.entries), len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_tally_without_verdicts", rng.choice(TALLY)),
        facts=tuple(("I", "have", entry.text) for entry in parts.entries),
    )


TALLY = (
    "For each entry write its kind and what it adds with the new total, without yes or no.",
    "Do not say yes, no or still: the kind and the running total are enough.",
    "Entry, kind, total: nothing else, and no total again at the end.",
)


def _draw(rng: random.Random, level: int) -> Parts:
    size = rng.randint(SMALLEST.get(level, level - 2), level)
    asked = rng.choice(USUAL if rng.random() < 0.85 else tuple(KINDS))
    nouns = _nouns(rng, asked, size)
    rng.shuffle(nouns)
    most, many = (5, 0.35) if level in TRAINED else (9, 0.6)
    counts = [rng.randint(2, most) if rng.random() < many else 1 for _ in nouns]
    entries = [
        Entry(count, noun, asked if asked == "object" else KIND_OF[noun])
        for count, noun in zip(counts, nouns, strict=True)
    ]
    opening = "I have" if rng.random() < 0.85 else rng.choice(("We have", "Here I have"))
    return Parts(tuple(entries), asked, opening)


def _nouns(rng: random.Random, asked: str, size: int) -> list[str]:
    """Nouns of the asked kind, often with some of other kinds; everything is an object."""
    if asked == "object":
        pool = KINDS["object"] if size <= len(KINDS["object"]) else _all_but("")
        return rng.sample(pool, size)
    strange = 0 if rng.random() < 0.4 else rng.randint(1, (size + 1) // 2)
    strange = max(strange, size - len(KINDS[asked]))
    other = KINDS[rng.choice([kind for kind in KINDS if kind != asked])]
    if rng.random() < 0.3 or strange > len(other):
        other = _all_but(asked)
    return [*rng.sample(KINDS[asked], size - strange), *rng.sample(other, strange)]


def _all_but(kind: str) -> tuple[str, ...]:
    return tuple(noun for name, nouns in KINDS.items() if name != kind for noun in nouns)


def question(parts: Parts) -> str:
    """The question in the words of BIG-Bench Hard, which writes a comma even between two."""
    texts = [entry.text for entry in parts.entries]
    listed = joined(texts) if len(texts) != 2 else f"{texts[0]}, and {texts[1]}"
    who = "we" if parts.opening.startswith("We") else "I"
    return f"{parts.opening} {listed}. How many {plural(parts.asked)} do {who} have?"


def worked(parts: Parts) -> tuple[tuple[str, ...], str]:
    """The solution that judges every entry and keeps the sum, and the answer."""
    steps, total = [f"«count: {plural(parts.asked)}. total 0»"], 0
    for entry in parts.entries:
        if entry.kind == parts.asked:
            verdict = f"«yes, {total} »+ {entry.count} = {total + entry.count}"
            total += entry.count
        else:
            verdict = f"«no, still »{total}"
        steps.append(f"{entry.text}: {entry.kind}, {verdict}")
    steps.append(f"«total {total}»")
    steps.append(f"answer: {total}")
    return tuple(steps), str(total)
