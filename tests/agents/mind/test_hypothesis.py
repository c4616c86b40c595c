"""Hypotheses: scored by the paper's formula, kept apart, of many kinds."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from metathink.agents.mind.hypothesis import (
    KINDS,
    Hypothesis,
    Kind,
    Reading,
    diverse,
    lacking_kinds,
    likeliest,
    scored,
)
from metathink.agents.mind.situation import Situation


def of(kind: Kind, text: str, confidence: float = 0.5) -> Hypothesis:
    return Hypothesis(kind, text, confidence=confidence)


def test_the_score_is_plausibility_and_information_gain() -> None:
    assert scored(0.8, 0.2) == pytest.approx(0.7 * 0.8 + 0.3 * math.log(4))
    assert scored(0.8, 0.2, weight=1.0) == pytest.approx(0.8)
    assert scored(0.5, 0.5) == pytest.approx(0.35)


def test_the_score_is_finite_at_the_ends() -> None:
    assert scored(0.0, 1.0) == pytest.approx(0.3 * math.log(1e-10))
    assert scored(1.0, 0.0) == pytest.approx(0.7 - 0.3 * math.log(1e-10))
    assert scored(0.0, 0.0) == pytest.approx(0.0)


def test_what_tells_more_wins_over_what_holds_of_anybody() -> None:
    anybody, this_one = of("desire", "wants to be liked"), of("emotion", "is ashamed of the delay")
    weighed = [replace(anybody, score=scored(0.9, 0.9)), replace(this_one, score=scored(0.7, 0.1))]
    assert likeliest(weighed) == weighed[1]


def test_unscored_the_surest_is_taken_and_the_first_of_equals() -> None:
    one, two = of("desire", "a", 0.7), of("emotion", "b", 0.7)
    assert likeliest([of("belief", "c", 0.2), one, two]) is one
    assert likeliest([]) is None
    known = replace(two, source=Reading("c", note="d", support_score=5))
    assert likeliest([one, known]) is known


@pytest.mark.parametrize(
    ("score", "support"), [(0, "none"), (1, "weak"), (2, "weak"), (3, "medium"), (4, "strong")]
)
def test_a_score_is_told_in_the_words_of_the_paper(score: int, support: str) -> None:
    reading = Reading("Wants help", "Could you\n please", "Asks rarely", score)
    assert reading.support == support
    known = f"; notes: 'Asks rarely', {support} support, {score} of 5" if score else ""
    assert reading.grounds == f" [words: 'Could you please'{known}]"
    assert Reading("Wants help").grounds == ""


def test_what_says_the_same_is_kept_once() -> None:
    same = [
        of("emotion", "Alice feels anxious about the deadline"),
        of("thought", "Alice feels anxious about that deadline."),
        of("desire", "Alice wants an extra day"),
    ]
    assert diverse(same, 7) == [same[0], same[2]]
    assert diverse(same, 7, diversity=0.0) == same


def test_kinds_take_turns() -> None:
    texts = ("tired of work", "hungry since noon", "afraid of spiders", "loves the sea")
    four = [of("emotion", text) for text in texts]
    kept = diverse([*four, of("belief", "thinks that nobody listens")], 3)
    assert [one.kind for one in kept] == ["emotion", "belief", "emotion"]
    assert kept[2] is four[1]


def test_kinds_lack_only_where_there_is_room_for_them() -> None:
    two = [of("emotion", "a"), of("desire", "b")]
    assert lacking_kinds(two, 2) == []
    assert lacking_kinds(two, 7) == ["belief", "intention", "thought"]
    assert lacking_kinds([], 2) == ["belief", "desire"]
    assert lacking_kinds([of(kind, kind) for kind in KINDS], 7) == []


@pytest.mark.parametrize(
    ("excerpt", "there"),
    [
        ("one more thing", True),
        ("\u201cSorry \u2013  One more thing.\u201d", True),
        ("one last thing", False),
        ("", False),
        ('""', False),
    ],
)
def test_an_excerpt_is_looked_up(excerpt: str, there: bool) -> None:
    assert Situation("Bob: Sorry \u2013 one more thing. Could you?").quotes(excerpt) is there
