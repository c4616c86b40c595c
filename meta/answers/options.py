"""The options that a question lists: "A) red", "(a) red", "Options: red, blue"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

MOST: Final = 26
_LETTERED: Final = re.compile(
    r"^[ \t]{0,8}(?:[-*\u2022][ \t]{1,4})?\*{0,2}(?:\((?P<round>[A-Za-z])\)|(?P<bare>[A-Za-z])"
    r"(?:[).:\u3001\uff0e\uff1a]|\uff09))\*{0,2}[ \t\u3000]{0,8}(?P<text>\S[^\n]{0,2000})$",
    re.MULTILINE,
)
_INLINE: Final = re.compile(
    r"(?:(?<=[\s:?.,;])|^)(?:\((?P<round>[A-Za-z])\)|(?P<bare>[A-Z])\))[ \t]{0,4}"
)
_HEADER: Final = re.compile(
    r"(?:^[ \t]{0,4}|(?<=[.?!\u3002\uff1f] ))\*{0,2}(?:answer )?(?:options?|choices?|"
    r"antwortmöglichkeiten|optionen|opciones|opzioni|opções|选项|選択肢|선택지|варианты)"
    r"[ \t]{0,2}\*{0,2}[:\uff1a]\*{0,2}[ \t]{0,8}(?P<rest>[^\n]{0,2000})$",
    re.MULTILINE | re.IGNORECASE,
)
_BULLET: Final = re.compile(
    r"^[ \t]{0,8}(?:[-*\u2022]|\d{1,2}[.)])[ \t]{1,4}(?P<text>\S[^\n]{0,2000})$"
)


def listed_options(question: str) -> tuple[str, ...]:
    """The texts of the listed options in their order; empty where a question lists none.

    Options carry consecutive letters from A, each in a line of its own or all in one line, or stand
    under "Options:" as bullets, lines or parted by commas.
    """
    lines = [
        (found["round"] or found["bare"], found["text"]) for found in _LETTERED.finditer(question)
    ]
    if options := _consecutive(lines):
        return options
    marks = list(_INLINE.finditer(question))[: MOST * 4]
    ends = [*(mark.start() for mark in marks[1:]), len(question)][: len(marks)]
    inline = [
        (
            mark["round"] or mark["bare"],
            question[mark.end() : min(end, mark.end() + 2000)].partition("\n")[0],
        )
        for mark, end in zip(marks, ends, strict=True)
    ]
    return _consecutive(inline) or _under_header(question)


def _consecutive(found: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The last run of letters A, B, C, ... of at least two."""
    run: list[str] = []
    best: list[str] = []
    for letter, text in found:
        place = ord(letter.upper()) - ord("A")
        run = [*run, text] if place == len(run) else [text] if place == 0 else []
        if len(run) >= 2:
            best = run
    return tuple(text.strip(" \t,;.*") for text in best[:MOST])


def _under_header(question: str) -> tuple[str, ...]:
    header = next(iter(_HEADER.finditer(question)), None)
    if header is None:
        return ()
    if header["rest"].strip():
        parts = re.split(r"[,;|/\u3001\uff0c]|\bor\b", header["rest"])
    else:
        following = question[header.end() :].lstrip("\n").split("\n\n", 1)[0]
        bullets = [_BULLET.match(line) for line in following.splitlines()[:MOST]]
        parts = [bullet["text"] for bullet in bullets if bullet]
    options = tuple(part.strip(" \t.*") for part in parts if part.strip(" \t.*"))
    return options[:MOST] if len(options) >= 2 else ()
