"""MultiCritique walks every edge; its guards hold against bad replies; pairs are kept only if validated."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.core.errors import (
    BudgetExceeded,
    EndpointFailed,
    InvalidConfig,
    MetathinkError,
    StoreFailed,
)
from metathink.core.record import StepChange
from metathink.core.run import Run, in_run
from metathink.graphs.critique import critique_pairs
from metathink.graphs.critique.multi_critique import graph
from metathink.graphs.critique.multi_critique_state import MultiCritiqueSettings
from metathink.models.model import Model
from metathink.models.request import Choice

QUESTION = "Why is the sky blue?"
ANSWER = "The sky is blue. It mirrors the sea."
BETTER = "The sky is blue because air scatters blue light most."

TASK = json.dumps({"purpose": "explain the colour of the sky", "kind": "text"})
MATH = json.dumps({"purpose": "find the number", "kind": "math"})
FINE = [{"name": "causes", "description": "names the cause", "importance": "important"}]
CRITERIA = json.dumps(
    {
        "dimensions": [
            {
                "name": "truth",
                "description": "it is true",
                "importance": "important",
                "criteria": FINE,
            }
        ]
    }
)
REFERENCE = "Air scatters short waves."
RIGHT = json.dumps(
    {"summaries": [{"dimension": "truth", "summary": "wrong cause"}], "judgement": 3.5}
)
FIRST, SECOND, SAME = (
    json.dumps({"reason": "so", "better": one}) for one in ("first", "second", "same")
)


def unit(
    at: str = "S2", criterion: str = "causes", severity: str = "severe", **more: Any
) -> dict[str, Any]:
    return {
        "locations": [at],
        "description": "the sea is not the cause",
        "criterion": criterion,
        "severity": severity,
        "suggestion": "name scattering",
    } | more


def units(*found: dict[str, Any]) -> str:
    return json.dumps({"units": list(found)})


def labels(*names: str, include: bool | None = None) -> str:
    said = [
        {
            "unit": f"U{number}",
            "reason": "checked",
            "label": name,
            "include": name == "L0" if include is None else include,
        }
        for number, name in enumerate(names, start=1)
    ]
    return json.dumps({"labels": said})


def merged(*found: dict[str, Any]) -> str:
    return units(*found)


async def critique(model: Model, **settings: Any) -> mt.Answer:
    """Two critics on the given answer unless told otherwise."""
    told = {"response": ANSWER, "number_of_critics": 2} | settings
    return await mt.think(QUESTION, method="multi_critique", model=model, **told)


def heard(model: Model, call: int) -> str:
    request = model.endpoint.heard[call]  # pyright: ignore[reportAttributeAccessIssue]
    return "\n".join(str(message.content) for message in request.messages)


def steps(answer: mt.Answer) -> list[str]:
    return [f"{step.speaker}.{step.action}" for step in answer.run.steps]


WHOLE = [
    *(TASK, CRITERIA, REFERENCE),
    *(units(unit()), units(unit(description="not so", severity="moderate"))),
    labels("L0", "L0"),
    merged(unit(sources=["U1", "U2"])),
    RIGHT,
]


async def test_the_whole_way_from_an_answer_to_a_better_one() -> None:
    model = mt.scripted([*WHOLE, BETTER, SECOND, FIRST])
    answer = await critique(model)
    assert (answer.text, answer.ending, answer.usage.calls) == (BETTER, "finished", 11)
    assert answer.reason == "1 flaw, judged 3.5 of 10; took the revision: judged better"
    assert answer.confidence is None, "nothing tells how sure a text is"
    assert steps(answer) == [
        "task_describer.describe",
        "segmenter.segment",
        "criteria_maker.set_criteria",
        "reference_writer.write_reference",
        "critic 1.criticise",
        "critic 2.criticise",
        "meta_critic.label",
        "aggregator.merge",
        "aggregator.conclude",
        "reviser.revise",
        "judge.compare",
    ]
    assert answer.run.steps[-1].changed == f"answer: {ANSWER} -> {BETTER}"


async def test_without_an_answer_the_reasoner_solves_first() -> None:
    script = [r"40 and 2 \boxed{41}", MATH, CRITERIA, units(), units(), RIGHT]
    answer = await critique(mt.scripted(script), response="")
    assert (answer.text, answer.usage.calls) == (r"40 and 2 \boxed{41}", 6)
    assert steps(answer)[0] == "reasoner.solve"
    assert "reference_writer.write_reference" not in steps(answer), "math needs no reference"


async def test_critics_hear_the_same_and_nothing_of_each_other() -> None:
    model = mt.scripted([*WHOLE, BETTER, SECOND, FIRST])
    await critique(model)
    assert heard(model, 3) == heard(model, 4)
    assert "[S1] The sky is blue. [S2] It mirrors the sea." in heard(model, 3)
    assert "# A reference answer\n" + REFERENCE in heard(model, 3)
    for expected in (
        "truth (important): it is true",
        "  - causes (important)",
        "explain the colour",
    ):
        assert expected in heard(model, 3)
    assert "the sea is not the cause" not in heard(model, 4)


async def test_what_critics_meta_critic_and_aggregator_share_comes_first() -> None:
    model = mt.scripted([*WHOLE, BETTER, SECOND, FIRST])
    await critique(model)
    shared = heard(model, 3).split("You are a critic.")[0]
    assert all(heard(model, call).startswith(shared) for call in (4, 5, 6, 7))


async def test_the_reviser_sees_the_answer_unmarked_and_the_sentences_quoted() -> None:
    model = mt.scripted([*WHOLE, BETTER, SECOND, FIRST])
    await critique(model)
    assert f"# Answer\n{ANSWER}\n" in heard(model, 8)
    assert "\u201cIt mirrors the sea.\u201d (severe, causes)" in heard(model, 8)
    assert "[S1]" not in heard(model, 8)


async def test_the_judge_sees_both_orders_and_not_which_is_the_revision() -> None:
    model = mt.scripted([*WHOLE, BETTER, SECOND, FIRST])
    await critique(model)
    assert f"# First answer\n{ANSWER}\n\n# Second answer\n{BETTER}\n" in heard(model, 9)
    assert f"# First answer\n{BETTER}\n\n# Second answer\n{ANSWER}\n" in heard(model, 10)


@pytest.mark.parametrize(
    ("verdicts", "taken", "calls"),
    [
        ([SECOND, FIRST], True, 11),
        ([SECOND, SAME], True, 11),
        ([SAME, FIRST], True, 11),
        ([SAME, SAME], False, 11),
        ([SECOND, SECOND], False, 11),
        ([SAME, SECOND], False, 11),
        ([FIRST], False, 10),
    ],
)
async def test_a_revision_is_taken_only_if_it_wins_once_and_never_loses(
    verdicts: Sequence[str], taken: bool, calls: int
) -> None:
    answer = await critique(mt.scripted([*WHOLE, BETTER, *verdicts]))
    assert (answer.text == BETTER, answer.usage.calls) == (taken, calls)
    assert bool(answer.run.steps[-1].changed) == taken
    if not taken:
        assert answer.text == ANSWER
        assert answer.confidence == pytest.approx(2.5 / 9)


async def test_a_judge_who_contradicts_himself_is_named_in_the_reason() -> None:
    answer = await critique(mt.scripted([*WHOLE, BETTER, SECOND, SECOND]))
    assert "contradicts itself" in answer.reason


@pytest.mark.parametrize("revision", [ANSWER + " ", Choice("The sky is", "length")])
async def test_no_other_answer_no_comparison(revision: str | Choice) -> None:
    answer = await critique(mt.scripted([*WHOLE, revision]))
    assert (answer.text, answer.usage.calls) == (ANSWER, 9)
    assert answer.run.steps[-1].changed == ""


async def test_no_flaw_found_leaves_the_answer_with_its_judgement() -> None:
    script = [TASK, CRITERIA, REFERENCE, units(), units(), RIGHT]
    answer = await critique(mt.scripted(script))
    assert (answer.text, answer.usage.calls, answer.reason) == (
        ANSWER,
        6,
        "0 flaws, judged 3.5 of 10",
    )


async def test_the_critique_alone_can_be_what_is_wanted() -> None:
    answer = await critique(mt.scripted(WHOLE), critique_only=True)
    assert answer.usage.calls == 8
    assert answer.text.splitlines() == [
        "- \u201cIt mirrors the sea.\u201d (severe, causes): the sea is not the cause "
        "Suggestion: name scattering",
        "truth: wrong cause",
        "Judgement: 3.5 of 10",
    ]


async def test_units_the_meta_critic_rejects_go_no_further() -> None:
    script = [
        TASK,
        CRITERIA,
        REFERENCE,
        units(unit("S1")),
        units(unit("S2")),
        labels("L1", "L0"),
        RIGHT,
    ]
    model = mt.scripted([*script, ANSWER])
    answer = await critique(model)
    assert answer.run.steps[6].changes == [StepChange("units", 2, 1)]
    assert answer.run.steps[6].findings["severity_scores"] == ("critic 1 5", "critic 2 0")
    assert "[U1] at S2" in heard(model, 6)
    assert "at S1;" not in heard(model, 6)
    assert answer.usage.calls == 8, "one unit needs no merging"


async def test_a_flag_on_a_flawless_sentence_is_never_included() -> None:
    script = [TASK, CRITERIA, REFERENCE, units(unit()), units(), labels("L1", include=True), RIGHT]
    answer = await critique(mt.scripted(script))
    assert (answer.text, answer.reason) == (ANSWER, "0 flaws, judged 3.5 of 10")


async def test_a_unit_at_fault_is_shown_to_the_aggregator_with_what_to_mend() -> None:
    script = [TASK, CRITERIA, REFERENCE, units(unit()), units(), labels("L3", include=True)]
    model = mt.scripted([*script, merged(unit(sources=["U1"], severity="minor")), RIGHT, ANSWER])
    answer = await critique(model)
    assert "to be mended (L3): checked" in heard(model, 6)
    assert "(minor, causes)" in heard(model, 8)
    assert steps(answer)[-3:] == ["aggregator.merge", "aggregator.conclude", "reviser.revise"]


async def test_units_the_aggregator_forgets_are_kept_and_equal_ones_are_one() -> None:
    script = [
        TASK,
        CRITERIA,
        REFERENCE,
        units(unit(severity="minor"), unit("S1")),
        units(unit(description="no")),
    ]
    merge = merged(unit(sources=["U1", "U3"]), unit(sources=["U1"], severity="minor"))
    model = mt.scripted([*script, labels("L0", "L0", "L0"), merge, RIGHT, ANSWER])
    answer = await critique(model)
    step = answer.run.steps[7]
    assert step.changes == [StepChange("units", 3, 2)]
    assert step.findings == {"left_out": ("U2: forgotten, kept as it was",)}


async def test_critics_who_say_the_same_need_no_merging() -> None:
    script = [TASK, CRITERIA, REFERENCE, units(unit()), units(unit()), labels("L0", "L0"), RIGHT]
    answer = await critique(mt.scripted([*script, ANSWER]))
    assert answer.usage.calls == 8
    assert answer.run.steps[7].changes == [StepChange("units", 2, 1)]


# --- bad replies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (unit("S9"), "'S9' is no marker of the response; there are: S1, S2"),
        (unit(criterion="style"), "'style' is no criterion of the list; there are: truth, causes"),
        (unit(severity="terrible"), "severity"),
        (unit(locations=[]), "at least one marker"),
        (unit(description="  "), "it is blank"),
    ],
)
async def test_a_unit_that_breaks_a_rule_is_sent_back_once_then_dropped(
    bad: dict[str, Any], why: str
) -> None:
    said = units(bad, unit())
    script = [TASK, CRITERIA, REFERENCE, units(), said, said, labels("L0"), RIGHT, ANSWER]
    model = mt.scripted(script)
    answer = await critique(model)
    assert why in heard(model, 5), "the repair says what was wrong"
    critic = next(step for step in answer.run.steps if step.speaker == "critic 2")
    assert [call.prompt for call in critic.calls] == ["critic.criticise", "structured.repair"]
    assert critic.changes == [StepChange("units", None, 1)]
    assert critic.reason.startswith("left out: entry 1: ")
    assert why in critic.reason


async def test_a_repaired_unit_counts() -> None:
    script = [TASK, CRITERIA, REFERENCE, units(), units(unit("S9")), units(unit()), labels("L0")]
    answer = await critique(mt.scripted([*script, RIGHT, ANSWER]))
    critic = next(step for step in answer.run.steps if step.speaker == "critic 2")
    assert (critic.changes, critic.findings) == ([StepChange("units", None, 1)], {})


async def test_critics_nobody_understands_leave_the_answer_and_say_so() -> None:
    answer = await critique(mt.scripted([TASK, CRITERIA, REFERENCE, *["Looks bad."] * 4]))
    assert (answer.text, answer.usage.calls) == (ANSWER, 7)
    assert answer.reason == "no critic gave a usable critique"
    assert "left out: the reply holds no list of entries" in answer.run.steps[-1].reason


async def test_a_critique_that_was_wanted_and_not_had_is_an_abstention() -> None:
    script = [TASK, CRITERIA, REFERENCE, *["Looks bad."] * 4]
    answer = await critique(mt.scripted(script), critique_only=True)
    assert (answer.text, answer.abstained) == ("", True)


async def test_units_before_the_cut_of_a_reply_are_saved() -> None:
    cut = units(unit(), unit("S1"))[:-30]
    script = [TASK, CRITERIA, REFERENCE, units(), Choice(cut, "length"), Choice(cut, "length")]
    answer = await critique(mt.scripted([*script, labels("L0"), RIGHT, ANSWER]))
    critic = next(step for step in answer.run.steps if step.speaker == "critic 2")
    assert critic.changes == [StepChange("units", None, 1)]


async def test_fewer_labels_than_units_are_sent_back_once_then_units_are_left_out() -> None:
    found = [units(unit("S1")), units(unit("S2"))]
    script = [TASK, CRITERIA, REFERENCE, *found, labels("L0"), labels("L0"), RIGHT, ANSWER]
    model = mt.scripted(script)
    answer = await critique(model)
    assert "2 units need 2 labels; without one: U2" in heard(model, 6)
    assert "U2: no label" in answer.run.steps[6].reason
    assert answer.run.steps[6].changes == [StepChange("units", 2, 1)]
    assert answer.usage.calls == 9


async def test_two_labels_for_one_unit_are_sent_back() -> None:
    twice = json.dumps({"labels": json.loads(labels("L0"))["labels"] * 2})
    script = [TASK, CRITERIA, REFERENCE, units(unit()), units(), twice, labels("L0"), RIGHT, ANSWER]
    model = mt.scripted(script)
    await critique(model)
    assert "with several: U1" in heard(model, 6)


async def test_without_any_label_nothing_is_built_on_the_units() -> None:
    script = [TASK, CRITERIA, REFERENCE, units(unit()), units(), "fine", "fine"]
    answer = await critique(mt.scripted(script))
    assert (answer.text, answer.usage.calls) == (ANSWER, 7)
    assert answer.reason == "no critic gave a usable critique"


@pytest.mark.parametrize("judgement", ["NaN", "Infinity", "0", "11", '"good"'])
async def test_a_judgement_that_is_none_is_sent_back_once_then_missing(judgement: str) -> None:
    bad = f'{{"summaries": [], "judgement": {judgement}}}'
    script = [TASK, CRITERIA, REFERENCE, units(), units(), bad, bad]
    answer = await critique(mt.scripted(script))
    assert (answer.confidence, answer.reason, answer.usage.calls) == (None, "0 flaws", 7)
    assert answer.run.steps[-1].error == "no usable judgement"


async def test_a_judge_nobody_understands_leaves_the_answer() -> None:
    answer = await critique(mt.scripted([*WHOLE, BETTER, "hm", "hm"]))
    assert (answer.text, answer.ending) == (ANSWER, "finished")
    assert "did not give a ComparisonSaid" in answer.run.steps[-1].error
    assert answer.reason.endswith("kept the answer: no usable verdict")


async def test_a_task_and_criteria_nobody_understands_are_done_without() -> None:
    script = [
        "x",
        "x",
        "y",
        "y",
        REFERENCE,
        units(unit(criterion="correctness")),
        units(),
        labels("L0"),
    ]
    model = mt.scripted([*script, RIGHT.replace("truth", "clarity"), ANSWER])
    answer = await critique(model)
    assert answer.usage.calls == 10
    assert answer.run.steps[0].error.startswith("goes on without: ")
    assert "the general ones stand in" in answer.run.steps[2].error
    assert "- correctness (important)" in heard(model, 5)


BABBLE: list[str | Choice] = [
    *(TASK, MATH, CRITERIA, REFERENCE, RIGHT, FIRST, SECOND, SAME, BETTER, " ", "{}", "[]", "null"),
    *(units(), units(unit()), units(unit("S1"), unit()), units(unit("S9")), labels(), labels("L0")),
    *(labels("L1", "L2", "L3"), merged(unit(sources=["U1"])), merged(unit(sources=["U7"]))),
    '{"units": null, "labels": 3, "dimensions": {}, "judgement": NaN}',
    '{"dimensions": [{"name": " ", "description": "", "importance": "normal", "criteria": []}]}',
    '{"units": [[], {}, 1, {"locations": "S1"}]',
    Choice(BETTER, "length"),
]


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_the_models_say_an_answer_comes_out(seed: int, tmp_path: Path) -> None:
    """Replies drawn at random: no reply in any place may end the run with anything but an answer."""
    rng = random.Random(seed)
    told = {"pairs_file": str(tmp_path / "pairs.jsonl"), "pair_gap": 1, "pair_revisions": 1}
    answer = await critique(mt.scripted(rng.choices(BABBLE, k=200)), **told)
    assert answer.ending in ("finished", "unusable")
    assert answer.text in (ANSWER, *(str(said) for said in BABBLE))
    assert answer.usage.calls < 60


# --- criteria, ablations, models ---------------------------------------------------------------------


async def test_given_primary_criteria_are_kept_and_extended() -> None:
    model = mt.scripted([TASK, CRITERIA, REFERENCE, units(), units(), RIGHT])
    answer = await critique(model, primary_criteria="tone (normal): friendly; truth: my own words")
    assert "keep every one under its name" in heard(model, 1)
    criteria = heard(model, 3).split("# Criteria\n")[1].split("\n\n")[0].splitlines()
    assert criteria == [
        "- tone (normal): friendly",
        "- truth (medium): my own words",
        "  - causes (important): names the cause",
    ]
    assert answer.run.steps[2].changes == [StepChange("criteria", 2, 3)]


async def test_a_criterion_that_is_none_is_the_users_to_mend() -> None:
    with pytest.raises(InvalidConfig, match="not a criterion"):
        await critique(mt.scripted([TASK]), primary_criteria="tone (huge): friendly")


async def test_criteria_beyond_the_limits_are_left_out_and_named() -> None:
    fine = [{"name": f"f{n}", "description": "d", "importance": "normal"} for n in range(4)]
    fine[3]["importance"] = "important"
    said = [
        {
            "name": f"p{n}",
            "description": "d",
            "importance": "normal",
            "criteria": fine if not n else FINE,
        }
        for n in range(2)
    ]
    concluded = RIGHT.replace("truth", "p0")
    model = mt.scripted(
        [TASK, json.dumps({"dimensions": said}), REFERENCE, units(), units(), concluded]
    )
    answer = await critique(model, fine_criteria=3)
    shown = heard(model, 3)
    assert [name for name in ("f0", "f1", "f2", "f3", "causes") if f"- {name} " in shown] == [
        "f0",
        "f1",
        "f3",
    ]
    assert answer.run.steps[2].findings == {"left_out": ("f2", "p1")}


@pytest.mark.parametrize(
    ("switch", "script"),
    [
        ("with_task", [CRITERIA, REFERENCE, units(unit()), units(), labels("L0"), RIGHT, ANSWER]),
        ("with_reference", [TASK, CRITERIA, units(unit()), units(), labels("L0"), RIGHT, ANSWER]),
        ("with_meta_critique", [TASK, CRITERIA, REFERENCE, units(unit()), units(), RIGHT, ANSWER]),
        (
            "with_criteria",
            [
                TASK,
                REFERENCE,
                units(unit(criterion="clarity")),
                units(),
                labels("L0"),
                RIGHT,
                RIGHT,
                ANSWER,
            ],
        ),
    ],
)
async def test_each_stage_can_be_left_out(switch: str, script: list[str]) -> None:
    model = mt.scripted(script)
    answer = await critique(model, **{switch: False})
    assert answer.usage.calls == len(script)
    assert answer.run.steps[-1].action == "revise"


async def three(models: dict[str, Model], **settings: Any) -> tuple[dict[str, Any], Run]:
    """Three critics of three models; everything else is `main`'s."""
    run = Run(QUESTION)
    run.models |= models
    told = MultiCritiqueSettings(model="main", critics="a, b, c", response=ANSWER, **settings)
    with in_run(run):
        return await graph.ainvoke({"question": QUESTION}, context=told), run


async def test_critics_of_three_models() -> None:
    others = [TASK, CRITERIA, REFERENCE, labels("L0", "L0"), RIGHT, BETTER, SECOND, FIRST]
    models = {"main": mt.scripted(others, name="main")}
    models |= {
        name: mt.scripted([said], name=name)
        for name, said in {"a": units(unit("S1")), "b": units(), "c": units(unit("S2"))}.items()
    }
    outcome, run = await three(models)
    assert outcome["answer"] == BETTER
    assert [s.calls[0].model for s in run.steps if s.speaker.startswith("critic ")] == [
        "a",
        "b",
        "c",
    ]
    temperatures = {models[name].endpoint.heard[0].temperature for name in "abc"}  # pyright: ignore[reportAttributeAccessIssue]
    assert temperatures == {0.0}, "critics of different models need no sampling to differ"


async def test_critics_that_share_a_model_are_sampled_apart() -> None:
    model = mt.scripted([*WHOLE, BETTER, SECOND, FIRST])
    await critique(model)
    asked = [request.temperature for request in model.endpoint.heard]  # pyright: ignore[reportAttributeAccessIssue]
    assert asked[:6] == [0.0, 0.0, 0.0, 0.7, 0.7, 0.0]


async def test_a_critic_whose_server_fails_does_not_silence_the_others() -> None:
    others = [TASK, CRITERIA, REFERENCE, labels("L0"), RIGHT, ANSWER]
    models = {
        "main": mt.scripted(others),
        "a": mt.scripted([units(unit())]),
        "c": mt.scripted([units()]),
    }
    models["b"] = mt.scripted([RuntimeBreak("down")] * 9)
    outcome, run = await three(models)
    assert outcome["answer"] == ANSWER
    broken = next(step for step in run.steps if step.speaker == "critic 2")
    assert broken.error == "RuntimeBreak: down"


class RuntimeBreak(EndpointFailed):
    """A server's fault that is not worth retrying."""


# --- budget ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("calls", range(11))
async def test_a_spent_budget_ends_with_the_best_answer_so_far(calls: int) -> None:
    answer = await critique(
        mt.scripted([*WHOLE, BETTER, SECOND, FIRST]), budget=mt.Budget(calls=calls)
    )
    assert (answer.text, answer.ending) == (ANSWER, "budget")
    assert answer.usage.calls <= calls


async def test_a_budget_spent_before_any_answer_is_an_error() -> None:
    with pytest.raises(BudgetExceeded):
        await critique(mt.scripted([]), response="", budget=mt.Budget(calls=0))


# --- pairs -------------------------------------------------------------------------------------------

GOOD, BAD = units(unit("S2")), units(unit("S1"), unit("S2"))
TO_PAIRS = [MATH, CRITERIA, GOOD, BAD, labels("L0", "L1", "L2"), RIGHT, ANSWER]
"""Ends with critic 1 at 0 and critic 2 at 7; only U1 is included, the revision changes nothing."""


async def pairs(
    path: Path, *revisions: str | Choice, **settings: Any
) -> tuple[mt.Answer, list[Any]]:
    told = {"pairs_file": str(path), "pair_revisions": 2, "pair_gold": "42"} | settings
    answer = await critique(mt.scripted([*TO_PAIRS, *revisions]), **told)
    return answer, [
        json.loads(line) for line in path.read_text().splitlines()
    ] if path.exists() else []


async def test_a_validated_pair_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pairs.jsonl"
    answer, rows = await pairs(path, "answer: 42", "answer: 41", "answer: 41", "answer: 41")
    assert (answer.text, answer.ending, answer.usage.calls) == (ANSWER, "finished", 9)
    (row,) = rows
    assert json.loads(row["chosen"]) == json.loads(GOOD)
    assert json.loads(row["rejected"]) == json.loads(BAD)
    assert row["prompt"].startswith(f"# Question\n{QUESTION}\n")
    assert (row["chosen_severity"], row["rejected_severity"]) == (0, 7)
    assert (row["chosen_score"], row["rejected_score"]) == (0.5, 0.0)
    assert (row["scorer"], row["run"], row["response"]) == ("exact match", answer.run.id, ANSWER)
    assert answer.run.steps[-1].findings == {"candidates": 1, "validated": 1}


@pytest.mark.parametrize(
    "revisions",
    [
        ["answer: 41", "answer: 41", "answer: 42", "answer: 41"],
        ["answer: 42", "answer: 41", "answer: 41", "answer: 42"],
        [
            Choice("answer: 42", "length"),
            Choice("answer: 42", "length"),
            "answer: 41",
            "answer: 41",
        ],
    ],
)
async def test_a_pair_whose_better_critique_revises_no_better_is_not_kept(
    tmp_path: Path, revisions: list[str | Choice]
) -> None:
    answer, rows = await pairs(tmp_path / "pairs.jsonl", *revisions)
    assert rows == []
    assert answer.run.steps[-1].changed == ""


async def test_a_smaller_gap_makes_no_pair_and_costs_nothing(tmp_path: Path) -> None:
    answer, rows = await pairs(tmp_path / "pairs.jsonl", pair_gap=8)
    assert (rows, answer.usage.calls) == ([], 7)
    assert answer.run.steps[-1].findings == {"candidates": 0, "validated": 0}


async def test_without_the_right_answer_a_model_grades_each_text_once(tmp_path: Path) -> None:
    grades = [json.dumps({"reason": "so", "grade": grade}) for grade in (8, 6.5, 5)]
    script = ["A", "B", *grades[:2], "C", "C", grades[2]]
    answer, (row,) = await pairs(tmp_path / "pairs.jsonl", *script, pair_gold="")
    assert (row["chosen_score"], row["rejected_score"]) == (7.25, 5.0)
    assert row["scorer"] == "scripted"
    assert answer.usage.calls == 12


async def test_a_line_cut_off_by_a_crash_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"run": "old"}\n{"run": "to')
    _, rows = await pairs(path, "answer: 42", "answer: 42", "answer: 41", "answer: 41")
    assert [bool(row.get("prompt")) for row in rows] == [False, True]


async def test_a_run_that_died_right_after_writing_a_pair_writes_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run writes its own."""
    path, append = tmp_path / "pairs.jsonl", critique_pairs.append_jsonl
    revised = ["answer: 42", "answer: 42", "answer: 41", "answer: 41"]

    async def dies(file: str, records: Sequence[dict[str, Any]]) -> None:
        await append(file, records)
        raise StoreFailed("gone")

    kept: dict[str, Any] = {"checkpoint": tmp_path / "runs.db", "thread": "t"}
    with monkeypatch.context() as patched, pytest.raises(StoreFailed):
        patched.setattr(critique_pairs, "append_jsonl", dies)
        await pairs(path, *revised, **kept)
    answer, rows = await pairs(path, **kept)
    assert [row["run"] for row in rows] == [answer.run.id]
    assert answer.run.steps[-1].changes == [StepChange("pairs", None, 1)]
    other, rows = await pairs(path, *revised, **kept | {"thread": "u"})
    assert [row["run"] for row in rows] == [answer.run.id, other.run.id]


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(MetathinkError, match="cannot write"):
        await pairs(tmp_path, "answer: 42", "answer: 42", "answer: 41", "answer: 41")


async def test_a_critic_with_dropped_units_is_in_no_pair(tmp_path: Path) -> None:
    half = units(unit("S9"), unit("S1"))
    script = [MATH, CRITERIA, GOOD, half, half, labels("L0", "L1"), RIGHT, ANSWER]
    model = mt.scripted(script)
    answer = await critique(model, pairs_file=str(tmp_path / "pairs.jsonl"), pair_gold="42")
    assert answer.run.steps[-1].findings == {"candidates": 0, "validated": 0}


# --- as a node ---------------------------------------------------------------------------------------


async def test_an_answer_that_comes_in_is_criticised_as_it_is() -> None:
    script = [MATH, CRITERIA, units(), units(), RIGHT]
    run = Run(QUESTION)
    run.models["main"] = model = mt.scripted(script)
    told = MultiCritiqueSettings(model="main", number_of_critics=2)
    given = {"question": QUESTION, "response": "Step 1. It is 42.", "answer": "42"}
    with in_run(run):
        outcome = await graph.ainvoke(given, context=told)
    assert outcome["answer"] == "42"
    assert "[S1] Step 1." in heard(model, 2)


@pytest.mark.parametrize("calls", [99, 10])
async def test_a_revision_that_was_taken_is_the_solution_that_goes_on(
    calls: int, tmp_path: Path
) -> None:
    """Also where the budget ends it afterwards, while pairs are made."""
    critiques = [GOOD, BAD, labels("L0", "L1", "L2"), RIGHT]
    run = Run(QUESTION)
    run.models["main"] = mt.scripted([TASK, CRITERIA, REFERENCE, *critiques, BETTER, SECOND, FIRST])
    run.open_account(mt.Budget(calls=calls))
    paired = str(tmp_path / "pairs.jsonl") if calls == 10 else ""
    told = MultiCritiqueSettings(
        model="main", number_of_critics=2, pairs_file=paired, pair_gold=BETTER
    )
    given = {"question": QUESTION, "response": ANSWER, "answer": ANSWER}
    with in_run(run):
        outcome = await graph.ainvoke(given, context=told)
    assert (outcome["answer"], outcome["response"]) == (BETTER, BETTER)
    assert outcome["ending"] == ("budget" if paired else "finished")
