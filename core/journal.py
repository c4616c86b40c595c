"""What a run's calls came to, kept so that a later life of the same run need not make them again.

Before a request goes out its worst cost is written down, after it what it cost and what was said. A process
that dies in between leaves a call of unknown outcome: it counts as its worst, and is made again.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from .usage import Usage

Write = Callable[[str, Mapping[str, Any]], Awaitable[None]]
"""Makes a named row durable before it returns. A name is never written twice."""


class Journal:
    """The calls of one run over all its lives. `write` keeps a row, `rows` are those of earlier lives,
    `begun` is when this one began (`time.monotonic()`; now, if it is not given).

    A call is known by the node it is made in (`in_scope`), by its request, and by how often this node has
    made that request.
    """

    def __init__(
        self,
        write: Write,
        rows: Iterable[tuple[str, Mapping[str, Any]]] = (),
        *,
        begun: float | None = None,
    ) -> None:
        self._write = write
        self._kept: dict[str, CallRecord] = {}
        self._turns: dict[tuple[str, str], int] = {}
        self._begun = time.monotonic() if begun is None else begun
        self._earlier = 0.0
        for name, row in sorted(rows, key=itemgetter(0)):  # attempts in order, asked before ended
            self._read(name, row)

    @property
    def spent(self) -> Usage:
        """What all calls of all lives cost, those of unknown outcome at their worst."""
        return sum((kept.usage for kept in self._kept.values()), Usage())

    @property
    def seconds(self) -> float:
        """How long the run has been thinking: this life, and the others up to their last row."""
        return self._earlier + time.monotonic() - self._begun

    def claim(self, model: str, request: str) -> CallRecord:
        """The call that is about to be made; `request` is everything that decides what is answered."""
        scope = _scope.get()
        asked = _digest(model, request)
        turn = self._turns[scope, asked] = self._turns.get((scope, asked), -1) + 1
        kept = self._at(_digest(scope, asked, str(turn)), scope, model)
        kept.claimed = True
        return kept

    def unclaimed(self) -> list[CallRecord]:
        """The calls that an earlier life made in this node and that were not claimed here."""
        here = [kept for kept in self._kept.values() if kept.scope == _scope.get()]
        return [kept for kept in here if not kept.claimed]

    async def put(self, name: str, row: Mapping[str, Any]) -> None:
        """Make a row of a call durable."""
        await self._write(name, {**row, "elapsed": self.seconds})

    def _at(self, key: str, scope: str, model: str) -> CallRecord:
        return self._kept.setdefault(key, CallRecord(self, key, scope, model))

    def _read(self, name: str, row: Mapping[str, Any]) -> None:
        key, attempt, what = name.split("/")
        if not (isinstance(row["usage"], Usage) and math.isfinite(row["elapsed"])):
            raise ValueError(f"the row {name!r} is none of ours")
        kept = self._at(key, row["scope"], row["model"])
        self._earlier = max(self._earlier, row["elapsed"])
        if what == "asked":
            kept.attempts.append(row["usage"])
        else:
            kept.attempts[int(attempt)] = row["usage"]
            kept.reply, kept.seconds = row["reply"], row["seconds"]


@dataclass(eq=False)
class CallRecord:
    """One call of a run: what each attempt cost, and what was said, None until somebody did.

    `seconds` is how long the answer took. `claimed` says that this life of the run came to the call.
    """

    journal: Journal = field(repr=False)
    key: str
    scope: str
    model: str
    attempts: list[Usage] = field(default_factory=list)
    reply: Any = None
    seconds: float = 0.0
    claimed: bool = False
    _since: float | None = None

    @property
    def usage(self) -> Usage:
        """What all attempts cost."""
        return sum(self.attempts, Usage())

    async def asks(self, worst: Usage) -> None:
        """The request goes out when this returns, and may cost so much."""
        await self._put(len(self.attempts), "asked", {"usage": worst})
        self.attempts.append(worst)
        self._since = time.monotonic()

    async def ended(self, usage: Usage, reply: Any = None) -> None:
        """The attempt cost this; `reply` is what was said, None if it failed."""
        if self._since is None:
            return  # it never went out
        seconds, self._since = time.monotonic() - self._since, None
        row = {"usage": usage, "reply": reply, "seconds": seconds}
        await self._put(len(self.attempts) - 1, "ended", row)
        self.attempts[-1], self.reply, self.seconds = usage, reply, seconds

    async def _put(self, attempt: int, what: str, row: dict[str, Any]) -> None:
        row |= {"scope": self.scope, "model": self.model}
        await self.journal.put(f"{self.key}/{attempt:04d}/{what}", row)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


_scope: ContextVar[str] = ContextVar("metathink_scope", default="")


def current_scope() -> str:
    """The node this code belongs to: the same in every life of its run, in no other call of it; empty
    outside a machine."""
    return _scope.get()


@contextmanager
def in_scope(name: str) -> Iterator[None]:
    """Calls made inside belong to the node of that name, the same in every life of the run."""
    token = _scope.set(name)
    try:
        yield
    finally:
        _scope.reset(token)
