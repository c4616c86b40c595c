"""The measures of control: on small made-up records, and that they cannot see the labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.replay.blocksworld import reaches_goal
from benchmarks.replay.checker import check_for, makes_24, value
from benchmarks.replay.measure import Measure
from benchmarks.replay.measures import (
    abstention,
    choosing,
    gate,
    retrial,
    stopping,
    thinking,
    verification,
)
from benchmarks.replay.records.record import Form, Record, load
from benchmarks.replay.split import folds
from metathink.meta.sample import Label, Question, Sample

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
HEAD = 'def double(x: int) -> int:\n    """Twice x."""\n'

FILES = (
    "aqua_codex_samples",
    "csqa_multimodel",
    "bbh_codex_cot_direct",
    "metaprompting_gpt4_methods",
    "routing_mmlu_gpt4_mixtral",
    "game24_gpt4_samples",
    "hotpotqa_reflexion_trials",
    "planbench_blocksworld_plans",
    "confidence_lsat_ar_test",
)
MEASURES = [
    m
    for module in (stopping, thinking, gate, choosing, verification, retrial, abstention)
    for m in module.MEASURES
]


def record(number: int, form: Form, question: Question, *pairs: tuple[Sample, bool]) -> Record:
    samples, rights = zip(*pairs, strict=True)
    labels = tuple(Label(right) for right in rights)
    return Record(f"r{number}", form, f"q{number}", question, samples, labels)


def figures(measure: Measure, records: list[Record], seed: int = 0) -> dict[tuple[str, str], float]:
    found = measure.run(folds(records, 5, seed)).scores
    return {
        (s.name, s.unit): s.statistic(np.concatenate([s.rows[k] for k in sorted(s.rows)]))
        for s in found
    }


def named(name: str) -> Measure:
    return next(m for m in MEASURES if m.name == name)


def test_agreeing_samples_are_not_all_drawn() -> None:
    records = [
        record(i, Form.SAMPLES, Question("q"), *[(Sample("7", "s"), True)] * 20) for i in range(10)
    ]
    found = figures(named("stopping, one speaker"), records)
    assert found["adaptive sampling", "accuracy"] == 1.0
    assert found["adaptive sampling", "share of samples drawn"] < 0.5


def test_a_reliable_speaker_is_found_and_asked_first() -> None:
    def poll(i: int) -> Record:
        wrong = str(i)
        said = [("good", "right"), *[(f"poor{k}", f"{wrong}-{k % 2}") for k in range(4)]]
        pairs = [(Sample(a, s), a == "right") for s, a in said]
        return record(i, Form.AGENTS, Question("q"), *pairs)

    found = figures(named("stopping, known speakers"), [poll(i) for i in range(30)])
    assert found["full vote", "accuracy"] == 0.0
    assert found["poll, most reliable first", "accuracy"] == 1.0


def test_thinking_is_saved_where_the_check_passes() -> None:
    def both(i: int) -> Record:
        question = Question(f"{i} + 1 = ", task="multistep_arithmetic_two")
        thought = Sample(str(i + 1), "thought", text="so " * 50)
        return record(
            i, Form.PAIR, question, (thought, True), (Sample(str(i + 1), "at once"), True)
        )

    found = figures(named("think or answer"), [both(i) for i in range(20)])
    assert found["think or answer, with a check", "share of thinking saved"] == pytest.approx(1.0)
    assert found["think or answer, with a check", "accuracy"] == 1.0


def test_a_method_is_chosen_by_task_and_a_route_by_gain() -> None:
    def methods(i: int) -> Record:
        task = ("a", "b")[i % 2]
        pairs = [(Sample("x", m, rounds=1), m == task) for m in ("a", "b")]
        return record(i, Form.METHODS, Question(f"text {i}", task=task), *pairs)

    found = figures(named("method choice"), [methods(i) for i in range(40)])
    assert found["method chosen", "accuracy"] == 1.0

    def route(i: int) -> Record:
        hard = i % 2 == 0
        pairs = [(Sample(None, "strong"), True), (Sample(None, "weak"), not hard)]
        question = Question("word " * (30 if hard else 3), task="hard" if hard else "easy")
        return record(i, Form.ROUTES, question, *pairs)

    routed = figures(named("routing"), [route(i) for i in range(40)])
    assert routed["half strong, routed", "accuracy"] > 0.9
    assert routed["half strong at random", "accuracy"] == pytest.approx(0.75)


def test_one_right_sample_is_enough_with_a_check() -> None:
    wrong, right = "4 * 6 + 1 + 1 = 24", "4 * 6 * 1 * 1 = 24"
    records = [
        record(
            i,
            Form.SAMPLES,
            Question("1 1 4 6", task="game24"),
            *[(Sample(wrong, "cot"), False)] * 9,
            (Sample(right, "cot"), True),
        )
        for i in range(5)
    ]
    found = figures(named("choice by verifier"), records)
    assert found["full vote, cot", "accuracy"] == 0.0
    assert found["first verified, cot", "accuracy"] == 1.0


def test_programs_are_chosen_and_reflections_gated_by_running_them() -> None:
    pytest.importorskip("pydantic_monty", reason="the extra `sandbox` is not installed")
    question = Question(HEAD, task="double", kind="code")

    def tested(i: int) -> Record:
        bodies = [(f"    return 2 * x + {i} * 0", True)] * 2 + [
            (f"    return x + {j}", False) for j in (1, 2)
        ]
        made = record(i, Form.TESTED, question, *[(Sample(b, "sampled"), r) for b, r in bodies])
        return replace(made, tests=("assert double(2) == 4", "assert double(1) == 7"))

    found = figures(named("choice by tests"), [tested(i) for i in range(5)])
    assert found["dual execution", "accuracy"] == 1.0
    assert found["random program", "accuracy"] == 0.5

    def reflected(i: int) -> Record:
        good, bad = HEAD + f"    return 2 * x + {i} * 0", HEAD + "    return 3 * x"
        return record(
            i,
            Form.REFINED,
            question,
            (Sample(good, "one", method="direct"), True),
            (Sample(good, "two", method="direct"), True),
            (Sample(bad, "mended", method="reflexion"), False),
        )

    gated = figures(named("reflection gate"), [reflected(i) for i in range(5)])
    assert gated["always reflect", "accuracy"] == 0.0
    assert gated["reflection gate", "accuracy"] == 1.0
    assert gated["reflection gate", "share of tasks reflected on"] == 0.0


def test_trials_that_repeat_themselves_are_cut_short() -> None:
    def trials(i: int) -> Record:
        pairs = [(Sample("same", "plain"), False)] * 6
        return record(i, Form.TRIALS, Question("q"), *pairs)

    found = figures(named("when to stop trying again"), [trials(i) for i in range(5)])
    assert found["stop after 1 without change", "share of trials"] == pytest.approx(2 / 6)


@pytest.mark.parametrize(
    "puzzle, answer, right",
    [
        ("4 5 6 10", "(4 * 5) + (10 - 6) = 24", True),
        ("4 5 6 10", "24 = 4 * 5 + 10 - 6", True),
        ("1 3 4 6", "6 / (1 - 3 / 4)", True),
        ("4 5 6 10", "4 * 6 = 24", False),
        ("4 5 6 10", "(4 * 5) + (10 - 6) + 0 = 24", False),
        ("1 1 1 1", "1 / (1 - 1) * 1", False),
        ("4 5 6 10", "there is no solution", False),
        ("4 5 6 10", "(" * 300, False),
    ],
)
def test_the_puzzle_check_is_exact(puzzle: str, answer: str, right: bool) -> None:
    assert makes_24(puzzle, answer) is right


def test_the_other_checks() -> None:
    def verdict(task: str, text: str, answer: str) -> bool | None:
        check = check_for(Question(text, task=task))
        return check(Sample(answer)) if check else None

    assert verdict("word_sorting", "Sort: List: pear apple", "apple pear") is True
    assert verdict("word_sorting", "Sort: List: pear apple", "pear apple") is False
    assert verdict("dyck_languages", "Complete. Input: ( [", "] )") is True
    assert verdict("dyck_languages", "Complete. Input: ( [", ") ]") is False
    assert verdict("boolean_expressions", "not ( True ) or False is", "False") is True
    assert verdict("boolean_expressions", "open() is", "False") is None
    assert verdict("multistep_arithmetic_two", "((2 * 3) - 10) = ", "-4") is True
    assert verdict("some other task", "text", "answer") is None
    with pytest.raises(ValueError):
        value("__import__('os')")


@pytest.mark.parametrize(
    "plan, right",
    [
        ("(unstack a b)\n(put-down a)\n(pick-up b)\n(stack b a)", True),
        ("(unstack a b)\n(put-down a)", False),  # the goal does not hold
        ("(pick-up b)\n(stack b a)", False),  # b is not clear
        ("(unstack a b)\n(pick-up b)\n(stack b a)", False),  # the hand is full
        ("(unstack a b)\n(stack a a)\n(pick-up b)\n(stack b a)", False),
        ("(unstack b a)", False),
        ("(stack b a)", False),
        ("(unstack z b)", False),
        ("", False),
    ],
)
def test_plans_are_simulated(plan: str, right: bool) -> None:
    start = "the red block is on top of the blue block and the blue block is on the table."
    statement = f"As initial conditions I have that, the red block is clear, {start}\n"
    goal = "My goal is to have that the blue block is on top of the red block."
    assert reaches_goal(statement + goal, plan) is right
    assert reaches_goal(statement, plan) is None


def test_the_simulation_agrees_with_the_recorded_verdicts() -> None:
    path = DATA / "planbench_blocksworld_plans.jsonl"
    if not path.exists():
        pytest.skip("the recordings are not here")
    verdicts = [
        reaches_goal(r.question.text, s.answer or "") is bool(t.reveal() > 0.5)
        for r in load(path)[:60]
        for s, t in zip(r.samples, r.labels, strict=True)
    ]
    assert sum(verdicts) / len(verdicts) > 0.99


def blinded(made: Record) -> Record:
    """The record with every label of the reported half turned round."""
    return replace(made, labels=tuple(Label(1.0 - t.reveal()) for t in made.labels))


@pytest.mark.parametrize("name", ["csqa_multimodel", "aqua_codex_samples"])
def test_labels_of_the_reported_half_do_not_reach_the_decision(name: str) -> None:
    path = DATA / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("the recordings are not here")
    split = folds(load(path)[:60], 3, 0)[0]
    turned = replace(split, test=tuple(blinded(r) for r in split.test))
    for measure in MEASURES:
        if split.test[0].form in measure.forms:
            spent = [
                {s.name: s.rows for s in measure.run([part]).scores if s.unit.startswith("share")}
                for part in (split, turned)
            ]
            assert spent[0].keys() == spent[1].keys()
            for key in spent[0]:
                assert all((spent[0][key][i] == spent[1][key][i]).all() for i in spent[0][key])


@pytest.mark.parametrize("name", FILES)
def test_every_measure_runs_on_real_recordings(name: str) -> None:
    path = DATA / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("the recordings are not here")
    records = load(path)[:30]
    ran = [m for m in MEASURES if records[0].form in m.forms]
    assert ran
    for measure in ran:
        for (_, unit), figure in figures(measure, records).items():
            assert unit == "model calls" or np.isnan(figure) or 0.0 <= figure <= 1.0 + 1e-9
