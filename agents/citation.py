"""Behaviors cited by name in a solution: found, and taken out.

Metacognitive Reuse (arXiv 2509.13237): the model is told to cite the behaviors it uses by their names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

NAME: Final = re.compile(r"behavior_\w+", re.IGNORECASE)
"""A behavior's name, wherever it stands."""

_PREFIXED: Final = re.compile(r"behavior_\w*", re.IGNORECASE)
"""A name, or what a model left of one."""
_BRACKETED: Final = re.compile(
    rf"[ \t]?[\[(]\s{{0,8}}{NAME.pattern}(?:[\s,;]+{NAME.pattern})*\s*[\])]", re.IGNORECASE
)


def cited(text: str, shown: Sequence[str]) -> list[str]:
    """The shown behaviors that a solution cites by name, in the order in which they were shown."""
    said = set(NAME.findall(text.lower()))
    return [name for name in shown if name in said]


def without_citations(text: str) -> str:
    """A solution for somebody who has no handbook: bracketed citations go, other names become words."""
    text = _BRACKETED.sub("", text)
    return _PREFIXED.sub(lambda name: " ".join(name[0].split("_")[1:]), text)
