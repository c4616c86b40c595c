"""One implementation of "the same answer": equal in every way of writing, never equal when different."""

# ruff: noqa: E501, RUF001
from __future__ import annotations

import itertools
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import metathink as mt
from metathink.meta.answers.equivalence import candidates, reference
from metathink.meta.answers.form import form_of
from metathink.meta.sample import KINDS, Kind, Question, Sample

SAME = [
    # numbers
    (r"\frac{3}{8}", "3/8"), (r"\dfrac38", "0.375"), ("2{,}500", "2500"), ("−7", "-7"), ("12 000", "12000"),
    ("12\u00a0000", "12000"), ("7'500'000", "7500000"), ("2.345.678,9", "2345678.9"), ("1,00,000", "100000"),
    ("4,5", "4.5"), ("4,5", "4, 5"), ("¾", "3/4"), ("2¾", "2.75"), ("2 3/4", "11/4"), (r"2\frac{3}{4}", "2.75"),
    (r"2.5 \times 10^4", "25000"), ("2.5e4", "25000"), (r"10^{-3}", "0.001"), (r"0.\overline{6}", "2/3"),
    ("0.6666666666666666", r"\frac{2}{3}"), ("１５", "15"), ("٤٢", "42"), ("-0", "0"), (r"\boxed{9}", "9"),
    ("9.", "9"), ("approximately 9", "9"), (r"3^{4}", "81"), ("4!", "24"), (r"\binom{6}{2}", "15"),
    # units and names
    (r"\$12", "12.00"), ("$12", "12 dollars"), ("€12", "12 euros"), (r"45^\circ", "45 degrees"), ("30%", "30"),
    (r"30\%", "0.3"), ("7 km", r"7\text{ kilometers}"), ("7 pears", "7"), ("7 pears", "7 green pears"),
    (r"20 \text{ cm}^2", "20 cm^2"), ("3 million", "3,000,000"), ("y = 4", "4"), (r"x = \frac{1}{4}", "0.25"),
    # structures
    (r"\{3, 1\}", r"\{1,3\}"), ("3,1", "1, 3"), ("[2,5)", "[2, 5)"), (r"(-\infty, 3]", "(-∞,3]"),
    (r"x \le 3", r"(-\infty, 3]"), ("3 >= x", "x <= 3"), ("1 < t < 4", "(1, 4)"), (r"z \in [0, 2]", "[0,2]"),
    (r"\left(4, 5\right)", "(4,5)"), (r"(1,2)\cup(5,6)", r"(5,6) \cup (1,2)"),
    (r"\begin{bmatrix}1&0\\0&2\end{bmatrix}", r"\begin{pmatrix} 1 & 0 \\ 0 & \frac{4}{2} \end{pmatrix}"),
    (r"2 \pm \sqrt{5}", r"2 - \sqrt{5}, 2 + \sqrt{5}"), (r"x = 1 \text{ or } x = 6", "6, 1"),
    ("a=2, b=7", "b=7, a=2"),
    # expressions and equations
    ("3(t+2)", "3t + 6"), (r"\frac{a+b}{2}", "(a+b)/2"), ("(u-1)^2", "u^{2} - 2u + 1"), (r"\sqrt{18}", r"3\sqrt{2}"),
    (r"\sqrt[3]{64}", "4"), (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}"), ("2π", r"2\pi"), ("w²", "w^2"),
    (r"\sin^2 x + \cos^2 x", "1"), (r"\log_3 81", "4"), ("y = 3x - 1", "3x - 1"), ("x + y = 2", "2x + 2y = 4"),
    (r"a \rightarrow b", r"a \to b"),
    # options, truth and words
    ("(C)", "C"), (r"\text{(C)}", "c"), ("**C**", "C"), ("C) Rome", "C"), ("C) Rome", "Rome"),
    ("True", "yes"), ("No, it is not.", "no"), (r"\text{Rome}", "Rome"), ("**Rome**.", "rome"), ("“Rome”", "Rome"),
    (unicodedata.normalize("NFD", "Málaga"), "Málaga"), ("东京。", "东京"), ("GRÖSSE", "größe"), ("Ro\u200bme", "Rome"),
    ("New  York", "new york"), ("red,blue", "red, blue"),
]  # fmt: skip

DIFFERENT = [
    ("4,5", "45"), ("2,71", "271"), ("4, 5", "45"), ("1.234", "1234"), ("3 5", "35"), ("12", "twelve"),
    ("98765432109876543210", "98765432109876543211"), ("1/3", "0.33"), (r"\pi", "3.14"), ("0.2", "0.20001"),
    ("7 km", "7 miles"), ("7 cm", "7 cm^2"), ("$7", "7 cents"), ("30%", "0.03"), ("7 pears", "7 plums"),
    ("7 or 8", "7"), ("x = 4", "y = 4"), ("(4,5)", "(5,4)"), ("[2,5)", "(2,5)"), ("[2,5)", "[2,5]"),
    (r"\{1,2\}", r"\{1,2,3\}"), ("x > 3", r"x \ge 3"), ("x > 3", "x < 3"), ("t+2", "t+3"), (r"\sqrt{t^2}", "t"),
    (r"a \rightarrow b", r"a \leftarrow b"), (r"a \to b", r"b \to a"), ("2:3", "3:2"), ("10:15", "10.15"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&3\\2&4\end{pmatrix}"),
    ("B", "C"), ("yes", "no"), ("Rome", "Milan"), ("listen", "silent"), ("Ada", "Ada Lovelace"), ("C", "C++"),
    ("not Rome", "Rome"), ("2024-01-05", "2018"), ("9^{9^{9}}", "3^{18}"), ("", "0"), ("", ""), ("101_2", "101_3"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), SAME)
def test_one_answer_in_two_ways_of_writing(a: str, b: str) -> None:
    assert mt.same(a, b)
    assert mt.same(b, a)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_answers_stay_different(a: str, b: str) -> None:
    assert not mt.same(a, b)
    assert not mt.same(b, a)


@pytest.mark.parametrize(
    "said",
    ["B", "(b)", "b.", "Option B", "B) clay", "B: clay", "B - clay", "clay", "Clay.", r"\text{B}", "$B$",
     r"\textbf{(B)}\ clay", "**B**", "B clay"],
)  # fmt: skip
def test_an_option_is_its_letter_or_its_text(said: str) -> None:
    options = ("sand", "clay", "rock")
    assert mt.same(said, "B", "choice", options)
    assert not mt.same(said, "A", "choice", options)
    assert not mt.same(said, "rock", "choice", options)


def test_a_number_is_asked_for_and_a_comma_is_a_decimal_one() -> None:
    assert mt.same("4,5", "4.5", "number")
    assert not mt.same("4,5", "4, 5", "number")


def test_a_published_solution_stands_for_its_last_line() -> None:
    assert reference("5 + 4 = 9\n#### 9") == "9"
    assert reference("9") == "9"
    assert reference("two lines\nwithout a statement") == "two lines\nwithout a statement"


WRITTEN = [a for pair in SAME + DIFFERENT for a in pair]


@given(st.sampled_from(KINDS), st.sampled_from(WRITTEN), st.sampled_from(WRITTEN))
def test_keys_make_an_equivalence_and_sameness_is_symmetric(kind: Kind, a: str, b: str) -> None:
    first, second = form_of(a, kind), form_of(b, kind)
    if first is None or second is None:
        return
    assert first.same(first)
    assert first.same(second) == second.same(first)


@given(st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=9), st.randoms())
def test_a_vote_is_grouped_the_same_in_any_order(answers: list[str], random) -> None:
    shuffled = answers.copy()
    random.shuffle(shuffled)
    found = [
        sorted(sorted(order[i] for i in c.members) for c in candidates([Sample(a) for a in order], Question(kind="auto")))
        for order in (answers, shuffled)
    ]  # fmt: skip
    assert found[0] == found[1]


def test_an_answer_without_its_unit_joins_the_most_frequent_one_with_a_unit() -> None:
    answers = ["7", "7 km", "7 km", "7 miles", "8"]
    found = candidates([Sample(a) for a in answers], Question(kind="auto"))
    assert [c.members for c in found] == [(0, 1, 2), (3,), (4,)]


ENDLESS = [
    "9", "(", r"\frac{1}", "1+", "x^", "9^9^", "9!", r"\sqrt", "{", r"\begin{pmatrix}", "1,", "1.", "1 ", "a ",
    "$", "-", r"\left", r"\text{", "x=", "|", "_", "<", " and ", "A) ", r"\pm", "½", "\u0301", "'", "e9", "5 km ",
    "no, ", "1'000", "[", "\u200b", "**",
]  # fmt: skip


@pytest.mark.parametrize("piece", ENDLESS)
def test_no_answer_takes_long_or_raises(piece: str) -> None:
    for lead, kind, length in itertools.product(("", "x = ("), KINDS, (900, 100_000)):
        text = (lead + piece * length)[:length]
        begun = time.process_time()
        form_of(text, kind)
        assert time.process_time() - begun < 5.0


@pytest.mark.parametrize(
    "text",
    ["9^{9^{9}}", "9^9^9", "10000000!", "2^{100000000}", "(2^{8000})^{8000}", "1" + "0" * 900 + "/7", "1e999999",
     r"\binom{1000000}{500000}", r"\sqrt{2}^{10^{9}}", "(" * 300 + "1" + ")" * 300, "-" * 900 + "1"],
)  # fmt: skip
def test_towers_and_huge_numbers_are_compared_without_being_worked_out(text: str) -> None:
    begun = time.process_time()
    assert mt.same(text, text)
    assert not mt.same(text, "1024")
    assert time.process_time() - begun < 5.0


@given(st.text(max_size=60), st.sampled_from(KINDS))
def test_any_text_has_a_form_or_is_empty(text: str, kind: Kind) -> None:
    form = form_of(text, kind)
    assert (form is None) == (not text.strip())
