"""Running programs that a model wrote, where they can do no harm.

The interpreter is pydantic-monty: Python in a worker process written in Rust, without files,
sockets, environment or imports of the host. Time, memory and depth are limited inside the worker, and the
wall clock from outside: a worker that has not answered by then is killed and replaced. Only text that was
made and cut inside the worker comes back; no value of a program is built in this process, and no name that
a program defines is used to evaluate it. What the interpreter lacks shows as an error of the program, never
as a fallback to an interpreter that could reach the machine.
"""

from __future__ import annotations

import ast
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal

from ...core.errors import InvalidInput, MissingExtra

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession, ResourceLimits

LONGEST: Final = 2_000
"""Characters of a value's text that are kept and compared."""

LONGEST_SOURCE: Final = 200_000
"""Characters of a program or snippet; a longer one is not run."""

TIMEOUTS: Final = 2
"""After so many runs that ended their session (time, memory, a dead worker), a program is not run again:
it does so on most inputs."""

GRACE: Final = 0.25
"""Seconds beyond its limit after which a worker is killed that did not stop by itself."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one expression or statement came to: a value's text, or the name of an error."""

    kind: Literal["value", "error", "timeout"]
    text: str = ""

    @property
    def passed(self) -> bool:
        """Whether it ran to its end."""
        return self.kind == "value"


class Sandbox:
    """A pool of one sandboxed worker; use it as a context manager.

    `seconds` bounds each single run (wall clock and CPU alike), `megabytes` its memory, `depth` its calls.
    Calls block the calling thread: on an event loop, use `asyncio.to_thread`. Raises `MissingExtra` when
    pydantic-monty is not installed, `InvalidInput` for limits that are not above zero.
    """

    def __init__(self, seconds: float = 0.25, megabytes: int = 256, depth: int = 400) -> None:
        if not (0 < seconds < float("inf") and megabytes > 0 and depth > 0):
            raise InvalidInput("a sandbox needs finite limits above zero")
        try:
            from pydantic_monty import Monty
        except ModuleNotFoundError as error:
            raise MissingExtra(
                "running programs needs: pip install 'metathink[sandbox]'"
            ) from error
        self._limits: ResourceLimits = {
            "max_feed_duration_secs": seconds,
            "max_total_sleep_secs": seconds,
            "max_memory": megabytes << 20,
            "max_recursion_depth": depth,
        }
        self._monty: Monty = Monty(
            max_processes=1, request_timeout=seconds + GRACE, feed_duration_limit_grace=GRACE
        )

    def __enter__(self) -> Sandbox:
        self._monty.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._monty.__exit__(kind, error, trace)

    def values(self, program: str, expressions: Sequence[str]) -> list[Outcome]:
        """The text (`repr`, at most `LONGEST` characters) of each expression's value after `program`.

        One outcome for each expression, in their order.
        """
        return self._outcomes(program, [_text_of(expression, "r") for expression in expressions])

    def run(self, program: str, snippets: Sequence[str]) -> list[Outcome]:
        """What each snippet comes to after `program` has run; snippets share its names.

        One outcome for each snippet, in their order; an expression's has the text of its value (`str`, at
        most `LONGEST` characters), a statement's is empty. A snippet that runs out of time or memory takes
        its session with it, so the program is run anew for the next one. A program that fails itself makes
        every snippet fail with its error.
        """
        return self._outcomes(
            program, [_text_of(s, "s") if _is_expression(s) else _unseen(s) for s in snippets]
        )

    def _outcomes(self, program: str, snippets: Sequence[str]) -> list[Outcome]:
        done: list[Outcome] = []
        ended = 0
        while len(done) < len(snippets) and ended < TIMEOUTS:
            done += self._session(program, snippets[len(done) :])
            ended += 1
        return done + [Outcome("timeout")] * (len(snippets) - len(done))

    def _session(self, program: str, snippets: Sequence[str]) -> list[Outcome]:
        """Outcomes up to the first that ends the session, at least one."""
        from pydantic_monty import MontyError

        done: list[Outcome] = []
        try:
            with self._monty.checkout(limits=self._limits) as session:
                defined, _ = _feed(session, _unseen(program))
                if not defined.passed:
                    return [defined] * len(snippets)
                for snippet in snippets:
                    outcome, usable = _feed(session, snippet)
                    done.append(outcome)
                    if not usable:
                        break
        except MontyError as error:  # the worker died; the next session gets a new one
            done.append(Outcome("timeout", type(error).__name__))
        return done


def _feed(session: MontySession, code: str) -> tuple[Outcome, bool]:
    """What the code came to, and whether the session can be used afterwards."""
    from pydantic_monty import MontyRuntimeError, MontySyntaxError

    if len(code) > LONGEST_SOURCE:
        return Outcome("error", "SourceTooLong"), True
    try:
        text = session.feed_run(code, print_callback=_discard)
    except (MontyRuntimeError, MontySyntaxError) as error:
        name = type(error.exception()).__name__
        return (
            Outcome("timeout" if name == "TimeoutError" else "error", name),
            name not in ("TimeoutError", "MemoryError"),
        )
    return Outcome("value", text[:LONGEST] if isinstance(text, str) else ""), True


def _text_of(expression: str, conversion: Literal["r", "s"]) -> str:
    """Code whose value is the text of the expression's value, made without any name of the program's."""
    name = f"value_{secrets.token_hex(8)}"  # one that no program can foresee
    return f"{name} = (\n{expression}\n)\nf'{{{name}!{conversion}}}'[:{LONGEST}]"


def _unseen(code: str) -> str:
    """Code whose value stays in the worker."""
    return f"{code}\nNone"


def _is_expression(code: str) -> bool:
    try:
        ast.parse(code, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _discard(stream: Literal["stdout", "stderr"], text: str) -> None:
    """What a program prints is not kept."""
