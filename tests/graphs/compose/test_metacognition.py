"""The composing machine walks every edge: sure, drawn, another method, critics, verifier, silence, memory."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.agents.strategist import ReflectionSaid
from metathink.core.errors import (
    BudgetExceeded,
    ContextTooLong,
    EmptyReply,
    InvalidConfig,
    InvalidInput,
    MetathinkError,
    ServerDied,
)
from metathink.core.record import StepChange
from metathink.core.run import Run, in_run
from metathink.graphs.compose.metacognition import graph
from metathink.graphs.compose.metacognition_control import first_choices
from metathink.graphs.compose.metacognition_state import MetacognitionSettings
from metathink.memory import open_memory
from metathink.memory.episodes.episode import NewEpisode
from metathink.memory.records.evidence import Source
from metathink.meta.verify.sandbox import Outcome, Sandbox
from metathink.models.model import Model
from metathink.models.request import Choice, Token

QUESTION = "What is 6 times 7?"


def said(answer: str, sureness: float) -> Choice:
    """A worked solution whose least sure token has that probability."""
    return Choice(rf"\boxed{{{answer}}}", tokens=(Token(answer, math.log(sureness)),))


SURE = said("42", 0.999)
WRONG = said("41", 0.999)


async def meta(model: Model, question: str = QUESTION, **settings: Any) -> mt.Answer:
    return await mt.think(question, method="metacognition", model=model, **settings)


def did(answer: mt.Answer) -> list[str]:
    return [step.action for step in answer.run.steps]


def heard(model: Model, call: int) -> str:
    request = model.endpoint.heard[call]  # pyright: ignore[reportAttributeAccessIssue]
    return "\n".join(str(message.content) for message in request.messages)


async def test_a_sure_answer_costs_what_direct_costs() -> None:
    answer = await meta(mt.scripted([SURE]))
    plain = await mt.think(QUESTION, method="direct", model=mt.scripted([SURE]))
    assert (answer.value, answer.ending, answer.usage) == ("42", "finished", plain.usage)
    assert answer.confidence is not None and answer.confidence >= 0.9
    assert did(answer) == ["look", "choose", "solve", "weigh", "decide", "settle"]
    assert all(step.reason for step in answer.run.steps if step.speaker == "controller")


async def test_votes_are_drawn_while_they_can_turn_and_may_turn_the_answer() -> None:
    replies = [said("41", 0.5), *[said("42", 0.6)] * 5]
    answer = await meta(mt.scripted([*replies]), another=False, critic="")
    assert answer.value == "42"
    assert 3 <= did(answer).count("draw") + 1 <= 6
    changes = [change for s in answer.run.steps if s.action == "weigh" for change in s.changes]
    assert changes[-1] == StepChange("answer", "41", "42")


async def test_no_more_is_drawn_than_samples_allows() -> None:
    replies = [said(str(n), 0.3) for n in range(4)]
    answer = await meta(
        mt.scripted([*replies]), samples=4, another=False, critic="", min_confidence=0.0
    )
    assert answer.value == "0" and not answer.abstained


async def test_another_method_is_tried_where_the_votes_stay_split() -> None:
    replies = [said("41", 0.3), said("42", 0.3), said("43", 0.3), "1. Multiply.", said("42", 0.9)]
    answer = await meta(mt.scripted([*replies]), samples=3, critic="", retry_discount=1.0)
    assert answer.value == "42"
    [reason] = [
        s.reason for s in answer.run.steps if s.action == "decide" and s.chosen == "rema_plan"
    ]
    assert "over its price" in reason


@pytest.mark.parametrize(("retry_discount", "tried"), [(0.0, False), (1.0, True)])
async def test_another_method_is_worth_what_it_keeps_on_hard_questions(
    retry_discount: float, tried: bool
) -> None:
    """One that keeps nothing of its success on questions got wrong before is never worth its price."""
    model = mt.scripted([said("41", 0.1), "1. Multiply.", said("42", 0.9)])
    answer = await meta(model, samples=1, critic="", retry_discount=retry_discount)
    assert ("plan" in did(answer)) == tried


@pytest.mark.parametrize(
    ("critic", "price", "asked"),
    [
        ("critique_revise", 0.01, True),
        ("multi_critique", 0.01, False),
        ("multi_critique", 0.001, True),
        ("critique_revise", 0.05, False),
    ],
)
async def test_a_critique_costs_what_its_method_costs(
    critic: str, price: float, asked: bool
) -> None:
    """Of the same doubtful answer: the dear critique gives way at a price at which the cheap one is made."""
    model = mt.scripted([said("41", 0.1), *["6 * 7 is 42."] * 20])
    answer = await meta(
        model, samples=1, another=False, critic=critic, price=price, methods="direct"
    )
    own = {"look", "choose", "solve", "weigh", "decide", "settle"}
    assert bool({*did(answer)} - own) == asked


@pytest.mark.parametrize(("stop_confidence", "goes_on"), [(0.5, False), (1.0, True)])
async def test_drawing_ends_where_the_drawn_answers_are_sure_enough(
    stop_confidence: float, goes_on: bool
) -> None:
    """The votes alone could still turn; the confidence that they give decides."""
    replies = [said("41", 0.4), *[said("42", 0.9)] * 9, said("41", 0.4), *[said("42", 0.9)] * 20]
    told: dict[str, Any] = {"samples": 20, "certainty": 1.0, "another": False, "critic": ""}
    answer = await meta(mt.scripted(replies), stop_confidence=stop_confidence, **told)
    assert (answer.value, did(answer).count("draw") > 1) == ("42", goes_on)


async def test_a_critique_is_asked_for_where_it_may_mend() -> None:
    replies = [said("41", 0.1), "6 * 7 is 42.", said("42", 0.99)]
    model = mt.scripted([*replies])
    answer = await meta(
        model, samples=1, another=False, price=0.01, min_confidence=0.0, methods="direct"
    )
    assert did(answer)[-4:] == ["revise", "weigh", "decide", "settle"]
    assert answer.value == "42"
    assert "# Solution" in heard(model, 1) and "41" in heard(model, 1)


async def test_every_stage_can_be_left_out() -> None:
    answer = await meta(mt.scripted([said("41", 0.3)]), samples=1, another=False, critic="")
    assert (answer.value, answer.usage.calls) == ("41", 1)


async def test_nobody_knows_is_an_answer_with_a_confidence() -> None:
    replies = [said(str(n), 0.05) for n in range(8)]
    answer = await meta(mt.scripted([*replies]), another=False, critic="")
    assert answer.abstained and answer.text == ""
    assert answer.confidence is not None and answer.confidence < 0.2
    assert "the best guess was" in answer.reason


HINT = "Multiply the number of groups by the size of each group."
VERIFIER = "def right(answer):\n    return answer.strip() == '42'\n"


async def test_the_verifier_ends_it_and_no_refuted_answer_leads() -> None:
    replies = [WRONG, *[said("42", 0.2)] * 3]
    answer = await meta(mt.scripted([*replies]), verifier=VERIFIER)
    assert (answer.value, answer.confidence, answer.usage.calls) == ("42", 1.0, 2)


async def test_where_the_verifier_refutes_everything_nothing_is_said() -> None:
    answer = await meta(
        mt.scripted([WRONG]),
        verifier=VERIFIER,
        samples=1,
        another=False,
        critic="",
    )
    assert answer.abstained and answer.confidence == 0.0


@pytest.mark.parametrize("sound", [True, False])
async def test_the_verifier_is_asked_about_each_answer_once_a_run(
    sound: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it cannot say, which teaches nothing, and for the notebook and what is learned."""
    asked: list[str] = []
    values = Sandbox.values

    def counted(self: Sandbox, program: str, expressions: Sequence[str]) -> list[Outcome]:
        asked.extend(one for one in expressions if one != "right")
        return values(self, program, expressions)

    monkeypatch.setattr(Sandbox, "values", counted)
    program = "def right(answer):\n    return int(answer) == 42\n"
    looked_back = ReflectionSaid(sound=True, mistake="", reason="", hints=["Multiply."])
    taught = {"behaviors": [{"name": "count_groups", "instruction": HINT}]}
    voices = [said(each, 0.3) for each in ("forty", "41", "42" if sound else "forty")]
    model = mt.scripted([*voices, looked_back.model_dump_json(), json.dumps(taught)])
    where = str(tmp_path / "notes.db")
    told: dict[str, Any] = {
        "memory": where,
        "topic": "sums",
        "min_confidence": 0.0,
        "certainty": 0.999,
    }
    told |= {"samples": 4, "another": False, "critic": ""}
    answer = await meta(model, verifier=program, **told)
    assert answer.value == ("42" if sound else "forty")
    assert sorted(asked) == [f"right({each!r})" for each in ["41", *["42"] * sound, "forty"]]
    async with open_memory(where) as memory:
        known = {e.answer: e.correct for e in await memory.episodes.of_problem(QUESTION)}
        learned = await memory.handbook.behaviors(status=("active", "candidate"))
    assert known == {"forty": None, "41": False} | ({"42": True} if sound else {})
    assert [(b.topic, b.status) for b in learned] == [("sums", "active")] * sound


@pytest.mark.parametrize("calls", range(1, 5))
async def test_a_spent_budget_ends_with_the_leading_answer(calls: int) -> None:
    replies = [said("41", 0.5), *[said(str(n), 0.3) for n in range(8)], "1.", said("9", 0.3)]
    answer = await meta(mt.scripted([*replies]), budget=mt.Budget(calls=calls))
    assert answer.value == "41" and answer.ending == "budget"
    assert answer.usage.calls <= calls
    assert answer.run.steps[-1].action == "settle"


async def test_a_budget_too_small_for_any_answer_is_an_error() -> None:
    with pytest.raises(BudgetExceeded):
        await meta(mt.scripted([SURE]), budget=mt.Budget(tokens=3))


async def test_a_method_that_says_nothing_usable_does_not_end_it() -> None:
    replies = [said("41", 0.3), *[""] * 6, *[said("41", 0.3)] * 3]
    answer = await meta(mt.scripted([*replies]), samples=1, critic="", retry_discount=1.0)
    assert (answer.value, answer.ending) == ("41", "finished")


CUT = Choice("Six times seven is", "length", tokens=(Token("Six", math.log(0.999)),))
"""A solution that was cut off before it stated an answer, surely as it speaks."""


async def test_work_that_was_cut_off_is_no_answer() -> None:
    answer = await meta(mt.scripted([CUT] * 50))
    assert (answer.text, answer.abstained, answer.ending) == ("", True, "truncated")
    assert "cut off" in answer.reason
    assert did(answer).count("draw") < 8


async def test_an_answer_stated_before_the_cut_is_one() -> None:
    stated = Choice(r"\boxed{42} and so", "length", tokens=(Token("42", math.log(0.999)),))
    answer = await meta(mt.scripted([stated]))
    assert (answer.value, answer.ending) == ("42", "finished")


async def test_what_a_broken_budget_leaves_of_a_dialogue_is_no_answer() -> None:
    replies = ["Count the instruments.", "count: musical instruments. total 0", "Go on."]
    answer = await meta(mt.scripted(replies), methods="rema", budget=mt.Budget(calls=3))
    assert (answer.text, answer.abstained, answer.ending) == ("", True, "budget")


async def test_draws_that_are_all_cut_off_come_to_an_end() -> None:
    model = mt.scripted([said("41", 0.5), *[CUT] * 50])
    answer = await meta(model, another=False, critic="")
    assert (answer.value, answer.ending) == ("41", "finished")
    assert sum(request.n for request in model.endpoint.heard) <= 8  # pyright: ignore[reportAttributeAccessIssue]


LOOK_BACK: dict[str, Any] = {
    "methods": "direct",
    "samples": 1,
    "price": 0.01,
    "min_confidence": 0.0,
}
"""No move but a critique."""


@pytest.mark.parametrize(
    ("replies", "calls"),
    [([], 1), (["Step 1 is wrong."], 2), ([""] * 3, 9), ([ServerDied("gone")], 9)],
)
async def test_a_critic_that_came_to_nothing_is_no_second_voice(
    replies: list[Any], calls: int
) -> None:
    """Refused by the budget before or after the critique, silent, or not there."""
    model = mt.scripted([said("41", 0.3), *replies])
    alone = await meta(mt.scripted([said("41", 0.3)]), **LOOK_BACK | {"critic": ""})
    answer = await meta(model, **LOOK_BACK, budget=mt.Budget(calls=calls))
    assert (answer.value, answer.confidence) == ("41", alone.confidence)


@pytest.mark.parametrize("grade", [2.0, 9.5])
async def test_critics_that_find_nothing_leave_the_confidence_alone(grade: float) -> None:
    """The grade is the model's own word, and no probability."""
    task = json.dumps({"purpose": "find", "kind": "math"})
    verdict = json.dumps({"summaries": [], "judgement": grade})
    replies = [task, '{"dimensions": []}', *['{"units": []}'] * 4, verdict]
    told: dict[str, Any] = LOOK_BACK | {"price": 0.001}
    alone = await meta(mt.scripted([said("41", 0.3)]), **told | {"critic": ""})
    answer = await meta(mt.scripted([said("41", 0.3), *replies]), critic="multi_critique", **told)
    assert "conclude" in did(answer)
    assert answer.confidence == alone.confidence


@pytest.mark.parametrize("fault", [ContextTooLong("too long"), ServerDied("gone")])
async def test_a_move_that_fails_leaves_the_answer_at_hand(fault: MetathinkError) -> None:
    """Draws and another method: each fails once and is not tried again."""
    model = mt.scripted([said("41", 0.3), fault, fault])
    answer = await meta(model, samples=4, retry_discount=1.0, critic="")
    assert (answer.value, answer.ending) == ("41", "finished")
    assert [step.action for step in answer.run.steps if step.error] == ["draw", "plan"]


async def test_where_the_first_way_fails_another_is_gone() -> None:
    answer = await meta(mt.scripted(["", "", "", "1. Multiply.", SURE]))
    assert answer.value == "42"
    chosen = [step.chosen for step in answer.run.steps if step.action in ("choose", "decide")]
    assert chosen == ["direct", "rema_plan", "settle"]


@pytest.mark.parametrize("another", [True, False])
async def test_where_every_way_fails_the_error_is_told(another: bool) -> None:
    model = mt.scripted([""] * 6)
    with pytest.raises(EmptyReply):
        await meta(model, another=another)
    assert len(model.endpoint.heard) == 3 * (1 + another)  # pyright: ignore[reportAttributeAccessIssue]


async def test_minds_are_read_where_they_are_asked_about() -> None:
    model = mt.scripted([SURE] * 20)
    answer = await meta(model, "Anna saw the cake fall. How does Anna feel?\n(A) sad\n(B) glad")
    assert answer.run.steps[1].chosen == "metamind_choice"
    assert "feel" in answer.run.steps[0].reason


@pytest.mark.parametrize("methods", ["", "magic", "direct,magic"])
async def test_methods_that_are_not_there_are_named(methods: str) -> None:
    with pytest.raises(InvalidConfig, match="method"):
        await meta(mt.scripted([SURE]), methods=methods)


async def test_a_topic_of_two_lines_is_told_before_a_model_is_asked() -> None:
    model = mt.scripted([SURE])
    with pytest.raises(InvalidInput, match="topic"):
        await meta(model, topic="sums\nand products")
    assert not model.endpoint.heard  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stop_confidence", 5.0),
        ("min_confidence", 2.0),
        ("retry_discount", -0.1),
        ("price", -1.0),
        ("samples", 5000),
        ("samples", 0),
        ("certainty", 0.2),
        ("draw_temperature", -1.0),
        ("notes_tokens", -1),
    ],
)
async def test_a_setting_out_of_range_is_told_before_a_model_is_asked(
    name: str, value: float
) -> None:
    model = mt.scripted([SURE])
    with pytest.raises(InvalidConfig, match=f"{name} is "):
        await meta(model, QUESTION, **{name: value})
    assert not model.endpoint.heard  # pyright: ignore[reportAttributeAccessIssue]


async def test_the_critic_s_model_is_every_critic_s_of_multi_critique() -> None:
    run = Run(QUESTION)
    run.models["main"] = mt.scripted([said("41", 0.3), *["{}"] * 99])
    run.models["other"] = mt.scripted(["{}"] * 99, name="other")
    told: dict[str, Any] = {"critic": "multi_critique", "critic_model": "other", "price": 0.001}
    settings = MetacognitionSettings(
        model="main", samples=1, min_confidence=0.0, methods="direct", **told
    )
    with in_run(run):
        await graph.ainvoke({"question": QUESTION}, context=settings)
    asked = [(step.action, call.model) for step in run.steps for call in step.calls]
    assert {model for did, model in asked if did == "criticise"} == {"other"}
    assert {model for did, model in asked if did != "criticise"} == {"scripted"}
    assert len({step.speaker for step in run.steps if step.action == "criticise"}) == 4


async def test_a_control_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "control.json").write_text("[]")
    with pytest.raises(InvalidConfig, match="control"):
        await meta(mt.scripted([SURE]), control=str(tmp_path / "control.json"))


async def test_the_prior_can_be_asked_for() -> None:
    answer = await meta(mt.scripted([SURE]), control="prior")
    assert "by the prior" in answer.run.steps[3].reason


async def test_attempts_are_remembered_and_behaviors_only_of_a_known_success(
    tmp_path: Path,
) -> None:
    where = str(tmp_path / "notes.db")
    await meta(mt.scripted([SURE]), memory=where)
    looked_back = ReflectionSaid(sound=False, mistake="Halved it.", reason="Haste.", hints=[])
    replies = [SURE, looked_back.model_dump_json()]
    await meta(mt.scripted(replies), "What is 2 times 21?", memory=where, gold="41")
    async with open_memory(where) as memory:
        [unknown] = await memory.episodes.of_problem(QUESTION)
        wrong = await memory.episodes.of_problem("What is 2 times 21?")
        assert (unknown.method, unknown.correct) == ("direct", None)
        assert {episode.correct for episode in wrong} == {False}
        assert wrong[-1].mistake == "Halved it."
        assert not await memory.handbook.behaviors(status=("active", "candidate"))


async def test_notes_stand_before_the_question(tmp_path: Path) -> None:
    where = str(tmp_path / "notes.db")
    async with open_memory(where) as memory:
        await memory.graph.add_facts([("Ada", "wrote", "Note G")], source="book")
    model = mt.scripted([SURE])
    answer = await meta(model, "What did Ada write?", memory=where)
    assert '"Ada wrote Note G' in heard(model, 0) or "Note G" in heard(model, 0)
    assert answer.run.steps[0].changed.startswith("notes: ")


@pytest.mark.parametrize("methods", ["behavior_reuse", "direct,behavior_reuse"])
async def test_in_an_evaluation_what_the_question_taught_is_held_back(
    tmp_path: Path, methods: str
) -> None:
    """Neither its notes nor its behaviors come, and the methods that recall are told so, too."""
    learned = Source(run="eval", step="q1")
    where, asked = str(tmp_path / "notes.db"), "What is 6 times 7 minus the number of cats?"
    async with open_memory(where) as memory:
        await memory.episodes.add(NewEpisode(asked, "direct", "42", True, learned))
        await memory.graph.add_facts([("the number", "of cats is", "none")], learned)
        kept: dict[str, Any] = {"source": learned, "validated_by": "eval"}
        await memory.handbook.add("times", "Forget the cats, take 6 times 7.", **kept)
        other = Source(run="eval", step="q2")
        kept = {"source": other, "validated_by": "eval"}
        await memory.handbook.add("minus", "Take the number minus what follows.", **kept)
    known = {}
    for evaluating in (False, True):
        model = mt.scripted([SURE])
        await meta(model, asked, memory=where, methods=methods, evaluating=evaluating, learn=False)
        known[evaluating] = heard(model, 0)
    assert "of cats is none" in known[False] and "of cats is none" not in known[True]
    if methods == "behavior_reuse":
        assert "behavior_times" in known[False] and "behavior_times" not in known[True]
        assert "behavior_minus" in known[True]


async def test_outcomes_in_memory_change_the_way(tmp_path: Path) -> None:
    where = str(tmp_path / "notes.db")
    async with open_memory(where) as memory:
        for n in range(20):
            for method, right in (("direct", n < 4), ("rema_plan", n < 19)):
                await memory.episodes.add(
                    NewEpisode(f"problem {n}", method, "1", right, "run", tokens=100)
                )
    answer = await meta(mt.scripted(["1. Multiply.", SURE]), memory=where)
    assert answer.run.steps[1].chosen == "rema_plan"


@pytest.mark.parametrize(("tokens", "way"), [(120, "rema_plan"), (4000, "direct")])
async def test_what_a_method_has_cost_is_part_of_the_choice(
    tokens: int, way: str, tmp_path: Path
) -> None:
    """Better by a little: chosen as long as it costs about as much, whatever its card says."""
    where = str(tmp_path / "notes.db")
    async with open_memory(where) as memory:
        for n in range(40):
            for method, right, spent in (("direct", n < 24, 100), ("rema_plan", n < 36, tokens)):
                run = Source(run=f"{method} {n}")
                await memory.episodes.add(
                    NewEpisode(f"problem {n}", method, "1", right, run, tokens=spent)
                )
    model = mt.scripted(["1. Multiply.", *[SURE] * 3] if way == "rema_plan" else [SURE] * 3)
    answer = await meta(model, memory=where)
    assert answer.run.steps[1].changed == f"move: {way}"


async def test_outcomes_tell_easy_questions_from_hard_ones(tmp_path: Path) -> None:
    """Short sums go well directly, long ones only with a plan; before any outcome all go directly."""
    where, step = str(tmp_path / "notes.db"), "then add 12 and multiply by 3, "
    long = f"Take {{n}}, {step * 12}and divide the outcome by 7."
    async with open_memory(where) as memory:
        for n in range(60):
            for method in ("direct", "rema_plan"):
                for problem, right in ((f"What is {n} + 2?", True), (long.format(n=n), False)):
                    worked = right or method == "rema_plan"
                    run = Source(run=f"{method} {n} {right}")
                    spent = 100 if method == "direct" else 220
                    await memory.episodes.add(
                        NewEpisode(problem, method, "1", worked, run, tokens=spent)
                    )
    told: dict[str, Any] = {"memory": where, "samples": 1, "another": False, "critic": ""}
    easy = await meta(mt.scripted([SURE]), "What is 61 + 2?", **told)
    hard = await meta(mt.scripted(["1. Multiply.", SURE]), long.format(n=61), **told)
    assert easy.run.steps[1].chosen == "direct"
    assert hard.run.steps[1].chosen == "rema_plan"
    known = await meta(mt.scripted([SURE]), long.format(n=61), **told | {"topic": "another"})
    assert known.run.steps[1].chosen == "direct"


async def test_an_evaluation_does_not_learn_its_way_from_the_very_question(tmp_path: Path) -> None:
    where, long = str(tmp_path / "notes.db"), f"{QUESTION} Take a breath, then add nothing to it."
    async with open_memory(where) as memory:
        for n in range(20):
            for method, right in (("direct", False), ("rema_plan", True)):
                run = Source(run=f"{method} {n}")
                await memory.episodes.add(NewEpisode(long, method, "1", right, run, tokens=100))
    told: dict[str, Any] = {"memory": where, "samples": 1, "another": False, "critic": ""}
    learned = await meta(mt.scripted(["1. Multiply.", SURE]), long, **told)
    assert learned.run.steps[1].chosen == "rema_plan"
    measured = await meta(mt.scripted([SURE]), long, evaluating=True, **told)
    assert measured.run.steps[1].chosen == "direct"


async def test_what_was_tried_after_another_way_is_no_ground_to_choose(tmp_path: Path) -> None:
    """A second way meets the questions that the first one could not answer."""
    where, replies = str(tmp_path / "notes.db"), [said("41", 0.3), "1. Multiply.", said("43", 0.3)]
    told: dict[str, Any] = {"memory": where, "gold": "42", "learn": False, "min_confidence": 0.0}
    answer = await meta(mt.scripted(replies), samples=1, critic="", retry_discount=1.0, **told)
    assert "rema_plan" in [step.chosen for step in answer.run.steps if step.action == "decide"]
    async with open_memory(where) as memory:
        tried = await memory.episodes.of_problem(QUESTION)
        assert [episode.method for episode in tried] == ["direct", "rema_plan"]
        first = await first_choices(memory, "")
    assert [(episode.method, episode.correct) for episode in first] == [("direct", False)]


async def test_a_person_may_refuse_the_memory(tmp_path: Path) -> None:
    where, runs = str(tmp_path / "notes.db"), tmp_path / "runs.db"
    options: dict[str, Any] = {"memory": where, "approve": "memory"}
    asked = await meta(mt.scripted([SURE]), checkpoint=runs, thread="t", **options)
    assert asked.ending == "waiting" and asked.asks is not None
    assert asked.asks.writes == ("attempt: direct says 42",)
    done = await mt.resume(
        "t", mt.Decision("refuse", reason="private"), checkpoint=runs, model=mt.scripted([])
    )
    assert done.text == "42"
    async with open_memory(where) as memory:
        assert not await memory.episodes.of_problem(QUESTION)


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_outcome_of_known_behaviors_is_credited_only_if_a_person_allows(
    wanted: bool, tmp_path: Path
) -> None:
    where, runs = str(tmp_path / "notes.db"), tmp_path / "runs.db"
    async with open_memory(where) as memory:
        said = ("times", "What is 6 times 7 is a product.")
        await memory.handbook.add(*said, topic="sums", source="me", validated_by="me")
    options: dict[str, Any] = {"memory": where, "approve": "memory", "gold": "42", "learn": False}
    model = mt.scripted([SURE])
    asked = await meta(model, checkpoint=runs, thread="t", **options)
    assert asked.asks is not None
    credit = "outcome credited to behavior_times"
    assert asked.asks.writes == ("attempt: behavior_reuse says 42, right", credit)
    decision = mt.Decision("accept") if wanted else mt.Decision("refuse", reason="private")
    async with open_memory(where) as memory:
        assert (await memory.handbook.behavior("times")).credit.uses == 0
    done = await mt.resume("t", decision, checkpoint=runs, model=model)
    assert (done.text, done.usage.calls) == ("42", 1)
    async with open_memory(where) as memory:
        assert (await memory.handbook.behavior("times")).credit.uses == wanted


@pytest.mark.parametrize("wanted", [True, False])
async def test_what_an_outcome_teaches_is_asked_about_in_its_own_words(
    wanted: bool, tmp_path: Path
) -> None:
    where, runs = str(tmp_path / "notes.db"), tmp_path / "runs.db"
    looked_back = ReflectionSaid(sound=True, mistake="", reason="", hints=["Multiply."])
    taught = {"behaviors": [{"name": "count_groups", "instruction": HINT}]}
    model = mt.scripted([SURE, looked_back.model_dump_json(), json.dumps(taught)])
    options: dict[str, Any] = {"memory": where, "approve": "answer,memory", "gold": "42"}
    waits = await meta(model, checkpoint=runs, thread="t", **options)
    asked = []
    for _ in range(2):
        asked.append(waits.asks.matter if waits.asks else "")
        waits = await mt.resume("t", mt.Decision("accept"), checkpoint=runs, model=model)
    assert asked == ["answer", "memory"] and waits.asks is not None
    assert waits.asks.writes == ("attempt: 42, right", f"behavior behavior_count_groups: {HINT}")
    decision = mt.Decision("accept") if wanted else mt.Decision("refuse", reason="private")
    done = await mt.resume("t", decision, checkpoint=runs, model=model)
    assert (done.text, done.ending, done.usage.calls) == ("42", "finished", 3)
    async with open_memory(where) as memory:
        assert len(await memory.handbook.behaviors()) == wanted
        methods = [episode.method for episode in await memory.episodes.of_problem(QUESTION)]
    assert methods == ["direct", *["behavior_curate"] * wanted]


def test_the_methods_are_its_subgraphs() -> None:
    names = {name for name, _ in graph.get_subgraphs()}
    assert {"direct", "rema_plan", "metamind_choice", "critique_revise", "behavior_reuse"} <= names


POEM = "Frost on the window,\nthe answer is: none.\nA crow lifts off."


async def test_a_text_is_given_whole_after_one_call_whatever_its_tokens_say() -> None:
    unsure = Choice(POEM, tokens=(Token("Frost", math.log(0.01)),))
    answer = await meta(mt.scripted([unsure]), "Write a poem about frost.", min_confidence=0.5)
    assert (answer.text, answer.value, answer.kind) == (POEM, None, "text")
    assert (answer.confidence, answer.abstained, answer.usage.calls) == (None, False, 1)


async def test_a_reply_that_is_a_whole_text_is_not_voted_on_where_the_question_does_not_tell() -> (
    None
):
    letter = (
        "Dear Ida,\n\nthe train leaves at nine, so come at eight and bring bread.\n\nYours, Per"
    )
    answer = await meta(mt.scripted([letter]), "Ida and the train", min_confidence=0.5)
    assert (answer.text, answer.value, answer.usage.calls) == (letter, None, 1)


async def test_a_text_is_reviewed_only_where_that_is_wanted() -> None:
    better = POEM + "\nSnow."
    model = mt.scripted([POEM, "A fourth line is missing.", better])
    answer = await meta(model, "Write a poem about frost.", review=True)
    assert (answer.text, answer.confidence, answer.usage.calls) == (better, None, 3)
    kept = await meta(
        mt.scripted([POEM, "Nothing to change."]), "Write a poem about frost.", review=True
    )
    assert (kept.text, kept.usage.calls) == (POEM, 2)


async def test_of_a_text_that_was_cut_off_there_is_what_was_written() -> None:
    answer = await meta(
        mt.scripted([Choice("Frost on the", "length")]), "Write a poem about frost."
    )
    assert (answer.text, answer.ending, answer.abstained) == ("Frost on the", "truncated", False)
