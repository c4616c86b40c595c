"""How the embedded model is asked to use behaviors, and to name the one a solution shows.

It was taught to write a shorter solution where its family's behavior is given, without citing it, and one
behavior a solution. To look back in words, and to compare two behaviors, it was never taught.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from ...core.message import Message, RenderedPrompt
from . import wording

Heard = Callable[[Sequence[Message]], str]
Said = Callable[[str, Sequence[Message]], str]

_BEHAVIOR = re.compile(r"^- (\w+): \"([^\"]*)\"", re.MULTILINE)  # as memory's quotation lists one


def _values(messages: Sequence[Message]) -> Mapping[str, str]:
    """What the conversation's prompts were filled with."""
    found: dict[str, str] = {}
    for message in messages:
        if isinstance(message.content, RenderedPrompt):
            found |= message.content.values
    return found


def _solve_with_behaviors(messages: Sequence[Message]) -> str:
    values = _values(messages)
    behaviors = [(name, text) for name, text in _BEHAVIOR.findall(values["behaviors"])]
    return wording.solve(values["question"], behaviors=behaviors)


def _extract(messages: Sequence[Message]) -> str:
    values = _values(messages)
    return wording.extract_behavior(values["question"], wording.read_steps(values["solution"]))


def _say_behaviors(text: str, messages: Sequence[Message]) -> str:
    found = wording.read_behavior(text)
    said = [{"name": found[0], "instruction": found[1]}] if found else []
    return json.dumps({"behaviors": said})


def _as_it_is(text: str, messages: Sequence[Message]) -> str:
    return text


KINDS: dict[str, tuple[Heard, Said]] = {
    "reasoner.solve_with_behaviors": (_solve_with_behaviors, _as_it_is),
    "strategist.extract": (_extract, _say_behaviors),
}
