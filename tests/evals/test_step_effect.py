"""What a step changed is read from its record, and what that was worth from the label."""

import pytest

import metathink as mt
from metathink.core.run import Call, Step
from metathink.core.usage import Usage
from metathink.evals.comparison import compare
from metathink.evals.entry import Entry
from metathink.evals.step_effect import effects, turns
from metathink.evals.task import Task
from metathink.evals.trial import Contest, Trial

TASK = Task("t", "s", "2 + 2?", "4")


def run(*changed: str) -> mt.Run:
    call = Call("m", "p", "h", (), ("x",), ("stop",), Usage(6, 4, calls=1), 0.5)
    return mt.Run(
        steps=[Step(n, "a", f"did {n}", changed=c, calls=[call]) for n, c in enumerate(changed)]
    )


def test_answers_before_and_after_each_step() -> None:
    steps = run("answer: none -> 5", "a plan", "answer: 5 -> 4", "", "answer: 4 -> I don't know")
    assert [(before, after) for _, before, after in turns(steps)] == [
        (None, "5"),
        (None, None),
        ("5", "4"),
        (None, None),
        ("4", "I don't know"),
    ]


def test_what_an_inner_machine_says_is_a_proposal() -> None:
    inner = ("answer: 3", "answer: none -> 8", "answer: 8 -> 9")
    steps = run("answer: 4", *inner, "answer: 4 -> 9")
    assert [(before, after) for _, before, after in turns(steps)] == [
        (None, "4"),
        (None, "3"),
        (None, "8"),
        ("8", "9"),
        ("4", "9"),  # 4 stood all the while
    ]


def test_an_answer_may_hold_an_arrow() -> None:
    steps = run("answer: none -> a -> b", "answer: a -> b -> c -> d")
    assert [(before, after) for _, before, after in turns(steps)] == [
        (None, "a -> b"),
        ("a -> b", "c -> d"),
    ]


def test_flips_changes_and_tokens_are_counted() -> None:
    first = run("answer: 5", "", "answer: 5 -> 4")
    second = run("answer: 4", "found a fault", "answer: 4 -> 6")
    third = run("answer: 5", "", "answer: 5 -> 6")
    trials = [Trial.of(TASK, mt.Answer("4", run=one)) for one in (first, second, third)]
    solve, look, mend = effects("row", trials)
    assert (solve.proposed, solve.proposed_right, solve.changed, solve.times) == (3, 1, 1.0, 1.0)
    assert (look.changed, look.proposed, look.mended, look.broken) == (
        pytest.approx(1 / 3),
        0,
        0,
        0,
    )
    assert (mend.mended, mend.broken, mend.moved) == (1, 1, 1)
    assert (mend.tokens, mend.share) == (10.0, pytest.approx(1 / 3))


async def test_a_real_machine_says_what_its_steps_did() -> None:
    says = ["answer: 5", "step 1 is wrong: it is 4", "2 + 2 = 4\nanswer: 4"]
    row = Entry("critique_revise", "critique_revise")
    report = (await compare("s", Contest([TASK], mt.scripted(says)), [row])).report()
    found = {step.action: step for step in report.steps}
    assert (found["solve"].proposed, found["solve"].proposed_right) == (1, 0)
    assert (found["revise"].mended, found["revise"].broken) == (1, 0)
    assert sum(step.share for step in report.steps) == pytest.approx(1.0)
