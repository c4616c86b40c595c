"""Laws of prompts: variables are strict, values are inert, a filled prompt still knows what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.message import (
    Prompt,
    RenderedPrompt,
    assistant,
    fingerprint,
    prompt_of,
    system,
    user,
)

PROMPT = Prompt("test.greet", "Say {greeting} to {name}.")


def test_filling_replaces_every_slot_and_remembers_name_and_values() -> None:
    filled = PROMPT.fill(greeting="hello", name="Ada")
    assert filled == "Say hello to Ada."
    assert (filled.name, filled.values) == ("test.greet", {"greeting": "hello", "name": "Ada"})


@pytest.mark.parametrize(
    "values", [{}, {"greeting": "hi"}, {"greeting": "hi", "name": "Ada", "mood": "gay"}]
)
def test_a_missing_or_unknown_slot_is_a_mistake(values: dict[str, str]) -> None:
    with pytest.raises(TypeError, match=r"test\.greet"):
        PROMPT.fill(**values)


@given(st.text(), st.text())
def test_values_are_never_read_as_variables(greeting: str, name: str) -> None:
    assert PROMPT.fill(greeting=greeting, name=name) == f"Say {greeting} to {name}."


def test_a_conversation_is_named_after_the_prompt_it_opens_with() -> None:
    opening = Prompt("test.open", "Be brief.").fill()
    talk = [
        system(opening),
        user("hello"),
        assistant("yes?"),
        user(PROMPT.fill(greeting="a", name="b")),
    ]
    assert prompt_of(talk) == "test.open"
    assert prompt_of([user("free words")]) == ""


def test_a_fingerprint_names_the_words_and_who_said_them() -> None:
    assert fingerprint([user("a"), user("b")]) == fingerprint(
        [user(RenderedPrompt("a", "x", {})), user("b")]
    )
    different = [
        [user("ab")],
        [user("a"), user("b")],
        [system("a"), user("b")],
        [user("b"), user("a")],
    ]
    assert len({fingerprint(talk) for talk in different}) == 4
    assert fingerprint([user("lone \ud800 surrogate")])
