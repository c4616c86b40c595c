"""Cheap features of a question: what its words tell in microseconds, before spending."""

from __future__ import annotations

import re
from functools import lru_cache
from math import log1p

import numpy as np
from numpy.typing import NDArray

from ..sample import Question

LONGEST = 20_000
"""Characters of a question that are looked at."""

_NEGATION = re.compile(r"\b(not|except|least|never|incorrect|false)\b", re.IGNORECASE)
_SYMBOL = re.compile(r"[=^_+*/<>\\{}~$%\u2200-\u22ff]")
_CLAUSE = re.compile(r"[.;:,\n]")
_LISTED = re.compile(r"^\s*\(?[A-Z][.)]\s", re.MULTILINE)

NAMES = (
    "words",
    "word length",
    "digits",
    "symbols",
    "clauses",
    "capitals",
    "negation",
    "question mark",
    "options",
    "option length",
)


@lru_cache(maxsize=4096)
def features(question: Question) -> NDArray[np.float64]:
    """One number for each of `NAMES`; finite for every question, also an empty one. Read-only."""
    text = question.text[:LONGEST]
    words = text.split()
    count = max(len(words), 1)
    options = len(question.options) or len(_LISTED.findall(text))
    option_words = sum(len(o.split()) for o in question.options)
    found = np.array(
        [
            log1p(len(words)),
            log1p(sum(map(len, words)) / count),
            log1p(sum(c.isdigit() for c in text)),
            log1p(len(_SYMBOL.findall(text))),
            log1p(len(_CLAUSE.findall(text))),
            sum(w[0].isupper() for w in words) / count,
            float(_NEGATION.search(text) is not None),
            float("?" in text),
            log1p(options),
            log1p(option_words / max(len(question.options), 1)),
        ]
    )
    found.flags.writeable = False
    return found
