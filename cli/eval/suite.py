"""`metathink eval suite | room | control`: methods compared, the room of task sets, a fitted confidence."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..option import Cassette, recording
from ..output import echo

Source = Annotated[
    str,
    typer.Argument(help="A kept suite, or a JSONL file of questions and answers.", metavar="NAME"),
]
Model = Annotated[str, typer.Option(help="Model string; see `metathink models`.")]
Sets = Annotated[str, typer.Option(help="Only these sets, by comma; FAMILY is FAMILY/any.")]
Count = Annotated[int | None, typer.Option(help="Questions of each set; default: all.", min=1)]
Seed = Annotated[int, typer.Option(help="Draws the questions when there are more.")]
Concurrency = Annotated[int, typer.Option(help="Questions at once.", min=1)]
Out = Annotated[
    Path | None,
    typer.Option(help="Keep every answer in this JSONL file; a run that was killed goes on there."),
]


def suite(
    name: Source = "room-to-think",
    methods: Annotated[str, typer.Option(help="Methods, by comma.")] = "",
    rows: Annotated[
        Path | None, typer.Option(help="TOML file of named rows: a method and its settings.")
    ] = None,
    model: Model = "",
    cassette: Cassette = None,
    sets: Sets = "",
    count: Count = None,
    seed: Seed = 0,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="A setting: ROW.key=value. Repeatable.")
    ] = None,
    equal_tokens: Annotated[
        bool, typer.Option(help="Add self-consistency at the tokens of each method.")
    ] = False,
    tokens: Annotated[int | None, typer.Option(help="Most tokens a question.")] = None,
    calls: Annotated[int | None, typer.Option(help="Most model calls a question.")] = None,
    concurrency: Concurrency = 8,
    out: Out = None,
    steps: Annotated[
        bool, typer.Option("--steps", help="Also: what each kind of step changed and cost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Folder for one HTML report, its pictures, and the rest.")
    ] = None,
) -> None:
    """Compare methods: accuracy, cost, confidence, as a table in Markdown.

    Without --methods and --rows: metacognition, direct, self_consistency.
    """
    from metathink.core.budget import Budget

    from ...evals.comparison import compare
    from ...evals.entry import entries
    from ...evals.report import markdown, write
    from ...evals.suite import load
    from ...evals.task import chosen
    from ...evals.trial import Contest

    named = listed(methods) or ([] if rows else ["metacognition", "direct", "self_consistency"])
    contest = Contest(
        chosen(load(name), listed(sets), count, seed),
        recording(model, cassette),
        Budget(tokens, calls),
        concurrency,
        out,
        progress=True,
        tell=lambda row: echo(row, err=True),
    )
    wanted = entries(named, rows, setting or [])
    found = asyncio.run(compare(Path(name).stem, contest, wanted, seed=seed, equal=equal_tokens))
    if as_json:
        echo(found.report().model_dump_json(indent=2))
    else:
        echo(markdown(found.report(), steps))
    if report is not None:
        for path in write(found, report):
            echo(f"wrote {path}", err=True)


def room(
    name: Source = "room-to-think",
    samples: Annotated[int, typer.Option(help="Samples a question.", min=2)] = 16,
    temperature: Annotated[float, typer.Option(help="Sampling temperature.", min=0.0)] = 0.8,
    model: Model = "",
    sets: Sets = "",
    count: Count = None,
    seed: Seed = 0,
    concurrency: Concurrency = 8,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Measure whether task sets leave room to think: one sample, any of them, their vote, their errors."""
    from ...evals.room import markdown, sample, table
    from ...evals.suite import load
    from ...evals.task import chosen

    tasks = chosen(load(name), listed(sets), count, seed)
    found = asyncio.run(
        sample(
            tasks,
            model,
            samples,
            temperature,
            concurrency=concurrency,
            resume=out,
            progress=True,
        )
    )
    for task, error in found.failed.items():
        echo(f"failed, so wrong: {task}: {error}", err=True)
    rooms = table(tasks, found.said, found.works)
    echo(json.dumps([asdict(row) for row in rooms], indent=2) if as_json else markdown(rooms))


def control(
    name: Source = "room-to-think",
    samples: Annotated[int, typer.Option(help="Voices a question.", min=2)] = 8,
    model: Model = "",
    sets: Sets = "",
    count: Count = None,
    seed: Seed = 0,
    concurrency: Concurrency = 8,
    out: Annotated[Path | None, typer.Option(help="JSON file for the fitted confidence.")] = None,
) -> None:
    """Fit the confidence the composing machine has in a model's answers, on tasks with known answers."""
    from ...evals.control import fit, listen, quality
    from ...evals.suite import load
    from ...evals.task import chosen

    tasks = chosen(load(name), listed(sets), count, seed)
    heard = asyncio.run(
        listen(
            tasks,
            model,
            samples,
            concurrency=concurrency,
            tell=lambda line: echo(line, err=True),
        )
    )
    echo("| voices | tasks | accuracy | mean confidence | AUROC | ECE |")
    echo("| --- | --- | --- | --- | --- | --- |")
    for row in quality(heard):
        numbers = (row.accuracy, row.confidence, row.auroc, row.ece)
        shown = " | ".join(f"{number:.3f}" for number in numbers)
        echo(f"| {row.voices} | {row.tasks} | {shown} |")
    if out is not None:
        out.write_text(fit(heard).model_dump_json(indent=1) + "\n", encoding="utf-8")
        echo(f"wrote {out}", err=True)


def listed(words: str) -> list[str]:
    """What stands between the commas."""
    return [word.strip() for word in words.split(",") if word.strip()]
