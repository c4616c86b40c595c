"""Measures measure, and the shipped model does what the card says it was taught."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")


from metathink.models.embedded import wording
from metathink.training.embedded import attempts, evaluate, real
from metathink.training.embedded.engine import Engine
from metathink.training.embedded.export import HERE
from metathink.training.embedded.mixture import problem_at, read_attempts

shipped = pytest.mark.skipif(
    not (HERE / "model.gguf").exists(), reason="the weights are not in this checkout"
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    yield Engine(HERE / "model.gguf")


def test_auroc() -> None:
    assert evaluate.auroc([0.9, 0.8], [0.1]) == 1.0
    assert evaluate.auroc([0.5], [0.5]) == 0.5
    assert evaluate.auroc([0.2, 0.6], [0.4]) == 0.5
    assert evaluate.auroc([], [0.4]) == 0.5


def test_wilson_holds_the_share_and_stays_within_bounds() -> None:
    for right, count in ((0, 10), (5, 10), (10, 10)):
        low, high = evaluate.wilson(right, count)
        assert -1e-9 <= low <= right / count <= high <= 1 + 1e-9
    low, high = evaluate.wilson(85, 100)
    assert (round(low, 3), round(high, 3)) == (0.767, 0.907)


def test_answers_are_compared_without_case_and_spaces() -> None:
    assert evaluate.same("] }", "]}")
    assert evaluate.same("true", "True")
    assert not evaluate.same("", "No")


@shipped
def test_the_shipped_model_solves_what_it_was_taught(engine: Engine) -> None:
    problems = evaluate.fresh("boolean_expressions", 20, [4])
    right = [evaluate.answer_of(evaluate.solved(engine, p.question)) == p.answer for p in problems]
    assert sum(right) >= 16


@shipped
def test_it_reaches_an_answer_move_by_move(engine: Engine) -> None:
    problems = evaluate.fresh("boolean_expressions", 8, [4])
    answers = [evaluate.by_moves(engine, p.question) for p in problems]
    assert all(answer in ("True", "False") for answer in answers)


@shipped
@pytest.mark.parametrize(
    "question", ["What is love?", "", "((((", "Wie spät ist es? 🕰", "x " * 4000]
)
def test_what_it_was_never_taught_crashes_nothing(question: str, engine: Engine) -> None:
    for ask in (wording.solve(question), wording.plan(question), wording.judge(question, "1")):
        wording.read_answer(engine.ask(ask, longest=40))
        assert 0.0 <= engine.probability(ask, "true") <= 1.0


@shipped
def test_attempts_are_written_and_read_back(engine: Engine, tmp_path: Path) -> None:
    rows = list(attempts.attempts(engine, ["boolean_expressions"], 2, 3, 0.8))
    path = tmp_path / "attempts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    tried = read_attempts(path)["boolean_expressions"]
    assert len(tried) == 2
    assert all(len(t.attempts) == 3 for t in tried)
    assert all(sum(a.share == b.share for b in t.attempts) for t in tried for a in t.attempts)
    assert {t.seed for t in tried} == {attempts.FIRST, attempts.FIRST + 1}


@pytest.mark.skipif(
    real.folder() is None, reason="the benchmark files are not beside this checkout"
)
def test_real_items_have_the_form_of_generated_ones() -> None:
    found = {item.set: item for item in real.items()}
    ours = problem_at("navigate", 5, 1).question
    assert found["navigate"].question.splitlines()[-2:] == ours.splitlines()[-2:]
    assert len(real.questions()) > 3000
