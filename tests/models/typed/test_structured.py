"""A typed reply is read as it was meant, of any type; what is asked for is plain and accepted everywhere."""

from __future__ import annotations

import enum
import json
import time
from datetime import date, datetime
from typing import Any, Literal

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, RootModel

from metathink.agents.critique.aggregator import ConclusionSaid, MergeSaid
from metathink.agents.critique.critic import CritiqueSaid
from metathink.agents.critique.task_describer import Task
from metathink.agents.extractor import FactsSaid
from metathink.agents.mind.responder import Assessment
from metathink.agents.mind.theory_of_mind import HypothesesSaid
from metathink.agents.strategist import BehaviorsSaid, ReflectionSaid
from metathink.core.message import user
from metathink.models.endpoints.scripted import scripted
from metathink.models.endpoints.wire import WireEndpoint
from metathink.models.model import Model
from metathink.models.typed.answer_type import narrowed, one_of, some_of
from metathink.models.typed.structured import asking_in_text, form_of, parse, schema_of
from tests import server as serve
from tests.server import FakeServer

ROLES = [
    *(Assessment, BehaviorsSaid, ConclusionSaid, CritiqueSaid, FactsSaid, MergeSaid),
    *(ReflectionSaid, HypothesesSaid, Task),
]


class Mood(enum.Enum):
    """How somebody feels."""

    GLAD = "glad"
    SAD = "sad"


class Place(BaseModel):
    """Somewhere a trip leads."""

    town: str
    nights: int = 1
    tags: list[str] = []


class Trip(BaseModel):
    """A trip, as a user of the library would describe one."""

    name: str = Field(description="what the trip is called", min_length=1)
    start: date
    booked: datetime | None = None
    places: list[Place]
    kind: Literal["work", "leisure"] = "leisure"
    mood: Mood | None = None
    prices: dict[str, float] = {}
    rating: int = Field(default=3, ge=1, le=5)


class Verdict(BaseModel):
    reason: str
    better: Literal["left", "right", "neither"]


class Names(BaseModel):
    names: list[str]


class Rows(BaseModel):
    rows: list[Place]


class Circle(BaseModel):
    shape: Literal["circle"]
    radius: float


class Square(BaseModel):
    shape: Literal["square"]
    side: float


class Drawing(BaseModel):
    part: Circle | Square = Field(discriminator="shape")


class Tree(BaseModel):
    label: str
    children: list[Tree] = []


GOOD = {"reason": "shorter", "better": "left"}


@pytest.mark.parametrize(
    "said",
    [
        json.dumps(GOOD),
        json.dumps({"Reason": "shorter", "BETTER": "Left"}),
        json.dumps({"reason": ["shorter"], "better": "[left]"}),
        json.dumps({"reason": "shorter", "better": "**left**."}),
        json.dumps({"properties": GOOD}),
        json.dumps(
            {"type": "object", "title": "Verdict", "properties": GOOD, "required": ["reason"]}
        ),
        json.dumps({"Verdict": GOOD}),
        json.dumps({"answer": {"result": GOOD}}),
        json.dumps([GOOD]),
        json.dumps(GOOD)[:-1],
        'By {reason, better} it is:\n```json\n{"reason": "shorter", "better": "left",}\n```\nDone.',
        '{"reason": "a draft", "better": "right"}\nNo, rather:\n' + json.dumps(GOOD),
        '<think>\n{"better": "right"}?\n</think>\n' + json.dumps(GOOD),
        json.dumps({"name": "Verdict", "arguments": GOOD}),
        "Reason: shorter\nBetter: left",
        "**Reason:** shorter\n- **Better**: `left`",
    ],
)
def test_what_was_meant_is_read(said: str) -> None:
    assert parse(said, Verdict) == Verdict(reason="shorter", better="left")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("left", "no JSON object"),
        ('{"reason": "r"}', "better: Field required"),
        ('{"reason": "r", "better": "up"}', "better: Input should be 'left'"),
        ('{"reason": "r", "better": "lef', "cut off"),
        ("Reason: shorter", "no JSON object"),
        ('{"reason": null, "better": "left"}', "reason: Input should be a valid string"),
    ],
)
def test_what_is_wrong_is_said_with_the_keys(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as raised:
        parse(said, Verdict)
    assert "wanted are the keys reason, better" in str(raised.value)


async def test_a_list_is_asked_for_in_words_alone() -> None:
    """Endpoints refuse a schema whose root is no object."""

    class Towns(RootModel[list[str]]):
        pass

    model = scripted(['Here: ["Oslo", "Bergen",]'])
    assert (await model.ask([user("Which?")], answer=Towns)).value.root == ["Oslo", "Bergen"]
    heard: Any = model.endpoint
    assert heard.heard[0].schema is None
    assert '["..."]' in heard.heard[0].messages[-1].content


async def test_a_repair_shows_the_fault_and_the_form() -> None:
    model = scripted(["It is the left one.", json.dumps(GOOD)])
    assert (await model.ask([user("Which?")], answer=Verdict)).value.better == "left"
    heard: Any = model.endpoint
    asked = heard.heard[1].messages[-1].content
    assert "no JSON object" in asked and form_of(Verdict) in asked


@pytest.mark.parametrize(
    ("said", "answer", "value"),
    [
        ('["Ida", "Ole"]', Names, {"names": ["Ida", "Ole"]}),
        ('{"names": "Ida"}', Names, {"names": ["Ida"]}),
        ('{"names": [1, 2.5]}', Names, {"names": ["1", "2.5"]}),
        ('[{"town": "Bergen", "nights": "2"}]', Rows, {"rows": [{"town": "Bergen", "nights": 2}]}),
        ('{"rows": {"town": "Bergen"}}', Rows, {"rows": [{"town": "Bergen"}]}),
        (
            '{"town": "Bergen"}\n{"town": "Oslo"}',
            Rows,
            {"rows": [{"town": "Bergen"}, {"town": "Oslo"}]},
        ),
        ('{"town": 5, "nights": null}', Place, {"town": "5"}),
        ('{"town": "Bergen", "tags": null}', Place, {"town": "Bergen"}),
        (
            '{"part": {"shape": "Square", "side": "2"}}',
            Drawing,
            {"part": {"shape": "square", "side": 2.0}},
        ),
        (
            '{"label": "a", "children": [{"label": "b", "Children": [{"label": 3}]}]}',
            Tree,
            {"label": "a", "children": [{"label": "b", "children": [{"label": "3"}]}]},
        ),
        (
            '{"Name": "North", "start": "2026-05-01", "booked": "none", "places": [{"Town": "Oslo"}], '
            '"kind": "Work", "mood": "GLAD", "prices": {"bus": "12.5"}, "rating": "4"}',
            Trip,
            {
                "name": "North",
                "start": "2026-05-01",
                "places": [{"town": "Oslo"}],
                "kind": "work",
                "mood": "glad",
                "prices": {"bus": 12.5},
                "rating": 4,
            },
        ),
    ],
)
def test_a_type_of_any_form_is_read(said: str, answer: type[BaseModel], value: dict) -> None:
    assert parse(said, answer) == answer.model_validate(value)


def test_markers_and_criteria_are_read_whatever_their_case_and_brackets() -> None:
    class Said(BaseModel):
        where: list[str]
        criterion: str

    kind = narrowed(
        Said, where=some_of(["S1", "S2"], "marker"), criterion=one_of(["brevity"], "criterion")
    )
    for where in (["[S1]", "s2"], "S1, S2", "[S1]; [S2]"):
        read = parse(json.dumps({"where": where, "criterion": "Brevity"}), kind)
        assert (read.where, read.criterion) == (["S1", "S2"], "brevity")


@pytest.mark.parametrize("answer", [Trip, Verdict, Rows, Drawing, Tree, *ROLES])
def test_the_form_shown_is_an_example_of_the_type(answer: type[BaseModel]) -> None:
    example = form_of(answer).splitlines()[0]
    assert parse(example, answer)
    last = asking_in_text([user("Say.")], answer)[-1].content
    assert last.startswith("Say.\n\n") and example in last and "$defs" not in last


def test_the_form_names_what_an_example_cannot_show() -> None:
    notes = form_of(Trip)
    assert "- name: what the trip is called" in notes
    assert '- kind: one of "work", "leisure"' in notes
    assert "- booked: or null if there is none" in notes
    assert "- rating: a number from 1 up to 5" in notes


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every schema of an object with properties in a schema."""
    inner = (
        schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    )
    own = (
        [schema] if isinstance(schema, dict) and isinstance(schema.get("properties"), dict) else []
    )
    return own + [found for part in inner for found in objects(part)]


@pytest.mark.parametrize("answer", [Trip, Verdict, Rows, Drawing, Tree, *ROLES])
def test_a_schema_follows_the_rules_of_strict_endpoints(answer: type[BaseModel]) -> None:
    schema = schema_of(answer)
    words = json.dumps(schema)
    assert schema["type"] == "object"
    assert words.count('"$ref"') == 0 or "$defs" in schema
    for keyword in (
        "default",
        "minimum",
        "maximum",
        "minLength",
        "format",
        "oneOf",
        "const",
        "discriminator",
    ):
        assert f'"{keyword}":' not in words
    for one in objects(schema):
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])
        assert "description" not in one, "a class docstring is no part of the question"


def test_parts_that_may_be_left_out_may_be_null_in_a_strict_schema() -> None:
    kind = schema_of(Place)["properties"]["nights"]
    assert kind["anyOf"] == [{"type": "integer"}, {"type": "null"}]
    assert parse('{"town": "Oslo", "nights": null, "tags": null}', Place) == Place(town="Oslo")


def test_a_type_that_takes_no_further_keys_is_read() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")
        name: str

    assert parse('{"Name": 7}', Strict).name == "7"
    with pytest.raises(ValueError, match="Extra inputs"):
        parse('{"name": "a", "more": 1}', Strict)


@pytest.mark.parametrize("piece", ['{"reason": "x"} ', "[1] ", '{"a": {', "{reason: x, ", '["x", '])
def test_junk_is_refused_in_linear_time(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    begun = time.process_time()
    with pytest.raises(ValueError):
        parse(text, Verdict)
    assert time.process_time() - begun < 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "places", "town", "kind", "x"]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@settings(max_examples=200)
@given(JSON, st.sampled_from([Trip, Drawing, Tree, Rows, FactsSaid, HypothesesSaid]))
def test_no_value_makes_reading_fail_otherwise(value: Any, answer: type[BaseModel]) -> None:
    try:
        read = parse(json.dumps(value), answer)
    except ValueError:
        return
    assert isinstance(read, answer)


class Part(BaseModel):
    size: int


class Told(BaseModel):
    parts: list[Part]
    best: Part | None = None
    kind: Literal["a", "b"] = "a"


class Mapped(BaseModel):
    sizes: dict[str, Part]


class Loose(BaseModel):
    anything: Any


@pytest.mark.parametrize(("answer", "strict"), [(Told, True), (Mapped, False), (Loose, False)])
async def test_only_what_strict_mode_can_express_is_sent_as_strict(
    server: FakeServer, answer: type[BaseModel], strict: bool
) -> None:
    values = '{"parts": [], "sizes": {"x": {"size": 3}}, "anything": 1}'
    server.always = serve.says(values)
    model = Model("m", WireEndpoint(server.base, "fake"))
    await model.ask([user("q")], answer=answer)
    assert server.bodies[0]["response_format"]["json_schema"]["strict"] is strict
    assert model.endpoint.enforces_schema


class Colour(enum.Enum):
    """ENGINEERS: which paints are in stock."""

    RED = "red"
    BLUE = "blue"


class Brush(BaseModel):
    """ENGINEERS: a tool of the workshop."""

    width: int = Field(description="in millimetres")


class Painting(Brush):
    """ENGINEERS: what the workshop makes."""

    colours: list[Colour] = Field(description="the main ones first")
    brushes: list[Brush]
    best: Brush | None = None


@pytest.mark.parametrize("enforces", [True, False])
@pytest.mark.parametrize("answer", [Painting, narrowed(Painting, width=int)])
async def test_what_a_model_reads_of_a_type_is_its_fields_and_not_its_docstrings(
    server: FakeServer, answer: type[BaseModel], enforces: bool
) -> None:
    """On the wire, in schema and words, the first time and when a reply is sent back."""

    async def behave(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if "response_format" in body and not enforces:
            return await serve.refuses(400, "response_format is not supported")(request, body)
        good = '{"width": 3, "colours": ["red"], "brushes": [{"width": 2}], "best": null}'
        repairs = "could not be used" in json.dumps(body["messages"])
        return web.json_response(serve.completion(body, good if repairs else "Blue, I think."))

    server.always = behave
    model = Model("m", WireEndpoint(server.base, "fake"))
    await model.ask([user("Paint.")], answer=answer)
    assert any("could not be used" in json.dumps(body) for body in server.bodies)
    assert any("response_format" in body for body in server.bodies)
    for body in server.bodies:
        words = json.dumps(body)
        assert "ENGINEERS" not in words
        assert "in millimetres" in words and "the main ones first" in words


@pytest.mark.parametrize("role", ROLES)
def test_a_role_tells_a_model_no_docstring_of_its_types(role: type[BaseModel]) -> None:
    schema = role.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    docstrings = {part["description"] for part in parts if "description" in part} | {role.__doc__}
    told = json.dumps(schema_of(role), ensure_ascii=False) + form_of(role)
    assert not [words for words in docstrings if words and words in told]
