"""The domain agent: a log of what really changed, and probabilities from where they can be had."""

from __future__ import annotations

import json
import math

import pytest

from metathink.agents.mind.constraint import Constraint
from metathink.agents.mind.domain import Domain, origins
from metathink.agents.mind.hypothesis import Hypothesis, Modification, scored
from metathink.agents.mind.situation import Situation
from metathink.core.errors import EmptyReply
from metathink.models.endpoints.scripted import scripted
from metathink.models.request import Choice, Token

HERE = Situation("Alice now says:\nI am late again.")
THREE = [
    Hypothesis("emotion", "ashamed"),
    Hypothesis("belief", "is judged"),
    Hypothesis("desire", "rest"),
]
RULES = [Constraint("C1", "cultural", "late", "mind the habits", "guide")]


def said(*lines: tuple[int, str, list[tuple[str, float]]]) -> Choice:
    """A reply with tokens: each line's number, its verdict (cut at |), and the chances where it begins."""
    tokens: list[Token] = []
    for number, verdict, chances in lines:
        top = tuple((text, math.log(chance)) for text, chance in chances)
        first, _, rest = verdict.partition("|")
        tokens += [Token(f"{number}", 0.0), Token(":", 0.0), Token(first, top[0][1], top)]
        tokens += [Token(rest, 0.0), Token(", probability 0", 0.0), Token(".5\n", 0.0)]
    return Choice("".join(token.text for token in tokens), tokens=tuple(tokens))


async def weighed(*replies: str | Choice) -> list[Hypothesis]:
    return await Domain(scripted(replies)).weigh(HERE, THREE)


async def test_log_probabilities_count_where_there_are_any() -> None:
    certain = said(
        (1, " true", [(" true", 0.6), (" false", 0.2), (" maybe", 0.1)]),
        (2, " False", [(" False", 0.7), (" false", 0.1), (" TRUE", 0.2)]),
        (3, " tr|ue", [(" tr", 0.9)]),
    )
    found = await weighed(certain, "1: true, probability 0.5\n2: false, probability 10 %")
    assert [one.in_context.value for one in found] == pytest.approx([0.75, 0.2, 0.9])
    assert {one.in_context.origin for one in found} == {"log-probabilities"}
    assert [(one.prior.value, one.prior.origin) for one in found] == [
        (0.5, "stated"),
        (0.1, "stated"),
        (0.5, "missing"),
    ]
    assert found[1].score == pytest.approx(scored(0.2, 0.1))
    assert origins(found) == {"log-probabilities": 3, "stated": 2, "missing": 1}


async def test_a_verdict_without_its_opposite_leaves_the_rest_to_it() -> None:
    found = await weighed(
        said((1, " false", [(" false", 0.8)]), (2, " true", [(" true", 0.3), (" yes", 0.6)])), "-"
    )
    assert found[0].in_context.value == pytest.approx(0.2)
    assert (found[1].in_context.value, found[1].in_context.origin) == (0.5, "stated")


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        (
            "1: true, probability 0.8\n2: false, probability .25\n3: true, probability 1",
            [0.8, 0.25, 1],
        ),
        ("1. 0.8\n 2) true 0.5.\n3: FALSE (0", [0.8, 0.5, 0]),
        ("1: true, probability nan\n2: true, probability 7\n3: true", [None, None, None]),
        ("1: 0.1\n1: 0.9\n9: 0.4", [0.1, None, None]),
        ("I cannot say.", [None, None, None]),
    ],
)
async def test_stated_numbers_are_read_and_what_is_none_is_missing(
    reply: str, read: list[float | None]
) -> None:
    found = [one.prior for one in await weighed("-", reply)]
    assert [one.value if one.origin == "stated" else None for one in found] == read
    assert all(one.value == 0.5 for one in found if one.origin == "missing")


async def test_tokens_that_are_not_the_reply_are_not_read() -> None:
    other = Choice("1: true, probability 0.3", tokens=(Token("1: ", 0.0), Token("true", -0.01)))
    assert (await weighed(other, "-"))[0].in_context.origin == "stated"


async def test_the_prior_is_asked_without_the_situation() -> None:
    model = scripted(["-", "-"])
    await Domain(model).weigh(HERE, THREE)
    here, alone = (str(r.messages[-1].content) for r in model.endpoint.heard)  # pyright: ignore[reportAttributeAccessIssue]
    assert "late again" in here
    assert "late again" not in alone and "2. belief: is judged" in alone


async def test_one_ask_that_fails_leaves_none_running() -> None:
    with pytest.raises(EmptyReply):
        await weighed("", "", "", "", "", "", "1: 0.5")


def revisions(*said: tuple[int, str, str, list[str]]) -> str:
    found = [
        {"number": n, "kind": k, "text": t, "changes": [{"rule": r, "what": "w"} for r in rules]}
        for n, k, t, rules in said
    ]
    return json.dumps({"revisions": found})


async def test_the_log_holds_what_changed_and_rules_that_exist() -> None:
    reply = revisions(
        (1, "Emotion", "embarrassed", ["C1", "C7"]),
        (1, "emotion", "second thoughts", ["C1"]),
        (2, "belief", "is judged", ["C1"]),
        (8, "belief", "nobody", ["C1"]),
    )
    refined = await Domain(scripted([reply])).refine(HERE, THREE, RULES)
    assert [one.text for one in refined] == ["embarrassed", "is judged", "rest"]
    assert refined[0].modifications == (Modification("C1", "w"),)
    assert (refined[0].before, refined[0].line, refined[0].why) == (
        "emotion: ashamed",
        "emotion: embarrassed",
        "C1: w",
    )
    assert refined[1:] == THREE[1:]


@pytest.mark.parametrize("reply", ['{"revisions": []}', revisions((1, "emotion", " ", ["C1"]))])
async def test_nothing_said_changes_nothing(reply: str) -> None:
    assert await Domain(scripted([reply])).refine(HERE, THREE, RULES) == THREE
