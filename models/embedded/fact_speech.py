"""How the embedded model is asked for the facts of a text: lines of subject | relation | object.

It was taught neither dates nor quotes. A line of another form is passed on as the row it is, for the
extractor to refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from ...core.message import Message, RenderedPrompt
from . import wording

Heard = Callable[[Sequence[Message]], str]
Said = Callable[[str, Sequence[Message]], str]

_PARTS = ("subject", "relation", "object")


def _extract(messages: Sequence[Message]) -> str:
    passage = messages[-1].content
    assert isinstance(
        passage, RenderedPrompt
    )  # the conversation was recognised by its prompt's name
    return wording.extract_facts(passage.values["text"])


def _say_facts(text: str, messages: Sequence[Message]) -> str:
    lines = [[part.strip() for part in line.split("|")] for line in wording.read_steps(text)]
    rows = [dict(zip(_PARTS, parts, strict=True)) for parts in lines if len(parts) == len(_PARTS)]
    others = [" | ".join(parts) for parts in lines if len(parts) != len(_PARTS)]
    return json.dumps({"facts": [*rows, *others]})


KINDS: dict[str, tuple[Heard, Said]] = {"extractor.extract": (_extract, _say_facts)}
