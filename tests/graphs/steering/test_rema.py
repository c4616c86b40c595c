"""ReMA walks every edge: finish, cap, truncation, context, budget; and says what each step changed."""

from __future__ import annotations

from typing import Any

import pytest

import metathink as mt
from metathink.core.errors import (
    BudgetExceeded,
    ContextTooLong,
    EmptyReply,
    ReplyRefused,
    RequestRejected,
    ServerDied,
)
from metathink.graphs.steering.rema import FINALISE
from metathink.models.model import Model
from metathink.models.request import Choice


async def rema(model: Model, **settings: Any) -> mt.Answer:
    return await mt.think("What is 6 times 7?", method="rema", model=model, **settings)


def heard(model: Model, call: int) -> list[tuple[str, str]]:
    messages = model.endpoint.heard[call].messages  # pyright: ignore[reportAttributeAccessIssue]
    return [(m.role, str(m.content)) for m in messages[1:]]


async def test_the_meta_thinker_steers_until_it_finishes() -> None:
    model = mt.scripted(
        [
            "Multiply.",
            "6 times 7 is 41.",
            "Check that.",
            "It is 42.",
            "Answer. [FINISH]",
            r"\boxed{42}",
        ]
    )
    answer = await rema(model)
    assert (answer.value, answer.ending, answer.usage.calls) == ("42", "finished", 6)
    assert [(s.speaker, s.target) for s in answer.run.steps] == [
        ("meta_thinker", "reasoner"),
        ("reasoner", "meta_thinker"),
    ] * 3
    assert answer.run.steps[-1].changed == "answer: It is 42 -> 42"


async def test_each_side_hears_its_own_view_of_the_dialogue() -> None:
    model = mt.scripted(["Multiply.", "It is 42.", "Answer. [FINISH]", r"\boxed{42}"])
    await rema(model)
    question = "What is 6 times 7?"
    assert heard(model, 0) == [("user", question)]
    assert heard(model, 1) == [("user", f"{question}\n\nYour partner says:\nMultiply.")]
    assert heard(model, 2) == [
        ("user", question),
        ("assistant", "Multiply."),
        ("user", "It is 42."),
    ]
    assert heard(model, 3) == [
        ("user", f"{question}\n\nYour partner says:\nMultiply."),
        ("assistant", "It is 42."),
        ("user", "Answer. [FINISH]"),
    ]


async def test_what_is_shared_comes_first_so_that_prefix_caches_work() -> None:
    model = mt.scripted(["a", "b", "c", "d", "[FINISH]", r"\boxed{1}"])
    await rema(model)
    for earlier, later in ((0, 2), (2, 4), (1, 3), (3, 5)):
        begin = heard(model, earlier)
        assert heard(model, later)[: len(begin)] == begin


async def test_only_the_meta_thinker_can_finish() -> None:
    model = mt.scripted(["Go on.", "Done [FINISH]", "Now. [FINISH]", r"\boxed{42}"])
    answer = await rema(model)
    assert answer.usage.calls == 4
    assert "[FINISH]" not in str(heard(model, 2))


async def test_at_the_cap_the_answer_is_asked_for() -> None:
    model = mt.scripted(["a", "b", "c", "d", r"\boxed{42}"])
    answer = await rema(model, max_turns=2)
    assert (answer.value, answer.ending, answer.usage.calls) == ("42", "turn_cap", 5)
    assert heard(model, 4)[-1] == ("user", FINALISE)


async def test_at_the_cap_the_last_message_can_be_scored_as_the_released_code_does() -> None:
    answer = await rema(mt.scripted(["a", "it is 42"]), max_turns=1, finalise_at_cap=False)
    assert (answer.value, answer.ending, answer.usage.calls) == ("it is 42", "turn_cap", 2)


async def test_a_truncated_move_ends_it_only_if_told_so() -> None:
    cut = Choice("Multiply 6 by", "length")
    assert (await rema(mt.scripted([cut]), stop_when_truncated=True)).ending == "truncated"
    script = [cut, "42", "[FINISH]", r"\boxed{42}"]
    assert (await rema(mt.scripted(script))).ending == "finished"


async def test_a_truncated_work_ends_it_also_with_a_finish_flag() -> None:
    model = mt.scripted(["Go. [FINISH]", Choice(r"\boxed{42} and", "length")])
    answer = await rema(model, stop_when_truncated=True)
    assert (answer.value, answer.ending) == ("42", "truncated")


async def test_a_dialogue_that_outgrows_the_context_ends_with_what_there_is() -> None:
    model = mt.scripted(["Multiply.", "The answer is 42.\n" + "so " * 90], context=170)
    answer = await rema(model)
    assert (answer.value, answer.ending, answer.usage.calls) == ("42", "context", 2)
    assert "reads 170 tokens" in answer.run.steps[2].error
    assert "reads 170 tokens" in answer.reason


async def test_a_question_longer_than_the_context_is_an_error() -> None:
    with pytest.raises(ContextTooLong):
        await rema(mt.scripted(["Multiply."], context=20))
    with pytest.raises(
        ContextTooLong
    ):  # the meta-thinker's own first message fits, the reasoner's no more
        await rema(mt.scripted(["Multiply. " * 300], context=170))


async def test_a_spent_budget_ends_it_with_the_best_answer_so_far() -> None:
    model = mt.scripted(["Multiply.", "answer: 42", "Check.", "hm"])
    answer = await rema(model, budget=mt.Budget(calls=3))
    assert (answer.value, answer.ending, answer.usage.calls) == ("42", "budget", 3)


async def test_a_budget_spent_before_any_answer_is_an_error_with_the_record() -> None:
    with pytest.raises(BudgetExceeded) as caught:
        await rema(mt.scripted(["Multiply."]), budget=mt.Budget(calls=1))
    assert caught.value.run is not None
    assert caught.value.run.usage.calls == 1


async def test_silence_is_an_error_with_the_record() -> None:
    with pytest.raises(EmptyReply) as caught:
        await rema(mt.scripted(["Multiply.", "", "", ""]))
    assert caught.value.run is not None
    assert [s.error for s in caught.value.run.steps] == ["", "EmptyReply: scripted said nothing"]


async def test_silence_after_an_answer_ends_with_that_answer() -> None:
    answer = await rema(mt.scripted(["Multiply.", "answer: 42", "", "", ""]))
    assert (answer.value, answer.ending, answer.reason) == (
        "42",
        "unusable",
        "scripted said nothing",
    )


async def test_a_move_said_before_changes_nothing() -> None:
    answer = await rema(mt.scripted(["a", "b", "a", "b", "[FINISH]", r"\boxed{1}"]))
    assert [bool(s.changed) for s in answer.run.steps] == [True, True, False, False, True, True]


async def test_two_models_can_share_the_work() -> None:
    thinker, worker = mt.scripted(["[FINISH]"], name="t"), mt.scripted([r"\boxed{42}"], name="w")
    from metathink.core.run import Run, in_run
    from metathink.graphs.steering.rema import RemaSettings, graph

    run = Run("q")
    run.models |= {"t": thinker, "w": worker}
    with in_run(run):
        outcome = await graph.ainvoke(
            {"question": "q"}, context=RemaSettings(meta_model="t", reasoner_model="w")
        )
    assert outcome["answer"] == "42"
    assert [s.calls[0].model for s in outcome["steps"]] == ["t", "w"]


async def test_single_turn_plans_then_follows() -> None:
    model = mt.scripted(["1. Multiply.", r"\boxed{42}"])
    answer = await mt.think("What is 6 times 7?", method="rema_plan", model=model)
    assert (answer.value, answer.usage.calls) == ("42", 2)
    assert heard(model, 1) == [("user", "What is 6 times 7?\n\nPlan:\n1. Multiply.")]


async def test_single_turn_follows_a_cut_plan_unless_told_not_to() -> None:
    cut = Choice("1. Multi", "length")
    assert (
        await mt.think("q", method="rema_plan", model=mt.scripted([cut, "answer: 1"]))
    ).value == "1"
    stopped = await mt.think(
        "q", method="rema_plan", model=mt.scripted([cut]), stop_when_truncated=True
    )
    assert (stopped.text, stopped.ending) == ("", "truncated")


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        (ServerDied("gone"), "interrupted"),
        (RequestRejected("no"), "interrupted"),
        (ReplyRefused("I must not"), "unusable"),
        (ContextTooLong("too long"), "context"),
    ],
)
async def test_a_failure_after_an_answer_ends_with_that_answer(
    fault: Exception, ending: str
) -> None:
    answer = await rema(mt.scripted(["Multiply.", "answer: 42", fault]))
    assert (answer.value, answer.ending, answer.reason) == ("42", ending, str(fault))


async def test_a_failure_before_any_answer_is_an_error() -> None:
    with pytest.raises(RequestRejected):
        await rema(mt.scripted(["Multiply.", RequestRejected("no")]))
