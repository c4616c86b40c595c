"""What belongs to one question only: its names, its numbers, its answer.

A behavior that carries such data helps with nothing else and may give an answer away (Metacognitive Reuse,
arXiv 2509.13237: a behavior can help solve a problem but is not its solution).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_WORD: Final = re.compile(r"[^\W\d_]\w+")
_SENTENCE_ENDS: Final = ".!?:\n-*"
_EVERYBODYS: Final = frozenset({"True", "False", "Yes", "No", "None", "Options"})
"""Capitalised words that name nobody."""


def instance_data(name: str, instruction: str, question: str, answer: str = "") -> str:
    """What a behavior holds of one question's own data, in words; empty if nothing.

    Found are numbers of two digits or more (or two of any length) and names of the question or its answer,
    and an answer of several words. A name is a capitalised word within a sentence, so one that only ever
    begins sentences is seen only where the instruction has it within one.
    """
    text = f"{' '.join(name.split('_'))} {instruction}"
    shared = numbers(text) & numbers(f"{question} {answer}")
    long = sorted(number for number in shared if len(number) > 1)
    if long or len(shared) > 1:
        return f"the number {(long or sorted(shared))[0]}"
    if found := _names_shared(name, instruction, f"{question}\n{answer}"):
        return f"the name {found}"
    said = " ".join(answer.lower().split())
    return "the answer" if " " in said and said in " ".join(text.lower().split()) else ""


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, as they are written."""
    return frozenset(_NUMBER.findall(text))


def names(text: str) -> frozenset[str]:
    """The capitalised words that stand within a sentence."""
    return frozenset(found[0] for found in _capitalised(text) if _is_within(text, found.start()))


def _names_shared(name: str, instruction: str, question: str) -> str:
    own, anywhere = names(question), {found[0] for found in _capitalised(question)}
    said = {found[0] for found in _capitalised(instruction)} & own
    said |= names(instruction) & anywhere
    said |= {one for one in own if one.lower() in name.split("_")}
    return min(said, default="")


def _capitalised(text: str) -> Iterator[re.Match[str]]:
    """The words that begin with a capital and go on in small letters, but for those that name nobody."""
    for found in _WORD.finditer(text):
        word = found[0]
        if word[0].isupper() and not word.isupper() and word not in _EVERYBODYS:
            yield found


def _is_within(text: str, place: int) -> bool:
    before = text[:place].rstrip(" \t\"'(")
    return (
        bool(before) and before[-1] not in _SENTENCE_ENDS and "\n" not in text[len(before) : place]
    )
