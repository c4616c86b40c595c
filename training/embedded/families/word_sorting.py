"""Word sorting: put words in alphabetical order.

A model that reads pieces of words does not see letters, so the worked solution writes the first
letter before every word, then goes through the alphabet: under each letter the words that begin
with it, with the letters that tell them apart before them, and behind `>` the same words in order.
The answer is what stands behind the signs.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from string import ascii_lowercase

from ..phrases.lexicon import draw
from ..phrases.marked import full, short
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
    steps = worked(listed)
    ask = ASKS[0] if rng.random() < 0.9 else rng.choice(ASKS)
    return Problem(
        family=FAMILY,
        level=level,
        question=ask.format(" ".join(listed)),
        answer=" ".join(sorted(listed)),
        steps=full(steps),
        plan=(
            f"Write the first letter before each of the {len(listed)} words from {listed[0]} on",
            "Go from a to z and order the words under each letter",
            "Read the words off from a to z",
        ),
        cuts=(1, len(steps) - 1, len(steps)),
        short=short(steps),
        behavior=Behavior("behavior_spell_less", rng.choice(SPELL_LESS)),
    )


SPELL_LESS = (
    "Pass over the letters that begin no word, and do not list the words of a letter twice.",
    "No commas, no label and no letters without words; order the words under a letter at once.",
    "Name just the letters that words begin with, each word once before it is ordered.",
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


def worked(listed: Sequence[str]) -> tuple[str, ...]:
    """The words behind their first letters, a line for every letter that begins some, the answer."""
    steps = [f"«first: »{'«,» '.join(f'{word[0]} {word}' for word in listed)}"]
    passed = ""
    for first in ascii_lowercase:
        group = [word for word in listed if word[0] == first]
        if group:
            steps.append(f"«{passed}»{first} {_ordered(group)}")
        passed = "" if group else f"{passed}{first} "
    steps += [f"«{passed.strip()}»"] if passed else []
    return (*steps, f"answer: {' '.join(sorted(listed))}")


def _ordered(group: Sequence[str]) -> str:
    """`> apple` of one word; `deep day, e deep, a day > day deep` of several."""
    if len(group) == 1:
        return f"> {group[0]}"
    second = {word: word[1:2] or END for word in group}
    said = [f"«{' '.join(group)}, »{_lettered(second)}"]
    for letter in dict.fromkeys(second.values()):
        same = [word for word in group if second[word] == letter]
        if len(same) > 1:
            said.append(f"{letter}: {_lettered(_telling(same))}")
    return f"{'. '.join(said)} > {' '.join(sorted(group))}"


def _lettered(letters: Mapping[str, str]) -> str:
    return "«,» ".join(f"{said} {word}" for word, said in letters.items())


def _telling(same: Sequence[str]) -> dict[str, str]:
    """Of words with the same two first letters the following ones, as many as tell them apart."""
    count = 3
    while len({word[:count] for word in same}) < len(same):
        count += 1
    return {word: " ".join(word[2:count].ljust(count - 2, END)) for word in same}
