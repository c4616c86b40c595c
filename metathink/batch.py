"""Many questions at once: a few at a time, none lost to another's failure, none asked twice."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from .core.answer import Answer
from .core.errors import InternalError, InvalidInput, MetathinkError, StoreFailed
from .core.jsonl import append_jsonl, read_objects

if TYPE_CHECKING:
    from rich.progress import Progress

Outcome = Answer[Any] | MetathinkError

ALLOCATIONS = 50_000


@dataclass(frozen=True)
class Asked:
    """One question of many, with the settings that are its own."""

    question: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def key(self, identity: str) -> str:
        """What tells it from all other questions, methods, models and settings."""
        own = json.dumps(self.settings, sort_keys=True, default=str) if self.settings else ""
        said = f"{identity}{own}\0{self.question}"
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class Batch:
    """Asks `one` for each question, `concurrency` at a time.

    What a budget cut short is kept as done only without a `common_purse`: with more in it next time there
    is more to be had.
    """

    one: Callable[[Asked], Awaitable[Answer[Any]]]
    concurrency: int
    progress: bool
    notebook: Notebook | None
    common_budget: bool = False

    async def run(self, questions: Sequence[Asked]) -> list[Outcome]:
        """The outcome of each question, in their order. Equal questions are asked once each.

        Raises StoreFailed, and stops, when an answer cannot be kept.
        """
        outcomes: list[Outcome | None] = [None] * len(questions)
        waiting = iter(list(enumerate(questions)))
        with seldom_collecting(), _bar(self.progress) as bar:
            task = bar.add_task("thinking", total=len(questions)) if bar else None

            async def worker() -> None:
                for place, question in waiting:
                    outcomes[place] = await self._outcome(question)
                    if bar is not None and task is not None:
                        bar.advance(task)

            try:
                async with asyncio.TaskGroup() as workers:
                    for _ in range(min(self.concurrency, len(questions))):
                        workers.create_task(worker())
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
        return [outcome for outcome in outcomes if outcome is not None]

    async def _outcome(self, asked: Asked) -> Outcome:
        if self.notebook and (known := self.notebook.take(asked)) is not None:
            return known
        try:
            answer = await self.one(asked)
        except MetathinkError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a bug met by one question is not another's fault
            unforeseen = InternalError.of(error)
            unforeseen.__cause__ = error
            return unforeseen
        cut_short = self.common_budget and answer.ending == "budget"
        if self.notebook is not None and not cut_short:
            await self.notebook.write(asked, answer)
        return answer


@dataclass
class Notebook:
    """A JSONL file of finished answers, each line durable before the next question is counted done.

    A line belongs to one question under one method, model and configuration; a line cut off by a crash
    is dropped when the next one is written.
    """

    path: Path
    identity: str
    known: dict[str, list[Answer]]
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def open(cls, path: str | Path, method: str, model: str, settings: dict[str, Any]) -> Notebook:
        """Read what is done. Raises InvalidInput for a file that is something else, StoreFailed for
        one that cannot be read or written."""
        path = Path(path)
        notebook = cls(path, identity_of(method, model, settings), {})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("ab").close()  # it is there now, and can be written
        except (OSError, ValueError) as error:
            raise StoreFailed(f"cannot use {path}: {getattr(error, 'strerror', error)}") from error
        notebook._read()
        return notebook

    def take(self, asked: Asked) -> Answer | None:
        """A finished answer to the question, each one given out once."""
        answers = self.known.get(asked.key(self.identity))
        return answers.pop(0) if answers else None

    async def write(self, asked: Asked, answer: Answer) -> None:
        """Append the answer; durable on return. Raises StoreFailed where it cannot be written."""
        record = {"key": asked.key(self.identity), **answer.to_dict()}
        async with self._writing:
            await append_jsonl(self.path, [record])

    def _read(self) -> None:
        for number, record in read_objects(self.path, "a file of runs", appended=True):
            try:
                self.known.setdefault(record["key"], []).append(Answer.from_dict(record))
            except (KeyError, TypeError, InvalidInput) as error:
                raise InvalidInput(
                    f"{self.path}, line {number}: not a line of a file of runs: {error!r}"
                ) from error


def identity_of(method: str, model: str, settings: Mapping[str, Any]) -> str:
    """What a batch's questions share."""
    return json.dumps([method, model, settings], sort_keys=True, default=str)


def _bar(wanted: bool) -> AbstractContextManager[Progress | None]:
    if not wanted:
        return nullcontext()
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


_batches: list[tuple[int, int, int]] = []
_counting = Lock()


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Python looks for cyclic garbage every 50,000 allocations instead of every 700 while a batch runs.

    A thousand runs in flight are many live objects, and looking through them again and again was half of
    a batch's CPU (docs/log/calls.md). The caller's own setting comes back when the last batch has ended.
    """
    with _counting:
        _batches.append(gc.get_threshold())
        if len(_batches) == 1 and 0 < _batches[0][0] < ALLOCATIONS:
            gc.set_threshold(ALLOCATIONS, *_batches[0][1:])
    try:
        yield
    finally:
        with _counting:
            if len(_batches) == 1:
                gc.set_threshold(*_batches[0])
            _batches.pop()
