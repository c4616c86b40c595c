"""The prompts of all roles, and which of them a request was made from."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Sequence
from functools import cache

from metathink import agents
from metathink.core.message import Message, Prompt, prompt_of


@cache
def all_prompts() -> dict[str, Prompt]:
    """Every prompt of every role, by its name."""
    found: dict[str, Prompt] = {}
    for info in pkgutil.walk_packages(agents.__path__, agents.__name__ + "."):
        held = vars(importlib.import_module(info.name)).values()
        found |= {one.name: one for one in held if isinstance(one, Prompt)}
    return found


def role_prompt_of(messages: Sequence[Message]) -> str:
    """The name of the role's prompt, also where the form of a typed answer was put behind it."""
    if (name := prompt_of(messages)) in all_prompts():
        return name
    said = str(messages[0].content)
    known = {_own_words(one): name for name, one in all_prompts().items()}
    return known[max((words for words in known if words in said), key=len)]


def _own_words(prompt: Prompt) -> str:
    """The longest stretch of a prompt that no slot interrupts."""
    return max(re.split(r"\{[a-z_]+\}", prompt.text), key=len)
