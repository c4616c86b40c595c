"""Several calls at once: none is left running, and one that fails leaves the others their results."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from .errors import ContextTooLong, ExternalError, ModelError

R = TypeVar("R")

_TOLERATED = (ModelError, ExternalError, ContextTooLong)


async def gather_tolerant(work: Iterable[Coroutine[Any, Any, R]]) -> list[R | None]:
    """Run all of it at once and wait for every one; results in order, None for one that failed alone.

    To fail alone is a model that says nothing usable, a server that fails, a context too short: the step
    it happened in has the error. Anything else (a spent budget, something the user must mend) is raised,
    once all have ended.
    """
    ended = await asyncio.gather(*work, return_exceptions=True)
    results: list[R | None] = []
    for outcome in ended:
        if not isinstance(outcome, BaseException):
            results.append(outcome)
        elif isinstance(outcome, _TOLERATED):
            results.append(None)
        else:
            raise outcome
    return results
