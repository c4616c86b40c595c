"""Choice by verifier: by a cheap check, by running the answer, by running tests a model wrote.

- Samples of one speaker with a check (a number puzzle by exact arithmetic, a prediction about a
  program by running it): drawn one by one until one passes, beside the plurality vote.
- Plans, simulated: speakers are asked in the order of the reliability learned on the other folds.
- Sampled programs with written tests: dual execution, beside CodeT's agreement on the same runs.
  Where several programs tie for the best score, each counts for its share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from metathink.meta.combine.polling import Polling
from metathink.meta.sample import Question
from metathink.meta.verify.dual_execution import Behaviour, agreement
from metathink.meta.verify.sandbox import Sandbox

from ..checker import check_for
from ..execution import behaviours
from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.verifier import Check, first_verified
from ..scoring import named, plurality, right_answers
from ..split import Split

SAMPLED = "sampled"


def verified(splits: Sequence[Split]) -> Findings:
    """First verified against the vote, for each speaker; nothing for tasks without a check."""
    tests = [record for split in splits for record in split.test]
    scores: list[Score] = []
    with ExitStack() as stack:
        checks = {record.id: check_for(record.question) for record in tests}
        if any(r.question.task in _RUN for r in tests):
            sandbox = stack.enter_context(Sandbox())
            checks |= {
                r.id: running_check(r.question, sandbox) for r in tests if r.question.task in _RUN
            }
        for speaker, part in _by_speaker([r for r in tests if checks[r.id] is not None]):
            scores += _first_verified(speaker, part, checks)
    return Findings(scores)


def plans(splits: Sequence[Split]) -> Findings:
    """Plans of many speakers, simulated one by one in the order of reliability on other folds."""
    first: dict[str, float] = {}
    right: dict[str, float] = {}
    asked: dict[str, float] = {}
    vote: dict[str, float] = {}
    for split in splits:
        rule = Polling().fit([r.samples for r in split.train], [r.labels for r in split.train])
        for record in split.test:
            by_speaker = {s.speaker: i for i, s in enumerate(record.samples)}
            ordered = record.only([by_speaker[s] for s in rule.order(by_speaker)])
            check = check_for(record.question)
            if check is None:
                continue
            decision = first_verified(ordered.samples, check)
            places = [i for i, s in enumerate(ordered.samples) if s is decision.choice]
            first[record.id] = ordered.labels[0].reveal()
            right[record.id] = ordered.labels[places[0]].reveal() if places else 0.0
            asked[record.id] = decision.numbers["drawn"] / len(ordered.samples)
            vote[record.id] = float(plurality(named(record)) in right_answers(record))
    return Findings(
        [
            Score("full vote", "accuracy", per_question(vote)),
            Score("most reliable speaker", "accuracy", per_question(first), against="full vote"),
            Score("first verified", "accuracy", per_question(right), against="full vote"),
            Score("first verified", "share of plans asked for", per_question(asked)),
        ]
    )


def dual_execution(splits: Sequence[Split]) -> Findings:
    """Accuracy of the program chosen among one model's samples; no fit."""
    tests = [_sampled(record) for split in splits for record in split.test]
    found = behaviours(tests)
    rules = {
        "random program": lambda b: [1.0] * len(b),
        "most tests passed": lambda b: [float(sum(x.passes)) for x in b],
        "CodeT agreement": codet,
        "dual execution": agreement,
    }
    return Findings(
        [
            Score(
                name,
                "accuracy",
                per_question({r.id: _expected(rule(found[r.id]), r) for r in tests}),
                against="CodeT agreement",
            )
            for name, rule in rules.items()
        ]
    )


def codet(found: Sequence[Behaviour]) -> list[float]:
    """CodeT's score: the square root of the programs that pass the same tests, times the tests."""
    alike = Counter(b.passes for b in found)
    return [alike[b.passes] ** 0.5 * sum(b.passes) for b in found]


def running_check(question: Question, sandbox: Sandbox) -> Check:
    """Whether a prediction about a program (its output, or an input that gives it) comes true."""
    program, _, given = question.text.rpartition("\n")
    test = _RUN[question.task]
    return lambda sample: sandbox.run(program, [test(given, sample.answer or "")])[0].passed


_RUN = {
    "output_prediction": lambda given, answer: f"assert f({given}) == ({answer})",
    "input_prediction": lambda given, answer: f"assert ({answer}) == ({given})",
}


def _first_verified(
    speaker: str, records: Sequence[Record], checks: dict[str, Check | None]
) -> list[Score]:
    right: dict[str, float] = {}
    drawn: dict[str, float] = {}
    vote: dict[str, float] = {}
    for record in records:
        check = checks[record.id]
        assert check is not None  # only records with a check are passed
        decision = first_verified(record.samples, check)
        places = [i for i, s in enumerate(record.samples) if s is decision.choice]
        right[record.id] = record.labels[places[0]].reveal() if places else 0.0
        drawn[record.id] = decision.numbers["drawn"] / len(record.samples)
        vote[record.id] = float(plurality(named(record)) in right_answers(record))
    return [
        Score(f"full vote, {speaker}", "accuracy", per_question(vote)),
        Score(
            f"first verified, {speaker}",
            "accuracy",
            per_question(right),
            against=f"full vote, {speaker}",
        ),
        Score(f"first verified, {speaker}", "share of samples drawn", per_question(drawn)),
    ]


def _by_speaker(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """The records cut to one speaker at a time, for speakers that were sampled more than once."""
    speakers = dict.fromkeys(s.speaker for r in records for s in r.samples)
    for speaker in speakers:
        kept = [[i for i, s in enumerate(r.samples) if s.speaker == speaker] for r in records]
        if max(map(len, kept), default=0) > 1:
            yield speaker, [r.only(k) for r, k in zip(records, kept, strict=True) if k]


def _sampled(record: Record) -> Record:
    return record.only([i for i, s in enumerate(record.samples) if s.speaker == SAMPLED])


def _expected(scores: Sequence[float], record: Record) -> float:
    """Share right among the programs with the best score."""
    best = max(scores, default=0.0) - 1e-9
    rights = [
        label.reveal() for score, label in zip(scores, record.labels, strict=True) if score >= best
    ]
    return sum(rights) / max(len(rights), 1)


MEASURES = (
    Measure("choice by verifier", frozenset({Form.SAMPLES}), verified),
    Measure("choice by simulation", frozenset({Form.PLANS}), plans),
    Measure("choice by tests", frozenset({Form.TESTED}), dual_execution),
)
