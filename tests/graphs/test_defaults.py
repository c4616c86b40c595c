"""Every method as it is without settings: its documented path, with the numbers that are its defaults.

A model that answers each prompt by its name plays all roles. What is told are the requests: prompt, samples,
temperature, cap.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

import metathink as mt
from metathink.core.errors import InvalidConfig
from metathink.core.message import Message
from metathink.graphs import DEFAULT_METHOD, METHODS
from metathink.memory import open_memory, register_memory
from metathink.models.model import Model
from metathink.models.request import Choice, Token
from tests.prompts import role_prompt_of

SUM = "What is 6 times 7?"
STORY = "Anna puts the key into a drawer and leaves. Ben moves it. Where will Anna look?"

Ask = tuple[str, int, float | None, int | None]
"""The name of a request's prompt, its samples, temperature and cap."""

HYPOTHESES = [
    *(("belief", "takes the drawer for safe"), ("desire", "wants to go home"), ("emotion", "calm")),
    *(("intention", "is going to open a door"), ("thought", "goes over the shopping list")),
    *(("belief", "trusts Ben blindly"), ("desire", "would like some tea")),
]
UNIT = {
    "locations": ["S1"],
    "description": "not so",
    "criterion": "correctness",
    "severity": "severe",
    "suggestion": "do it again",
}
SAID: dict[str, Any] = {
    "theory_of_mind.read": {"readings": [{"reading": "Anna trusts her memory", "excerpt": ""}]},
    "theory_of_mind.hypothesize": {
        "hypotheses": [
            {"reading": 1, "kind": kind, "text": text, "confidence": 0.5}
            for kind, text in HYPOTHESES
        ]
    },
    "domain.refine": {"revisions": []},
    "responder.validate": {
        "empathy": 0.9,
        "coherence": 0.8,
        "critique": "Cool.",
        "revision": "No.",
    },
    "task_describer.describe": {"purpose": "find the number", "kind": "text"},
    "criteria_maker.make": {"dimensions": []},
    "critic.criticise": {"units": [UNIT]},
    "meta_critic.label": {
        "labels": [
            {"unit": f"U{n}", "reason": "", "label": "L0", "include": True} for n in range(1, 5)
        ]
    },
    "aggregator.conclude": {"summaries": [], "judgement": 3},
    "judge.compare": {"reason": "", "better": "second"},
    "strategist.reflect": {"sound": True, "mistake": "", "reason": "", "hints": ["Multiply."]},
    "strategist.extract": {
        "behaviors": [
            {
                "name": "count_groups",
                "instruction": "Multiply the number of groups by the size of each group.",
            }
        ]
    },
}
"""What the roles say that reply with JSON."""


def player(**words: str | Choice | Callable[[], Choice]) -> Model:
    """A model that plays all roles; `words` are what it says to prompts for plain words (dots as
    underscores), else it solves the sum."""

    def answer(messages: Sequence[Message]) -> str | Choice:
        name = role_prompt_of(messages)
        said = words.get(name.replace(".", "_"), SAID.get(name, r"6 * 7 = 42 \boxed{42}"))
        said = said() if callable(said) else said
        return said if isinstance(said, str | Choice) else json.dumps(said)

    return mt.scripted([cast(Any, answer)] * 60)


def asks(model: Model) -> list[Ask]:
    """What was asked, in its order."""
    heard = model.endpoint.heard  # pyright: ignore[reportAttributeAccessIssue]
    return [(role_prompt_of(r.messages), r.n, r.temperature, r.max_tokens) for r in heard]


def cold(*names: str) -> list[Ask]:
    """Requests for one sample at temperature 0 without a cap."""
    return [(name, 1, 0.0, None) for name in names]


async def test_direct_asks_once() -> None:
    model = player()
    answer = await mt.think(SUM, method="direct", model=model)
    assert (answer.value, asks(model)) == ("42", cold("reasoner.solve"))


async def test_self_consistency_draws_eight_at_once() -> None:
    model = player()
    answer = await mt.think(SUM, method="self_consistency", model=model)
    assert (answer.value, asks(model)) == ("42", [("reasoner.solve", 8, 0.7, None)])


async def test_rema_plan_plans_and_follows() -> None:
    model = player(meta_thinker_plan="1. Multiply.")
    answer = await mt.think(SUM, method="rema_plan", model=model)
    assert answer.value == "42"
    assert asks(model) == cold("meta_thinker.plan", "reasoner.follow")


@pytest.mark.parametrize(("said", "turns"), [("State it. [FINISH]", 1), ("Go on.", 10)])
async def test_rema_goes_on_to_its_flag_for_ten_turns_at_most(said: str, turns: int) -> None:
    """Messages of 512 tokens; out of turns the reasoner is asked for the answer once more."""
    model = player(meta_thinker_next_move=said)
    answer = await mt.think(SUM, method="rema", model=model)
    turn = [(name, 1, 0.0, 512) for name in ("meta_thinker.next_move", "reasoner.carry_out")]
    assert asks(model) == turn * turns + turn[1:] * (turns == 10)
    assert answer.ending == ("turn_cap" if turns == 10 else "finished")


MIND = (
    *("theory_of_mind.read", "theory_of_mind.hypothesize", "domain.refine", "domain.in_context"),
    "domain.prior",
)


async def test_metamind_judges_the_reply_made_from_the_best_of_seven_hypotheses() -> None:
    """Utility 0.88 is under 0.9, so that the reply is revised; the same revision again ends it."""
    model = player(responder_respond="Yes.")
    answer = await mt.think(STORY, method="metamind", model=model)
    judged = cold("responder.validate") * 2
    asked = asks(model)
    assert [ask[:3] for ask in asked] == [a[:3] for a in cold(*MIND, "responder.respond") + judged]
    assert answer.confidence == pytest.approx(0.8 * 0.9 + 0.2 * 0.8)
    assert answer.ending == "turn_cap"
    assert answer.run.steps[2].findings == {"proposed": 7, "different": 7}


async def test_metamind_choice_answers_from_the_best_hypothesis() -> None:
    model = player()
    await mt.think(STORY, method="metamind_choice", model=model)
    assert asks(model) == cold(*MIND, "responder.choose")


async def test_critique_revise_leaves_alone_what_the_critic_finds_right() -> None:
    model = player(critic_find_fault="all steps are right")
    await mt.think(SUM, method="critique_revise", model=model)
    assert asks(model) == cold("reasoner.solve", "critic.find_fault")
    model = player(critic_find_fault="Step 1 is wrong.")
    await mt.think(SUM, method="critique_revise", model=model)
    assert asks(model) == cold("reasoner.solve", "critic.find_fault", "reviser.revise")


async def test_multi_critique_asks_four_critics_and_the_judge_in_both_orders() -> None:
    model = player(reviser_revise=r"It is 43. \boxed{43}")
    await mt.think(SUM, method="multi_critique", model=model)
    before = cold(
        *("reasoner.solve", "task_describer.describe", "criteria_maker.make"),
        "reference_writer.write",
    )
    critics: list[Ask] = [("critic.criticise", 1, 0.7, None)] * 4
    after = cold(
        *("meta_critic.label", "aggregator.conclude", "reviser.revise"),
        *("judge.compare", "judge.compare"),
    )
    assert asks(model) == before + critics + after
    request = model.endpoint.heard[2]  # pyright: ignore[reportAttributeAccessIssue]
    told = " ".join(str(request.messages[-1].content).split())
    assert "15" in told and "3" in told, "fine-grained criteria in all, and of each primary one"


async def test_behavior_improve_looks_back_at_one_solution_for_five_behaviors() -> None:
    model = player()
    await mt.think(SUM, method="behavior_improve", model=model)
    assert asks(model) == cold(
        *("reasoner.solve", "strategist.reflect", "strategist.extract"),
        "reasoner.solve_with_behaviors",
    )
    request = model.endpoint.heard[2]  # pyright: ignore[reportAttributeAccessIssue]
    assert "at most 5" in " ".join(str(request.messages[-1].content).split())


async def test_behavior_reuse_shows_every_behavior_that_fits_and_curate_fills_the_handbook() -> (
    None
):
    """Without a known outcome what is learned is a candidate, which is not shown."""
    async with open_memory() as memory:
        with register_memory(memory) as name:
            model = player()
            await mt.think(SUM, method="behavior_curate", model=model, memory=name)
            solve = ("reasoner.solve", "strategist.reflect", "strategist.extract")
            assert asks(model) == cold(*solve)
            [learned] = await memory.handbook.behaviors(status=("candidate", "active"))
            assert learned.status == "candidate"
            model = player()
            await mt.think(SUM, method="behavior_reuse", model=model, memory=name)
            assert asks(model) == cold("reasoner.solve")
            for number in range(41):
                told = f"When asked what is {number} times 7, use the table of {number}."
                await memory.handbook.add(f"table_{number}x", told, source="me", validated_by="me")
            model = player()
            await mt.think(SUM, method="behavior_reuse", model=model, memory=name)
            assert asks(model) == cold("reasoner.solve_with_behaviors")
            request = model.endpoint.heard[0]  # pyright: ignore[reportAttributeAccessIssue]
            shown = str(request.messages[-1].content)
    assert 10 <= shown.count("- behavior_") <= 40
    assert len(shown) / 4 <= 1.5 * 600, "600 tokens of behaviors, estimated from above"


async def test_ensemble_says_at_once_that_its_models_have_no_default() -> None:
    model = player()
    with pytest.raises(InvalidConfig, match="at least two model strings"):
        await mt.think(SUM, method="ensemble", model=model)
    assert asks(model) == []


def said(answer: str, sureness: float) -> Choice:
    return Choice(rf"\boxed{{{answer}}}", tokens=(Token(answer, math.log(sureness)),))


async def test_the_default_method_asks_once_where_the_model_is_sure() -> None:
    model = player(reasoner_solve=said("42", 0.999))
    answer = await mt.think(SUM, model=model)
    assert (answer.method, answer.value, answer.ending) == (DEFAULT_METHOD, "42", "finished")
    assert answer.confidence is not None and answer.confidence >= 0.9
    assert asks(model) == cold("reasoner.solve")


async def test_the_default_method_asks_again_where_nine_tenths_are_not_reached() -> None:
    """The answer is held with 84 %."""
    model = player(reasoner_solve=said("42", 0.905))
    answer = await mt.think(SUM, model=model)
    first = next(step for step in answer.run.steps if step.action == "decide")
    assert first.decision is not None and first.decision.chosen == "draw"
    assert len(asks(model)) == 2


async def test_the_default_method_draws_eight_tries_another_method_and_abstains() -> None:
    """No two solutions agree: seven more are drawn, as few at a time as cannot be wasted; a plan is worth
    its price, a critique is not; what is held with less than a fifth is not said."""
    numbers = iter(range(100))
    model = player(
        reasoner_solve=lambda: said(str(next(numbers)), 0.3),
        meta_thinker_plan="1. Multiply.",
        reasoner_follow=said("99", 0.3),
    )
    answer = await mt.think(SUM, model=model)
    first, *draws, plan, follow = asks(model)
    assert [first, plan, follow] == cold("reasoner.solve", "meta_thinker.plan", "reasoner.follow")
    assert {(name, temperature) for name, _, temperature, _ in draws} == {("reasoner.solve", 0.7)}
    assert sum(n for _, n, _, _ in draws) == 7
    assert answer.abstained and answer.confidence is not None and answer.confidence < 0.2


async def test_the_default_method_stops_drawing_where_the_leader_is_93_percent_safe() -> None:
    model = player(reasoner_solve=lambda: said("42", 0.5))
    answer = await mt.think(SUM, model=model)
    assert [(n, t) for _, n, t, _ in asks(model)] == [(1, 0.0), (1, 0.7)]
    assert (answer.value, answer.abstained) == ("42", False)


async def test_the_default_method_gives_a_text_whole_and_unreviewed() -> None:
    model = player(reasoner_write="Frost on the window,\nno sound.")
    answer = await mt.think("Write a poem about frost.", model=model)
    assert (asks(model), answer.confidence) == (cold("reasoner.write"), None)


def test_every_method_is_here() -> None:
    """A new method gets a test of its defaults too."""
    assert set(METHODS) == {
        *("direct", "self_consistency", "rema_plan", "rema", "metamind", "metamind_choice"),
        *("critique_revise", "multi_critique", "behavior_improve", "behavior_reuse"),
        *("behavior_curate", "metacognition", "ensemble"),
    }
