"""One confidence from everything at hand: what is stated, how far the others agree, token
probabilities, checks passed; who says it and on which task.

A logistic model on log-odds features. Its weights start at an honest prior (each kind of evidence
counts half or less of what it claims), move with outcomes, and differ between speakers and tasks as
far as their data warrant. It is plain data: `model_dump_json` saves it beside the memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from ...core.errors import InvalidInput
from ..answers.equivalence import candidates, group_of
from ..sample import Decision, Label, Question, Sample
from .likelihood import mean_logprob
from .shrinkage import Floats, Problem, shrunk

EDGE = 0.005
FEATURES = (
    "one",  # the base rate
    "stated",  # log of the stated confidence
    "doubt",  # -log(1 - stated)
    "silent",  # 1 when nothing is stated
    "agreement",  # log-odds of the share of the others with the same answer
    "seconded",  # stated log-odds of the others with the same answer, summed, over their number
    "opposed",  # the same of the others with another answer
    "token",  # log-odds of the answer's token probability
    "fluency",  # log-probability per token, relevance-weighted
    "checks",  # log-odds of the share of checks passed
)
PRIOR = (0.0, 0.5, 0.5, 0.0, 0.5, 0.25, -0.25, 0.5, 0.0, 1.0)
RISES = (False, True, True, False, True, True, False, True, True, True)
OWN = 3  # the speaker's own deviation covers the first three features


def _odds(p: float) -> float:
    p = min(max(p, EDGE), 1.0 - EDGE)
    return math.log(p / (1.0 - p))


class Confidence(BaseModel):
    """A combined confidence; `Confidence()` is the prior, usable before any outcome."""

    model_config = ConfigDict(frozen=True)

    weights: tuple[float, ...] = PRIOR
    speakers: dict[str, tuple[float, float, float]] = {}
    tasks: dict[str, float] = {}
    outcomes: int = 0

    def of_samples(self, question: Question, samples: Sequence[Sample]) -> list[float]:
        """The confidence that each sample's answer is right, in [0, 1]."""
        rows = features(question, samples)
        task = self.tasks.get(question.task, 0.0)
        return [
            _chance(self._own(sample, row) + task)
            for sample, row in zip(samples, rows, strict=True)
        ]

    def of_answer(
        self, question: Question, samples: Sequence[Sample], answer: str | None
    ) -> Decision[str | None]:
        """The confidence in one answer, from all the samples; 0 for an answer nobody gave.

        Mean log-odds of the samples that gave it. Without samples there is nothing to go by: 0.
        """
        if answer is None or not answer.strip():
            return Decision(answer, "no answer, no confidence", {}, 0.0)
        members = group_of(answer, samples, question)
        if not members:
            return Decision(answer, "no sample gave this answer", {}, 0.0)
        return self._held(answer, question, samples, members)

    def _held(
        self,
        answer: str | None,
        question: Question,
        samples: Sequence[Sample],
        members: Sequence[int],
    ) -> Decision[str | None]:
        """The confidence in the answer that the samples at these places gave."""
        crowd = _Crowd(samples, members)
        task = self.tasks.get(question.task, 0.0)
        scores = [self._own(samples[i], _row(samples[i], crowd)) + task for i in members]
        chance = _chance(sum(scores) / len(scores))
        share = len(members) / len(samples)
        return Decision(
            answer,
            f"{len(members)} of {len(samples)} samples say so"
            + ("" if self.outcomes else "; before any outcome, by the prior"),
            {"share": share, "confidence": chance, "outcomes": float(self.outcomes)},
            chance,
        )

    def _own(self, sample: Sample, row: Sequence[float]) -> float:
        score = sum(w * x for w, x in zip(self.weights, row, strict=True))
        own = self.speakers.get(sample.speaker)
        return score if own is None else score + sum(w * row[i] for i, w in enumerate(own))

    @classmethod
    def fit(
        cls,
        questions: Sequence[Question],
        samples: Sequence[Sequence[Sample]],
        labels: Sequence[Sequence[Label]],
    ) -> Self:
        """Fit on past questions; with none, the prior. Raises `InvalidInput` on unequal lengths."""
        if not len(questions) == len(samples) == len(labels):
            raise InvalidInput("questions, samples and labels need one entry for each question")
        flat = [s for group in samples for s in group]
        if not flat:
            return cls()
        truth = np.array([label.reveal() for group in labels for label in group])
        if len(truth) != len(flat):
            raise InvalidInput(f"{len(flat)} samples but {len(truth)} labels")
        pairs = list(zip(questions, samples, strict=True))
        rows = np.array([row for q, group in pairs for row in features(q, group)])
        task_of = [q.task for q, group in pairs for _ in group]
        return cls._fitted(rows, truth, [s.speaker for s in flat], task_of)

    @classmethod
    def _fitted(cls, rows: Floats, truth: Floats, speaker: list[str], task: list[str]) -> Self:
        from scipy.sparse import csr_array

        speakers, tasks = sorted(set(speaker) - {""}), sorted(set(task) - {""})
        tasks = tasks if len(tasks) > 1 else []
        wide, width = len(FEATURES), len(FEATURES) + OWN * len(speakers)
        design = np.zeros((len(rows), width + len(tasks)))
        design[:, :wide] = rows
        first = {s: wide + OWN * i for i, s in enumerate(speakers)}
        place = {t: width + i for i, t in enumerate(tasks)}
        for i, (s, t) in enumerate(zip(speaker, task, strict=True)):
            if s in first:
                design[i, first[s] : first[s] + OWN] = rows[i, :OWN]
            if t in place:
                design[i, place[t]] = 1.0
        group = np.array([0] * wide + [1, 2, 2] * len(speakers) + [3] * len(tasks))
        blank = np.zeros(len(group) - wide)
        problem = Problem(
            csr_array(design),
            truth,
            np.ones(len(truth)),
            group,
            np.concatenate([PRIOR, blank]),
            np.concatenate([RISES, blank]).astype(bool),
        )
        found = shrunk(problem, fixed={0: 1.0})
        return cls(
            weights=tuple(found[:wide].tolist()),
            speakers={s: tuple(found[i : i + OWN].tolist()) for s, i in first.items()},
            tasks={t: float(found[i]) for t, i in place.items()},
            outcomes=len(truth),
        )


def _chance(score: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * score))


class _Crowd:
    """What the samples of one candidate share: how many agree, what all of them state."""

    __slots__ = ("against", "agree", "behind", "others")

    def __init__(self, samples: Sequence[Sample], members: Sequence[int]) -> None:
        inside = set(members)
        self.others = len(samples) - 1
        self.behind = self.against = 0.0
        for place, sample in enumerate(samples):
            if sample.stated is not None:
                if place in inside:
                    self.behind += _odds(sample.stated)
                else:
                    self.against += _odds(sample.stated)
        same = len(members) - 1
        self.agree = math.log((same + 0.5) / (self.others - same + 0.5)) if self.others else 0.0


def _row(sample: Sample, crowd: _Crowd | None) -> tuple[float, ...]:
    """The features of one sample beside its crowd (None: its answer cannot be compared)."""
    stated = sample.stated
    known = stated is not None
    p = min(max(stated, EDGE), 1.0 - EDGE) if known else 0.5
    agree = behind = against = 0.0
    if crowd is not None and crowd.others:
        agree = crowd.agree
        behind = (crowd.behind - (_odds(p) if known else 0.0)) / crowd.others
        against = crowd.against / crowd.others
    token, fluency = sample.token_probability, mean_logprob(sample)
    passes = sample.passes
    return (
        1.0,
        math.log(p) if known else 0.0,
        -math.log(1.0 - p) if known else 0.0,
        0.0 if known else 1.0,
        agree,
        behind,
        against,
        0.0 if token is None else _odds(token),
        0.0 if fluency is None else max(fluency, -10.0),
        _odds((sum(passes) + 0.5) / (len(passes) + 1.0)) if passes else 0.0,
    )


def features(question: Question, samples: Sequence[Sample]) -> list[tuple[float, ...]]:
    """One row of `FEATURES` for each sample.

    Where no sample has an answer to compare, all speak about the same thing: what the others state
    counts as seconding, and there is no agreement feature.
    """
    found = candidates(samples, question)
    if not found:
        return _uncompared(samples) if samples else []
    home = {place: _Crowd(samples, c.members) for c in found for place in c.members}
    return [_row(sample, home.get(place)) for place, sample in enumerate(samples)]


def _uncompared(samples: Sequence[Sample]) -> list[tuple[float, ...]]:
    crowd = _Crowd(samples, range(len(samples)))
    crowd.agree = 0.0
    return [_row(sample, crowd) for sample in samples]


def best(
    confidence: Confidence, question: Question, samples: Sequence[Sample]
) -> Decision[str | None]:
    """The answer with the most combined confidence, worded as it was first; None when nobody answered.

    Of answers with the same confidence the one that more samples give.
    """
    found = candidates(samples, question)  # the most frequent first
    if not found:
        return Decision(None, "nobody gave an answer", {}, 0.0)
    rated = [
        confidence._held(samples[c.members[0]].answer, question, samples, c.members) for c in found
    ]
    return max(rated, key=lambda held: held.confidence or 0.0)
