"""`metathink handbook learn`: make the handbook from a file of problems."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import InternalError, InvalidInput, MetathinkError, ModelError
from ...core.jsonl import append_jsonl, read_objects
from ..option import AsJson, Namespace, settings_given
from ..output import echo
from .job import (
    At,
    AtOnce,
    Calls,
    File,
    Given,
    Job,
    ModelName,
    Quiet,
    Seconds,
    Tokens,
    Topic,
    TotalTokens,
    TotalUsd,
    Usd,
    place_of,
    require_one,
    tell_failures,
    tell_faults,
)
from .problem import Problem, read_problems

if TYPE_CHECKING:
    from ...core.answer import Answer


def learn(
    file: File,
    at: At = "",
    namespace: Namespace = "default",
    model: ModelName = "",
    strategist: Annotated[str, typer.Option(help="Who looks back; without: the model.")] = "",
    topic: Topic = "",
    again: Annotated[
        bool, typer.Option(help="Also from problems learned from, or failed, before.")
    ] = False,
    tokens: Tokens = None,
    calls: Calls = None,
    seconds: Seconds = None,
    usd: Usd = None,
    total_tokens: TotalTokens = None,
    total_usd: TotalUsd = None,
    concurrency: AtOnce = 8,
    setting: Given = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Learn behaviors from a file of problems: solve, check, look back, extract, merge.

    Stopped or killed, the same command goes on: no problem is learned from twice, and no finished model
    call is made again. A problem that failed on a reply of a model is passed over from then on.
    """
    from ...core.budget import Budget

    found = read_problems(file)
    tell_faults(file, found)
    place = place_of(at, new=True)
    settings: dict[str, Any] = {"strategist_model": strategist, "again": again}
    settings |= settings_given(setting or []) | {"memory": place, "namespace": namespace}
    each = [
        {"gold": p.answer, "verifier": p.verifier, "topic": p.topic or topic}
        for p in found.problems
    ]
    job = Job(
        "behavior_curate",
        model,
        settings,
        each,
        Budget(tokens, calls, seconds, usd),
        Budget(total_tokens, usd=total_usd),
        concurrency,
        not quiet,
    )
    report = asyncio.run(_learned(job, file, found.problems))
    report["lines passed over"] = len(found.faults)
    echo(json.dumps(report) if as_json else _in_words(report))
    if report["failed"]:
        echo(
            "what failed is tried again when the command is run again; what failed on a model's reply only "
            "with --again",
            err=True,
        )
        raise typer.Exit(1)


LASTING = (ModelError, InternalError, InvalidInput)
"""What a kept reply causes; other errors may be gone the next time."""


async def _learned(job: Job, file: Path, problems: Sequence[Problem]) -> dict[str, Any]:
    from ...memory.episodes.episode import problem_id

    unfinished = job.checkpoint(file)
    given_up = GivenUp(unfinished.with_suffix(".failed.jsonl"))
    before = {} if job.settings["again"] else given_up.read()
    left = [problem for problem in problems if problem_id(problem.question) not in before]
    for problem in problems:
        if why := before.get(problem_id(problem.question)):
            echo(f"{file}, line {problem.line}: passed over, it failed before: {why}", err=True)
    each = [one for p, one in zip(problems, job.each, strict=True) if p in left]
    outcomes = await replace(job, each=each).run(left, checkpoint=unfinished)
    lasting = await given_up.add(left, outcomes)
    failed = tell_failures(file, left, outcomes)
    if failed == lasting:
        for end in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + end).unlink(missing_ok=True)
    require_one(outcomes)
    report = _counted(outcomes) | {"failed": failed, "failed before": len(before)}
    return report | await _statuses(job)


@dataclass(frozen=True)
class GivenUp:
    """The problems of a job that failed on a reply of a model: run again, the reply that is kept would fail
    again. `path` has one line per problem."""

    path: Path

    def read(self) -> dict[str, str]:
        """Why each of them failed, by the problem's id. Raises InvalidInput for another file."""
        if not self.path.exists():
            return {}
        lines = read_objects(self.path, "a list of failed problems", appended=True)
        return {str(line.get("problem")): str(line.get("why")) for _, line in lines}

    async def add(
        self, problems: Sequence[Problem], outcomes: Sequence[Answer | MetathinkError]
    ) -> int:
        """Add the problems whose outcome is such a failure; how many."""
        from ...memory.episodes.episode import problem_id

        records = [
            {"problem": problem_id(problem.question), "why": f"{type(fault).__name__}: {fault}"}
            for problem, fault in zip(problems, outcomes, strict=True)
            if isinstance(fault, LASTING)
        ]
        if records:
            await append_jsonl(self.path, records)
        return len(records)


def _counted(outcomes: Sequence[Answer | MetathinkError]) -> dict[str, Any]:
    """What became of the problems and of the behaviors, and what it cost."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        if isinstance(outcome, MetathinkError):
            continue
        counts["calls"] += outcome.usage.calls
        counts["tokens"] += outcome.usage.tokens
        for step in outcome.run.steps:
            if step.action == "look_up" and "episode" in step.findings:
                counts["learned before"] += 1
            elif step.action == "validate" and outcome.ending != "budget":
                counts[step.chosen] += 1
            elif step.action == "extract":
                refused = step.findings.get("refused")
                counts["refused"] += len(refused) if isinstance(refused, tuple) else 0
            elif step.action == "remember":
                for change in step.changes:
                    counts["new" if change.before is None else "merged"] += 1
    return {"problems": len(outcomes)} | {name: counts[name] for name in _COUNTED}


_VERDICTS = ("right", "wrong", "unchecked")
_COUNTED = (*_VERDICTS, "learned before", "new", "merged", "refused", "calls", "tokens")


async def _statuses(job: Job) -> dict[str, int]:
    from ...memory import open_memory
    from ...memory.handbook.behavior import STATUSES

    async with open_memory(job.settings["memory"], namespace=job.settings["namespace"]) as memory:
        return {
            status: len(await memory.handbook.behaviors(status=[status])) for status in STATUSES
        }


def _in_words(told: dict[str, Any]) -> str:
    return (
        f"{told['problems']} problems: {told['right']} right, {told['wrong']} wrong, "
        f"{told['unchecked']} unchecked, {told['learned before']} learned from before, "
        f"{told['failed']} failed\n"
        f"behaviors: {told['new']} new, {told['merged']} merged, {told['refused']} refused; the "
        f"handbook has {told['active']} active, {told['candidate']} candidates, "
        f"{told['retired']} retired\n"
        f"{told['calls']} calls, {told['tokens']} tokens"
    )
