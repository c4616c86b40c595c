"""A method run over the problems of a file: its options, its budget, and where it is kept meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ...core.errors import InvalidInput, MetathinkError
from ...core.paths import home, private_folder
from ..output import echo

if TYPE_CHECKING:
    from ...core.answer import Answer
    from .problem import Problem, Problems

File = Annotated[
    Path,
    typer.Argument(
        help='JSONL file, one problem per line: "question", "answer", "topic", "verifier".'
    ),
]
At = Annotated[
    str,
    typer.Option(
        "--at",
        "--memory",
        help="An SQLite file or postgresql:// address. Without: METATHINK_MEMORY, else memory.db in "
        "METATHINK_HOME (~/.metathink).",
    ),
]
ModelName = Annotated[str, typer.Option("--model", help="Who solves; see `metathink models`.")]
Topic = Annotated[str, typer.Option(help="The topic of lines that name none.")]
Tokens = Annotated[int | None, typer.Option(help="Most tokens for a problem, in and out.")]
Calls = Annotated[int | None, typer.Option(help="Most model calls for a problem.")]
Seconds = Annotated[float | None, typer.Option(help="Most seconds for a problem.")]
Usd = Annotated[float | None, typer.Option(help="Most dollars for a problem.")]
TotalTokens = Annotated[int | None, typer.Option(help="Most tokens for all of them.")]
TotalUsd = Annotated[float | None, typer.Option(help="Most dollars for all of them.")]
AtOnce = Annotated[int, typer.Option("--concurrency", help="Problems at once.", min=1)]
Given = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting of the method: key=value. Repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]


@dataclass(frozen=True)
class Job:
    """`method` over problems; `each` has the settings of one problem, `total` is everyone's budget."""

    method: str
    model: str
    settings: Mapping[str, Any]
    each: Sequence[Mapping[str, Any]]
    budget: Any
    total: Any
    concurrency: int
    progress: bool

    async def run(self, problems: Sequence[Problem], **how: Any) -> list[Answer | MetathinkError]:
        """The answer to each problem, or its error, in their order; `how` goes to `think_all`."""
        from metathink.api import think_all

        outcomes = await think_all(
            [problem.question for problem in problems],
            method=self.method,
            model=self.model,
            budget=self.budget,
            total=self.total,
            concurrency=self.concurrency,
            progress=self.progress,
            each=self.each,
            **how,
            **self.settings,
        )
        return cast("list[Answer | MetathinkError]", outcomes)

    def checkpoint(self, file: Path) -> Path:
        """Where what is unfinished is kept, so that the same job on the same file goes on from there."""
        from ...models.open import named

        asked = [self.method, named(self.model), {**self.settings}, str(self.budget)]
        told = [str(file.resolve()), *asked]
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[
            :16
        ]
        path = home() / "unfinished" / f"{digest}.db"
        private_folder(path.parent)
        return path


def require_one(outcomes: Sequence[Answer | MetathinkError]) -> None:
    """Raises the first error where every single problem failed."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, MetathinkError)]
    if errors and len(errors) == len(outcomes):
        raise errors[0]


def place_of(at: str, *, new: bool) -> str:
    """Where the memory is; with `new` its folder is made. Raises InvalidInput where there is none."""
    place = at or os.environ.get("METATHINK_MEMORY") or str(home() / "memory.db")
    if place.startswith(("postgresql://", "postgres://")):
        return place
    if new:
        private_folder(Path(place).parent)
    elif not Path(place).exists():
        raise InvalidInput(f"there is no memory at {place}: `metathink handbook learn` makes one")
    return str(Path(place).resolve())


def tell_faults(file: Path, found: Problems) -> None:
    """Say which lines are passed over, and why."""
    for fault in found.faults:
        echo(f"{file}, {fault}; passed over", err=True)


def tell_failures(
    file: Path, problems: Sequence[Problem], outcomes: Sequence[Answer | MetathinkError]
) -> int:
    """Say which problems failed or were cut short by a budget, and why; how many."""
    failed = 0
    for problem, outcome in zip(problems, outcomes, strict=True):
        why = ""
        if isinstance(outcome, MetathinkError):
            why = f"{type(outcome).__name__}: {outcome}"
        elif outcome.ending == "budget":
            why = outcome.reason
        if why:
            failed += 1
            echo(f"{file}, line {problem.line}: {why}", err=True)
    return failed
