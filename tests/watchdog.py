"""Says which function of ours keeps an event loop from its other tasks.

    async with Watchdog():
        ...  # whatever runs on this loop meanwhile is watched

A beat on the loop comes every few milliseconds. A thread looks at the loop's thread: when the loop has used
more than `limit` seconds of its own processor time since the last beat, or was blocked in a call for so long,
its stack is taken. Two things are not counted, so that a busy machine is no fault: time in which the loop's
thread could have run but did not get the processor or the interpreter's lock, and collections of garbage,
which go through everything that the whole test session has made.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

import metathink

LIMIT: Final = 0.05
"""Seconds that nothing of ours may hold an event loop."""
BEAT: Final = 0.005
ROOT: Final = Path(metathink.__file__).resolve().parents[1]
_NOT_OURS: Final = frozenset({".venv", "site-packages", "tests"})
_STILL: Final = 1e-4
"""Seconds of processor time: a thread that used less since the last look has stood still."""


@dataclass(frozen=True)
class Place:
    """A line that a thread was at."""

    file: str
    line: int
    function: str

    @property
    def ours(self) -> bool:
        """Whether it is the library's own."""
        path = Path(self.file)
        return path.is_relative_to(ROOT) and not _NOT_OURS & {*path.relative_to(ROOT).parts}

    def __str__(self) -> str:
        return f"{self.file.removeprefix(f'{ROOT}/')}:{self.line} in {self.function}"


@dataclass(frozen=True)
class Stall:
    """`seconds` for which the loop was held; `stack`: the lines its thread was at, the innermost first,
    none where no other thread could run meanwhile."""

    seconds: float
    stack: tuple[Place, ...] = ()

    @property
    def culprit(self) -> Place | None:
        """The innermost line of ours, else the innermost."""
        return next((place for place in self.stack if place.ours), next(iter(self.stack), None))

    def __str__(self) -> str:
        lines = "\n  ".join(map(str, self.stack))
        return f"the loop was held for {self.seconds * 1000:.0f} ms at {self.culprit}\n  {lines}"


class Watchdog:
    """Watches the running loop inside `async with`; at the end it fails with the longest stall.

    `limit`: seconds. `stalls` are those above it, one for each time that the loop was held.
    """

    def __init__(self, limit: float = LIMIT, *, fails: bool = True) -> None:
        self.limit = limit
        self.longest = 0.0
        self.stalls: list[Stall] = []
        self._fails = fails
        self._ended = threading.Event()

    async def __aenter__(self) -> Watchdog:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._native = threading.get_native_id()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._collected = self._collecting = 0.0
        self._beats = 0
        self._seen: tuple[int, Stall] | None = None  # what the thread saw, and after which beat
        gc.callbacks.append(self._on_collection)
        self._mark = self._spent()
        self._next = self._loop.call_later(BEAT, self._beat)
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watcher.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await asyncio.sleep(2 * BEAT)  # what was done last is measured too
        self._next.cancel()
        self._ended.set()
        gc.callbacks.remove(self._on_collection)
        await asyncio.to_thread(self._watcher.join)
        if kind is None and self._fails and self.stalls:
            raise AssertionError(str(max(self.stalls, key=lambda stall: stall.seconds)))

    # -- on the loop ----------------------------------------------------------------------------

    def _beat(self) -> None:
        spent = self._spent()
        used, self._mark = spent - self._mark, spent
        beats, self._beats = self._beats, self._beats + 1
        seen = self._seen
        stall = Stall(used)
        if seen is not None and seen[0] == beats:
            stall = Stall(max(used, seen[1].seconds), seen[1].stack)
        self.longest = max(self.longest, stall.seconds)
        if stall.seconds > self.limit:
            self.stalls.append(stall)
        self._next = self._loop.call_later(BEAT, self._beat)

    def _spent(self) -> float:
        """Processor time of the loop's thread without collections of garbage."""
        return (self._collecting or time.clock_gettime(self._clock)) - self._collected

    def _on_collection(self, phase: str, _: dict[str, Any]) -> None:
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collecting = time.clock_gettime(self._clock)
        elif self._collecting:
            self._collected += time.clock_gettime(self._clock) - self._collecting
            self._collecting = 0.0

    # -- on the thread that watches -------------------------------------------------------------

    def _watch(self) -> None:
        blocked, at, used, waits = 0.0, (-1, 0, 0), 0.0, ""
        looked = time.monotonic()
        while not self._ended.wait(BEAT):
            # All this before anything that gives the interpreter's lock back to the loop.
            beats, spent, frame = self._beats, self._spent(), self._frame()
            place, stack = (beats, id(frame), frame.f_lasti), tuple(_stack(frame))
            self._note(beats, spent - self._mark, stack)
            # A look that comes late says nothing of the time it missed.
            now = time.monotonic()
            passed, looked = min(now - looked, 2 * BEAT), now
            waited, waits = waits, self._waits()
            still = place == at and spent - used < _STILL and waits == waited
            blocked = blocked + passed if still else 0.0
            at, used = place, spent
            self._note(beats, blocked, stack)

    def _note(self, beats: int, held: float, stack: tuple[Place, ...]) -> None:
        """Keep what holds the loop after this beat, the first time that it is seen."""
        if held <= self.limit or self._beats != beats:
            return
        if self._seen is not None and self._seen[0] == beats:
            stack = self._seen[1].stack
        self._seen = beats, Stall(held, stack)

    def _frame(self) -> FrameType:
        return sys._current_frames()[self._thread]  # pyright: ignore[reportPrivateUsage]

    def _waits(self) -> str:
        """Stays the same while the loop's thread is blocked in one call of the system; one that waits for
        the interpreter's lock wakes up every few milliseconds, one that waits for a processor is running."""
        try:
            status = Path(f"/proc/self/task/{self._native}/status").read_text()
        except OSError:  # another system than Linux: what blocks is not told apart
            return str(time.monotonic())
        lines = dict(line.split(":", 1) for line in status.splitlines())
        if lines["State"].strip().startswith("R"):
            return str(time.monotonic())
        return lines["voluntary_ctxt_switches"]


def _stack(frame: FrameType) -> Iterator[Place]:
    """Reads no file: that would let the loop run on."""
    at: FrameType | None = frame
    while at is not None:
        yield Place(at.f_code.co_filename, at.f_lineno, at.f_code.co_qualname)
        at = at.f_back
