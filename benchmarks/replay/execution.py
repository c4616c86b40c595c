"""Recorded programs, run: how each behaves on probes of its signature and on written tests.

Programs run in the sandbox of `meta.sandbox` (extra `sandbox`), never against a hidden test. What
they do does not depend on the folds, so each record is run once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from metathink.meta.sample import Question, Sample
from metathink.meta.verify.dual_execution import Behaviour, observe
from metathink.meta.verify.sandbox import Sandbox

from .records.record import Record


def behaviours(records: Sequence[Record]) -> dict[str, list[Behaviour]]:
    """How each sample of each record behaves, by record id. Raises `MissingExtra`."""
    with Sandbox() as sandbox:
        return {r.id: list(_behaviours(_Run(r, sandbox))) for r in records}


class _Run:
    """A record to run; equal to another that would come to the same."""

    def __init__(self, record: Record, sandbox: Sandbox) -> None:
        self.question = record.question
        self.samples = record.samples
        self.tests = record.tests
        self.sandbox = sandbox

    def _key(self) -> tuple[Question, tuple[str | None, ...], tuple[str, ...]]:
        return self.question, tuple(s.answer for s in self.samples), self.tests

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Run) and self._key() == other._key()


@lru_cache(maxsize=4096)
def _behaviours(run: _Run) -> tuple[Behaviour, ...]:
    samples: Sequence[Sample] = run.samples
    return tuple(observe(run.question, samples, run.sandbox, run.tests))


def names(found: Sequence[Behaviour]) -> list[str | None]:
    """A name for each program's behaviour; programs that behave alike share it.

    A program that never returns anything has none.
    """
    return [
        repr([(o.kind, o.text if o.passed else "") for o in b.values])
        if any(o.passed for o in b.values) or not b.values
        else None
        for b in found
    ]
