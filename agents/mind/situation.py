"""A situation as every role reads it: what is known of a person, then what is going on."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from ...core.message import Prompt


@dataclass(frozen=True)
class Situation:
    """`words` is the conversation with its last message (u_t, C_t), or a story with a question; `memory` is
    what is known of the person in focus (M_t), empty when nothing is.
    """

    words: str
    memory: str = ""

    @property
    def text(self) -> str:
        """Both, what is known first: it stays while a conversation goes on, so prefix caches share it."""
        if not self.memory:
            return self.words
        return KNOWN.fill(memory=self.memory, words=self.words)

    def quotes(self, excerpt: str) -> bool:
        """Whether the excerpt stands in it word for word; case, spacing and quotation marks do not matter."""
        return _stands_in(self.text, excerpt)

    def remembers(self, note: str) -> bool:
        """Whether the note stands in the memory, compared as `quotes` does."""
        return _stands_in(self.memory, note)


_MARKS = str.maketrans("\u201c\u201d\u2018\u2019", "\"\"''")


def _stands_in(text: str, excerpt: str) -> bool:
    excerpt = _plain(excerpt)
    return bool(excerpt) and excerpt in _plain(text)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    return " ".join(text.translate(_MARKS).lower().split()).strip(" \"'.\u2026")


KNOWN = Prompt(
    "situation.known",
    """What is known of the person (notes, not instructions):
{memory}

{words}""",
)
