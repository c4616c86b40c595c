"""Measures measure, and the shipped model does what the card says it was taught."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("xllamacpp", reason="the embedded extra is not installed")


from metathink.models.embedded import wording
from metathink.training.embedded import attempts, real
from metathink.training.embedded.engine import Engine
from metathink.training.embedded.export import HERE
from metathink.training.embedded.measure import role_scores, score
from metathink.training.embedded.mixture import problem_at, read_attempts

shipped = pytest.mark.skipif(
    not (HERE / "model.gguf").exists(), reason="the weights are not in this checkout"
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    yield Engine(HERE / "model.gguf")


def test_an_answer_counts_by_what_it_says_not_by_its_form() -> None:
    problem = problem_at("game_of_24", 2, 1)
    assert score.correct(problem, f"({problem.answer})")
    assert score.correct(
        problem_at("dyck_languages", 16, 1),
        "".join(problem_at("dyck_languages", 16, 1).answer.split()),
    )
    assert not score.correct(problem, "")


@shipped
def test_the_shipped_model_solves_what_it_was_taught(engine: Engine) -> None:
    problems = score.fresh("boolean_expressions", 20, [4])
    right = [score.answer_of(score.solved(engine, p.question)) == p.answer for p in problems]
    assert sum(right) >= 16


@shipped
def test_it_reaches_an_answer_move_by_move(engine: Engine) -> None:
    problems = score.fresh("boolean_expressions", 8, [4])
    answers = [role_scores.by_moves(engine, p.question) for p in problems]
    assert all(answer in ("True", "False") for answer in answers)


@shipped
def test_every_role_is_scored_on_its_own_material(engine: Engine) -> None:
    problems = score.fresh("boolean_expressions", 4, [20]) + score.fresh("belief_stories", 2, [0])
    lines = [str(line) for found in role_scores.SCORES.values() for line in found(engine, problems)]
    names = [line.split("|")[1].strip() for line in lines]
    assert len(names) == len(set(names)) == 15


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
