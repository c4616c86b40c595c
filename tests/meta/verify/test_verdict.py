"""Right, wrong or unknown: by a reference answer, by a program in the sandbox, by both."""

from __future__ import annotations

import pytest

from metathink.core.errors import InvalidInput
from metathink.meta.verify.verdict import kind_of, verdict

EVEN = "def right(answer):\n    return int(answer) % 2 == 0"


@pytest.mark.parametrize(
    ("answer", "gold", "right"),
    [
        ("1,000", "1000", True),
        ("0.5", "1/2", True),
        ("$12.50", "12.5", True),
        ("12 apples", "12", True),
        ("12 apples or 13", "12", False),
        ("12 pears", "12 apples", False),
        ("72", "24 + 48 = <<24+48=72>>72 clips.\n#### 72", True),
        ("24", "24 + 48 = <<24+48=72>>72 clips.\n#### 72", False),
        ("(b) water", "(B)", True),
        ("C", "B", False),
        ("No.", "no", True),
        ("valid", "Yes", True),
        ("False", "True", False),
        (r"\frac{2}{4}", r"\frac{1}{2}", True),
        ("(1 + 3) * 6", "2 * 12 + 0", True),
        ("Ada  Lovelace.", "ada lovelace", True),
        ("Ada", "Ada Lovelace", False),
        ("", "42", False),
    ],
)
async def test_by_a_reference_answer(answer: str, gold: str, right: bool) -> None:
    assert await verdict(answer, gold) is right


@pytest.mark.parametrize(
    ("answer", "right"), [("4", True), ("5", False), ("four", None), ("'\n\"", None)]
)
async def test_by_a_program(answer: str, right: bool | None) -> None:
    pytest.importorskip("pydantic_monty", reason="the sandbox extra is not installed")
    assert await verdict(answer, program=EVEN) is right


async def test_both_must_hold_and_nothing_known_is_none() -> None:
    pytest.importorskip("pydantic_monty", reason="the sandbox extra is not installed")
    assert await verdict("4", "4", EVEN) is True
    assert await verdict("5", "5", EVEN) is False
    assert await verdict("4", "6", EVEN) is False
    assert await verdict("six", "six", EVEN) is True, "the program cannot say"
    assert await verdict("4") is None


@pytest.mark.parametrize("program", ["def right(", "x = 1", "1 / 0", "import os"])
async def test_a_program_that_does_not_run_is_told(program: str) -> None:
    pytest.importorskip("pydantic_monty", reason="the sandbox extra is not installed")
    with pytest.raises(InvalidInput, match="must define right"):
        await verdict("4", program=program)


async def test_a_program_that_says_neither_or_never_ends_cannot_say() -> None:
    pytest.importorskip("pydantic_monty", reason="the sandbox extra is not installed")
    assert await verdict("4", program="def right(answer):\n    return 'perhaps'") is None
    assert await verdict("4", program="def right(answer):\n    while True: pass") is None


def test_the_form_of_the_right_answer_says_how_to_compare() -> None:
    forms = {"7": "number", "B": "option", "(b)": "option", "yes": "truth", "x^2": "auto"}
    forms |= {"a dog": "text", "[ ( ) ]": "text", "-3 / 4": "number", "3 * 8": "auto"}
    assert {gold: kind_of(gold) for gold in forms} == forms
