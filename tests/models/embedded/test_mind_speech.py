"""The embedded model reads minds in the wording it was taught, and says what it was not taught."""

from __future__ import annotations

import pytest

import metathink as mt
from metathink.core.errors import MalformedReply
from metathink.models.embedded import wording
from metathink.models.embedded.speech import CompactWording
from metathink.models.endpoints.scripted import ScriptedEndpoint
from metathink.models.model import Model

STORY = """Yara entered the attic. The lime is in the red_crate. Yara exited the attic.
Bella moved the lime to the blue_bucket.
Where will Yara look for the lime?"""
SAID = wording.hypotheses_reply(
    [
        ("belief", "Yara believes that the lime is in the red_crate"),
        ("intention", "Bella will look for the lime in the blue_bucket"),
        ("intention", "Yara will look for the lime in the red_crate"),
        ("rumour", "Yara will look for nothing"),
    ]
)


def embedded(*replies: str) -> tuple[Model, ScriptedEndpoint]:
    """The embedded model's wording over a script."""
    endpoint = ScriptedEndpoint(list(replies))
    return Model("embedded", endpoint, adapter=CompactWording()), endpoint


def asked(endpoint: ScriptedEndpoint) -> list[str]:
    return [str(request.messages[0].content) for request in endpoint.heard]


async def test_it_answers_from_the_hypothesis_that_the_question_is_about() -> None:
    model, endpoint = embedded(SAID, "answer: red_crate")
    answer = await mt.think(STORY, method="metamind_choice", model=model)
    chosen = "Yara will look for the lime in the red_crate"
    assert asked(endpoint) == [
        wording.hypotheses(STORY),
        wording.answer_from_hypothesis(STORY, "intention", chosen),
    ]
    assert (answer.value, answer.ending, answer.usage.calls) == ("red_crate", "finished", 2)
    untaught = {step.action: step.error for step in answer.run.steps if step.error}
    assert set(untaught) == {"read", "widen", "refine", "score"}
    assert all("does not support" in error for error in untaught.values())


@pytest.mark.parametrize("said", [SAID, "mumble"])
async def test_a_question_about_nobody_is_solved(said: str) -> None:
    story = STORY.replace("Where will Yara look for the lime?", "where is the lime really?")
    model, endpoint = embedded(said, "answer: blue_bucket")
    answer = await mt.think(story, method="metamind_choice", model=model)
    assert asked(endpoint)[1:] == [wording.solve(story)]
    assert (answer.value, answer.usage.calls) == ("blue_bucket", 2)


async def test_it_holds_no_conversation() -> None:
    model, endpoint = embedded(SAID)
    with pytest.raises(MalformedReply, match=r"does not support responder\.respond"):
        await mt.think(STORY, method="metamind", model=model)
    assert len(endpoint.heard) == 1
