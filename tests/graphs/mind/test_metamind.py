"""MetaMind walks every edge: stages left out, kinds that lack, revisions, memory; and counts its calls."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

import metathink as mt
from metathink.agents.mind.situation import Situation
from metathink.agents.mind.theory_of_mind import TheoryOfMind
from metathink.core.errors import BudgetExceeded, InvalidConfig
from metathink.core.message import Message, prompt_of
from metathink.core.record import StepChange
from metathink.memory import open_memory
from metathink.models.model import Model

MESSAGE = "Sorry, one more thing. Could you start at 6:30? I'm worried about traffic."
TEXTS = {
    "belief": "Thinks that the road will be blocked tomorrow",
    "desire": "Wants to see the whole play",
    "intention": "Is going to ask for even more help",
    "emotion": "Feels guilty about asking again",
    "thought": "Goes over the route in the head",
}


def suppositions(*kinds: str, **changed: Any) -> str:
    """What the theory-of-mind agent says; a kind said again says something else."""
    found, extra = [], iter(("tired of children", "proud of the new car", "fond of the colleague"))
    for number, kind in enumerate(kinds):
        text = next(extra) if kind in kinds[:number] else TEXTS[kind]
        one = {"reading": 1, "kind": kind, "text": text, "confidence": 0.5}
        found.append(one | changed)
    return json.dumps({"hypotheses": found})


READ = json.dumps(
    {
        "readings": [
            {"reading": "Does not want to be a burden", "excerpt": "Sorry, one more thing."},
            {"reading": "Counts on a long drive", "excerpt": "I'm worried about traffic"},
            {"reading": "Would rather not go at all", "excerpt": "I hate plays"},
        ]
    }
)
CHECKED = json.dumps(
    {
        "checks": [
            {"number": 1, "note": "", "score": 0},
            {"number": 2, "note": "Worries about being late.", "score": 4},
            {"number": 3, "note": "Never goes out.", "score": 5},
        ]
    }
)
ALL = suppositions(*TEXTS, "emotion", "desire")
REFINED = json.dumps(
    {
        "revisions": [
            {
                "number": 4,
                "kind": "emotion",
                "text": "Is uneasy about asking a colleague twice",
                "changes": [{"rule": "R3", "what": "colleagues: unease, not guilt"}],
            }
        ]
    }
)
LIKELY = "\n".join(f"{n}: true, probability {0.9 if n == 4 else 0.4}" for n in range(1, 8))
PRIOR = "\n".join(f"{n}: false, probability 0.3" for n in range(1, 8))
LESSONS = json.dumps(
    {
        "notes": [
            {
                "kind": "Pain point",
                "text": "Worries about being late.",
                "strength": 0.8,
                "evidence": "worried about traffic",
            },
            {
                "kind": "hypothesis",
                "text": "Has an anxiety disorder.",
                "strength": 0.9,
                "evidence": "I am always anxious",
            },
        ],
        "summary": "A colleague who worries about being late.",
    }
)


def judged(
    empathy: float, coherence: float, revision: str = "", critique: str = "Too cool."
) -> str:
    found = {"empathy": empathy, "coherence": coherence}
    return json.dumps(found | {"critique": critique, "revision": revision})


def plays(**said: str | Sequence[str]) -> Model:
    """A model that answers by the prompt it hears (dots as underscores), in order, the last one for good."""
    usual: dict[str, str | Sequence[str]] = {
        "theory_of_mind_read": READ,
        "theory_of_mind_cross_check": CHECKED,
        "theory_of_mind_hypothesize": ALL,
        "domain_refine": REFINED,
        "domain_in_context": LIKELY,
        "domain_prior": PRIOR,
        "responder_respond": "Of course, 6:30 it is.",
        "responder_validate": judged(0.95, 0.9),
        "memory_keeper_learn": LESSONS,
    }
    left = {name: [r] if isinstance(r, str) else list(r) for name, r in (usual | said).items()}

    def answer(messages: Sequence[Message]) -> str:
        replies = left[prompt_of(messages).replace(".", "_")]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    return mt.scripted([answer] * 20)


def prompts(model: Model) -> list[str]:
    """The prompts heard, in order."""
    heard = model.endpoint.heard  # pyright: ignore[reportAttributeAccessIssue]
    return [prompt_of(request.messages).partition(".")[2] for request in heard]


def told(model: Model, prompt: str) -> str:
    """All that the model heard with this prompt the last time."""
    heard = model.endpoint.heard  # pyright: ignore[reportAttributeAccessIssue]
    found = [r for r in heard if prompt_of(r.messages) == prompt]
    return "\n".join(str(message.content) for message in found[-1].messages)


async def metamind(model: Model, **settings: Any) -> mt.Answer:
    return await mt.think(MESSAGE, method="metamind", model=model, **settings)


STAGES = ["read", "hypothesize", "refine", "in_context", "prior", "respond", "validate"]


async def test_a_turn_goes_through_the_three_stages() -> None:
    model = plays()
    answer = await metamind(model, person="Bob", conversation="Bob: Thanks!\nYou: See you at 7.")
    assert prompts(model) == STAGES
    assert (answer.text, answer.ending, answer.usage.calls) == (
        "Of course, 6:30 it is.",
        "finished",
        7,
    )
    assert answer.confidence == pytest.approx(0.8 * 0.95 + 0.2 * 0.9)
    steps = {step.action: step for step in answer.run.steps}
    assert list(steps) == [
        "recall",
        "read",
        "hypothesize",
        "refine",
        "score",
        "respond",
        "validate",
    ]
    uneasy = "emotion: Is uneasy about asking a colleague twice"
    [revised] = steps["refine"].changes
    assert revised == StepChange("hypothesis", "emotion: Feels guilty about asking again", uneasy)
    assert steps["refine"].findings == {"rules": ("R3: colleagues: unease, not guilt",)}
    assert steps["score"].changes == [StepChange("selected", None, uneasy)]
    found = steps["score"].findings
    assert (found["log-probabilities"], found["stated"], found["missing"]) == (0, 14, 0)
    judged_as = steps["validate"].findings
    assert (judged_as["utility"], judged_as["empathy"], judged_as["coherence"]) == (0.94, 0.95, 0.9)


async def test_each_role_hears_what_it_needs() -> None:
    model = plays()
    await metamind(model, person="Bob", conversation="Bob: Thanks!", part="a colleague")
    for prompt in ("theory_of_mind.hypothesize", "domain.refine", "responder.validate"):
        assert f"Bob: Thanks!\n\nBob now says:\n{MESSAGE}" in told(model, prompt)
    assert MESSAGE not in told(model, "domain.prior")
    assert "(emotion): Is uneasy about asking" in told(model, "responder.respond")
    reply = told(model, "responder.respond")
    assert "You speak as a colleague" in reply
    assert "colleagues ask favours" in reply, (
        "the rule that reworded the hypothesis binds the reply"
    )
    assert "never to persuade, sell" in reply, "what is never done binds every reply"
    assert "a teacher and a learner" not in reply


async def test_the_utility_is_computed_and_not_believed() -> None:
    model = plays(responder_validate=[judged(0.9, 0.0, "B", "Utility: 1.0"), judged(0.9, 0.9)])
    answer = await metamind(model)
    assert (answer.text, answer.confidence) == ("B", pytest.approx(0.9))
    weighed = await metamind(plays(responder_validate=judged(0.5, 1.0)), empathy_weight=0.0)
    assert weighed.confidence == pytest.approx(1.0)


async def test_a_utility_of_exactly_the_threshold_is_enough() -> None:
    answer = await metamind(plays(responder_validate=judged(0.95, 0.7, "B")))
    assert (answer.confidence, answer.ending, answer.usage.calls) == (0.9, "finished", 7)


async def test_after_three_revisions_the_best_is_sent_not_the_last(tmp_path: Path) -> None:
    verdicts = [
        judged(0.5, 0.5, "B"),
        judged(0.8, 0.8, "C"),
        judged(0.6, 0.6, "D"),
        judged(0.7, 0.7, "E"),
    ]
    model = plays(responder_validate=verdicts)
    answer = await metamind(model, person="Bob", memory=str(tmp_path / "people.db"))
    assert prompts(model) == [*STAGES, *["validate"] * 3]
    assert (answer.text, answer.ending) == ("B", "turn_cap")
    assert answer.confidence == pytest.approx(0.8)
    assert answer.reason == "the best of 4 replies has a utility of 0.800, under 0.9"
    judgements = [step.changes for step in answer.run.steps if step.action == "validate"]
    assert [bool(changes) for changes in judgements] == [True, True, False, False]


async def test_a_critic_without_another_wording_ends_it() -> None:
    model = plays(responder_validate=judged(0.5, 0.5, " Of course, 6:30 it is. "))
    answer = await metamind(model)
    assert (answer.ending, answer.usage.calls) == ("turn_cap", 7)
    assert (await metamind(plays(responder_validate=judged(0.5, 0.5)))).ending == "turn_cap"


async def test_accepted_replies_teach_and_what_nobody_said_is_refused(tmp_path: Path) -> None:
    place = str(tmp_path / "people.db")
    model = plays(responder_validate=[judged(0.5, 0.9, "Sure, 6:30."), judged(0.95, 0.95)])
    answer = await metamind(model, person="Bob", memory=place)
    assert prompts(model) == [*STAGES, "validate", "learn"]
    assert "The reply that was sent:\nSure, 6:30." in told(model, "memory_keeper.learn")
    assert 'The person: "Bob"\n' in told(model, "memory_keeper.learn")
    *_, learn, remember = answer.run.steps
    assert [change.after for change in remember.changes] == [
        "pain point: Worries about being late.",
        "summary: A colleague who worries about being late.",
    ]
    assert learn.findings == {"refused_as_never_said": ("Has an anxiety disorder.",)}
    async with open_memory(place) as memory:
        bob = await memory.people.person("Bob")
    [note] = bob.notes
    assert (note.kind, note.strength, note.evidence) == ("pain point", 0.8, "worried about traffic")
    assert (note.source.run, note.source.step) == (answer.run.id, str(remember.index))
    assert bob.summary == "A colleague who worries about being late."


async def waits(model: Model, saver: InMemorySaver, **settings: Any) -> mt.Answer:
    """A turn up to the first thing a person decides on."""
    return await metamind(model, person="Bob", checkpoint=saver, thread="t", **settings)


@pytest.mark.parametrize(
    ("decision", "kept"),
    [
        (mt.Decision("accept"), ["Worries about being late."]),
        (mt.Decision("refuse", reason="private"), []),
    ],
)
async def test_a_person_sees_what_would_be_remembered(
    tmp_path: Path, decision: mt.Decision, kept: list[str]
) -> None:
    place, model, saver = str(tmp_path / "people.db"), plays(), InMemorySaver()
    waiting = await waits(model, saver, memory=place, approve="memory")
    assert waiting.asks is not None
    assert (waiting.asks.matter, waiting.asks.answer) == ("memory", "Of course, 6:30 it is.")
    assert waiting.asks.writes == (
        "pain point: Worries about being late.",
        "summary: A colleague who worries about being late.",
    )
    async with open_memory(place) as memory:
        assert await memory.people.names() == []
    answer = await mt.resume("t", decision, checkpoint=saver, model=model)
    assert (answer.text, answer.ending, answer.usage.calls) == (
        "Of course, 6:30 it is.",
        "finished",
        len(STAGES) + 1,
    )
    assert prompts(model) == [*STAGES, "learn"]
    async with open_memory(place) as memory:
        bob = await memory.people.person("Bob")
    assert [note.text for note in bob.notes] == kept
    assert bool(bob.summary) is bool(kept)


async def test_memory_learns_from_the_reply_as_the_person_sent_it(tmp_path: Path) -> None:
    model, saver = plays(), InMemorySaver()
    place = str(tmp_path / "people.db")
    waiting = await waits(model, saver, memory=place, approve="answer")
    assert waiting.asks is not None and waiting.asks.matter == "answer"
    assert prompts(model) == STAGES
    decision = mt.Decision("edit", answer="6:30, and drive safely.")
    answer = await mt.resume("t", decision, checkpoint=saver, model=model)
    assert answer.text == "6:30, and drive safely."
    assert "was sent:\n6:30, and drive safely." in told(model, "memory_keeper.learn")


async def test_of_a_reply_a_person_refused_nothing_is_remembered(tmp_path: Path) -> None:
    model, saver = plays(), InMemorySaver()
    await waits(model, saver, memory=str(tmp_path / "people.db"), approve="answer,memory")
    decision = mt.Decision("refuse", reason="too forward")
    answer = await mt.resume("t", decision, checkpoint=saver, model=model)
    assert (answer.text, answer.abstained, answer.reason) == ("", True, "too forward")
    assert prompts(model) == STAGES


async def test_the_next_turn_remembers_and_other_people_do_not(tmp_path: Path) -> None:
    place = str(tmp_path / "people.db")
    await metamind(plays(), person="Bob", memory=place)
    model = plays()
    answer = await metamind(model, person="bob", memory=place)
    assert "Worries about being late" in answer.run.steps[0].changed
    for prompt in ("theory_of_mind.hypothesize", "domain.in_context", "responder.respond"):
        source = r"\(source: run \S+, step \d+\)"
        note = rf'- pain point: "Worries about being late\." {source} \(weight 0\.80\)'
        assert re.search(note, told(model, prompt))
        assert re.search(rf'summary: ".+" {source}\n', told(model, prompt))
    assert "Worries" not in told(model, "domain.prior")
    for other in ({"person": "Eve"}, {"person": "Bob", "namespace": "other"}):
        stranger = plays()
        await metamind(stranger, memory=place, **other)
        assert "Worries" not in told(stranger, "responder.respond")


@pytest.mark.parametrize(
    "settings",
    [
        {"accept": 0.99},
        {"validate": False},
        {"person": ""},
    ],
)
async def test_what_was_not_accepted_or_has_no_name_is_not_remembered(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    place = str(tmp_path / "people.db")
    model = plays()
    await metamind(model, **{"person": "Bob", "memory": place} | settings)
    assert "learn" not in prompts(model)
    async with open_memory(place) as memory:
        assert await memory.people.names() == []


BURDEN, DRIVE = "Does not want to be a burden", "Counts on a long drive"
NOTES = '- pain point: "Worries about being late." (weight 0.80)'


async def test_quotes_that_stand_nowhere_are_dropped() -> None:
    """An excerpt must stand in the words, a note in the memory; support by another note does not count."""
    mind = TheoryOfMind(mt.scripted([READ, CHECKED]))
    situation = Situation(MESSAGE, NOTES)
    readings = await mind.read(situation)
    assert [one.excerpt for one in readings] == [
        "Sorry, one more thing.",
        "I'm worried about traffic",
        "",
    ]
    checked = await mind.cross_check(situation, readings)
    assert [(one.text, one.note, one.support_score) for one in checked] == [
        (DRIVE, "Worries about being late.", 4),
        (BURDEN, "", 0),
        ("Would rather not go at all", "", 0),
    ]


async def test_readings_are_made_from_the_words_alone() -> None:
    model = mt.scripted([READ])
    await TheoryOfMind(model).read(Situation(MESSAGE, NOTES))
    assert MESSAGE in told(model, "theory_of_mind.read")
    assert "being late" not in told(model, "theory_of_mind.read")


async def test_readings_and_their_cross_check_reach_the_domain_agent(tmp_path: Path) -> None:
    """Stage 1 is used: hypotheses are made from the supported readings, and judged with what they rest on."""
    place = str(tmp_path / "people.db")
    await metamind(plays(), person="Bob", memory=place)
    said = json.loads(ALL)
    for one in said["hypotheses"]:
        one["reading"] = 9
    said["hypotheses"][1]["reading"] = 1
    model = plays(theory_of_mind_hypothesize=json.dumps(said), domain_refine='{"revisions": []}')
    answer = await metamind(model, person="Bob", memory=place)
    assert prompts(model) == [STAGES[0], "cross_check", *STAGES[1:], "learn"]
    grounds = (
        "[words: \"I'm worried about traffic\"; notes: 'Worries about being late.', strong support, "
        "4 of 5]"
    )
    first, second = f"1. {DRIVE} {grounds}\n", f"2. {BURDEN} [words: 'Sorry, one more thing.']\n"
    assert first + second in told(model, "theory_of_mind.hypothesize")
    for prompt in ("domain.refine", "domain.in_context"):
        assert f"1. belief: {TEXTS['belief']}\n" in told(model, prompt), "it names no reading"
        assert f"2. desire: {TEXTS['desire']} {grounds}\n" in told(model, prompt)
    assert f"2. desire: {TEXTS['desire']}\n" in told(model, "domain.prior")
    assert "4 of 5" not in told(model, "domain.prior")
    first = {step.action: step.changes[0].after for step in answer.run.steps if step.changes}
    assert str(first["read"]).startswith(f"{BURDEN} [words")
    assert str(first["cross_check"]).startswith(f"{DRIVE} {grounds}")


@pytest.mark.parametrize("prompt", ["read", "cross_check"])
async def test_readings_that_cannot_be_made_or_checked_are_done_without(
    prompt: str, tmp_path: Path
) -> None:
    place = str(tmp_path / "people.db")
    await metamind(plays(), person="Bob", memory=place)
    model = plays(**{f"theory_of_mind_{prompt}": "no JSON"})
    answer = await metamind(model, person="Bob", memory=place)
    assert (answer.text, answer.ending) == ("Of course, 6:30 it is.", "finished")
    assert [step.action for step in answer.run.steps if step.error] == [prompt]
    assert ("Readings:\n- none" in told(model, "theory_of_mind.hypothesize")) == (prompt == "read")


async def test_kinds_that_lack_are_asked_for_once() -> None:
    alike = suppositions("emotion", "emotion", "emotion")
    model = plays(theory_of_mind_hypothesize=[alike, suppositions("belief", "desire")])
    answer = await metamind(model)
    assert prompts(model) == ["read", "hypothesize", *STAGES[1:]]
    assert "Write 4 more" in told(model, "theory_of_mind.hypothesize")
    assert "belief, desire, intention, thought" in told(model, "theory_of_mind.hypothesize")
    widen = answer.run.steps[3]
    assert (widen.action, [change.after for change in widen.changes]) == (
        "widen",
        [f"belief: {TEXTS['belief']}", f"desire: {TEXTS['desire']}"],
    )


async def test_said_twice_is_said_once() -> None:
    same = json.loads(suppositions(*TEXTS))
    same["hypotheses"] *= 2
    answer = await metamind(plays(theory_of_mind_hypothesize=json.dumps(same)), hypotheses=5)
    assert answer.run.steps[2].findings == {"proposed": 10, "different": 5}
    assert answer.usage.calls == 7


@pytest.mark.parametrize(
    ("settings", "heard"),
    [
        ({"hypotheses": 0}, ["respond", "validate"]),
        ({"refine": False}, ["read", "hypothesize", "respond", "validate"]),
        ({"validate": False}, STAGES[:-1]),
        ({"hypotheses": 0, "validate": False}, ["respond"]),
        ({"hypotheses": 2}, STAGES),
    ],
)
async def test_stages_are_left_out_by_settings(settings: dict[str, Any], heard: list[str]) -> None:
    model = plays()
    answer = await metamind(model, **settings)
    assert (prompts(model), answer.ending) == (heard, "finished")
    assert answer.text == "Of course, 6:30 it is."


async def test_kinds_that_lack_lead_past_stage_two_where_it_is_left_out() -> None:
    model = plays(theory_of_mind_hypothesize=[suppositions("emotion"), suppositions("belief")])
    await metamind(model, refine=False)
    assert prompts(model) == ["read", "hypothesize", "hypothesize", "respond", "validate"]
    assert f"(emotion): {TEXTS['emotion']}" in told(model, "responder.respond")


async def test_everything_may_be_needed_within_the_most_calls(tmp_path: Path) -> None:
    """Hypotheses lack, three revisions, and the last is accepted and remembered: the longest good turn."""
    verdicts = [judged(0.5, 0.5, reply) for reply in "BCD"] + [judged(0.95, 0.95)]
    few = [suppositions("emotion"), ALL]
    model = plays(theory_of_mind_hypothesize=few, responder_validate=verdicts)
    answer = await metamind(model, person="Bob", memory=str(tmp_path / "people.db"))
    assert (answer.text, answer.ending) == ("D", "finished")
    assert answer.usage.calls == 12
    assert prompts(model)[-1] == "learn"


async def test_never_more_than_the_most_calls_where_everything_is_said_wrongly_first(
    tmp_path: Path,
) -> None:
    """Every typed reply needs its repair: revisions and memory give way."""
    verdicts = [judged(0.5, 0.5, reply) for reply in "BCDEF"]

    def wrongly_first(*right: str) -> list[str]:
        return [said for reply in right for said in ("no JSON", reply)]

    model = plays(
        theory_of_mind_hypothesize=[suppositions("emotion"), *wrongly_first(ALL)],
        domain_refine=wrongly_first(REFINED),
        responder_validate=wrongly_first(*verdicts),
        memory_keeper_learn="no JSON",
    )
    answer = await metamind(model, person="Bob", memory=str(tmp_path / "people.db"))
    assert (answer.ending, answer.usage.calls) == ("turn_cap", 13)


@pytest.mark.parametrize(
    "bad",
    [
        "I would rather not.",
        '{"hypotheses": [{"kind": "mood"}]}',
        suppositions("emotion", confidence=float("nan")),
        suppositions("emotion", confidence=7),
    ],
)
async def test_hypotheses_that_cannot_be_read_leave_a_reply_without(bad: str) -> None:
    model = plays(theory_of_mind_hypothesize=bad)
    answer = await metamind(model)
    assert prompts(model) == ["read", "hypothesize", "hypothesize", "respond", "validate"]
    assert (answer.text, answer.ending) == ("Of course, 6:30 it is.", "finished")
    assert "did not give a HypothesesSaid" in answer.run.steps[2].error


async def test_no_hypotheses_at_all_leave_a_reply_without() -> None:
    model = plays(theory_of_mind_hypothesize='{"hypotheses": []}')
    await metamind(model)
    assert prompts(model) == ["read", "hypothesize", "respond", "validate"]


async def test_more_that_cannot_be_read_leave_what_there_is() -> None:
    model = plays(theory_of_mind_hypothesize=[suppositions("emotion"), "hm"])
    answer = await metamind(model)
    assert "did not give" in answer.run.steps[3].error
    assert [step.action for step in answer.run.steps][3:5] == ["widen", "refine"]
    assert answer.usage.calls == 9


async def test_a_revision_that_cannot_be_read_changes_nothing() -> None:
    answer = await metamind(plays(domain_refine="All fine."))
    refine = answer.run.steps[3]
    assert (refine.action, refine.changes, answer.ending) == ("refine", [], "finished")
    assert "did not give a Revisions" in refine.error


async def test_probabilities_that_cannot_be_read_are_a_half() -> None:
    answer = await metamind(plays(domain_in_context="Hard to say.", domain_prior="1: 0.2"))
    score = answer.run.steps[4]
    found = score.findings
    assert (found["log-probabilities"], found["stated"], found["missing"]) == (0, 1, 13)
    assert score.changes == [StepChange("selected", None, f"belief: {TEXTS['belief']}")]


async def test_lessons_that_cannot_be_read_do_not_spoil_the_reply(tmp_path: Path) -> None:
    place = str(tmp_path / "people.db")
    model = plays(memory_keeper_learn="I learned a lot.")
    answer = await metamind(model, person="Bob", memory=place)
    assert (answer.text, answer.ending) == ("Of course, 6:30 it is.", "finished")
    assert "did not give a Lessons" in answer.run.steps[-1].error
    async with open_memory(place) as memory:
        assert await memory.people.names() == []


async def test_a_spent_budget_ends_it_with_the_best_reply_so_far() -> None:
    verdicts = [judged(0.8, 0.8, "B"), judged(0.1, 0.1, "C")]
    model = plays(responder_validate=verdicts)
    answer = await metamind(model, budget=mt.Budget(calls=8))
    assert (answer.text, answer.ending, answer.usage.calls) == (
        "Of course, 6:30 it is.",
        "budget",
        8,
    )
    at_once = await metamind(plays(), budget=mt.Budget(calls=6))
    assert (at_once.text, at_once.ending) == ("Of course, 6:30 it is.", "budget")
    with pytest.raises(BudgetExceeded):
        await metamind(plays(), budget=mt.Budget(calls=4))


async def test_more_rules_come_from_a_file_and_from_memory(tmp_path: Path) -> None:
    own, place = tmp_path / "own.toml", str(tmp_path / "people.db")
    own.write_text('[[cultural]]\nwhen = "it rains"\nrule = "speak of the weather"\n')
    async with open_memory(place) as memory:
        await memory.rules.add_static(
            "social/ethical", "asked for a bribe", "decline", grade="deny", source="house rules"
        )
    model = plays()
    await metamind(model, rules=str(own), memory=place, base_rules=False)
    rules = told(model, "domain.refine")
    assert "C1 [guide] When it rains: speak of the weather" in rules
    assert "E1 [deny] When asked for a bribe: decline" in rules
    assert "colleagues" not in rules.partition("Hypotheses")[0].partition("Cultural rules")[2]
    assert "- When asked for a bribe: decline." in told(model, "responder.respond")


async def test_settings_are_checked() -> None:
    with pytest.raises(InvalidConfig, match="did you mean 'person'"):
        await metamind(plays(), persn="Bob")


async def test_a_judgement_that_cannot_be_read_is_no_acceptance(tmp_path: Path) -> None:
    place = str(tmp_path / "people.db")
    answer = await metamind(plays(responder_validate="Nice!"), person="Bob", memory=place)
    assert (answer.text, answer.confidence) == ("Of course, 6:30 it is.", None)
    assert answer.ending == "unusable"
    async with open_memory(place) as memory:
        assert await memory.people.names() == []
