"""Votes, plain and weighted, and the learned weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay.rules.calibrator import Calibrator
from benchmarks.replay.rules.learned_vote import (
    Reliability,
    by_confidence,
    by_consistency,
    plurality,
)
from metathink.core.errors import InvalidInput
from metathink.meta.sample import Label, Question, Sample

OPTION = Question(kind="option")


def consistent(question, samples):
    return by_consistency(question, samples, Reliability())


def votes(*answers):
    return [Sample(a, speaker=f"s{i}") for i, a in enumerate(answers)]


def history(count: int, seed: int = 0):
    """One good voice against a chorus of three of one model that err together."""
    rng = np.random.default_rng(seed)
    said, truth = [], []
    for _ in range(count):
        good, chorus = rng.random() < 0.9, rng.random() < 0.5
        answers = ["A" if good else "B"] + ["A" if chorus else "C"] * 3
        models = ["oracle", "choir", "choir", "choir"]
        said.append(
            [
                Sample(a, speaker=f"{m}{i}", model=m)
                for i, (a, m) in enumerate(zip(answers, models, strict=True))
            ]
        )
        truth.append([Label(a == "A") for a in answers])
    return [OPTION] * count, said, truth


def test_plurality_counts_and_breaks_ties_by_text():
    assert plurality(OPTION, votes("B", "A", "B")).choice == "B"
    assert plurality(OPTION, votes("B", "A")).choice == "A"
    assert plurality(OPTION, votes("A", "B")).choice == "A"
    decision = plurality(OPTION, votes("B", "A", "B", None))
    assert decision.confidence == 0.5
    assert "2 of 4" in decision.reason


@pytest.mark.parametrize("choose", [plurality, by_confidence, Reliability().choose, consistent])
def test_nobody_answering_gives_no_answer(choose):
    for samples in ([], votes(None, "")):
        decision = choose(OPTION, samples)
        assert (decision.choice, decision.confidence) == (None, 0.0)


def test_confidence_outweighs_number():
    samples = [Sample("A", stated=0.99), Sample("B", stated=0.3), Sample("B", stated=0.3)]
    assert by_confidence(OPTION, samples).choice == "A"
    assert Reliability().choose(OPTION, samples).choice == "A"
    flat = Calibrator(common=(2.0, 0.0, 0.0))
    assert by_confidence(OPTION, samples, flat).choice == "B"


@given(st.lists(st.sampled_from(["A", "B", "C", None]), max_size=10), st.randoms())
def test_the_order_of_samples_does_not_matter(answers, random):
    samples = votes(*answers)
    shuffled = samples.copy()
    random.shuffle(shuffled)
    for choose in (plurality, by_confidence, Reliability().choose, consistent):
        assert choose(OPTION, samples).choice == choose(OPTION, shuffled).choice


def test_correlated_voices_do_not_outvote_a_reliable_one():
    model = Reliability.fit(*history(120))
    one_against_three = history(1)[1][0]
    answers = ["A", "C", "C", "C"]
    samples = [
        Sample(a, speaker=s.speaker, model=s.model)
        for a, s in zip(answers, one_against_three, strict=True)
    ]
    assert plurality(OPTION, samples).choice == "C"
    decision = model.choose(OPTION, samples)
    assert decision.choice == "A"
    assert decision.confidence is not None
    assert 0.5 < decision.confidence <= 1.0


def test_a_speaker_never_met_weighs_what_its_model_does():
    model = Reliability.fit(*history(120))
    known, unknown = Sample("A", model="oracle", speaker="new"), Sample("A", model="choir")
    assert model.deviation(known) > model.deviation(unknown)
    assert model.deviation(Sample("A", model="?", speaker="?")) == 0.0


def test_without_telling_questions_it_stays_a_plain_vote():
    few = Reliability.fit(*history(3))
    assert few.speakers == {}
    assert few.penalty is None
    assert Reliability.fit([], [], []).choose(OPTION, votes("B", "B", "A")).choice == "B"


def test_reliability_survives_json():
    for model in (Reliability(), Reliability.fit(*history(60))):
        assert Reliability.model_validate_json(model.model_dump_json()) == model


def test_the_label_of_a_voice_never_reaches_the_choice():
    questions, said, truth = history(60)
    model = Reliability.fit(questions, said, truth)
    with pytest.raises(InvalidInput):
        model.choose(OPTION, truth[0])  # pyright: ignore[reportArgumentType]
