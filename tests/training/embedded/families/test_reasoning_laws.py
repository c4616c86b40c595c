"""The laws every family keeps, checked on the families about order, people and numbers."""

from __future__ import annotations

import random
import re
from types import ModuleType

import pytest

from metathink.training.embedded.families import (
    belief_stories,
    game_of_24,
    knights_knaves,
    logical_deduction,
    temporal_sequences,
    tracking_shuffled_objects,
    word_problems,
)
from metathink.training.embedded.problem import Problem, normal

FAMILIES = (
    belief_stories,
    game_of_24,
    knights_knaves,
    logical_deduction,
    temporal_sequences,
    tracking_shuffled_objects,
    word_problems,
)
CASES = [
    pytest.param(family, level, id=f"{family.FAMILY}-{level}")
    for family in FAMILIES
    for level in family.LEVELS
]


def drawn(family: ModuleType, level: int, count: int = 60) -> list[Problem]:
    return [family.generate(random.Random(seed), level) for seed in range(count)]


def tokens(lines: tuple[str, ...]) -> int:
    """Words, single digits and signs, as the tokenizer roughly counts them."""
    return sum(len(re.findall(r"[A-Za-z]+|\d|[^\sA-Za-z\d]", line)) + 1 for line in lines)


@pytest.mark.parametrize(("family", "level"), CASES)
def test_a_seed_names_a_problem(family: ModuleType, level: int) -> None:
    assert drawn(family, level, 5) == drawn(family, level, 5)


@pytest.mark.parametrize(("family", "level"), CASES)
def test_steps_depend_on_the_question_alone(family: ModuleType, level: int) -> None:
    worked: dict[str, tuple[str, ...]] = {}
    for problem in drawn(family, level):
        assert worked.setdefault(problem.question, problem.steps) == problem.steps


@pytest.mark.parametrize(("family", "level"), CASES)
def test_both_solutions_end_with_the_answer(family: ModuleType, level: int) -> None:
    for problem in drawn(family, level):
        assert problem.steps[-1] == problem.short[-1] == f"answer: {problem.answer}"
        assert sum(step.startswith("answer:") for step in problem.steps) == 1
        assert all(step and step == step.strip() and "\n" not in step for step in problem.steps)


@pytest.mark.parametrize(("family", "level"), CASES)
def test_the_plan_covers_the_steps_move_by_move(family: ModuleType, level: int) -> None:
    for problem in drawn(family, level):
        assert 2 <= len(problem.plan) <= 5
        assert len(problem.cuts) == len(problem.plan)
        assert list(problem.cuts) == sorted(set(problem.cuts))
        assert problem.cuts[0] > 0
        assert problem.cuts[-1] == len(problem.steps)
        assert all(len(move.split()) <= 15 for move in problem.plan)


@pytest.mark.parametrize(("family", "level"), CASES)
def test_problems_stay_short_enough_for_the_context(family: ModuleType, level: int) -> None:
    for problem in drawn(family, level, 200):
        assert tokens((problem.question, *problem.steps)) <= 1100


@pytest.mark.parametrize(("family", "level"), CASES)
def test_questions_hardly_repeat(family: ModuleType, level: int) -> None:
    seen = {normal(problem.question) for problem in drawn(family, level, 100)}
    assert len(seen) >= 85


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.FAMILY)
def test_some_levels_are_held_back(family: ModuleType) -> None:
    assert set(family.TRAINED) < set(family.LEVELS)
    assert max(family.TRAINED) < max(family.LEVELS)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.FAMILY)
def test_facts_and_hypotheses_are_filled_in(family: ModuleType) -> None:
    problems = [p for level in family.TRAINED for p in drawn(family, level, 40)]
    assert sum(bool(problem.facts) for problem in problems) >= len(problems) // 2
    for problem in problems:
        assert all(part.strip() for fact in problem.facts for part in fact)
        kinds = {"belief", "desire", "intention", "emotion", "thought"}
        assert {kind for kind, _ in problem.hypotheses} <= kinds
