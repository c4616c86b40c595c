"""The extractor: one ask a passage, rows refused one by one, quotes that must have been said."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest

from metathink.agents.extractor import Extractor, FactsSaid
from metathink.core.budget import Budget
from metathink.core.errors import AuthenticationFailed, EmptyReply, EndpointUnreachable
from metathink.core.record import StepChange
from metathink.core.run import Run, in_run
from metathink.memory import Memory, NewFact, Refused, open_memory
from metathink.memory.passage import PASSAGE_LIMIT
from metathink.models.endpoints.scripted import ScriptedEndpoint, scripted
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model
from tests import server as serve
from tests.server import Behaviour, FakeServer, web

TEXT = "Ada Lovelace wrote Note G\nin 1843. She knew Babbage."
WROTE = {"subject": "Ada Lovelace", "relation": "wrote", "object": "Note G"}
KNEW = {"subject": "Ada Lovelace", "relation": "knew", "object": "Babbage"}


def reply(*rows: object) -> str:
    return json.dumps({"facts": rows})


def row(**parts: object) -> dict[str, object]:
    return WROTE | {"when": "", "quote": ""} | parts


async def extracted(*replies: str, text: str = TEXT) -> list[NewFact | Refused]:
    return list(await Extractor(scripted(replies)).extract(text))


def reasons(found: list[NewFact | Refused]) -> list[str]:
    return [one.reason for one in found if isinstance(one, Refused)]


async def test_facts_with_the_words_that_state_them_and_their_time() -> None:
    quote = "ada lovelace wrote note g in 1843"
    [wrote, knew] = await extracted(reply(row(when="1843", quote=quote), KNEW))
    assert wrote == NewFact(
        "Ada Lovelace", "wrote", "Note G", about=datetime(1843, 1, 1, tzinfo=UTC), quote=quote
    )
    assert knew == NewFact("Ada Lovelace", "knew", "Babbage")


@pytest.mark.parametrize(
    ("when", "about"),
    [
        ("1843-7", datetime(1843, 7, 1, tzinfo=UTC)),
        (" 1843-07-10 ", datetime(1843, 7, 10, tzinfo=UTC)),
        ("1843-13-45", None),
        ("0000", None),
        ("in her youth", None),
    ],
)
async def test_words_that_are_no_date_date_nothing(when: str, about: datetime | None) -> None:
    [fact] = await extracted(reply(row(when=when)))
    assert isinstance(fact, NewFact) and fact.about == about


async def test_a_malformed_row_is_refused_alone_and_without_a_second_ask() -> None:
    rows = ["Ada wrote", {"subject": "Ada"}, row(object=[7]), row(object=" "), row(), None]
    found = await extracted(reply(*rows))  # the script holds one reply: a second ask would fail
    assert [type(one) for one in found] == [Refused, Refused, Refused, Refused, NewFact, Refused]
    assert "relation: Field required" in reasons(found)[1]
    assert "a fact's object is empty" in reasons(found)[3]


@pytest.mark.parametrize(
    ("change", "object"),
    [({"when": None}, "Note G"), ({"quote": None}, "Note G"), ({"object": 1815}, "1815")],
)
async def test_nulls_and_numbers_cost_no_fact(change: dict[str, Any], object: str) -> None:
    [fact] = await extracted(reply(WROTE | change))
    assert isinstance(fact, NewFact) and fact.object == object


async def test_a_year_as_number_dates_a_fact() -> None:
    [fact] = await extracted(reply(WROTE | {"when": 1843}))
    assert isinstance(fact, NewFact) and fact.about == datetime(1843, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
async def test_a_quote_is_found_in_any_unicode_form(form: Any) -> None:
    text = "Zoë called it naïve; she filed the ﬁnal draft."
    quote = unicodedata.normalize(form, text)
    model = scripted([reply(row(subject="Zoë", quote=quote))])
    [fact] = await Extractor(model).extract(text)
    assert isinstance(fact, NewFact)


async def test_what_the_text_does_not_say_is_refused() -> None:
    found = await extracted(reply(row(quote="Ada invented the engine"), row()))
    assert reasons(found) == ["the text does not say 'Ada invented the engine'"]
    assert isinstance(found[1], NewFact)


async def test_a_broken_reply_keeps_the_rows_before_the_break() -> None:
    """And no second call is made for it."""
    cut = reply(WROTE, {"subject": "x"})[:-2] + ', {"subject": "Ad'
    found = await extracted(cut, "a second reply")
    assert isinstance(found[0], NewFact)
    assert len(found) == 2 and "malformed: entry 2" in reasons(found)[0]
    assert reasons(await extracted("no JSON", reply(WROTE))) == [
        "malformed: the reply holds no list of entries"
    ]


async def test_no_facts_are_no_error_and_silence_is() -> None:
    assert await extracted(reply()) == []
    with pytest.raises(EmptyReply):
        await extracted("", "", "")


async def test_the_prompt_has_3000_characters_at_most_with_the_schema_in_words() -> None:
    model = scripted([reply()])
    await Extractor(model).extract("x" * PASSAGE_LIMIT)
    assert isinstance(model.endpoint, ScriptedEndpoint)
    [request] = model.endpoint.heard
    assert '"quote"' in request.messages[-1].content
    assert sum(len(message.content) for message in request.messages) <= 3_000


async def test_the_step_says_what_it_changed() -> None:
    with in_run(Run()) as run:
        await extracted(reply(WROTE, "?"))
        await extracted(reply())
    assert [step.changes for step in run.steps] == [[StepChange("facts", None, 1)], []]
    refused = run.steps[0].findings["refused"]
    assert isinstance(refused, tuple) and len(refused) == 1
    assert {(step.speaker, step.action) for step in run.steps} == {("extractor", "extract")}
    assert [call.prompt for step in run.steps for call in step.calls] == ["extractor.extract"] * 2


def test_one_bad_row_does_not_change_the_schema() -> None:
    schema = json.dumps(FactsSaid.model_json_schema())
    assert "Refused" not in schema and "reason" not in schema and '"when"' in schema


# -- in a memory --------------------------------------------------------------------------------


def at(server: FakeServer) -> Extractor:
    return Extractor(Model("fake", WireEndpoint(server.base, "fake")))


async def test_names_are_resolved_by_memory() -> None:
    async with open_memory(extractor=Extractor(scripted([reply(WROTE, "?")]))) as memory:
        await memory.graph.add_fact("Ada Lovelace", "is", "a countess", source="book")
        await memory.graph.add_alias("Ada", "Ada Lovelace")
        memory.extractor = Extractor(scripted([reply(WROTE | {"subject": "ADA"}, "?")]))
        kept = await memory.remember(TEXT, "letter")
        assert [f.text for f in await memory.graph.facts(relation="wrote")] == [
            "Ada Lovelace wrote Note G"
        ]
        assert len(kept.refused) == 1 and not kept.unread


async def three_passages(memory: Memory, extractor: Extractor):
    memory.extractor = extractor
    return await memory.remember("\n\n".join(f"{n} " + "word " * 380 for n in range(3)), "book")


def by_passage(*behaviours: Behaviour) -> Behaviour:
    """Answers the passage that begins with a number by the behaviour of that number."""

    async def behave(request: web.Request, body: dict) -> web.StreamResponse:
        heard = "".join(message["content"] for message in body["messages"])
        number = next(n for n in range(3) if f"Text:\n{n} word" in heard)
        return await behaviours[number](request, body)

    return behave


async def test_one_passage_that_fails_does_not_silence_the_others(server: FakeServer) -> None:
    dropped, said = serve.hangs_up(), serve.says(reply(WROTE))
    attempts = iter([dropped, dropped, said])

    async def comes_back(request: web.Request, body: dict) -> web.StreamResponse:
        return await next(attempts)(request, body)

    server.always = by_passage(comes_back, serve.says(""), serve.says("not", reply(KNEW), "JSON"))
    async with open_memory() as memory:
        kept = await three_passages(memory, at(server))
        assert len(kept.passages) == 3 and len(kept.facts) == 1
        assert list(kept.unread) == [kept.passages[1]]
        assert kept.unread[kept.passages[1]].startswith("EmptyReply")
        assert kept.refused == ("malformed: the reply holds no list of entries",)


async def test_a_server_that_is_not_there_is_raised() -> None:
    async with open_memory() as memory:
        one = Extractor(Model("gone", WireEndpoint("http://127.0.0.1:9/v1", "fake")))
        with pytest.raises(EndpointUnreachable):
            await three_passages(memory, one)
        assert await memory.graph.facts() == []


async def test_a_spent_budget_keeps_what_was_read(server: FakeServer) -> None:
    server.always = serve.says(reply(WROTE))
    async with open_memory() as memory:
        run = Run()
        run.open_account(Budget(calls=2))
        with in_run(run):
            kept = await three_passages(memory, at(server))
        assert len(kept.passages) == 3 and run.usage.calls == 2 == len(server.bodies)
        assert list(kept.unread) == [kept.passages[2]]
        assert "BudgetExceeded" in kept.unread[kept.passages[2]]
        assert [fact.text for fact in await memory.graph.facts()] == ["Ada Lovelace wrote Note G"]


async def test_what_would_fail_for_every_passage_is_raised_and_what_was_read_stays(
    server: FakeServer,
) -> None:
    refused = serve.refuses(401)
    server.always = by_passage(serve.says(reply(WROTE)), refused, refused)
    async with open_memory() as memory:
        with pytest.raises(AuthenticationFailed):
            await three_passages(memory, at(server))
        assert len([item async for item in memory.items(["passages"])]) == 3
        assert len(await memory.graph.facts()) == 1
