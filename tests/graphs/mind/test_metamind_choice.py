"""MetaMind for questions about minds: every edge, bad replies, what the answer is made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.core.errors import BudgetExceeded, InvalidInput
from metathink.core.message import Message, prompt_of
from metathink.core.record import StepChange
from metathink.graphs.mind.metamind_choice import graph
from metathink.memory import open_memory
from metathink.models.model import EMPTY_RETRIES, Model
from metathink.models.request import Choice
from tests.server import FakeServer, completion, web

STORY = """Ann puts her key into the drawer and leaves. Ben moves the key to the box. Ann comes back.
Where will Ann look for the key?
Options:
(A) the drawer
(B) the box"""


def suppositions(*pairs: tuple[str, str]) -> str:
    found = [{"reading": 1, "kind": kind, "text": text, "confidence": 0.5} for kind, text in pairs]
    return json.dumps({"hypotheses": found})


SEVEN = suppositions(
    ("desire", "Ann wants to open a door"),
    ("intention", "Ann is going to fetch what she left"),
    ("belief", "Ann thinks that nothing was moved while she was away"),
    ("emotion", "Ann is in a hurry and a little nervous"),
    ("thought", "Ben wonders whether it was right"),
    ("belief", "Ben takes the drawer for the wrong place"),
    ("desire", "Ben hopes to play a joke"),
)
READ = json.dumps(
    {
        "readings": [
            {
                "reading": "Ann trusts that things stay put",
                "excerpt": "puts her key into the drawer",
            },
            {"reading": "Ann keeps to herself", "excerpt": "leaves"},
        ]
    }
)
CHECKED = json.dumps({"checks": [{"number": 2, "note": "a shy physicist", "score": 5}]})
LIKELY = "\n".join(f"{n}: true, probability {0.95 if n == 3 else 0.3}" for n in range(1, 8))
PRIOR = "\n".join(f"{n}: false, probability 0.2" for n in range(1, 8))
ANSWER = r"She did not see it moved. \boxed{(A)}"


def plays(**said: str | Sequence[str]) -> Model:
    """A model that answers by the last part of the prompt's name, in order, the last reply for good."""
    usual = {
        "read": READ,
        "cross_check": CHECKED,
        "hypothesize": SEVEN,
        "refine": '{"revisions": []}',
        "in_context": LIKELY,
    }
    usual |= {"prior": PRIOR, "choose": ANSWER}
    left = {k: [r] if isinstance(r, str) else list(r) for k, r in (usual | said).items()}

    def answer(messages: Sequence[Message]) -> str:
        replies = left[prompt_of(messages).partition(".")[2]]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    return mt.scripted([answer] * 20)


def prompts(model: Model) -> list[str]:
    heard = model.endpoint.heard  # pyright: ignore[reportAttributeAccessIssue]
    return [prompt_of(request.messages).partition(".")[2] for request in heard]


def last_heard(model: Model) -> str:
    return str(model.endpoint.heard[-1].messages[-1].content)  # pyright: ignore[reportAttributeAccessIssue]


async def choice(model: Model, **settings: Any) -> mt.Answer:
    return await mt.think(STORY, method="metamind_choice", model=model, **settings)


async def test_six_calls_from_the_story_to_the_option() -> None:
    model = plays()
    answer = await choice(model)
    assert prompts(model) == ["read", "hypothesize", "refine", "in_context", "prior", "choose"]
    assert (answer.value, answer.ending, answer.usage.calls) == ("(A)", "finished", 6)
    assert answer.confidence == pytest.approx(0.905, abs=0.001)
    done = [step.action for step in answer.run.steps]
    assert done == ["recall", "read", "hypothesize", "refine", "score", "choose"]
    assert answer.run.steps[4].findings["stated"] == 14
    assert last_heard(model) == (
        f"{STORY}\n\nWhat the person in focus probably has in mind (belief): "
        "Ann thinks that nothing was moved while she was away"
    )


@pytest.mark.parametrize(
    ("settings", "heard"),
    [
        ({"hypotheses": 0}, ["choose"]),
        ({"refine": False}, ["read", "hypothesize", "choose"]),
        ({"base_rules": False}, ["read", "hypothesize", "refine", "in_context", "prior", "choose"]),
    ],
)
async def test_stages_are_left_out_by_settings(settings: dict[str, Any], heard: list[str]) -> None:
    model = plays()
    assert (await choice(model, **settings)).value == "(A)"
    assert prompts(model) == heard
    if not settings.get("hypotheses", 1):
        assert last_heard(model) == STORY


@pytest.mark.parametrize("refine", [True, False])
async def test_what_lacks_is_asked_for_once(refine: bool) -> None:
    few = suppositions(("belief", "Ann knows nothing"))
    model = plays(hypothesize=[few, suppositions(("desire", "Ann wants the key"))])
    answer = await choice(model, refine=refine)
    assert prompts(model)[1:4] == ["hypothesize", "hypothesize", "refine" if refine else "choose"]
    assert answer.run.steps[3].changes == [
        StepChange("hypothesis", None, "desire: Ann wants the key")
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "metamind_choice"},
        {"method": "metacognition", "samples": 1, "another": False, "critic": ""},
    ],
)
async def test_a_person_and_rules_that_memory_knows_are_told(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    own, place = tmp_path / "own.toml", str(tmp_path / "people.db")
    own.write_text('[[cultural]]\nwhen = "it rains"\nrule = "speak of the weather"\n')
    async with open_memory(place) as memory:
        await memory.people.summarize("Ann", "Ann is a shy physicist.", source="me")
        path, rule = "social/ethical", ("somebody is shy", "never press them")
        await memory.rules.add_static(path, *rule, grade="deny", source="me")
    model, question = plays(), f"{STORY}\nWhat does Ann believe?"
    told: dict[str, Any] = {"memory": place, "person": "Ann", "rules": str(own), "model": model}
    answer = await mt.think(question, **settings, **told)
    assert prompts(model) == [
        *("read", "cross_check", "hypothesize", "refine", "in_context", "prior", "choose")
    ]
    heard = ["\n".join(str(m.content) for m in r.messages) for r in model.endpoint.heard]  # pyright: ignore[reportAttributeAccessIssue]
    assert all("a shy physicist" in heard[call] for call in (1, 2, 3, 4, 6))
    assert all("a shy physicist" not in heard[call] for call in (0, 5))
    assert all(words in heard[3] for words in ("never press them", "speak of the weather"))
    [recall] = [step for step in answer.run.steps if step.action == "recall"]
    assert recall.changed.startswith("remembered: ")


@pytest.mark.parametrize(
    ("said", "calls", "errors"),
    [
        ({"hypothesize": "no"}, 4, 1),
        ({"hypothesize": '{"hypotheses": []}'}, 3, 0),
        ({"hypothesize": [suppositions(("belief", "x")), "no"]}, 8, 1),
        ({"read": "no"}, 7, 1),
        ({"refine": "no"}, 7, 1),
        ({"in_context": "no", "prior": "1: nan"}, 6, 0),
        ({"in_context": ""}, 6 + EMPTY_RETRIES, 1),
    ],
)
async def test_what_cannot_be_read_is_done_without(
    said: dict[str, Any], calls: int, errors: int
) -> None:
    answer = await choice(plays(**said))
    assert (answer.value, answer.ending, answer.usage.calls) == ("(A)", "finished", calls)
    assert sum(bool(step.error) for step in answer.run.steps) == errors


async def test_an_answer_cut_at_its_cap_says_so() -> None:
    model = mt.scripted([Choice("She did not", "length")])
    assert (await choice(model, hypotheses=0)).ending == "truncated"


async def test_no_answer_is_made_up_when_the_budget_is_spent() -> None:
    with pytest.raises(BudgetExceeded):
        await choice(plays(), budget=mt.Budget(calls=4))


async def test_rules_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no rules at"):
        await choice(plays(), rules=str(tmp_path / "none.toml"))


async def test_it_is_a_machine_like_the_others(server: FakeServer) -> None:
    """Alone, over a real server: it opens its own run, and streams each step as it ends."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        asked = body["messages"][0]["content"]
        reply = SEVEN if "You infer what" in asked else LIKELY
        reply = READ if "what lies behind a person" in asked else reply
        reply = '{"revisions": []}' if "against rules" in asked else reply
        return web.json_response(completion(body, ANSWER if "\\boxed" in asked else reply))

    server.always = behave
    streamed, last = [], {}
    async for mode, chunk in graph.astream(
        {"question": STORY}, context={"model": server.model}, stream_mode=["custom", "values"]
    ):
        if mode == "custom":
            streamed.append(chunk)
        else:
            last = chunk
    assert (last["answer"], last["ending"], len(server.bodies)) == ("(A)", "finished", 6)
    assert streamed == last["steps"]
