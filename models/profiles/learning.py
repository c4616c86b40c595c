"""What an endpoint refuses is left out, asked again at once, and remembered.

Known for one model at one address, for the life of the process. Only what made the difference is learned: a
change is kept when the request was answered with it, or when the next refusal was another one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from ...core.errors import MetathinkError, Refusal
from ..cost import Counted
from ..request import Request
from .body import parameters_in
from .profile import Profile
from .refusal import (
    ORDER,
    changed,
    may_fit,
    named_parameter,
    speaks_of_tokens,
    suspects,
)

MOST_TRIES = 12
"""In how many other ways one refused request is asked again."""

T = TypeVar("T")


@dataclass
class Learned:
    """What is known of one model at one endpoint.

    `profile` is replaced as refusals teach it; `counted` is what its counts of prompts taught; `context` is
    what it serves as far as somebody asked it (`served_context`).
    """

    profile: Profile = field(default_factory=Profile)
    counted: Counted = field(default_factory=Counted)
    context: int | None = None
    _asked_for_context: bool = False
    _accepted: set[str] = field(default_factory=set)
    _hopeless: set[tuple[str, frozenset[str]]] = field(default_factory=set)
    _locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = field(
        default_factory=WeakKeyDictionary
    )

    async def answered(
        self,
        request: Request,
        ask: Callable[[Profile], Awaitable[T]],
        *,
        retried: bool = False,
    ) -> T:
        """What `ask` returns for the first profile with which it is not refused.

        Of several callers that are refused at once one tries, the others wait for what it learns. `retried`
        says that the request failed several times already, so that a fault which could have passed may be
        about a parameter. Raises the first refusal when no other way is accepted, and every other error as
        it comes.
        """
        while True:
            profile = self.profile
            try:
                answer = await ask(profile)
            except MetathinkError as error:
                if not self.may_mend(error, request, profile, retried=retried):
                    raise
                async with self._lock():
                    if self.profile == profile:
                        return await self._another_way(
                            request, ask, profile, error, retried=retried
                        )
            else:
                self._accepted |= parameters_in(request, profile)
                return answer

    async def served_context(self, find: Callable[[], Awaitable[int | None]]) -> int | None:
        """The context that `find` finds; it is asked once."""
        if not self._asked_for_context:
            async with self._lock():
                if not self._asked_for_context:
                    self.context = await find()
                    self._asked_for_context = True
        return self.context

    async def _another_way(
        self,
        request: Request,
        ask: Callable[[Profile], Awaitable[T]],
        profile: Profile,
        first: MetathinkError,
        *,
        retried: bool,
    ) -> T:
        trying = kept = profile
        refusal = first.refusal
        untold: list[tuple[str, Refusal]] = []  # changes that made no difference by themselves
        for _ in range(MOST_TRIES):
            if refusal is None:
                break
            if (step := self._step(request, trying, refusal, retried=retried)) is None:
                break
            parameter, named, answered = *step, None
            if (following := changed(trying, parameter, refusal)) is None:
                break
            trying, before = following, refusal
            untold.append((parameter, before))
            try:
                answered = await ask(trying)
            except MetathinkError as error:
                if error.refusal is None:
                    raise
                made_a_difference = _gist(error.refusal) != _gist(refusal)
                refusal = error.refusal
            else:
                made_a_difference = True
            if named or made_a_difference:
                for name, why in untold:  # a parameter may have been changed in several steps
                    kept = (changed(kept, name, why) if name == parameter else None) or kept
                untold = [change for change in untold if change[0] != parameter]
            if answered is not None:
                self.profile = kept
                self._accepted |= parameters_in(request, trying)
                return answered
        if first.refusal is not None:
            self._hopeless.add((_gist(first.refusal), self._doubtful(request, profile)))
        raise first

    def _step(
        self, request: Request, profile: Profile, refusal: Refusal, *, retried: bool
    ) -> tuple[str, bool] | None:
        """The parameter to change next, and whether the refusal names it."""
        present = parameters_in(request, profile)
        if refusal.cap is not None:
            present |= {"cap"}
            if speaks_of_tokens(refusal):
                return ("limit", True) if may_fit(refusal) else None
        if (parameter := named_parameter(refusal, present)) is not None:
            return parameter, True
        doubtful = suspects(refusal, present - self._accepted, retried=retried)
        others = sorted(doubtful - set(ORDER))
        return next(((name, False) for name in (*others, *ORDER) if name in doubtful), None)

    def may_mend(
        self, error: MetathinkError, request: Request, profile: Profile, *, retried: bool
    ) -> bool:
        """Whether there is another way to put the request that may not fail so, and that was not tried in
        vain."""
        if (refusal := error.refusal) is None:
            return False
        if (_gist(refusal), self._doubtful(request, profile)) in self._hopeless:
            return False
        return self._step(request, profile, refusal, retried=retried) is not None

    def _doubtful(self, request: Request, profile: Profile) -> frozenset[str]:
        """The parameters of the request that were not accepted yet."""
        return parameters_in(request, profile) - self._accepted

    def _lock(self) -> asyncio.Lock:
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())


_known: dict[tuple[str, str], Learned] = {}


def learned_at(address: str, model: str, start: Callable[[], Profile]) -> Learned:
    """What is known of the model at the address; `start` gives the profile to begin with."""
    key = address, model
    if key not in _known:
        _known[key] = Learned(start())
    return _known[key]


def forget() -> None:
    """Forget what all endpoints taught (a test's servers take the addresses of earlier ones)."""
    _known.clear()


def _gist(refusal: Refusal) -> str:
    """The refusal without the numbers and names that change from request to request."""
    return f"{refusal.status} {re.sub(r'[0-9a-f]*[0-9][0-9a-f]*', '#', refusal.text[:500].lower())}"
