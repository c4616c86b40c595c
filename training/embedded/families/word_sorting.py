"""Word sorting: put words in alphabetical order.

A model that reads pieces of words does not see letters, so the worked solution spells the first
three of every word, puts the words under their first letters from a to z, then sorts the words
under one letter by the letters that follow (more where three are the same), and reads them off.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from string import ascii_lowercase

from ..lexicon import draw
from ..marked import full, short
from ..phrase import joined
from ..problem import Behavior, Problem

FAMILY = "word_sorting"
DESCRIPTION = "greatest number of words"
LEVELS = (3, 5, 8, 12, 16, 20, 26)
TRAINED = (3, 5, 8, 12, 16, 20)

SMALLEST = {3: 2, 5: 4, 8: 6, 12: 9, 16: 13, 20: 17, 26: 22}
END = "_"
ASKS = (
    "Sort the following words alphabetically: List: {}",
    "Put these words in alphabetical order: {}",
    "Arrange the words from a to z. List: {}",
)


def generate(rng: random.Random, level: int) -> Problem:
    """At most `level` different words."""
    listed = _draw(rng, rng.randint(SMALLEST[level], level))
    steps, shared = worked(listed)
    ask = ASKS[0] if rng.random() < 0.9 else rng.choice(ASKS)
    lines = [
        f"Spell the starts of the {len(listed)} words from {listed[0]} on",
        "Put the words under their first letters from a to z",
        "Read the words off from a to z",
    ]
    cuts = [1, 2, len(steps)]
    if shared:
        some = joined(shared) if len(shared) < 4 else f"{shared[0]}, {shared[1]} and others"
        lines.insert(2, f"Sort the words under {some} by the next letters")
        cuts.insert(2, 2 + len(shared))
    return Problem(
        family=FAMILY,
        level=level,
        question=ask.format(" ".join(listed)),
        answer=" ".join(sorted(listed)),
        steps=full(steps),
        plan=tuple(lines),
        cuts=tuple(cuts),
        short=short(steps),
        behavior=Behavior("behavior_spell_less", rng.choice(SPELL_LESS)),
    )


SPELL_LESS = (
    "Spell just the first letter of every word, and later ones only where words share it.",
    "No commas or labels, and no more letters of a word than the sorting needs.",
    "Spell less: one letter first, the next ones only under a letter with several words.",
)


def _draw(rng: random.Random, size: int) -> list[str]:
    """Different words; some lists keep to a few first letters, so that later letters decide."""
    few = rng.sample(ascii_lowercase, max(1, size // 2)) if rng.random() < 0.25 else ()
    drawn: dict[str, None] = {}
    while len(drawn) < size:
        word = draw(rng)
        for _ in range(4):
            if not few or word[0] in few:
                break
            word = draw(rng)
        drawn[word] = None
    listed = list(drawn)
    rng.shuffle(listed)
    return listed


def worked(listed: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The steps, and the first letters that several words share."""
    steps = [f"«letters: »{'«,» '.join(_begun(word) for word in listed)}"]
    under = {letter: [word for word in listed if word[0] == letter] for letter in ascii_lowercase}
    steps.append(f"«first: »{'« ;» '.join(' '.join((a, *found)) for a, found in under.items())}")
    shared = [letter for letter, found in under.items() if len(found) > 1]
    steps += [_sorted_group(letter, under[letter]) for letter in shared]
    steps.append(f"answer: {' '.join(sorted(listed))}")
    return tuple(steps), shared


def _begun(word: str) -> str:
    """The word and its first three letters, those after the first marked."""
    first, others = _spelled(word, 3)[0], _spelled(word, 3)[1:]
    return f"{word} {first}«{others}»"


def _sorted_group(letter: str, group: Sequence[str]) -> str:
    """How the words under one letter are sorted by what follows it."""
    following = {word: _spelled(word, 3)[2:] for word in group}
    said = [f"{letter}«:» {'«,» '.join(f'{word} {following[word]}' for word in group)}"]
    for letters in dict.fromkeys(following.values()):
        same = [word for word in group if following[word] == letters]
        if len(same) > 1:
            longer = "«,» ".join(f"{word} {_spelled(word, _needed(same))}" for word in same)
            said.append(f"same {letters}: {longer}")
    order = "«,» ".join(f"{_telling(word, group)} {word}" for word in sorted(group))
    return f"{'. '.join(said)}. «sorted: »{order}"


def _telling(word: str, group: Sequence[str]) -> str:
    """The second and third letter, the third marked where the second tells the word from others."""
    second, third = _spelled(word, 3)[2:].split(" ")
    same = [other for other in group if _spelled(other, 2) == _spelled(word, 2)]
    return f"{second} {third}" if len(same) > 1 else f"{second}« {third}»"


def _spelled(word: str, count: int) -> str:
    """The first letters with spaces between them, and a mark where the word ends before."""
    return " ".join(word[:count].ljust(count, END))


def _needed(same: Sequence[str]) -> int:
    """How many letters tell all these words apart."""
    count = 4
    while len({word[:count] for word in same}) < len(same):
        count += 1
    return count
