"""`metathink eval reliability`: how reliable models are, learned from outcomes, for the method `ensemble`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from ..output import echo


def reliability(
    outcomes: Annotated[
        Path,
        typer.Argument(
            help="JSON Lines: `question`, `model`, `answer`, and `correct` (true, false) or `gold`."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="JSON file for `--set reliabilities=` of `ensemble`.")
    ] = None,
) -> None:
    """Learn how reliable models are from their answers to past questions."""
    from ...evals.interval import share_interval
    from ...meta.combine.outcomes import fit_reliabilities, read_outcomes, write_reliabilities

    found = read_outcomes(outcomes)
    rule = fit_reliabilities(found)
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for outcome in found:
        right[outcome.model].append(outcome.correct)
    echo("| model | answers | right | 95 % | reliability | weight |")
    echo("| --- | ---: | ---: | ---: | ---: | ---: |")
    for model in rule.order(right):
        low, high = share_interval(right[model])
        share = sum(right[model]) / len(right[model])
        numbers = f"{len(right[model])} | {share:.3f} | {low:.3f}-{high:.3f}"
        echo(f"| {model} | {numbers} | {rule.chance(model):.3f} | {rule.weight(model):.2f} |")
    if out is not None:
        write_reliabilities(out, rule)
        echo(f"wrote {out}", err=True)
