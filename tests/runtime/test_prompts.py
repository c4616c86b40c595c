"""Replaced prompts: they reach the endpoint, are checked before anything is asked, and are listed whole."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import metathink as mt
from metathink.cli.main import app
from metathink.core.errors import InvalidConfig
from metathink.core.message import Prompt, replacing_prompts, user
from metathink.graphs import method
from metathink.runtime.prompts import ENVIRONMENT, all_prompts, export_prompts, read_prompts

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "models", "memory", "meta", "agents", "runtime", "graphs", "evals", "cli")
QUESTION = "What is 2 + 2?"
SOLVE = "Think briefly. {form}"
ANSWER = "Reply in one line. {form}"


def said_to(run: mt.RunRecord) -> str:
    """Everything that was said to the model, in one string."""
    calls = [call for step in run.steps for call in step.calls]
    return "\n".join(message.content for call in calls for message in call.messages)


async def direct(**settings: Any) -> mt.Answer:
    return await mt.think(QUESTION, method="direct", model=mt.scripted(["answer: 4"]), **settings)


def folder_of(path: Path, **texts: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in texts.items():
        (path / f"{name.replace('__', '.')}.txt").write_text(f"{text}\n", encoding="utf-8")
    return path


async def test_a_replaced_prompt_reaches_the_model_and_changes_the_hash() -> None:
    plain = await direct()
    replaced = await direct(prompts={"reasoner.solve": ANSWER})
    assert "Reply in one line." in said_to(replaced.run)
    assert "Reply in one line." not in said_to(plain.run)
    [before], [after] = plain.run.steps[0].calls, replaced.run.steps[0].calls
    assert before.prompt == after.prompt == "reasoner.solve"
    assert before.prompt_hash != after.prompt_hash


async def test_a_folder_replaces_the_prompts_it_has_files_for(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "p", reasoner__solve=ANSWER)
    (folder / "README.md").write_text("notes on these prompts")
    for given in (folder, str(folder)):
        assert "Reply in one line." in said_to((await direct(prompts=given)).run)


async def test_the_environment_names_a_folder_and_what_is_given_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "p", reasoner__solve=ANSWER, reasoner__question="Q: {question}")
    monkeypatch.setenv(ENVIRONMENT, str(folder))
    assert "Reply in one line." in said_to((await direct()).run)
    said = said_to((await direct(prompts={"reasoner.solve": "Shorter. {form}"})).run)
    assert "Shorter." in said and "Reply in one line." not in said and f"Q: {QUESTION}" in said


async def test_a_graph_run_by_itself_takes_them_as_a_setting() -> None:
    graph, run = method("direct").graph, mt.Run()
    run.models["script"] = mt.scripted(["answer: 4"])
    context = {"model": "script", "prompts": {"reasoner.solve": ANSWER}}
    config: Any = {"configurable": {"__metathink_run": run}}
    await graph.ainvoke({"question": QUESTION}, config, context=context)
    assert "Reply in one line." in said_to(run)


async def test_methods_inside_a_method_use_them_too() -> None:
    answer = await mt.think(
        QUESTION, model=mt.scripted(["answer: 4"] * 20), prompts={"reasoner.solve": ANSWER}
    )
    assert "Reply in one line." in said_to(answer.run)


async def test_all_ways_to_think_take_them() -> None:
    given: dict[str, Any] = {"method": "direct", "prompts": {"reasoner.solve": ANSWER}}
    [batched] = await mt.think_all([QUESTION], model=mt.scripted(["answer: 4"]), **given)
    assert isinstance(batched, mt.Answer)
    streamed = [e async for e in mt.stream(QUESTION, model=mt.scripted(["answer: 4"]), **given)]
    assert isinstance(streamed[-1], mt.Answer)
    synchronous = mt.think_sync(QUESTION, model=mt.scripted(["answer: 4"]), **given)
    for answer in (batched, streamed[-1], synchronous):
        assert "Reply in one line." in said_to(answer.run)


async def test_a_batch_keeps_answers_by_the_texts_of_its_prompts(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "p", reasoner__solve=ANSWER)
    given: dict[str, Any] = {
        "method": "direct",
        "prompts": folder,
        "resume": tmp_path / "kept.jsonl",
    }
    await mt.think_all([QUESTION], model=mt.scripted(["answer: 4"]), **given)
    [kept] = await mt.think_all([QUESTION], model=mt.scripted(["answer: 5"]), **given)
    folder_of(folder, reasoner__solve="Other. {form}")
    [changed] = await mt.think_all([QUESTION], model=mt.scripted(["answer: 5"]), **given)
    assert isinstance(kept, mt.Answer) and kept.value == "4"
    assert isinstance(changed, mt.Answer) and changed.value == "5"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"reasoner.slove": SOLVE}, "reasoner.solve"),
        ({"reasonr.solve": SOLVE}, "reasoner"),
        ({"reasoner.solve": "Just answer."}, "misses {form}; its variables are: {form}"),
        ({"reasoner.solve": "{form} {quetsion}"}, "unknown {quetsion}"),
        ({"reasoner.solve": "  "}, "empty"),
        ({"reasoner.solve": 7}, "string"),
        (7, "dictionary"),
        ("no/such/folder", "no folder"),
    ],
)
async def test_what_cannot_replace_a_prompt_is_refused_before_anything_is_asked(
    given: Any, told: str
) -> None:
    model = mt.scripted(["answer: 4"])
    with pytest.raises(InvalidConfig) as refused:
        await mt.think(QUESTION, method="direct", model=model, prompts=given)
    assert told in str(refused.value)
    assert refused.value.run is not None and refused.value.run.usage.calls == 0


def test_a_folder_must_hold_prompts_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="no file NAME"):
        read_prompts(tmp_path)
    (tmp_path / "reasoner.solve.txt").write_bytes(b"\xff{form}")
    with pytest.raises(InvalidConfig, match="UTF-8"):
        read_prompts(tmp_path)


def test_the_list_is_what_the_code_has() -> None:
    names = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Prompt":
                    assert isinstance(node.args[0], ast.Constant)
                    names.append(node.args[0].value)
    assert [prompt.name for prompt in all_prompts()] == sorted(names)
    assert len(set(names)) == len(names) > 40


def test_exported_prompts_replace_each_by_itself(tmp_path: Path) -> None:
    export_prompts(tmp_path / "out")
    assert read_prompts(tmp_path / "out") == {p.name: p.text for p in all_prompts()}
    with pytest.raises(InvalidConfig, match="already"):
        export_prompts(tmp_path / "out")


def test_outside_the_block_a_prompt_is_itself_again() -> None:
    prompt = Prompt("a.b", "hello {name}")
    with replacing_prompts({"a.b": "bye {name}"}):
        assert prompt.fill(name="{x}") == "bye {x}"
        assert user(prompt.fill(name="y")).content == "bye y"
    assert prompt.fill(name="y") == "hello y"


def test_the_command_lists_shows_and_exports(tmp_path: Path) -> None:
    runner = CliRunner()
    listed = runner.invoke(app, ["prompts", "--json"])
    assert [row["name"] for row in json.loads(listed.stdout)] == [p.name for p in all_prompts()]
    shown = runner.invoke(app, ["prompts", "reasoner.planned"])
    assert "plan, question" in shown.stdout and "{plan}" in shown.stdout
    runner.invoke(app, ["prompts", "--export", str(tmp_path / "out")])
    assert read_prompts(tmp_path / "out")
