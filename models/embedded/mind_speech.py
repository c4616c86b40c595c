"""How the embedded model is asked what goes on in people's minds.

It was taught to say what each person of a story believes, wants, intends, feels or thinks, and to answer
from one such hypothesis. It says nothing of how sure it is: a hypothesis counts by the share of the
question's words it has, and one about nobody the question names not at all. Readings of words, rules,
probabilities and talk it was never taught.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from ...core.errors import MalformedReply
from ...core.message import Message, RenderedPrompt
from . import wording

Heard = Callable[[Sequence[Message]], str]
Said = Callable[[str, Sequence[Message]], str]

UNTAUGHT = {"domain.in_context", "domain.prior", "responder.respond"}
"""Prompts for plain words that it cannot answer."""

_KINDS = {"belief", "desire", "intention", "emotion", "thought"}
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[A-Z]\w*")


def _slot(messages: Sequence[Message], name: str) -> str:
    for message in reversed(messages):
        if isinstance(message.content, RenderedPrompt) and name in message.content.values:
            return message.content.values[name]
    return ""


def _hypothesize(messages: Sequence[Message]) -> str:
    if _slot(messages, "known"):
        raise MalformedReply("the embedded model does not support adding to its hypotheses")
    return wording.hypotheses(_slot(messages, "situation"))


def _say_hypotheses(text: str, messages: Sequence[Message]) -> str:
    asked = _question(_slot(messages, "situation"))
    found = [
        {"reading": 0, "kind": kind, "text": said, "confidence": _share(asked, said)}
        for kind, said in wording.read_hypotheses(text)
        if kind in _KINDS and set(_NAME.findall(said)) & set(_NAME.findall(asked))
    ]
    return json.dumps({"hypotheses": found})


def _question(story: str) -> str:
    """The last line that asks something, else the last line."""
    lines = [line for line in story.splitlines() if line.strip()] or [""]
    return next((line for line in reversed(lines) if "?" in line), lines[-1])


def _share(asked: str, said: str) -> float:
    """The share of the question's words that a sentence has; "thinks" is "think"."""
    wanted = _forms(asked)
    return len(wanted & _forms(said)) / len(wanted) if wanted else 0.0


def _forms(text: str) -> set[str]:
    return {word.removesuffix("s") for word in _WORD.findall(text.lower())}


def _choose(messages: Sequence[Message]) -> str:
    story, hypothesis = _slot(messages, "situation"), _slot(messages, "hypothesis")
    if not hypothesis:
        return wording.solve(story)
    return wording.answer_from_hypothesis(story, _slot(messages, "kind"), hypothesis)


def _as_it_is(text: str, messages: Sequence[Message]) -> str:
    return text


KINDS: dict[str, tuple[Heard, Said]] = {
    "theory_of_mind.hypothesize": (_hypothesize, _say_hypotheses),
    "responder.choose": (_choose, _as_it_is),
}
