"""The reflection gate: reflect only where it is expected to mend more than it breaks.

A first answer is at hand, with a second one drawn independently. Whether the two behave alike is
the confidence; where they do, no reflection could win the vote and none is paid for. Elsewhere the
gate, fitted on the other folds, says whether to reflect; the reflected answer is then taken only on
the vote of the second answer, and what mends and breaks is counted after that vote. Reflections are
free here (price 0): the question is what they do to accuracy. Each direct run plays first in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metathink.meta.control.refinement import RefinementGate
from metathink.meta.sample import Label

from ..execution import behaviours, names
from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.refinement import accept, can_change
from ..split import Split

DIRECT = "direct"
PRIOR = 2.0
"""Past answers that count for the prior confidence of one half."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One first answer, the other direct answers, and the reflected one, by behaviour and truth."""

    first: str | None
    others: tuple[str | None, ...]
    refined: str | None
    first_label: Label
    refined_label: Label

    @property
    def agreed(self) -> bool:
        return not can_change(self.first, self.others)

    @property
    def kept(self) -> Label:
        """The truth of the answer that is kept once a reflection was paid for."""
        taken = accept(self.first, self.refined, self.others).choice
        return self.refined_label if taken == "refined" else self.first_label


def gate(splits: Sequence[Split]) -> Findings:
    """Accuracy of never, always and gated reflection, and how often the gate reflects."""
    records = [record for split in splits for record in split.test]
    named = {key: names(found) for key, found in behaviours(records).items()}
    if len(splits) == 1:
        records = [*records, *splits[0].train]
        named |= {k: names(found) for k, found in behaviours(splits[0].train).items()}
    turns = {record.id: _turns(record, named[record.id]) for record in records}
    never: dict[str, float] = {}
    always: dict[str, float] = {}
    gated: dict[str, float] = {}
    spent: dict[str, float] = {}
    for split in splits:
        rule, sure = _fit([turn for r in split.train for turn in turns[r.id]])
        for record in split.test:
            played = [_play(turn, rule, sure[turn.agreed]) for turn in turns[record.id]]
            if played:
                count = len(played)
                never[record.id] = sum(t.first_label.reveal() for t in turns[record.id]) / count
                always[record.id] = sum(t.refined_label.reveal() for t in turns[record.id]) / count
                gated[record.id] = sum(right for right, _ in played) / count
                spent[record.id] = sum(paid for _, paid in played) / count
    return Findings(
        [
            Score("never reflect", "accuracy", per_question(never)),
            Score("always reflect", "accuracy", per_question(always), against="never reflect"),
            Score("reflection gate", "accuracy", per_question(gated), against="never reflect"),
            Score("reflection gate", "share of tasks reflected on", per_question(spent)),
        ]
    )


def _turns(record: Record, named: Sequence[str | None]) -> list[_Turn]:
    """Each direct run as the first answer; none where nothing was reflected on."""
    direct = [i for i, s in enumerate(record.samples) if s.method == DIRECT]
    refined = next((i for i, s in enumerate(record.samples) if s.method != DIRECT), None)
    if refined is None:
        return []
    return [
        _Turn(
            named[i],
            tuple(named[j] for j in direct if j != i),
            named[refined],
            record.labels[i],
            record.labels[refined],
        )
        for i in direct
    ]


def _fit(turns: Sequence[_Turn]) -> tuple[RefinementGate, dict[bool, float]]:
    """The gate, and how often a first answer is right with and without a second that agrees."""
    kept = [t.kept for t in turns]
    rule = RefinementGate(price=0.0).fit([t.first_label for t in turns], kept)
    sure: dict[bool, float] = {}
    for agreed in (True, False):
        rights = [t.first_label.reveal() for t in turns if t.agreed is agreed]
        sure[agreed] = (sum(rights) + PRIOR / 2) / (len(rights) + PRIOR)
    return rule, sure


def _play(turn: _Turn, rule: RefinementGate, confidence: float) -> tuple[float, float]:
    """Whether the answer kept is right, and whether a reflection was paid for."""
    if turn.agreed or rule.decide(confidence).choice == "keep":
        return turn.first_label.reveal(), 0.0
    return turn.kept.reveal(), 1.0


MEASURES = (Measure("reflection gate", frozenset({Form.REFINED}), gate),)
