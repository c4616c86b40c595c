"""Episodes: the notebook of mistakes, and the statistics a strategy chooser learns from.

The texts stay in the store; what is kept in memory of an episode are a few numbers, so a million
episodes cost a few hundred megabytes.
"""

from __future__ import annotations

import math
import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...core.errors import InvalidInput
from ..graph.fact import digest
from ..records.change import EPISODES, Change, Value
from ..records.clock import TICK, moment, now
from ..records.evidence import Source, source_of, source_value
from ..records.text import checked_name, checked_text
from ..store.open_namespace import OpenNamespace
from .episode import Episode, MethodStatistics, NewEpisode, problem_id


class _Entry(NamedTuple):
    problem: str
    method: str
    kind: str
    correct: bool | None
    is_mistake: bool
    tokens: int
    learned: float


class EpisodeTable:
    """The numbers of every episode; an `Index`."""

    kinds = frozenset({EPISODES})

    def __init__(self) -> None:
        self.version = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.entries: dict[str, _Entry] = {}
        self.of_problem: defaultdict[str, list[str]] = defaultdict(list)
        self._words: dict[str, str] = {}
        self.version += 1

    def apply(self, changes: Sequence[Change]) -> None:
        """Take stored episodes in."""
        for change in changes:
            known = self.entries.pop(change.key, None)
            if known is not None:
                self.of_problem[known.problem].remove(change.key)
            if change.value is not None:
                self._take(change.key, change.value)
        self.version += 1

    def _take(self, key: str, value: Value) -> None:
        problem = problem_id(value["problem"])
        self.of_problem[problem].append(key)
        self.entries[key] = _Entry(
            problem,
            self._interned(value["method"]),
            self._interned(value.get("kind", "")),
            value["correct"],
            bool(value.get("mistake")),
            value.get("tokens", 0),
            value["learned"],
        )

    def _interned(self, word: str) -> str:
        return self._words.setdefault(word, word)


class Episodes:
    """What was tried in one namespace."""

    def __init__(self, memory: OpenNamespace) -> None:
        self._memory = memory
        self.table = EpisodeTable()

    async def add(self, episode: NewEpisode) -> str:
        """Store one attempt; its id once it is durable."""
        return (await self.add_all([episode]))[0]

    async def add_all(self, episodes: Sequence[NewEpisode]) -> list[str]:
        """Store attempts, in the order they were made; their ids."""
        changes = self.changes(episodes)
        await self._ready()
        await self._memory.write(changes)
        return [change.key for change in changes]

    def changes(self, episodes: Sequence[NewEpisode]) -> list[Change]:
        """The records that `add_all` writes, each key the episode's id: for one transaction with others."""
        start = now(len(episodes))
        return [
            Change(EPISODES, _id(e), _value(e, round(start + i * TICK, 6)))
            for i, e in enumerate(episodes)
        ]

    async def get(self, ids: Sequence[str]) -> list[Episode]:
        """Episodes by id; InvalidInput for one that is not there."""
        values = await self._memory.get(EPISODES, ids)
        for key, value in zip(ids, values, strict=True):
            if value is None:
                raise InvalidInput(f"there is no episode {key!r:.80}")
        return [_episode(key, value) for key, value in zip(ids, values, strict=True) if value]

    async def of_problem(self, problem: str) -> list[Episode]:
        """Every attempt on this problem (its case and spacing aside), oldest first."""
        table = await self._ready()
        return await self.get(table.of_problem.get(problem_id(problem), []))

    async def mistakes(
        self, *, method: str | None = None, kind: str | None = None, limit: int = 20
    ) -> list[Episode]:
        """The latest attempts that were wrong or carry a noted mistake, newest first."""
        table = await self._ready()
        wrong = [
            (entry.learned, key)
            for key, entry in table.entries.items()
            if (entry.correct is False or entry.is_mistake)
            and method in (None, entry.method)
            and kind in (None, entry.kind)
        ]
        return await self.get([key for _, key in sorted(wrong, reverse=True)[:limit]])

    async def statistics(self, kind: str | None = None) -> list[MethodStatistics]:
        """How each method did on each kind of problem, the most accurate first."""
        table = await self._ready()
        groups: defaultdict[tuple[str, str], list[_Entry]] = defaultdict(list)
        for entry in table.entries.values():
            if kind in (None, entry.kind):
                groups[entry.kind, entry.method].append(entry)
        found = [_statistics(method, name, group) for (name, method), group in groups.items()]
        return sorted(found, key=lambda s: (s.kind, -(s.accuracy or 0.0), s.mean_tokens, s.method))

    async def first_right(self, problem: str) -> str | None:
        """The method that was first to be right on this problem (SMART, 2410.16128)."""
        attempts = await self.of_problem(problem)
        return next((attempt.method for attempt in attempts if attempt.correct), None)

    async def _ready(self) -> EpisodeTable:
        await self._memory.ready(self.table)
        return self.table


def _statistics(method: str, kind: str, entries: list[_Entry]) -> MethodStatistics:
    checked = [entry for entry in entries if entry.correct is not None]
    return MethodStatistics(
        method,
        kind,
        tried=len(entries),
        checked=len(checked),
        correct=sum(entry.correct is True for entry in checked),
        mean_tokens=sum(entry.tokens for entry in entries) / len(entries),
    )


def _id(episode: NewEpisode) -> str:
    return f"x{digest('x', episode.key):016x}" if episode.key else f"x{secrets.token_hex(8)}"


def _value(episode: NewEpisode, learned: float) -> dict[str, Any]:
    if episode.correct not in (True, False, None):
        raise InvalidInput(f"correct is True, False or None (not checked), not {episode.correct!r}")
    for amount in (episode.tokens, episode.seconds):
        if not 0 <= amount < math.inf:
            raise InvalidInput(f"tokens and seconds of an episode are 0 or more, not {amount}")
    value: dict[str, Any] = {
        "problem": checked_text(episode.problem, "a problem"),
        "method": checked_name(episode.method, "a method"),
        "answer": episode.answer and checked_text(episode.answer, "an answer"),
        "correct": episode.correct,
        "source": source_value(source_of(episode.source)),
        "learned": learned,
    }
    for name in ("kind", "mistake", "reason"):
        if text := getattr(episode, name):
            value[name] = checked_text(text, f"an episode's {name}")
    return value | {"tokens": episode.tokens, "seconds": episode.seconds}


def _episode(key: str, value: Value) -> Episode:
    fields = {**value, "source": Source(**value["source"]), "learned": moment(value["learned"])}
    return Episode(id=key, **fields)
