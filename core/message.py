"""What is said to a model: messages, and the prompts they were filled from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Role = Literal["system", "user", "assistant"]

_SLOT = re.compile(r"\{([a-z_]+)\}")


class RenderedPrompt(str):
    """A prompt's text with its slots filled, which still knows the prompt's name and the values.

    It is a plain string to whoever reads English; a model with a wording of its own phrases the same
    request from `name` and `values` instead.
    """

    name: str
    values: Mapping[str, str]

    def __new__(cls, text: str, name: str, values: Mapping[str, str]) -> RenderedPrompt:
        filled = super().__new__(cls, text)
        filled.name = name
        filled.values = values
        return filled


@dataclass(frozen=True)
class Prompt:
    """A named text with named slots, `{like_this}`. Every slot must be filled and nothing else may be.

    Braces in the values are left alone; to show literal braces in the text itself, use a slot.
    """

    name: str
    text: str

    @cached_property
    def slots(self) -> frozenset[str]:
        """The names that `fill` wants."""
        return frozenset(_SLOT.findall(self.text))

    def fill(self, **values: str) -> RenderedPrompt:
        """The text with every slot replaced. Raises TypeError if a slot is missing or unknown."""
        if missing := self.slots - values.keys():
            raise TypeError(f"prompt {self.name!r} misses {', '.join(sorted(missing))}")
        if unknown := values.keys() - self.slots:
            raise TypeError(f"prompt {self.name!r} has no slot {', '.join(sorted(unknown))}")
        return RenderedPrompt(_SLOT.sub(lambda slot: values[slot[1]], self.text), self.name, values)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with a model."""

    role: Role
    content: str


def system(content: str) -> Message:
    """What holds for the whole conversation: it comes first, so that prefix caches can share it."""
    return Message("system", content)


def user(content: str) -> Message:
    """What is asked."""
    return Message("user", content)


def assistant(content: str) -> Message:
    """What the model said earlier."""
    return Message("assistant", content)


def prompt_of(messages: Sequence[Message]) -> str:
    """The name of the prompt that the conversation opens with, empty for free words."""
    for message in messages:
        if isinstance(message.content, RenderedPrompt):
            return message.content.name
    return ""


def fingerprint(messages: Sequence[Message]) -> str:
    """Sixteen hexadecimal digits that name exactly these words in this order."""
    digest = hashlib.sha256()
    for message in messages:
        digest.update(f"{message.role}\0{message.content}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]
