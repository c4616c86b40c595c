"""Laws of choosing by a check, by comparison, and within a limit of risk."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay.rules.bradley_terry import Judgement, prefer, strengths
from benchmarks.replay.rules.risk_limit import RiskLimit
from benchmarks.replay.rules.verifier import first_verified
from metathink.core.errors import InvalidInput
from metathink.meta.sample import Label, Sample


def even(sample: Sample) -> bool:
    return int(sample.answer or "1") % 2 == 0


def test_drawing_ends_at_the_first_answer_that_passes() -> None:
    drawn: list[str] = []

    def draw() -> Iterator[Sample]:
        for answer in ("1", "3", "4", "6"):
            drawn.append(answer)
            yield Sample(answer)

    decision = first_verified(draw(), even)
    assert decision.choice == Sample("4") and drawn == ["1", "3", "4"]
    assert decision.confidence == 1.0 and "passes" in decision.reason


def test_an_answer_known_to_be_wrong_is_never_chosen() -> None:
    assert first_verified([Sample("1"), Sample("3"), Sample(None)], even).choice is None
    unread = first_verified([Sample("1"), Sample("many")], even)
    assert unread.choice == Sample("many") and "not refuted" in unread.reason
    assert first_verified([], even).choice is None


def test_equal_answers_are_checked_once() -> None:
    asked: list[str | None] = []

    def check(sample: Sample) -> bool:
        asked.append(sample.answer)
        return False

    first_verified([Sample("1"), Sample("1"), Sample("2")], check)
    assert asked == ["1", "2"]


def test_an_error_of_the_check_itself_is_not_hidden() -> None:
    def broken(sample: Sample) -> bool:
        raise KeyError(sample.answer)

    with pytest.raises(KeyError):
        first_verified([Sample("1")], broken)


GAMES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0, 1)).filter(lambda g: g[0] != g[1]),
    max_size=20,
)


@given(GAMES)
def test_strengths_are_positive_and_one_more_win_never_hurts(
    games: list[tuple[int, int, float]],
) -> None:
    judged = [Judgement(*g) for g in games]
    before = strengths(4, judged)
    after = strengths(4, [*judged, Judgement(0, 1)])
    assert (before > 0).all() and before.sum() == pytest.approx(4.0)
    assert after[0] / after[1] >= before[0] / before[1] - 1e-6


@given(GAMES)
def test_the_order_of_judgements_does_not_matter(games: list[tuple[int, int, float]]) -> None:
    judged = [Judgement(*g) for g in games]
    assert strengths(4, judged) == pytest.approx(strengths(4, judged[::-1]))


def test_bradley_terry_recovers_the_strengths_it_was_drawn_from() -> None:
    rng, true = np.random.default_rng(0), np.array([4.0, 2.0, 1.0])
    judged = []
    for _ in range(3000):
        left, right = rng.choice(3, 2, replace=False)
        won = rng.random() < true[left] / (true[left] + true[right])
        judged.append(Judgement(int(left), int(right), float(won)))
    assert strengths(3, judged) == pytest.approx(true * 3 / true.sum(), rel=0.1)
    assert prefer(3, judged).choice == 0


def test_bad_comparisons_are_refused() -> None:
    for left, right, preference in ((0, 0, 1.0), (-1, 0, 1.0), (0, 1, math.nan), (0, 1, 2.0)):
        with pytest.raises(InvalidInput):
            Judgement(left, right, preference)
    with pytest.raises(InvalidInput):
        strengths(0, [])
    with pytest.raises(InvalidInput):
        strengths(2, [Judgement(0, 5)])
    assert prefer(1, []).confidence == 1.0


def test_the_risk_limit_holds_on_new_data() -> None:
    rng = np.random.default_rng(1)
    broken = 0
    for _ in range(30):
        confidence = rng.random(400)
        right = rng.random(400) < confidence
        limit = RiskLimit(0.1, 0.9).fit(confidence.tolist(), [Label(bool(r)) for r in right])
        answered = rng.random(20000)
        answered = answered[answered >= limit.threshold]
        broken += len(answered) > 0 and (1.0 - answered).mean() > 0.1
    assert broken <= 0.25 * 30  # promised: one in ten


def test_without_evidence_it_abstains() -> None:
    assert RiskLimit().fit([], []).decide(1.0).choice == "abstain"
    assert RiskLimit().fit([1.0] * 5, [Label(True)] * 5).decide(1.0).choice == "abstain"
    assert RiskLimit(threshold=0.5).decide(math.nan).choice == "abstain"
    assert RiskLimit(threshold=0.5).decide(0.7).choice == "answer"
    with pytest.raises(InvalidInput):
        RiskLimit(risk=0.0)
