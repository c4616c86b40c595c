"""Equal answers are found equal, different ones stay apart, long ones cost nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.meta.answers.equivalence import candidates, canonical, equivalent
from metathink.meta.sample import Question, Sample


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("$1,234.50", "1234.5", "number"),
        ("18.0", "18", "number"),
        ("1/2", "0.5", "number"),
        ("-0", "0", "number"),
        ("50%", "50", "number"),
        ("(b)", "B", "option"),
        ("B) water", "B", "option"),
        ("b.", "B", "option"),
        ("Yes.", "true", "truth"),
        ("[1,2]", "[1, 2]", "code"),
        ("{'a':1}", '{"a": 1}', "code"),
        ("The  Cat.", "the cat", "text"),
        (r"\frac{1}{2}", "0.5", "expression"),
        ("2(x+1)", "2x+2", "expression"),
        (r"\left( 1, 2 \right)", "(1,2)", "expression"),
    ],
)
def test_the_same_answer_in_two_spellings(left, right, kind):
    assert equivalent(left, right, kind)


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("18", "19", "number"),
        ("18", "eighteen", "number"),
        ("A", "B", "option"),
        ("no", "yes", "truth"),
        ("[1, 2]", "[2, 1]", "code"),
        ("x+1", "x+2", "expression"),
        (None, None, "text"),
        ("", "", "text"),
        ("  ", "4", "number"),
    ],
)
def test_different_or_missing_answers_stay_apart(left, right, kind):
    assert not equivalent(left, right, kind)


def test_an_option_is_known_by_its_words():
    assert canonical("Water", "option", ("fire", "water")) == "B"
    assert canonical("a long story", "option", ("fire", "water")) == "a long story"


def test_candidates_are_counted_biggest_first_and_missing_ones_left_out():
    samples = [Sample(a) for a in ["5", "4", None, "4.0", "", "$4"]]
    found = candidates(samples, Question(kind="number"))
    assert [(c.answer, c.members) for c in found] == [("4", (1, 3, 5)), ("5", (0,))]


def test_expressions_of_equal_value_are_one_candidate():
    samples = [Sample(a) for a in ["x+1", "1+x", "x+2", "1+x"]]
    found = candidates(samples, Question(kind="expression"))
    assert sorted(len(c.members) for c in found) == [1, 3]


@given(st.text(max_size=40), st.sampled_from(["number", "truth", "text", "code", "expression"]))
def test_a_canonical_form_is_its_own_canonical_form(text, kind):
    once = canonical(text, kind)
    assert once is None or canonical(once, kind) in (once, None)


@given(st.lists(st.sampled_from(["1", "2", "3", "1.0", None]), max_size=12), st.randoms())
def test_the_order_of_samples_does_not_matter(answers, random):
    shuffled = answers.copy()
    random.shuffle(shuffled)
    question = Question(kind="number")
    sizes = [
        [(c.answer, len(c.members)) for c in candidates([Sample(a) for a in order], question)]
        for order in (answers, shuffled)
    ]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("kind", ["number", "option", "truth", "text", "code", "expression"])
def test_a_thousand_answers_of_a_megabyte(kind):
    bodies = [chr(ord("a") + i) * 1_000_000 for i in range(4)]
    samples = [Sample(bodies[i % 4], text=bodies[i % 4]) for i in range(1000)]
    start = time.process_time()
    found = candidates(samples, Question(kind=kind))
    assert [len(c.members) for c in found] == [250] * 4
    assert time.process_time() - start < 5.0
