"""Whether an answer is right, by what is known of the question: a reference answer or a checking program."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from ...core.errors import InvalidInput
from ...core.off_loop import on_own_thread
from ..answers.equivalence import equivalent, reference
from ..sample import Kind
from .sandbox import Sandbox

CHECK: Final = "right"
"""The function that a checking program defines: it takes the answer as text."""

_OPTION: Final = re.compile(r"\([A-Za-z]\)|[A-Z]")
_NUMBER: Final = re.compile(r"[-+]?\$?\d[\d,]*(?:\.\d*)?%?(?:\s{0,4}/\s{0,4}\d+)?")
_TRUTHS: Final = frozenset({"true", "false", "yes", "no", "valid", "invalid"})
_VALUE: Final = re.compile(r"[\d\\^]")


async def verdict(answer: str, gold: str = "", program: str = "") -> bool | None:
    """True: right, False: wrong, None: nothing is known, or the program cannot say.

    `gold` is the right answer, also as a published solution that ends in it ("... #### 72"). `program`
    is Python that defines `right(answer)` and runs in the sandbox; one that fails on an answer cannot
    say. Where both are given both must hold. Raises InvalidInput for a program that does not run,
    MissingExtra without the sandbox.
    """
    verdicts: list[bool | None] = []
    if gold:
        wanted = reference(gold)
        verdicts.append(equivalent(answer, wanted, kind_of(wanted)))
    if program:
        verdicts.append(await on_own_thread(partial(_checked, answer, program)))
    return combined(*verdicts)


def combined(*verdicts: bool | None) -> bool | None:
    """Several verdicts on one answer as one: each must hold that knows; None: none of them knows."""
    return False if False in verdicts else True if True in verdicts else None


def kind_of(gold: str) -> Kind:
    """How answers to a question are compared, by the form of its right answer."""
    text = gold.strip()
    if _OPTION.fullmatch(text):
        return "option"
    if _NUMBER.fullmatch(text):
        return "number"
    if text.lower() in _TRUTHS:
        return "truth"
    return "auto" if _VALUE.search(text) else "text"


def _checked(answer: str, program: str) -> bool | None:
    with Sandbox(seconds=1.0) as sandbox:
        defined, found = sandbox.values(program, [CHECK, f"{CHECK}({answer!r})"])
    if not defined.passed:
        raise InvalidInput(f"the checking program must define {CHECK}(answer): {defined.text}")
    return {"True": True, "False": False}.get(found.text) if found.passed else None
