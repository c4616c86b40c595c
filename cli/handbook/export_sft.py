"""`metathink handbook export-sft`: training data for behavior-conditioned fine-tuning."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import InvalidInput, MetathinkError
from ..option import Namespace, settings_given
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


def export_sft(
    problems: File,
    out: Annotated[Path, typer.Argument(help="The JSONL file to write.")],
    at: At = "",
    namespace: Namespace = "default",
    model: ModelName = "",
    topic: Topic = "",
    unchecked: Annotated[bool, typer.Option(help="Responses nobody can check, too.")] = False,
    wrong: Annotated[bool, typer.Option(help="Responses known to be wrong, too.")] = False,
    citations: Annotated[bool, typer.Option(help="Leave the behaviors' names in.")] = False,
    tokens: Tokens = None,
    calls: Calls = None,
    seconds: Seconds = None,
    usd: Usd = None,
    total_tokens: TotalTokens = None,
    total_usd: TotalUsd = None,
    concurrency: AtOnce = 8,
    setting: Given = None,
    quiet: Quiet = False,
) -> None:
    """Write training data for behavior-conditioned fine-tuning (BC-SFT).

    The model (the teacher) answers each problem with the handbook's behaviors before it; written is the
    question with the response, without the behaviors. Only responses that are right are kept. Finished
    answers are kept beside the file (.runs.jsonl): run again, nothing is asked twice.
    """
    from ...core.budget import Budget

    found = read_problems(problems)
    if out.resolve() == problems.resolve():
        raise InvalidInput(f"{out} holds the problems: name another file to write")
    tell_faults(problems, found)
    memory = {"memory": place_of(at, new=False), "namespace": namespace}
    job = Job(
        "behavior_reuse",
        model,
        settings_given(setting or []) | memory,
        [{"topic": problem.topic or topic} for problem in found.problems],
        Budget(tokens, calls, seconds, usd),
        Budget(total_tokens, usd=total_usd),
        concurrency,
        not quiet,
    )
    choosing = _Choosing(unchecked, wrong, citations)
    failed = asyncio.run(_written(job, problems, found.problems, out, choosing))
    echo(f"{choosing.counts['written']} written to {out}; {choosing.left_out}", err=True)
    if failed:
        raise typer.Exit(1)


@dataclass
class _Choosing:
    """Which responses are written; `counts` says what became of them all."""

    unchecked: bool
    wrong: bool
    citations: bool
    counts: Counter[str] = field(default_factory=Counter)

    async def record(self, problem: Problem, outcome: Answer | MetathinkError) -> Any:
        """The line for a problem, None for one that is left out."""
        from ...agents.citation import without_citations

        response, why = _response(outcome)
        if not why:
            why = await self._objection(problem, outcome)
        self.counts[why or "written"] += 1
        if why or isinstance(outcome, MetathinkError):
            return None
        text = response if self.citations else without_citations(response)
        turns = [("user", problem.question), ("assistant", text)]
        return {
            "question": problem.question,
            "response": text,
            "messages": [{"role": role, "content": content} for role, content in turns],
            "teacher": outcome.model,
        }

    async def _objection(self, problem: Problem, outcome: Any) -> str:
        from ...meta.verify.verdict import verdict

        correct = await verdict(outcome.result, problem.answer, problem.verifier)
        if correct is None and not self.unchecked:
            return "unchecked"
        return "wrong" if correct is False and not self.wrong else ""

    @property
    def left_out(self) -> str:
        """What was left out, in words."""
        others = [
            f"{count} {why}" for why, count in sorted(self.counts.items()) if why != "written"
        ]
        return f"left out: {', '.join(others)}" if others else "nothing left out"


async def _written(
    job: Job, file: Path, problems: Sequence[Problem], out: Path, choosing: _Choosing
) -> int:
    from ...memory.records.record_file import replaced

    outcomes = await job.run(problems, resume=out.with_suffix(".runs.jsonl"))
    require_one(outcomes)
    failed = tell_failures(file, problems, outcomes)
    chosen = [
        await choosing.record(problem, outcome)
        for problem, outcome in zip(problems, outcomes, strict=True)
    ]
    with replaced(out) as lines:
        lines.writelines(
            json.dumps(record, ensure_ascii=False) + "\n" for record in chosen if record
        )
    return failed


def _response(outcome: Answer | MetathinkError) -> tuple[str, str]:
    """The whole response that was made with behaviors, or why there is none to learn from."""
    if isinstance(outcome, MetathinkError):
        return "", "failed"
    solved = [step for step in outcome.run.steps if step.action == "solve_with_behaviors"]
    if not solved or solved[-1].error:
        return "", "made without behaviors"
    return solved[-1].output.strip(), "" if outcome.ending == "finished" else "cut short"
