"""Which records a component is fitted on and which it is reported on; never the same question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metathink.core.errors import InvalidInput

from .records.record import Record


@dataclass(frozen=True, slots=True)
class Split:
    """Fit on `train`, report on `test`; no question stands in both."""

    train: tuple[Record, ...]
    test: tuple[Record, ...]


def folds(records: Sequence[Record], count: int = 5, seed: int = 0) -> list[Split]:
    """`count` splits by question: each question is reported on once, twins together.

    Raises `InvalidInput` when there are fewer questions than folds.
    """
    groups = sorted({r.group for r in records})
    if len(groups) < count or count < 2:
        raise InvalidInput(f"{len(groups)} questions cannot make {count} folds")
    order = np.random.default_rng(seed).permutation(len(groups))
    fold = {groups[g]: place % count for place, g in enumerate(order)}
    return [
        Split(
            train=tuple(r for r in records if fold[r.group] != k),
            test=tuple(r for r in records if fold[r.group] == k),
        )
        for k in range(count)
    ]


def transfer(fit: Sequence[Record], on: Sequence[Record]) -> list[Split]:
    """One split: fit on one file, report on another; questions of the first are dropped there.

    Raises `InvalidInput` when the forms differ or nothing is left to report on.
    """
    if fit[0].form is not on[0].form:
        raise InvalidInput(f"cannot fit on {fit[0].form} and report on {on[0].form}")
    seen = {r.group for r in fit}
    test = tuple(r for r in on if r.group not in seen)
    if not test:
        raise InvalidInput("every question to report on was already fitted on")
    return [Split(train=tuple(fit), test=test)]
