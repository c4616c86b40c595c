"""Whatever reads a model's words reads any words: in linear time, and with no error but the typed ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from metathink.agents.citation import cited, without_citations
from metathink.agents.mind import domain
from metathink.core.critique import read_criteria
from metathink.core.errors import MetathinkError
from metathink.core.text.extract import final_answer, stated_answer
from metathink.core.text.printable import printable, safe_message
from metathink.core.text.segment import segments
from metathink.memory.quotation import quoted
from metathink.meta.answers.equivalence import canonical, equivalent
from metathink.meta.answers.kind import kind_of_question, kind_of_reply
from metathink.meta.answers.options import listed_options
from metathink.meta.monitor.mind import asks_about_minds
from metathink.meta.verify.verdict import kind_of
from metathink.models.control_tokens import broken_up
from metathink.models.replies.reply import read_choice
from metathink.models.request import Choice
from metathink.models.typed.salvage import salvage
from metathink.models.typed.structured import parse
from tests.hostile import material

LONGEST = 100_000
SLOW = 5.0
"""Seconds that nothing may take, however long or odd: right code takes tenths, a quadratic reader minutes."""


class Inner(BaseModel):
    name: str
    grade: int | None = None


class Outer(BaseModel):
    better: Literal["first", "second"]
    parts: list[Inner] = []


def parsed(text: str) -> Any:
    try:
        return parse(text, Outer)
    except ValueError:
        return None  # what `parse` promises for a text without such an object


def criteria(text: str) -> Any:
    try:
        return read_criteria(text)
    except MetathinkError:
        return None


def compared(text: str) -> bool:
    half = len(text) // 2
    return equivalent(text[:half], text[half:], kind_of(text[half:]))


READERS: dict[str, Callable[[str], Any]] = {
    "thoughts and words": lambda text: read_choice(Choice(text)),
    "stated answer": stated_answer,
    "final answer": final_answer,
    "kind of question": kind_of_question,
    "kind of reply": kind_of_reply,
    "options": listed_options,
    "kind of answer": kind_of,
    "number": lambda text: canonical(text, "number"),
    "code": lambda text: canonical(text, "code"),
    "comparison": compared,
    "typed reply": parsed,
    "list of entries": lambda text: salvage(text, Inner),
    "segments": segments,
    "segments of code": lambda text: segments(text, code=True),
    "citations": lambda text: (cited(text, ["behavior_a"]), without_citations(text)),
    "states of mind": domain._stated,
    "question about minds": asks_about_minds,
    "criteria": criteria,
    "quotation": quoted,
    "control tokens": broken_up,
    "terminal": printable,
    "message": safe_message,
}


@pytest.mark.parametrize("name", READERS)
def test_any_text(name: str) -> None:
    for number in material.many(60, 700):
        rng = material.chance("reader", name, number)
        text = material.text(rng, rng.choice((40, 2_000, 20_000, LONGEST)))
        with material.within(SLOW, text):
            READERS[name](text)


@pytest.mark.parametrize("name", READERS)
def test_pieces_without_end(name: str) -> None:
    """Each marker and formula a hundred thousand characters long, alone and with a letter at the end."""
    pieces = [
        *material.MARKERS,
        *material.FORMULAS,
        " ",
        "\n",
        "\t",
        "a",
        "a ",
        "9",
        ".",
        "-",
        "(",
        "a.\n",
    ]
    numbers = material.many(14, len(pieces))
    chosen = material.chance("pieces", name).sample(pieces, len(pieces))
    chosen = chosen[numbers.start : numbers.stop]
    for piece, end in product(chosen, ("", "x")):
        text = (piece * (LONGEST // len(piece) + 1))[:LONGEST] + end
        with material.within(SLOW, text):
            READERS[name](text)


def test_what_is_separated_holds_no_marked_thought() -> None:
    """Of a reply with a thought in front, whatever it holds, nothing is left in the words."""
    secret = "PRIVATE-41"
    forms = ("<think>{}</think>", "[THINK]{}[/THINK]", "{}</think>", "<thinking>{}</thinking>")
    for number in material.many(300, 5_000):
        rng = material.chance("leak", number)
        inside = material.text(rng, 500).replace("think", "thin").replace("THINK", "THIN")
        thought = rng.choice(forms).format(f"{inside.replace('<|', '< |')}{secret}")
        choice = read_choice(Choice(f"{thought}\n\nThe answer is 42."))
        assert secret not in choice.text, f"{number}: {thought[:200]!r}"
        assert secret in choice.reasoning and choice.text.endswith("The answer is 42.")
