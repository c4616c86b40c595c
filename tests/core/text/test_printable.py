"""Text of unknown origin: shown and not obeyed, and without keys."""

from __future__ import annotations

import json
import time

import pytest

from metathink.core.errors import EndpointFailed, InternalError, MetathinkError
from metathink.core.message import user
from metathink.core.record import Call
from metathink.core.text.printable import (
    as_json,
    masked,
    printable,
    safe_message,
    without_credentials,
    without_secrets,
)
from metathink.core.usage import Usage


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J", "\x1b]8;;http://a\x07b", "a\x9b31mb", "\rover", "\u202egnp.exe", "\ud800", "\x7f"],
)
def test_control_characters_are_written_out(text: str) -> None:
    shown = printable(text)
    assert shown != text and shown.isprintable() and "\\u" in shown
    assert printable(shown) == shown


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Zeile eins\n\tzwei: 漢字 عربي x² 👩‍🚀"
    assert printable(text) == text and safe_message(text) == text
    assert printable("one\r\ntwo") == "one\ntwo"


def test_json_has_no_control_characters_and_reads_back() -> None:
    value = {"text": "a\x9b\x1b[1m\u202e\ud800\x7f", "list": [1, None]}
    line = as_json(value)
    assert line.isprintable() and json.loads(line) == value


def test_values_of_key_variables_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METATHINK_API_KEY", "correct-horse-battery")
    monkeypatch.setenv("SOME_PROVIDER_API_KEY", "correct-horse-battery-staple")
    monkeypatch.setenv("OTHER_API_KEY", "none")
    said = "used correct-horse-battery-staple, then correct-horse-battery; none was right"
    assert without_secrets(said) == "used ***, then ***; none was right"


def test_secrets_are_masked_within_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METATHINK_API_KEY", "correct-horse-battery")
    call = Call("m", "", "", (user("use correct-horse-battery"),), ("ok",), (), Usage(), 1.0)
    value = {"calls": [call], "correct-horse-battery": (1, None), "other": "text"}
    hidden = masked(value)
    assert "battery" not in repr(hidden) and "battery" in repr(value)
    assert hidden["calls"][0].messages[0].content == "use ***" and hidden["***"] == (1, None)
    unharmed = {"a": ["b", ("c",)], "call": Usage(1, 2)}
    assert masked(unharmed) == unharmed


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("no answer from http://ann:hunter2@host:1/v1#m", "hunter2"),
        ("connection to postgresql://u:p%40ss9@db/x failed", "p%40ss9"),
        ("headers: Authorization: Bearer abcDEF123456", "abcDEF123456"),
        ('{"authorization": "Basic YWxhZGRpbjpvcGVu1"}', "YWxhZGRpbjpvcGVu1"),
        ("bad request ?api_key=zz9plural&x=1", "zz9plural"),
        ('"x-api-key": "k-1234567"', "k-1234567"),
        ("Incorrect API key provided: sk-proj-AbCdEf0123456789xyz", "AbCdEf0123456789xyz"),
        ("conninfo host=h password=tr0ub4dor user=u", "tr0ub4dor"),
    ],
)
def test_an_error_never_repeats_a_key(said: str, hidden: str) -> None:
    assert hidden not in str(EndpointFailed(said)) and "***" in safe_message(said)


@pytest.mark.parametrize(
    "said",
    [
        "no API key: set OPENAI_API_KEY",
        "the API key: give METATHINK_API_KEY=... or a model of its own",
        "password authentication failed for user x",
        "pip install 'metathink[postgres]' (see http://localhost:8000/v1#model)",
    ],
)
def test_ordinary_messages_are_not_masked(said: str) -> None:
    assert safe_message(said) == said


def test_a_model_string_keeps_all_but_its_password() -> None:
    assert without_credentials("https://me:secret@host/v1#m") == "https://me:***@host/v1#m"
    assert without_credentials("https://host/v1#m") == "https://host/v1#m"


@pytest.mark.parametrize("piece", ["://a:", "password=", "Bearer ", "sk-", "\x1b", "://" * 3 + "@"])
def test_masking_takes_linear_time(piece: str) -> None:
    begun = time.process_time()
    safe_message(piece * (200_000 // len(piece)))
    assert time.process_time() - begun < 5


def test_a_bug_becomes_one_of_our_errors() -> None:
    with pytest.raises(IndexError) as bug:
        [][1]
    error = InternalError.of(bug.value, during="the step 'solve' of direct")
    assert isinstance(error, MetathinkError)
    for part in ("IndexError", "list index", "test_printable.py", "'solve' of direct", "report"):
        assert part in str(error)
