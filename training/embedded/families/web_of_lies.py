"""Web of lies: a chain of people, each saying of another that he lies or tells the truth.

The worked solution walks the chain from the person whose honesty is given: it restates each saying,
what is known of the person spoken of, whether the saying is true, and so what the speaker is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..phrases.marked import full, short
from ..phrases.phrase import PEOPLE, words
from ..problem import Behavior, Problem

FAMILY = "web_of_lies"
DESCRIPTION = "number of people in the chain"
LEVELS = (3, 4, 5, 6, 7, 9, 12)
TRAINED = (3, 4, 5, 6, 7)

NAMES = (
    *PEOPLE,
    *words(
        """Alejandro Alexis Amberly Andree Antwan Audrie Bernita Christie Conception Crista
        Dallas Delbert Delfina Elanor Fidel Fletcher Gwenn Helene Inga Jamey Jaymie Jerry Jim
        Ka Kandi Kristian Leda Lorine Maybelle Michaela Millicent Millie Osvaldo Phoebe Rashida
        Raymond Ryan Sal Shalonda Shaunda Shenna Sherrie Sima Tamika Teressa Vernell Vina
        Willian Yoland Agnes Bruno Celeste Dorian Edith Frida Gordon Hilda Ignatius Joan Kurt
        Lowell Mabel Norbert Odette Percy Rhonda Stella Trevor Ursula Vince Wanda Xavier"""
    ),
)
HONEST = {True: "tells the truth", False: "lies"}


@dataclass(frozen=True)
class Wording:
    """How a problem says it: of the first person, of a saying, and as the question."""

    given: dict[bool, str]
    saying: str
    asks: str


USUAL = Wording(
    {True: "{p} tells the truth.", False: "{p} lies."},
    "{p} says {q} {honest}.",
    "Does {p} tell the truth?",
)
WORDINGS = (
    USUAL,
    Wording(
        {True: "{p} always tells the truth.", False: "{p} always lies."},
        "{p} says that {q} {honest}.",
        "Does {p} tell the truth?",
    ),
    Wording(USUAL.given, "{p} claims that {q} {honest}.", "Is {p} telling the truth?"),
)


@dataclass(frozen=True)
class Parts:
    """`people[0]` is honest or not; `says[i]` is what `people[i + 1]` says of `people[i]`."""

    people: tuple[str, ...]
    first: bool
    says: tuple[bool, ...]
    order: tuple[int, ...]
    """The order in which the sayings stand in the question."""
    wording: Wording


def generate(rng: random.Random, level: int) -> Problem:
    """A chain of `level` people."""
    parts = _draw(rng, level)
    steps, answer = worked(parts)
    first, last = parts.people[0], parts.people[-1]
    return Problem(
        family=FAMILY,
        level=level,
        question=question(parts),
        answer=answer,
        steps=full(steps),
        plan=(
            f"Start from {first}, of whom we are told",
            f"Follow the {level - 1} sayings from {first} to {last}, judging each speaker",
            f"Say whether {last} tells the truth",
        ),
        cuts=(1, level, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_judge_in_a_word", rng.choice(IN_A_WORD)),
        options=("Yes", "No"),
        facts=_facts(parts),
    )


IN_A_WORD = (
    "After each saying write just true or false and what the speaker is.",
    "Do not repeat what is known of the other: one word judges the saying, then the speaker.",
    "Go along the chain: the saying, true or false, and whether its speaker lies.",
)


def _draw(rng: random.Random, level: int) -> Parts:
    order = list(range(level - 1))
    if rng.random() < 0.1:
        rng.shuffle(order)
    return Parts(
        people=tuple(rng.sample(NAMES, level)),
        first=rng.random() < 0.5,
        says=tuple(rng.random() < 0.5 for _ in order),
        order=tuple(order),
        wording=USUAL if rng.random() < 0.8 else rng.choice(WORDINGS),
    )


def question(parts: Parts) -> str:
    """The question in the words of BIG-Bench Hard."""
    given = parts.wording.given[parts.first].format(p=parts.people[0])
    sayings = [_saying(parts, index) for index in parts.order]
    asks = parts.wording.asks.format(p=parts.people[-1])
    return f"Question: {' '.join((given, *sayings, asks))}"


def worked(parts: Parts) -> tuple[tuple[str, ...], str]:
    """The solution that judges every speaker in turn, and the answer."""
    honest, person = parts.first, parts.people[0]
    steps = [f"{person} {HONEST[honest]}"]
    for index, says in enumerate(parts.says):
        speaker = parts.people[index + 1]
        right = says == honest
        steps.append(
            f"{speaker} says {person} {HONEST[says]}«. {person} {HONEST[honest]}, so this is|:» "
            f"{'true' if right else 'false'}. {speaker} {HONEST[right]}"
        )
        honest, person = right, speaker
    answer = "Yes" if honest else "No"
    steps.append(f"«asked: {person}. {person} {HONEST[honest]}: {answer}»")
    steps.append(f"answer: {answer}")
    return tuple(steps), answer


def _saying(parts: Parts, index: int) -> str:
    return parts.wording.saying.format(
        p=parts.people[index + 1], q=parts.people[index], honest=HONEST[parts.says[index]]
    )


def _facts(parts: Parts) -> tuple[tuple[str, str, str], ...]:
    sayings = [
        (parts.people[index + 1], "says", f"{parts.people[index]} {HONEST[parts.says[index]]}")
        for index in parts.order
    ]
    is_honest = "truthful" if parts.first else "a liar"
    return ((parts.people[0], "is", is_honest), *sayings)
