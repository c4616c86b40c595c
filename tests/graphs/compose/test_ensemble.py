"""The ensemble takes every edge, asks nobody in vain, and learns how reliable its models are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import metathink as mt
from metathink.core.errors import (
    BudgetExceeded,
    EndpointFailed,
    InvalidConfig,
    UnknownModel,
)
from metathink.core.record import StepChange
from metathink.core.run import Run, in_run
from metathink.graphs.compose.ensemble import EnsembleSettings, graph
from metathink.memory import open_memory
from metathink.meta.combine.outcomes import ModelOutcome, fit_reliabilities, write_reliabilities
from metathink.models.endpoints.scripted import Script
from metathink.models.request import Choice
from tests.server import FakeServer, refuses, says

QUESTION = "How many legs have two horses?"
RIGHT, WRONG = "answer: 8", "answer: 4"


async def asked(
    replies: dict[str, list[Script]], question: str = QUESTION, **settings: Any
) -> tuple[dict[str, Any], Run]:
    """The outcome of models that say these things, asked in this order while nothing is known of them."""
    run = Run(question)
    run.models |= {name: mt.scripted(said, name=name) for name, said in replies.items()}
    told = EnsembleSettings(models=",".join(replies), **settings)
    with in_run(run):
        return await graph.ainvoke({"question": question}, context=told), run


def models_of(run: Run) -> list[str]:
    return [call.model for step in run.steps for call in step.calls]


def known(path: Path, **right_of_20: int) -> str:
    """A file of reliabilities learned from twenty questions."""
    outcomes = [
        ModelOutcome(f"question {n}", model, "1" if n < right else f"wrong {n}", n < right)
        for n in range(20)
        for model, right in right_of_20.items()
    ]
    write_reliabilities(path, fit_reliabilities(outcomes))
    return str(path)


async def test_two_that_agree_cannot_be_overturned_by_a_third() -> None:
    outcome, run = await asked({"a": [RIGHT], "b": [RIGHT], "c": []})
    assert (outcome["answer"], outcome["ending"]) == ("8", "finished")
    assert models_of(run) == ["a", "b"]
    assert "cannot be overturned" in run.steps[-1].reason


async def test_one_more_is_asked_where_two_differ() -> None:
    outcome, run = await asked({"a": [WRONG], "b": [RIGHT], "c": [RIGHT]})
    assert outcome["answer"] == "8"
    assert sorted(models_of(run)[:2]) == ["a", "b"] and models_of(run)[2:] == ["c"]
    assert 0.5 < outcome["confidence"] < 0.7


async def test_equivalent_answers_are_one_answer() -> None:
    outcome, run = await asked({"a": [r"\boxed{0.5}"], "b": [r"so \boxed{\frac{1}{2}}"], "c": []})
    assert len(models_of(run)) == 2
    assert outcome["answer"] == "0.5"


async def test_a_reliable_model_is_asked_first_and_alone(tmp_path: Path) -> None:
    file = known(tmp_path / "r.json", a=6, b=20)
    outcome, run = await asked({"a": [], "b": [RIGHT]}, reliabilities=file, certainty=0.8)
    assert outcome["answer"] == "8"
    assert models_of(run) == ["b"]
    assert outcome["confidence"] >= 0.8
    assert run.steps[0].changes == [StepChange("order", None, ("b", "a"))]
    reliability = run.steps[0].findings["reliability of b"]
    assert isinstance(reliability, float) and 0.9 <= reliability < 1


@pytest.mark.parametrize(("certainty", "order"), [(0.5, ["c"]), (1.0, ["c", "b"])])
async def test_certainty_one_asks_until_the_others_cannot_change_it(
    tmp_path: Path, certainty: float, order: list[str]
) -> None:
    file = known(tmp_path / "r.json", a=14, b=15, c=16)
    replies: dict[str, list[Script]] = {"a": [], "b": [RIGHT], "c": [RIGHT]}
    outcome, run = await asked(replies, reliabilities=file, certainty=certainty)
    assert outcome["answer"] == "8"
    assert models_of(run) == order


async def test_a_reliable_model_outweighs_two_that_are_not(tmp_path: Path) -> None:
    file = known(tmp_path / "r.json", a=8, b=8, c=20)
    said: dict[str, list[Script]] = {"a": [WRONG], "b": [WRONG], "c": [RIGHT]}
    for weigh, answer in (("reliability", "8"), ("abduction", "8"), ("equal", "4")):
        replies = {name: [*script] for name, script in said.items()}
        outcome, _ = await asked(replies, reliabilities=file, weigh=weigh, certainty=1.0)
        assert outcome["answer"] == answer, weigh


async def test_abduction_counts_the_models_that_are_not_expected_to_err(tmp_path: Path) -> None:
    """Two fair models against a very good one: the weights follow the one, the count the two."""
    file = known(tmp_path / "r.json", a=11, b=11, c=20, d=2)
    said: dict[str, list[Script]] = {"a": [WRONG], "b": [WRONG], "c": [RIGHT], "d": [RIGHT]}
    heavy, _ = await asked({k: [*v] for k, v in said.items()}, reliabilities=file, certainty=1.0)
    counted, run = await asked(said, reliabilities=file, certainty=1.0, weigh="abduction")
    assert (heavy["answer"], counted["answer"]) == ("8", "4")
    assert "2 of 3 answers are kept together" in run.steps[-1].reason
    assert models_of(run).count("d") == 0, "what it says cannot change the count"


async def test_where_all_are_expected_to_err_the_weights_decide(tmp_path: Path) -> None:
    file = known(tmp_path / "r.json", a=4, b=7)
    outcome, run = await asked({"a": [WRONG], "b": [RIGHT]}, reliabilities=file, weigh="abduction")
    assert outcome["answer"] == "8"
    assert "every model with an answer is expected to err" in run.steps[-1].reason


async def test_a_model_that_fails_is_done_without() -> None:
    down = EndpointFailed("the server is down")
    outcome, run = await asked({"a": [down] * 9, "b": [RIGHT], "c": [RIGHT]})
    assert (outcome["answer"], outcome["ending"]) == ("8", "finished")
    assert any("down" in step.error for step in run.steps)


async def test_where_every_model_fails_the_error_is_raised() -> None:
    down = EndpointFailed("the server is down")
    with pytest.raises(EndpointFailed, match="down"):
        await asked({"a": [down] * 9, "b": [down] * 9})


async def test_what_the_user_can_mend_ends_the_run() -> None:
    with pytest.raises(UnknownModel):
        await asked({"a": [UnknownModel("unknown model 'a'")], "b": [RIGHT]})


async def test_a_cut_reply_does_not_vote() -> None:
    cut = Choice("first I count the", "length")
    outcome, run = await asked({"a": [cut], "b": [RIGHT], "c": [WRONG]})
    assert outcome["answer"] == "8"
    assert len(models_of(run)) == 3


async def test_replies_that_were_all_cut_support_nothing() -> None:
    cut = Choice("first I count the", "length")
    outcome, _ = await asked({"a": [cut], "b": [cut]})
    assert (outcome["ending"], outcome["confidence"]) == ("truncated", None)


async def test_a_text_is_asked_of_the_most_reliable_model_alone(tmp_path: Path) -> None:
    file = known(tmp_path / "r.json", a=5, b=19)
    poem = "Two horses run,\neight hooves in the sun."
    outcome, run = await asked({"a": [], "b": [poem]}, kind="text", reliabilities=file)
    assert (outcome["response"], outcome["confidence"]) == (poem, None)
    assert models_of(run) == ["b"]


async def test_replies_that_turn_out_to_be_texts_are_not_weighed() -> None:
    texts = [f"Dear friend,\n\nletter {n} is long and has no short answer.\n\nYours" for n in "12"]
    outcome, run = await asked({"a": [texts[0]], "b": [texts[1]], "c": []}, "What about horses?")
    assert (outcome["response"], outcome["confidence"]) == (texts[0], None)
    assert len(models_of(run)) == 2


async def test_a_budget_ends_with_the_best_answer_so_far() -> None:
    run = Run(QUESTION)
    run.models |= {
        name: mt.scripted([said], name=name)
        for name, said in zip("abc", [WRONG, RIGHT, RIGHT], strict=True)
    }
    run.open_account(mt.Budget(calls=2))
    with in_run(run):
        outcome = await graph.ainvoke(
            {"question": QUESTION}, context=EnsembleSettings(models="a,b,c")
        )
    assert (outcome["answer"], outcome["ending"]) == ("4", "budget")


async def test_a_budget_without_any_answer_is_an_error() -> None:
    run = Run(QUESTION)
    run.models |= {name: mt.scripted([RIGHT], name=name) for name in "ab"}
    run.open_account(mt.Budget(tokens=5))
    with in_run(run), pytest.raises(BudgetExceeded):
        await graph.ainvoke({"question": QUESTION}, context=EnsembleSettings(models="a,b"))


@pytest.mark.parametrize("models", ["", "a", "a, a", ","])
async def test_two_different_models_are_needed(models: str) -> None:
    with pytest.raises(InvalidConfig, match="at least two"):
        await mt.think(QUESTION, method="ensemble", models=models)


async def test_a_masked_password_is_asked_for_again() -> None:
    models = ["http://me:***@127.0.0.1:1/v1#one", "b"]
    with pytest.raises(InvalidConfig, match="is not kept"):
        await mt.think(QUESTION, method="ensemble", models=models)


@pytest.mark.parametrize("wrong", [{"certainty": 0.4}, {"weigh": "loudness"}, {"models": ["a,b"]}])
async def test_a_setting_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig):
        await mt.think(QUESTION, method="ensemble", **{"models": "a,b", **wrong})


async def test_a_file_that_holds_no_reliabilities_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"reliability": {"a": 7}}')
    for name in ("r.json", "none.json"):
        with pytest.raises(InvalidConfig, match="no reliabilities"):
            await asked({"a": [], "b": []}, reliabilities=str(tmp_path / name))


async def test_outcomes_are_remembered_and_order_the_next_poll(tmp_path: Path) -> None:
    """Each question's gold tells who was right; a question's own outcomes are not used for it."""
    place, topic = str(tmp_path / "m.db"), "counting"
    for number in range(6):
        run = Run(f"How many legs have {number + 3} horses?")
        replies = {"a": f"answer: {number}", "b": f"answer: {4 * (number + 3)}"}
        run.models |= {name: mt.scripted([said], name=name) for name, said in replies.items()}
        told = EnsembleSettings(
            models="a,b", memory=place, topic=topic, gold=str(4 * (number + 3)), certainty=1.0
        )
        with in_run(run):
            await graph.ainvoke({"question": run.question}, context=told)
    async with open_memory(place) as memory:
        rows = {
            row.method: (row.checked, row.correct)
            for row in await memory.episodes.statistics(topic)
        }
    assert rows["ensemble: b"][1] == rows["ensemble: b"][0] >= 5
    assert rows["ensemble: a"][1] == 0
    _, run = await asked({"a": [WRONG], "b": [RIGHT]}, memory=place, topic=topic)
    assert models_of(run)[0] == "b"
    _, run = await asked({"a": [RIGHT], "b": [RIGHT]}, memory=place, topic="another")
    assert [round(float(str(one)), 2) for one in run.steps[0].findings.values()] == [0.65, 0.65]


async def test_without_a_known_outcome_the_attempts_are_remembered_unchecked(
    tmp_path: Path,
) -> None:
    place = str(tmp_path / "m.db")
    await asked({"a": [RIGHT], "b": [RIGHT]}, memory=place)
    async with open_memory(place) as memory:
        rows = await memory.episodes.statistics()
    assert {(row.method, row.tried, row.checked) for row in rows} == {
        ("ensemble: a", 1, 0),
        ("ensemble: b", 1, 0),
    }


@pytest.fixture
async def other() -> Any:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


async def test_real_servers_one_of_which_is_down(server: FakeServer, other: FakeServer) -> None:
    server.always = says(RIGHT)
    other.always = refuses(500, "out of order")
    base = server.model.partition("#")[0]
    models = [f"{base}#one", other.model, f"{base}#two"]
    answer = await mt.think(
        QUESTION, method="ensemble", models=models, budget=mt.Budget(seconds=20)
    )
    assert (answer.value, answer.ending) == ("8", "finished")
    assert sorted(body["model"] for body in server.bodies) == ["one", "two"]
    assert other.bodies


async def test_a_killed_run_goes_on_and_pays_no_answer_twice(
    server: FakeServer, tmp_path: Path
) -> None:
    base = server.model.partition("#")[0]
    told: dict[str, Any] = {
        "method": "ensemble",
        "models": [f"{base}#one", f"{base}#two", f"{base}#three"],
        "checkpoint": tmp_path / "c.db",
        "thread": "t",
    }
    server.script = [says(RIGHT), says(WRONG)]
    server.always = refuses(401, "no such key")
    with pytest.raises(mt.MetathinkError):
        await mt.think(QUESTION, **told)
    server.always = says(RIGHT)
    answer = await mt.think(QUESTION, **told)
    assert answer.value == "8"
    assert [body["model"] for body in server.bodies] == ["one", "two", "three", "three"]


async def test_a_password_in_an_address_is_not_kept(server: FakeServer, tmp_path: Path) -> None:
    server.always = says(RIGHT)
    base = server.model.partition("#")[0].replace("http://", "http://me:hunter2secret@")
    place = tmp_path / "m.db"
    answer = await mt.think(
        QUESTION, method="ensemble", models=[f"{base}#one", f"{base}#two"], memory=str(place)
    )
    assert "hunter2secret" not in json.dumps(answer.to_dict())
    assert b"hunter2secret" not in place.read_bytes()
