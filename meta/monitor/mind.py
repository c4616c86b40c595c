"""Whether a question is about what somebody believes, wants or feels: where a theory of mind can help.

Read off the words, for nothing: mental-state terms in what is asked (the last question of the text), or a
feeling that the writer owns up to. It is a hint for choosing a method, no more.
"""

from __future__ import annotations

import re
from typing import Final

from ..sample import Decision

_STATES: Final = re.compile(
    r"\b(feel(s|ing|ings)?|felt|emotions?|moods?|believes?|beliefs?|thinks?|thought|assumes?|expects?"
    r"|wants?|wishes|desires?|hopes?|intends?|intentions?|means? by|knows?|aware|realiz?s?es"
    r"|(look|search)(es)? for|afraid|upset|angry|anxious|ashamed|jealous|embarrassed|offended|disappointed"
    r"|worried|lonely|sad|happy|proud|motives?|perspective|point of view)\b",
    re.IGNORECASE,
)
_OWNED: Final = re.compile(
    r"\b(i|my \w{1,40}|we)('m| am| is| are| was| were| feels?| felt| been)?\s+(so |very |really |too |just )?"
    r"(feel(s|ing)?|felt|sad|upset|angry|anxious|afraid|scared|worried|lonely|ashamed|guilty|hurt|jealous"
    r"|overwhelmed|exhausted|heartbroken|stressed|nervous)\b",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(
    r"\b(do|did|would) you (think|believe|know|feel)\b|\bstep by step\b", re.I
)
_OPTIONS: Final = re.compile(r"\n[ \t]{0,20}(options?\b|choices?\b|\(?[a-e][).]\s)", re.IGNORECASE)


def asks_about_minds(question: str) -> Decision[bool]:
    """Whether a question is about minds, with the words that say so."""
    if (owned := _OWNED.search(question)) is not None:
        return Decision(True, f"a feeling is at stake: {_one_line(owned[0])!r}")
    asked = _ASIDE.sub("", _what_is_asked(question))
    if (state := _STATES.search(asked)) is not None:
        return Decision(True, f"somebody's mind is asked about: {_one_line(state[0])!r}")
    return Decision(False, "not a theory-of-mind question")


def _what_is_asked(question: str) -> str:
    """The last sentence that ends in a question mark, options aside; without one the last sentence."""
    options = _OPTIONS.search(question)
    told = question[: options.start()] if options else question
    sentences = [s for s in re.split(r"(?<=[.?!])\s+|\n+", told.strip()) if s.strip()]
    asking = [s for s in sentences if s.rstrip().endswith("?")]
    return (asking or sentences or [""])[-1]


def _one_line(text: str) -> str:
    return " ".join(text.split())
