"""What the roles are taught follows from the problem, and nothing real is ever taught."""

import random

import pytest

from metathink.models.embedded import wording
from metathink.models.embedded.wording import Critique
from metathink.training.embedded import roles
from metathink.training.embedded.mixture import Mixture, load, names, problem_at
from metathink.training.embedded.problem import Problem, normal
from metathink.training.embedded.roles import ROLES, Attempt, Material


def problems(family: str) -> list[Problem]:
    return [problem_at(family, level, seed) for level in load(family).TRAINED for seed in range(3)]


@pytest.mark.parametrize("family", names())
def test_a_slip_changes_one_step_and_the_right_solution_finds_it(family: str) -> None:
    rng = random.Random(1)
    slipped = [(p, roles.slip(rng, p)) for p in problems(family)]
    found = [(p, steps) for p, steps in slipped if steps is not None]
    assert found
    for p, steps in found:
        differing = [i for i, (a, b) in enumerate(zip(steps, p.steps, strict=True)) if a != b]
        critique = wording.compared(steps, p.steps)
        assert [critique.step - 1] == differing
        assert critique.correction == p.steps[differing[0]]
        assert critique.severity == ("high" if differing[0] == len(steps) - 1 else "low")


def test_a_solution_that_stops_early_is_wrong_where_it_stops() -> None:
    p = problems("navigate")[0]
    critique = wording.compared(p.steps[:2], p.steps)
    assert (critique.step, critique.correction, critique.severity) == (3, p.steps[2], "high")
    assert wording.compared(p.steps, p.steps).right


@pytest.mark.parametrize("family", names())
def test_following_every_move_gives_the_whole_solution(family: str) -> None:
    for p in problems(family):
        turns = roles.turns_of(p)
        assert [step for turn in turns for step in turn.steps] == list(p.steps)
        assert [turn.move for turn in turns] == list(p.plan)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_be_taught_and_its_reply_is_one_exchange(role: str) -> None:
    rng = random.Random(2)
    taught = []
    for p in [p for family in names() for p in problems(family)]:
        tried = Attempt(tuple(roles.slip(rng, p) or p.steps), share=0.5)
        example = ROLES[role](rng, Material(p, (tried,), (("behavior_other", "Do else."),)))
        if example is not None:
            taught.append(example)
    assert len(taught) >= 9
    for example in taught:
        assert example.ask.splitlines()[-1].startswith("@")
        assert example.reply.strip()
        assert "<|" not in example.ask + example.reply


def test_revising_by_the_taught_reply_gives_the_right_solution() -> None:
    rng = random.Random(3)
    for p in problems("web_of_lies"):
        example = roles.revise(rng, Material(p))
        if example is not None:
            shown = example.ask.partition("@solution\n")[2].partition("\n@revise")[0].splitlines()
            found = Critique(len(shown), shown[-1], "high")
            assert tuple(shown) == p.steps[: found.step]
            assert wording.read_revision(example.reply, shown, found) == p.steps


def test_own_attempts_are_preferred_to_slips() -> None:
    p = problems("object_counting")[0]
    own = Attempt((p.steps[0], "count", "answer: 999"), share=0.25)
    rng = random.Random(4)
    asks = [roles.revise(rng, Material(p, (own,))) for _ in range(5)]
    shown = f"@solution\n{p.steps[0]}\n{p.steps[1]}\n@revise"
    assert all(a is not None and shown in a.ask for a in asks)


def test_the_stream_is_a_function_of_its_numbers() -> None:
    weights = dict.fromkeys(names(), 1.0)
    one, two = (Mixture({"solve": 1.0, "plan": 0.5}, weights, seed=5) for _ in range(2))
    assert [one.example(i) for i in range(50)] == [two.example(i) for i in range(50)]
    assert one.example(0) != Mixture({"solve": 1.0}, weights, seed=6).example(0)


def test_a_real_item_never_comes_out() -> None:
    weights, role = {"boolean_expressions": 1.0}, {"solve": 1.0}
    free = Mixture(role, weights, seed=7)
    before = [e.ask.rpartition("\n")[0] for i in range(20) if (e := free.example(i))]
    barred = Mixture(role, weights, seed=7, real=frozenset(normal(q) for q in before))
    after = [e.ask.rpartition("\n")[0] for i in range(20) if (e := barred.example(i))]
    assert len(after) == 20
    assert not {normal(q) for q in before} & {normal(q) for q in after}


def test_levels_held_back_are_never_drawn() -> None:
    rng = random.Random(8)
    for family in names():
        drawn = {Mixture({}, {}).level(rng, family) for _ in range(200)}
        assert drawn == set(load(family).TRAINED)
        assert set(load(family).LEVELS) - drawn
