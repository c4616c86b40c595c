"""Phrases the families share: names of people, lists in words, lettered options, articles."""

from __future__ import annotations

from collections.abc import Sequence


def words(text: str, separator: str | None = None) -> tuple[str, ...]:
    """The words of a text, or its parts between separators, without the space around them."""
    return tuple(part.strip() for part in text.split(separator))


PEOPLE = words(
    """Abigail Aiden Alan Alexander Alice Amelia Amir Amy Andrew Anna Anthony Aria Ashley
    Aurora Ava Avery Bella Benjamin Betty Bob Brian Carla Carlos Carter Charlotte Chen Chloe
    Claire Clara Daniel Dave David Diana Diego Elena Elizabeth Ella Emily Emma Eric Ethan
    Evan Evelyn Fatima Felix Finn Fred George Gertrude Grace Hana Hannah Harper Helen Henry
    Hugo Hunter Iris Isabella Isla Ivan Jack Jackson Jacob James Jane Jason Jayden Jennifer
    Jessica John Jonas Joseph Julia Karen Kevin Kimberly Kofi Laura Leah Leo Leslie Liam
    Lily Linda Lisa Logan Lucas Lucy Luke Luna Maria Mark Martin Mary Mason Matthew Maya Mia
    Michael Mila Mina Nadia Nancy Nathan Nina Noah Nora Oliver Olivia Omar Oscar Owen Paul
    Penelope Peter Priya Quinn Rachel Ravi Richard Riley Robert Rosa Ruth Samantha Samuel
    Sara Sarah Scarlett Sean Sebastian Sofia Sophia Steven Susan Tara Thomas Tiffany Tina
    Tom Uma Vera Victor Victoria Walter Wendy William Yara Yusuf Zoe Zoey"""
)
LETTERS = "ABCDEFGHIJKLMNOPQRST"
NUMBER_WORDS = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
)
ORDINALS = words("zeroth first second third fourth fifth sixth seventh eighth ninth tenth")


def joined(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b, and c`: the list as the BIG-Bench Hard questions write it."""
    if len(words) < 3:
        return f" {last} ".join(words)
    return f"{', '.join(words[:-1])}, {last} {words[-1]}"


def article(noun: str) -> str:
    """The noun with its indefinite article."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def up_to(option: str, options: Sequence[str]) -> str:
    """The options one after the other up to this one: `(A) red, (B) blue`.

    A letter stands before its option, and a small model copies forward only.
    """
    return ", ".join(
        f"{letter(i)} {text}" for i, text in enumerate(options[: options.index(option) + 1])
    )


def lettered(options: Sequence[str]) -> str:
    """The options one to a line, `(A) ...`."""
    lines = (f"({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))
    return "\n".join(lines)


def letter(index: int) -> str:
    """The label of the option at `index`, counted from 0."""
    return f"({LETTERS[index]})"
