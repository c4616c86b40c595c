"""Worked solutions that mark what their short form leaves out.

A line is written once, for both forms: `«words»` stand in the full solution only, and
`«words|others»` gives way to `others` in the short one. So the short solution has the lines of the
full one in the same order, each with fewer words; a line with nothing left falls away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MARK = re.compile("«([^«»|]*)(?:[|]([^«»|]*))?»")


def full(lines: Iterable[str]) -> tuple[str, ...]:
    """Every line with all its words."""
    return tuple(MARK.sub(r"\1", line) for line in lines)


def short(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines without what is marked, those left empty passed over."""
    said = (MARK.sub(lambda mark: mark[2] or "", line).strip() for line in lines)
    return tuple(line for line in said if line)
