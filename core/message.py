"""What is said to a model: messages, and the prompts they were filled from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

Role = Literal["system", "user", "assistant"]

_VARIABLE = re.compile(r"\{([a-z_]+)\}")
_replaced: ContextVar[Mapping[str, str]] = ContextVar(
    "metathink_prompts", default=MappingProxyType({})
)


class RenderedPrompt(str):
    """A prompt's text with its variables filled, which still knows the prompt's name and the values.

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


def variables_of(text: str) -> frozenset[str]:
    """The names of the variables, `{like_this}`, that stand in a prompt's text."""
    return frozenset(_VARIABLE.findall(text))


@dataclass(frozen=True)
class Prompt:
    """A named text with named variables, `{like_this}`. Each must be given a value and nothing else may be.

    `name` is the role and the task, parted by a dot. Braces in the values are left alone; to show
    literal braces in the text itself, use a variable. Inside `replacing_prompts` another text may stand in
    for `text`.
    """

    name: str
    text: str

    @property
    def role(self) -> str:
        """The role that uses it: the first part of its name."""
        return self.name.partition(".")[0]

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names that `fill` wants."""
        return variables_of(self.text)

    def fill(self, **values: str) -> RenderedPrompt:
        """The text with a value for every variable. Raises TypeError if one is missing or unknown."""
        if missing := self.variables - values.keys():
            raise TypeError(f"prompt {self.name!r} misses {', '.join(sorted(missing))}")
        if unknown := values.keys() - self.variables:
            raise TypeError(f"prompt {self.name!r} has no variable {', '.join(sorted(unknown))}")
        template = _replaced.get().get(self.name, self.text)
        text = _VARIABLE.sub(lambda variable: values[variable[1]], template)
        return RenderedPrompt(text, self.name, values)


@contextmanager
def replacing_prompts(texts: Mapping[str, str]) -> Iterator[None]:
    """Everything inside fills these texts, by prompt name, instead of the prompts' own.

    They are taken as they are: `runtime.prompts.read_prompts` checks them.
    """
    token = _replaced.set({**_replaced.get(), **texts})
    try:
        yield
    finally:
        _replaced.reset(token)


def replaced_prompts() -> Mapping[str, str]:
    """The texts that stand in for prompts here, by prompt name."""
    return _replaced.get()


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
