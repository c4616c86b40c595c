"""A scorer looks past the ways to write an answer, and never past a wrong one."""

import pytest

from metathink.evals.scorer import form_of, right
from metathink.evals.task import Task

CHOICE = "Which one is it?\nOptions:\n(A) a red apple\n(B) two pears\n(C) no fruit"
WORDS = {"A": "Ulysses", "B": "The Trial"}


def task(answer: str, question: str = "?") -> Task:
    return Task("t", "s", question, answer)


@pytest.mark.parametrize(
    ("label", "question", "form"),
    [
        ("(B)", "?", "option"),
        ("B", CHOICE, "option"),
        ("B", "Which vitamin?", "text"),
        ("Yes", "?", "truth"),
        ("invalid", "?", "truth"),
        ("Noor", "?", "text"),
        ("Ann is a knight, Bob is a knave", "?", "people"),
        ("] } >", "?", "brackets"),
        ("(16 - (5 + 3)) * 3", "?", "joined"),
        ("2024-01-02", "On which day?", "text"),
        ("1 2 3", "?", "text"),
        ("-1,204.50", "?", "number"),
        (r"\frac{3}{4}", "?", "expression"),
        ("green_crate", "?", "text"),
    ],
)
def test_the_form_is_the_labels(label: str, question: str, form: str) -> None:
    assert form_of(task(label, question)) == form


RIGHT = [
    ("(B)", CHOICE, "(b)"),
    ("(B)", CHOICE, "B"),
    ("(B)", CHOICE, "(B) two pears"),
    ("(B)", CHOICE, "Two pears."),
    ("(B)", CHOICE, "So it is (B)."),
    ("Yes", "?", "yes, it does"),
    ("False", "?", "**False**"),
    ("Ann is a knight, Bob is a knave", "?", "(1) Bob is a knave\n(2) Ann is a knight"),
    ("Ann is a knight, Bob is a knave", "?", "**Bob** is a knave and **Ann** is a Knight."),
    ("] }", "?", "]}"),
    ("(16 - (5 + 3)) * 3", "?", "3*(16-3-5)"),
    ("(16 - (5 + 3)) * 3", "?", "3 \u00d7 (16 \u2212 3 \u2212 5) = 24"),
    ("(16 - (5 + 3)) * 3", "?", r"$3 \times \left(16 - 5 - 3\right)$"),
    ("8 / (3 - 8 / 3)", "?", "8/(3-8/3)"),
    ("1204.5", "?", "1,204.50"),
    ("18", "?", "$18"),
    ("-3", "?", "-3.0"),
    (r"\frac{3}{4}", "?", "0.75"),
    ("green_crate", "?", "the green crate."),
    ("barn dot malton", "?", "barn, dot, malton"),
]


@pytest.mark.parametrize(("label", "question", "said"), RIGHT)
def test_right_however_it_is_written(label: str, question: str, said: str) -> None:
    assert right(said, task(label, question))


WRONG = [
    ("(B)", CHOICE, ""),
    ("(B)", CHOICE, "(C) two pears"),
    ("(B)", CHOICE, "(B) or (C)"),
    ("(B)", CHOICE, "a red apple"),
    ("(B)", CHOICE, "Because two pears are more"),
    ("Yes", "?", "No. Or yes?"),
    ("Yes", "?", "Yesterday"),
    ("Ann is a knight, Bob is a knave", "?", "Ann is a knight"),
    ("Ann is a knight, Bob is a knave", "?", "Ann is a knave, Bob is a knight"),
    (
        "Ann is a knight, Bob is a knave",
        "?",
        "Ann is a knight, Bob is a knave, Bob is a knight",
    ),
    ("] }", "?", "} ]"),
    ("(16 - (5 + 3)) * 3", "?", "24"),
    ("(16 - (5 + 3)) * 3", "?", "16 + 5 + 3"),  # a number is missing
    ("(16 - (5 + 3)) * 3", "?", "16 + 5 + 3 + 3"),  # not the target
    ("(16 - (5 + 3)) * 3", "?", "16 5 3 3"),  # the numbers alone
    ("(16 - (5 + 3)) * 3", "?", "3 * (16 - 3 - 5) / 1"),  # a number too many
    ("8 / (3 - 8 / 3)", "?", "8 / (3 - 3) / 8"),  # nothing is divided by nothing
    ("1204.5", "?", "1204"),
    ("18", "?", "1 8"),
    ("green_crate", "?", "green_crater"),
    ("barn dot malton", "?", "dot barn malton"),
    ("barn dot", "?", "barndot"),
    ("7", "?", "7" * 100_000),
]


@pytest.mark.parametrize(("label", "question", "said"), WRONG)
def test_wrong_however_near(label: str, question: str, said: str) -> None:
    assert not right(said, task(label, question))


def test_arithmetic_is_exact() -> None:
    third = task("8 / (3 - 8 / 3)")  # 24 only in fractions
    assert right("(8 / (3 - (8 / 3)))", third)
    assert not right("(8 - 3) * 3 + 8", third)


def test_a_power_is_no_arithmetic_and_costs_nothing() -> None:
    assert not right("9**9**9**9", task("9 + 9 + 9 + 9"))
