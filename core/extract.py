"""The final answer in a worked solution."""

from __future__ import annotations

import re

_STATED = re.compile(
    r"(?:^|\n)[\s>*#-]*(?:the\s+)?(?:final\s+)?answer(?:\s+is)?\s*[:=]\s*(?P<after>[^\n]+)|"
    r"\b(?:the\s+)?(?:final\s+)?answer\s+is\s*:?\s*(?P<within>[^\n]+)",
    re.IGNORECASE,
)
_WRAPPING = " \t*_`$"


def stated_answer(text: str) -> str | None:
    r"""The last `\boxed{...}`, else the last answer said to be one ("answer: 7"); None without either."""
    if (boxed := _last_boxed(text)) is not None:
        return boxed
    if not (stated := list(_STATED.finditer(text))):
        return None
    return _bare(stated[-1]["after"] or stated[-1]["within"])


def final_answer(text: str) -> str:
    """The stated answer, else the last line with words. Empty only for a text without words."""
    if (stated := stated_answer(text)) is not None:
        return stated
    lines = [line for line in text.splitlines() if line.strip()]
    return _bare(lines[-1]) if lines else ""


def _last_boxed(text: str) -> str | None:
    begin = text.rfind(r"\boxed{")
    if begin < 0:
        return None
    depth = 0
    for place in range(begin + len(r"\boxed"), len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin + len(r"\boxed{") : place].strip()
    return None  # never closed: the message was cut


def _bare(found: str) -> str:
    """Without markup, and without the full stop that ends a sentence."""
    bare = found.strip(_WRAPPING).strip()
    return bare[:-1].rstrip(_WRAPPING) if bare.endswith(".") else bare
