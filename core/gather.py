"""Several voices at once: none left running, and one that fails does not silence the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from .errors import ContextTooLong, ModelError, WorldError

R = TypeVar("R")

_BEARABLE = (ModelError, WorldError, ContextTooLong)


async def all_heard(work: Iterable[Coroutine[Any, Any, R]]) -> list[R | None]:
    """Run all of it at once and wait for every one; results in order, None for one that failed alone.

    To fail alone is a model that says nothing usable, a server that fails, a context too short: the step
    it happened in has the error. Anything else (a spent budget, something the user must mend) is raised,
    once all have ended.
    """
    ended = await asyncio.gather(*work, return_exceptions=True)
    heard: list[R | None] = []
    for outcome in ended:
        if not isinstance(outcome, BaseException):
            heard.append(outcome)
        elif isinstance(outcome, _BEARABLE):
            heard.append(None)
        else:
            raise outcome
    return heard
