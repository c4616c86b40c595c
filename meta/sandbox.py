"""Running programs that a model wrote, where they can do no harm.

The interpreter is pydantic-monty: Python in a worker process written in Rust, without files,
sockets, environment or imports of the host, with limits on time, memory and depth. Of recorded
model programs it runs nearly all (docs/log); what it lacks shows as an error of that program, never
as a fallback to an interpreter that could reach the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from ..core.errors import InvalidInput, MissingExtra

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession

LONGEST = 2_000
"""Characters of a value's text that are kept and compared."""

TIMEOUTS = 2
"""After so many, a program is not run again: it loops on most inputs."""


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

    `seconds` bounds each single run, `megabytes` its memory, `depth` its calls. Raises
    `MissingExtra` when pydantic-monty is not installed, `InvalidInput` for limits below zero.
    """

    def __init__(self, seconds: float = 0.25, megabytes: int = 256, depth: int = 400) -> None:
        if seconds <= 0 or megabytes <= 0 or depth <= 0:
            raise InvalidInput("a sandbox needs limits above zero")
        try:
            from pydantic_monty import Monty, MontyError
        except ModuleNotFoundError as error:
            raise MissingExtra(
                "running programs needs: pip install 'metathink[sandbox]'"
            ) from error
        self._failure = MontyError
        self._limits = {
            "max_feed_duration_secs": seconds,
            "max_memory": megabytes << 20,
            "max_recursion_depth": depth,
        }
        self._monty: Monty = Monty(max_processes=1, request_timeout=4 * seconds + 1)

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
        """The text (`repr`) of each expression's value after `program` has run.

        All are tried in one go; where that does not come to an end, one by one.
        """
        if not expressions:
            return []
        try:
            with self._monty.checkout(limits=self._limits) as session:  # type: ignore[arg-type]
                defined = self._feed(session, program)
                if not defined.passed:
                    return [defined] * len(expressions)
                found = session.feed_run(_together(expressions), print_callback=_unheard)
                return [Outcome("value" if ok else "error", text) for ok, text in found]
        except self._failure:
            return self.run(program, [f"repr({e})[:{LONGEST}]" for e in expressions])

    def run(self, program: str, snippets: Sequence[str]) -> list[Outcome]:
        """What each snippet comes to after `program` has run; snippets share its names.

        A snippet that runs out of time takes its session with it, so the program is run anew for
        the next one. A program that fails itself makes every snippet fail with its error.
        """
        done: list[Outcome] = []
        timeouts = 0
        while len(done) < len(snippets) and timeouts < TIMEOUTS:
            done += self._session(program, snippets[len(done) :])
            timeouts += done[-1].kind == "timeout"
        return done + [Outcome("timeout")] * (len(snippets) - len(done))

    def _session(self, program: str, snippets: Sequence[str]) -> list[Outcome]:
        """Outcomes up to the first timeout, at least one."""
        done: list[Outcome] = []
        try:
            with self._monty.checkout(limits=self._limits) as session:  # type: ignore[arg-type]
                defined = self._feed(session, program)
                if not defined.passed:
                    return [defined] * len(snippets)
                for snippet in snippets:
                    done.append(self._feed(session, snippet))
                    if done[-1].kind == "timeout":
                        break
        except self._failure as error:  # the worker itself died; the next session gets a new one
            done.append(Outcome("timeout", type(error).__name__))
        return done

    def _feed(self, session: MontySession, code: str) -> Outcome:
        from pydantic_monty import MontyRuntimeError, MontySyntaxError

        try:
            value = session.feed_run(code, print_callback=_unheard)
        except (MontyRuntimeError, MontySyntaxError) as error:
            name = type(error.exception()).__name__
            return Outcome("timeout" if name == "TimeoutError" else "error", name)
        return Outcome("value", str(value))


def _together(expressions: Sequence[str]) -> str:
    """One snippet that evaluates every expression and catches what each raises."""
    calls = ", ".join(f"lambda: ({e})" for e in expressions)
    return (
        f"_found = []\nfor _call in [{calls}]:\n    try:\n"
        f"        _found.append((True, repr(_call())[:{LONGEST}]))\n"
        "    except Exception as _error:\n"
        "        _found.append((False, type(_error).__name__))\n_found"
    )


def _unheard(stream: Literal["stdout", "stderr"], text: str) -> None:
    """What a program prints is not kept."""
