r"""An answer without what is around it: Markdown, quotes, LaTeX delimiters, `\text{}`, a full stop."""

from __future__ import annotations

import re
from typing import Final

_ROUNDS: Final = 8
"""Wrappings inside one another that are taken off."""
_SPACE: Final = " \t\r\n\u00a0\u3000"
_PAIRS: Final = (
    ("**", "**"),
    ("__", "__"),
    ("```", "```"),
    ("$$", "$$"),
    (r"\(", r"\)"),
    (r"\[", r"\]"),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ("$", "$"),
    ('"', '"'),
    ("'", "'"),
    ("\u201c", "\u201d"),
    ("\u201e", "\u201c"),
    ("\u201e", "\u201d"),
    ("\u201d", "\u201d"),
    ("\u2018", "\u2019"),
    ("\u00ab", "\u00bb"),
    ("\u00bb", "\u00ab"),
    ("\u300c", "\u300d"),
    ("\u300e", "\u300f"),
    ("\u3010", "\u3011"),
    ("<b>", "</b>"),
    ("<strong>", "</strong>"),
)
_COMMAND: Final = re.compile(
    r"\\(?:boxed|fbox|text|textbf|textit|textrm|texttt|textsf|mathrm|mathbf|mathit|mathsf|mathtt|operatorname|"
    r"emph|displaystyle|mbox)(?![A-Za-z])\*?\s{0,4}(?P<brace>\{)?"
)
_STOPS: Final = ".\u3002\uff0e\uff61,;\uff0c"


def without_wrapping(text: str) -> str:
    """The text without wrapping; a text that is nothing but wrapping becomes empty."""
    for _ in range(_ROUNDS):
        inner = _once(text.strip(_SPACE))
        if inner == text:
            return inner
        text = inner
    return text.strip(_SPACE)


def _once(text: str) -> str:
    bare = _without_stop(text)
    for opener, closer in _PAIRS:
        if bare.startswith(opener) and bare.endswith(closer) and len(bare) >= len(opener + closer):
            inner = bare[len(opener) : len(bare) - len(closer)]
            if opener not in inner and closer not in inner:
                return inner
    if (command := _COMMAND.match(bare)) is not None:
        if command["brace"] is None:
            return bare[command.end() :]
        if closes_at_end(bare, command.end() - 1):
            return bare[command.end() : -1]
    return _without_loose_marks(bare)


def _without_stop(text: str) -> str:
    """Without the full stop, the comma or the exclamation mark that ends a sentence; `5!` keeps its sign."""
    bare = text.rstrip(_STOPS + _SPACE) if not text.endswith("...") else text
    if bare.endswith("\\") and len(bare) < len(text):  # `\,` and `\;` are spaces of LaTeX
        bare = bare[:-1].rstrip(_SPACE)
    if bare.endswith("\uff01") or (bare.endswith("!") and bare[-3:-1].isalpha() and len(bare) > 3):
        bare = bare[:-1]
    return bare


def closes_at_end(text: str, brace: int) -> bool:
    """Whether the brace at this place is closed by the last character."""
    depth = 0
    for found in re.finditer(r"\\.|[{}]", text[brace:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return brace + found.end() == len(text)
    return False


def _without_loose_marks(text: str) -> str:
    """Without marks that are opened and not closed, or closed and not opened: `42**`, "**Answer"."""
    for mark in ("**", "__", "`", "*", "$$"):
        if text.count(mark) == 1 and text != mark:
            text = text.removeprefix(mark).removesuffix(mark)
    if text.endswith("$") and text.count("$") == 1:
        text = text[:-1]
    return "" if text.strip("*_`$#>" + _SPACE) == "" else text
