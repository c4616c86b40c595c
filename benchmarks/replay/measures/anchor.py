"""The three anchors beside every measure: mean single, best single chosen elsewhere, oracle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from metathink.meta.answers.equivalence import canonical

from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..scoring import right_answers
from ..split import Split

WITH_TRUTH = frozenset(
    {
        Form.AGENTS,
        Form.SAMPLES,
        Form.STATED,
        Form.SCORES,
        Form.PAIR,
        Form.METHODS,
        Form.ROUTES,
        Form.REFINED,
        Form.TESTED,
        Form.TRIALS,
        Form.PLANS,
        Form.VERDICTS,
    }
)


def drawn(record: Record) -> Record:
    """Only the samples of the speaker heard most often (the others answered once)."""
    heard = Counter(s.speaker for s in record.samples).most_common(1)
    return record.only([i for i, s in enumerate(record.samples) if s.speaker == heard[0][0]])


def mean_single(record: Record) -> float:
    """Share of the record's samples that are right."""
    return sum(label.reveal() for label in record.labels) / max(len(record.labels), 1)


def oracle(record: Record) -> float:
    """1 when at least one sample is right."""
    return max((label.reveal() for label in record.labels), default=0.0)


def best_speaker(train: Sequence[Record], least: int = 10) -> str:
    """The speaker right most often on `train`, among those heard at least `least` times."""
    right: dict[str, list[float]] = defaultdict(list)
    for record in train:
        for sample, label in zip(record.samples, record.labels, strict=True):
            right[sample.speaker].append(label.reveal())
    heard = {s: v for s, v in right.items() if len(v) >= least} or right
    return max(sorted(heard), key=lambda s: sum(heard[s]) / len(heard[s]), default="")


def single(record: Record, speaker: str) -> float | None:
    """Whether that speaker was right (mean over its samples); None where it was not recorded."""
    said = [
        label.reveal()
        for sample, label in zip(record.samples, record.labels, strict=True)
        if sample.speaker == speaker
    ]
    return sum(said) / len(said) if said else None


def is_right(record: Record, answer: str | None) -> float:
    """1 when the answer is one that was right in the record; 0 for no or an unheard answer."""
    question = record.question
    form = canonical(answer, question.kind, question.options)
    return float(form is not None and form in right_answers(record))


def anchors(splits: Sequence[Split]) -> Findings:
    """Mean single, best single chosen on the other folds, oracle.

    Where one model was sampled, the first and the last are over its samples only; other agents
    that answered beside it can still be the best single.
    """
    tests = [record for split in splits for record in split.test]
    own = [drawn(r) if r.form is Form.SAMPLES else r for r in tests]
    best = {
        record.id: right
        for split in splits
        for speaker in [best_speaker(split.train)]
        for record in split.test
        if (right := single(record, speaker)) is not None
    }
    values = {
        "mean single": {r.id: mean_single(r) for r in own},
        "best single chosen on other folds": best,
        "oracle": {r.id: oracle(r) for r in own},
    }
    return Findings([Score(n, "accuracy", per_question(v)) for n, v in values.items() if v])


MEASURES = (Measure("anchors", WITH_TRUTH, anchors),)
