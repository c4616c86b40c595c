"""What a step changed is read from its record, and what that was worth from the label."""

import pytest

import metathink as mt
from metathink.core.record import Call, Step, StepChange
from metathink.core.usage import Usage
from metathink.evals.comparison import compare
from metathink.evals.entry import Entry
from metathink.evals.step_effect import effects, turns
from metathink.evals.task import Task
from metathink.evals.trial import Contest, Trial

TASK = Task("t", "s", "2 + 2?", "4")


A = "answer"


def run(*changes: StepChange | None) -> mt.Run:
    call = Call("m", "p", "h", (), ("x",), ("stop",), Usage(6, 4, calls=1), 0.5)
    return mt.Run(
        steps=[
            Step(n, "a", f"action {n}", changes=[change] if change else [], calls=[call])
            for n, change in enumerate(changes)
        ]
    )


def test_answers_before_and_after_each_step() -> None:
    steps = run(
        StepChange(A, None, "5"),
        StepChange("plan", None, "add"),
        StepChange(A, "5", "4"),
        None,
        StepChange(A, "4", None),
    )
    assert [(before, after) for _, before, after in turns(steps)] == [
        (None, "5"),
        (None, None),
        ("5", "4"),
        (None, None),
        ("4", None),
    ]


def test_an_answer_may_look_like_a_sentence_of_the_record() -> None:
    steps = run(StepChange(A, None, "none -> a"), StepChange(A, "none -> a", "answer: b -> none"))
    assert [(before, after) for _, before, after in turns(steps)] == [
        (None, "none -> a"),
        ("none -> a", "answer: b -> none"),
    ]


def test_flips_changes_and_tokens_are_counted() -> None:
    first = run(StepChange(A, None, "5"), None, StepChange(A, "5", "4"))
    second = run(
        StepChange(A, None, "4"), StepChange("fault", None, "step 1"), StepChange(A, "4", "6")
    )
    third = run(StepChange(A, None, "5"), None, StepChange(A, "5", "6"))
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


def test_a_right_answer_that_is_withdrawn_counts_as_broken() -> None:
    steps = run(StepChange(A, None, "4"), StepChange(A, "4", None))
    _, withdraw = effects("row", [Trial.of(TASK, mt.Answer("", abstained=True, run=steps))])
    assert (withdraw.broken, withdraw.proposed, withdraw.moved) == (1, 0, 0)


async def test_a_real_machine_says_what_its_steps_did() -> None:
    says = ["answer: 5", "step 1 is wrong: it is 4", "2 + 2 = 4\nanswer: 4"]
    row = Entry("critique_revise", "critique_revise")
    report = (await compare("s", Contest([TASK], mt.scripted(says)), [row])).report()
    found = {step.action: step for step in report.steps}
    assert (found["solve"].proposed, found["solve"].proposed_right) == (1, 0)
    assert (found["revise"].mended, found["revise"].broken) == (1, 0)
    assert sum(step.share for step in report.steps) == pytest.approx(1.0)
