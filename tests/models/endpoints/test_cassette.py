"""A cassette replays what was recorded, exactly, and says what it does not hold."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from metathink.api import stream, think
from metathink.core.budget import Budget
from metathink.core.errors import InvalidConfig, InvalidInput, NotRecorded
from metathink.core.message import Prompt, user
from metathink.core.record import Words
from metathink.core.run import Run, in_run
from metathink.models.endpoints.cassette import CassetteEndpoint, CassetteName, cassette_name
from metathink.models.endpoints.scripted import scripted
from metathink.models.model import Model, Reply
from metathink.models.open import open_model
from metathink.models.request import Request
from tests import server as serve
from tests.server import FakeServer


class Colour(BaseModel):
    name: str
    red: int


def numbered(server: FakeServer) -> serve.Behaviour:
    """Says which request this is, with a log-probability of many digits for each word."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        number = len(server.bodies)
        texts = [f"reply {number} sample {i}" for i in range(body.get("n", 1))]
        reply = serve.completion(body, *texts)
        for choice in reply["choices"]:
            words = choice["message"]["content"].split()
            choice["logprobs"] = {
                "content": [
                    {
                        "token": word,
                        "logprob": -1 / 7,
                        "top_logprobs": [{"token": word, "logprob": -1 / 7}],
                    }
                    for word in words
                ]
            }
        return web.json_response(reply)

    return behave


async def opened(path: Path, model: str = "") -> Model:
    """A model of its own, as another process would open it."""
    text = cassette_name(path, model).removeprefix("cassette:")
    return (await CassetteEndpoint.open(CassetteName.read(text), open_model)).as_model("cassette")


async def test_what_was_recorded_is_replayed_when_the_server_is_gone(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    server.always = numbered(server)

    async def ask(model: Model) -> list[Reply]:
        return [
            await model.ask([user("one?")], temperature=0.5, n=2, logprobs=0),
            await model.ask([user("one?")], temperature=0.5, n=2, logprobs=0),
            await model.ask([user("two?")], max_tokens=9, seed=1),
        ]

    first = await ask(await opened(path, server.model))
    assert len({choice.text for reply in first for choice in reply.choices}) == 5
    asked = len(server.bodies)
    await server.stop()
    assert await ask(await opened(path)) == first
    assert await ask(await opened(path, server.model)) == first, "with nothing new to record"
    assert len(server.bodies) == asked


async def test_a_run_is_replayed_with_its_budget_and_usage(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    server.always = serve.says(r"So \boxed{42}", r"So \boxed{42}", r"So \boxed{41}")
    name, budget = cassette_name(path, server.model), Budget(tokens=4000)
    settings: dict[str, Any] = {"method": "self_consistency", "budget": budget, "samples": 3}
    first = await think("What is 6 times 7?", model=name, **settings)
    await server.stop()
    again = await think("What is 6 times 7?", model=f"cassette:{path}", **settings)
    assert (again.text, again.confidence, again.usage) == (
        first.text,
        first.confidence,
        first.usage,
    )
    assert again.usage.calls > 0


async def test_a_miss_names_the_prompt_and_says_how_to_record(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    prompt = Prompt("colour.ask", "Which colour has {thing}?")
    await (await opened(path, server.model)).ask([user(prompt.fill(thing="snow"))], temperature=0.1)
    replaying = await opened(path)
    with pytest.raises(NotRecorded, match=r"colour\.ask.*has coal.*no request.*\?model="):
        await replaying.ask([user(prompt.fill(thing="coal"))], temperature=0.1)
    with pytest.raises(NotRecorded, match="another temperature"):
        await replaying.ask([user(prompt.fill(thing="snow"))], temperature=0.2)
    with pytest.raises(NotRecorded, match="another seed"):
        await replaying.ask([user(prompt.fill(thing="snow"))], temperature=0.1, seed=3)
    await replaying.ask([user(prompt.fill(thing="snow"))], temperature=0.1)
    with pytest.raises(NotRecorded, match="all 1 recorded replies were played"):
        await replaying.ask([user(prompt.fill(thing="snow"))], temperature=0.1)
    assert len(server.bodies) == 1


async def test_record_none_does_not_ask_the_model(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    await (await opened(path, server.model)).ask([user("q")])
    model = await open_model(f"cassette:{path}?model={server.model}&record=none")
    assert (await model.ask([user("q")])).text == "answer: 42"
    with pytest.raises(NotRecorded):
        await model.ask([user("other")])
    assert len(server.bodies) == 1


async def test_each_run_hears_the_replies_from_the_first_once_all_were_played(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    server.script = [serve.says("a"), serve.says("b")]
    recording = await opened(path, server.model)
    assert [(await recording.ask([user("q")])).text for _ in "12"] == ["a", "b"]
    model = await opened(path)
    texts = []
    for _ in range(4):
        with in_run(Run()):
            texts.append((await model.ask([user("q")])).text)
    assert texts == ["a", "b", "a", "a"]
    with in_run(Run()):
        assert [(await model.ask([user("q")])).text for _ in "12"] == ["a", "b"]
        with pytest.raises(NotRecorded, match="all 2"):
            await model.ask([user("q")])


async def test_what_is_recorded_meanwhile_is_found(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    server.always = numbered(server)
    recording = await opened(path, server.model)
    await recording.ask([user("q")])
    replaying = await opened(path)
    assert (await replaying.ask([user("q")])).text == "reply 1 sample 0"
    for question in ("q", "r"):
        await recording.ask([user(question)])
    assert (await replaying.ask([user("r")])).text == "reply 3 sample 0"
    assert (await replaying.ask([user("q")])).text == "reply 2 sample 0"
    path.unlink()
    with pytest.raises(InvalidInput, match="no cassette"):
        await replaying.ask([user("s")])


async def test_equal_requests_at_once_get_different_replies(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    server.always = numbered(server)

    async def texts(model: Model) -> list[str]:
        replies = await asyncio.gather(*(model.ask([user("q")]) for _ in range(20)))
        return sorted(reply.text for reply in replies)

    first = await texts(await opened(path, server.model))
    assert len(set(first)) == 20
    assert await texts(await opened(path)) == first


@pytest.mark.parametrize("cap", [None, 4, 500])
async def test_another_cap_serves_where_it_would_not_have_mattered(
    server: FakeServer, tmp_path: Path, cap: int | None
) -> None:
    path = tmp_path / "c.jsonl"
    server.always = serve.says("four words in all")
    await (await opened(path, server.model)).ask([user("q")], max_tokens=50)
    assert (await (await opened(path)).ask([user("q")], max_tokens=cap)).text == "four words in all"
    with pytest.raises(NotRecorded, match="another cap than 3 tokens"):
        await (await opened(path)).ask([user("q")], max_tokens=3)


async def test_a_reply_that_was_cut_serves_its_own_cap_only(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    server.always = serve.says("cut off", finish="length")
    await (await opened(path, server.model)).ask([user("q")], max_tokens=2)
    assert (await (await opened(path)).ask([user("q")], max_tokens=2)).truncated
    with pytest.raises(NotRecorded, match="another cap"):
        await (await opened(path)).ask([user("q")], max_tokens=500)


async def test_typed_replies_and_their_repair_are_replayed(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    server.script = [serve.says("red, I think"), serve.says('{"name": "red", "red": 255}')]
    first = await (await opened(path, server.model)).ask([user("Which?")], answer=Colour)
    await server.stop()
    again = await (await opened(path)).ask([user("Which?")], answer=Colour)
    assert again.value == first.value == Colour(name="red", red=255)


async def test_thoughts_are_replayed(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    server.always = serve.says("<think>\nSix sevens.\n</think>\n\n42")
    first = await (await opened(path, server.model)).ask([user("q")])
    again = await (await opened(path)).ask([user("q")])
    assert again == first


async def test_words_are_streamed_from_a_cassette(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    server.always = serve.says("Some words,\n\n  then \\boxed{42}")
    name = cassette_name(path, server.model)
    await think("q", method="direct", model=name)
    await server.stop()
    events = stream("q", method="direct", model=f"cassette:{path}", tokens=True)
    pieces = [event.text async for event in events if isinstance(event, Words)]
    assert len(pieces) > 3
    assert "".join(pieces) == "Some words,\n\n  then \\boxed{42}"


async def test_a_failed_request_is_not_recorded(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    server.script = [serve.refuses(503), serve.says("at last")]
    assert (await (await opened(path, server.model)).ask([user("q")])).text == "at last"
    assert path.read_text().count('"request"') == 1


async def test_the_file_tells_nothing_of_the_machine(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    await (await opened(path, server.model)).ask([user("q")])
    head = json.loads(path.read_text().splitlines()[0])
    assert head["model"] == "http#fake"
    assert "127.0.0.1" not in path.read_text()


async def test_a_compressed_cassette_replays_and_does_not_record(
    server: FakeServer, tmp_path: Path
) -> None:
    path, packed = tmp_path / "c.jsonl", tmp_path / "c.jsonl.gz"
    await (await opened(path, server.model)).ask([user("q")])
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert (await (await opened(packed)).ask([user("q")])).text == "answer: 42"
    with pytest.raises(InvalidConfig, match="compressed"):
        await opened(packed, server.model)
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(InvalidInput, match="damaged"):
        await opened(packed)


async def test_a_torn_line_is_passed_over_and_written_anew(
    server: FakeServer, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    recording = await opened(path, server.model)
    await recording.ask([user("one")])
    await recording.ask([user("two")])
    path.write_bytes(path.read_bytes()[:-30])
    model = await opened(path, server.model)
    await model.ask([user("one")])
    await model.ask([user("two")])
    assert len(server.bodies) == 3
    await server.stop()
    replaying = await opened(path)
    assert [(await replaying.ask([user(q)])).text for q in ("one", "two")] == ["answer: 42"] * 2


async def test_two_processes_record_to_one_file(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    program = (
        "import asyncio, sys\n"
        "from metathink.core.message import user\n"
        "from metathink.models.open import open_model\n"
        "async def main():\n"
        "    model = await open_model(sys.argv[1])\n"
        "    asks = (model.ask([user(f'{sys.argv[2]} {n} ' + 'x' * 5000)]) for n in range(20))\n"
        "    await asyncio.gather(*asks)\n"
        "asyncio.run(main())"
    )
    name = cassette_name(path, server.model)
    processes = [subprocess.Popen([sys.executable, "-c", program, name, who]) for who in "ab"]
    assert [await asyncio.to_thread(process.wait) for process in processes] == [0, 0]
    await server.stop()
    model = await opened(path)
    for who in "ab":
        for n in range(20):
            await model.ask([user(f"{who} {n} " + "x" * 5000)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no cassette at"),
        ("", "is empty"),
        ("not JSON\n", "line 1: not a line of a cassette"),
        ("[1]\n", "line 1: not a line of a cassette"),
        ('{"question": "q", "samples": ["a"]}\n', "line 1: not a line of a cassette"),
        ('{"cassette": 2}\n', "format 2"),
        ('{"cassette": 1, "model": "m"}\n', "line 1: not a line of a cassette"),
    ],
)
async def test_another_file_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "c.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=said):
        await open_model(f"cassette:{path}")


@pytest.mark.parametrize(
    "reply",
    [
        "{}",
        '{"request": {}}',
        '{"request": {"messages": [], "max_tokens": 1}, "choices": [], "usage": {}}',
        '{"request": {"messages": [], "max_tokens": 1}, "choices": ["words"], "usage": {}}',
        "[" * 100_000,
        '{"counted": "x", "tokens": "many"}',
    ],
)
async def test_a_damaged_line_is_named(server: FakeServer, tmp_path: Path, reply: str) -> None:
    path = tmp_path / "c.jsonl"
    await (await opened(path, server.model)).ask([user("q")])
    path.write_text(path.read_text() + reply + "\n")
    with pytest.raises(InvalidInput, match="line 3: not a line of a cassette"):
        await opened(path)


async def test_a_file_holds_one_model(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    await (await opened(path, server.model)).ask([user("q")])
    with pytest.raises(InvalidConfig, match="holds replies of http#fake, not of http#other"):
        await opened(path, server.base + "#other")


async def test_a_recording_is_copied_without_what_is_not_asked_for(
    server: FakeServer, tmp_path: Path
) -> None:
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    recording = await opened(old, server.model)
    for question in ("a", "b"):
        await recording.ask([user(question)])
    copying = await opened(new, cassette_name(old, server.model))
    for question in ("b", "c"):
        await copying.ask([user(question)])
    assert len(server.bodies) == 3
    copied = [json.loads(line) for line in new.read_text().splitlines()]
    assert copied[0]["model"] == "http#fake"
    assert [line["request"]["messages"][0]["content"] for line in copied[1:]] == ["b", "c"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.jsonl", CassetteName(Path("a.jsonl"))),
        (
            "a.jsonl?model=http://h:1/v1#m",
            CassetteName(Path("a.jsonl"), "http://h:1/v1#m"),
        ),
        (
            "a.jsonl?record=none&model=http%3A%2F%2Fh%2Fv1%23m%26n",
            CassetteName(Path("a.jsonl"), "http://h/v1#m&n", "none"),
        ),
        (
            "a.jsonl?model=http://h/v1?a=1&b=2#m&record=new",
            CassetteName(Path("a.jsonl"), "http://h/v1?a=1&b=2#m", "new"),
        ),
    ],
)
def test_a_cassette_string_is_read(text: str, name: CassetteName) -> None:
    assert CassetteName.read(text) == name


@pytest.mark.parametrize("text", ["", "?model=m", "a?mode=m", "a?record=all", "a?x&model=m"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidConfig, match=r"cassette:PATH\?model=STRING"):
        CassetteName.read(text)


async def test_counted_prompts_are_replayed(tmp_path: Path) -> None:
    inner = scripted(["yes"])
    name = CassetteName(tmp_path / "c.jsonl", "scripted")

    async def open_scripted(name: str) -> Model:
        return inner

    request = Request([user("How many words are these?")])
    recording = await CassetteEndpoint.open(name, open_scripted)
    counted = await recording.count(request)
    assert counted == await inner.endpoint.count(request)
    assert await (await opened(name.path)).endpoint.count(request) == counted
    assert await (await opened(name.path)).endpoint.count(Request([user("And these?")])) is None
