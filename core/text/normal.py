"""Unicode normalisation that is linear in the length of the text, whatever the text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final, Literal

LONGEST_RUN: Final = 30
"""Combining characters in a row that are kept (UAX 15, Stream-Safe Text Format)."""

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\uffa0]"
)


def normalized(text: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> str:
    """The text in a Unicode normal form.

    `unicodedata.normalize` sorts a run of combining characters in quadratic time; what exceeds
    `LONGEST_RUN` in one run is dropped first.
    """
    if text.isascii():
        return text
    return unicodedata.normalize(form, _with_short_runs(text))


def visible(text: str) -> str:
    """The text without characters that show nothing: zero-width spaces and joiners, soft hyphens,
    direction marks, variation selectors."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def _with_short_runs(text: str) -> str:
    return _long_run().sub(lambda run: run[0][:LONGEST_RUN], text)


@cache
def _long_run() -> re.Pattern[str]:
    combining = "".join(c for c in map(chr, range(0x300, 0x20000)) if unicodedata.combining(c))
    return re.compile(f"[{combining}][{combining}]{{{LONGEST_RUN},}}")  # quick: begins with a set
