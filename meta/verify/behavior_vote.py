"""A vote among programs by what they do: which reply's function behaves as most others do.

The functions are run in the sandbox on calls taken from the question's and the replies' own asserts, and on
inputs made up from the signature (`dual_execution`). Nothing is compared as text.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ...core.errors import MissingExtra
from ...core.off_loop import on_own_thread
from ..sample import Decision, Question, Sample
from .dual_execution import choose_program, observe
from .sandbox import Sandbox

MOST_TESTS: Final = 20
LONGEST: Final = 20_000
"""Characters of a program that are looked at; a longer one is not compared."""

_FENCE: Final = re.compile(r"^```.*$", re.MULTILINE)


def program_in(reply: str) -> str:
    """The Python in a reply: its fenced blocks that parse, else all of it if that parses; empty for none.

    Only what defines a function counts.
    """
    parts = _FENCE.split(reply)
    blocks = parts[1::2] if len(parts) > 1 else [reply]
    sources = [block.strip() for block in blocks if _functions(block)]
    return "\n\n".join(sources)


async def most_common_behavior(question: str, replies: Sequence[str]) -> Decision[int | None]:
    """The place of the reply whose function behaves as most others do, the first of equals.

    The confidence is the share of replies that behave like it. The choice is None, and the reason says why,
    where nothing can be compared: fewer than two programs, no function that they share, nothing that runs,
    no sandbox.
    """
    programs = [program_in(reply) for reply in replies]
    places = [place for place, program in enumerate(programs) if program]
    shared = Counter(name for program in programs for name in _functions(program))
    if len(places) < 2 or not shared:
        return Decision(None, "there are no programs to compare")
    name, defined = shared.most_common(1)[0]
    if defined < 2:
        return Decision(None, "the programs share no function")
    tests = _asserts([question, *programs, *replies], name)
    try:
        return await on_own_thread(lambda: _compared(name, programs, places, tests))
    except MissingExtra as missing:
        return Decision(None, str(missing))


def _compared(
    name: str, programs: Sequence[str], places: Sequence[int], tests: Sequence[str]
) -> Decision[int | None]:
    asked = Question(task=name, kind="code")
    samples = [Sample(programs[place]) for place in places]
    with Sandbox() as sandbox:
        behaviors = observe(asked, samples, sandbox, tests)
    found = choose_program(behaviors)
    best = behaviors[found.choice]
    if not any(outcome.passed for outcome in best.values):
        return Decision(None, f"{name} returned nothing that could be compared")
    alike = sum(behavior.values == best.values for behavior in behaviors)
    share = alike / len(programs)
    return Decision(
        places[found.choice],
        f"{alike} of {len(programs)} samples define {name} with the same behavior",
        {"alike": alike, "samples": len(programs)},
        share,
    )


def _functions(source: str) -> tuple[str, ...]:
    """The functions that a program defines at its top; none for what is no Python."""
    if len(source) > LONGEST or "def " not in source:
        return ()
    try:
        body = ast.parse(source.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(dict.fromkeys(node.name for node in body if isinstance(node, ast.FunctionDef)))


def _asserts(texts: Iterable[str], name: str) -> list[str]:
    """Lines that assert something of the function, each once."""
    lines = (line.strip() for text in texts for line in text.splitlines())
    found = dict.fromkeys(
        line for line in lines if line.startswith("assert ") and f"{name}(" in line
    )
    return list(found)[:MOST_TESTS]
