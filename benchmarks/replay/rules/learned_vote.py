"""One answer from many: by plurality, by stated confidence, by learned reliability.

`Reliability` is a conditional logit over the candidate answers of a question: a candidate scores
the sum of its voters' weights, weighted by what they state, and the probabilities over the
candidates are the softmax. A weight is a part common to all, a deviation of the model and one of
the speaker. Voices of one model that err together are not counted as independent: the fit is joint,
so two that always agree share one weight between them. How far the deviations may go is chosen by
cross-validated accuracy; where weighting does not pay, the vote stays a plain one.

Of the recordings only: where speakers are asked in the order of `Polling` and it is stopped early, as the
method `ensemble` does, these weights decide as those of the poll do (docs/log/meta.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from metathink.core.errors import InvalidInput
from metathink.meta.answers.equivalence import Candidate, candidates
from metathink.meta.combine.abduction import Clash, abduce
from metathink.meta.sample import Decision, Label, Question, Sample

from .calibrator import Calibrator
from .choice_model import Election, choose_strength, fit_path

UNSTATED = 0.8
"""Weight of a vote without stated confidence beside votes with one, before data."""


def plurality(question: Question, samples: Sequence[Sample]) -> Decision[str | None]:
    """The most frequent answer; of equally frequent ones the first by its text."""
    found = candidates(samples, question)
    if not found:
        return _nobody()
    first = found[0]
    share = len(first.members) / len(samples)
    return Decision(
        first.answer,
        f"{len(first.members)} of {len(samples)} samples give it",
        {"share": share, "candidates": float(len(found))},
        share,
    )


def by_confidence(
    question: Question, samples: Sequence[Sample], calibrator: Calibrator | None = None
) -> Decision[str | None]:
    """The answer whose voters state the most confidence in total.

    Each statement is calibrated first if a map is given. A vote that states nothing counts
    `UNSTATED`.
    """
    found = candidates(samples, question)
    if not found:
        return _nobody()
    held = [_held(s, UNSTATED) for s in samples]
    if calibrator is not None:
        held = calibrator.all(held, [s.speaker for s in samples]).tolist()
    total = [sum(held[i] for i in c.members) for c in found]
    chosen = _leader(found, total)
    share = total[chosen] / sum(total) if sum(total) > 0 else 0.0
    return Decision(
        found[chosen].answer,
        f"{share:.0%} of the stated confidence is behind it",
        {"share": share, "candidates": float(len(found))},
        share,
    )


def _nobody() -> Decision[str | None]:
    return Decision(None, "nobody gave an answer", {}, 0.0)


def _held(sample: Sample, otherwise: float) -> float:
    return otherwise if sample.stated is None else sample.stated


def _leader(found: Sequence[Candidate], score: Sequence[float]) -> int:
    """The highest score; of equal ones the more frequent answer, then the first by its text."""
    return min(range(len(found)), key=lambda k: (-round(score[k], 9), -len(found[k].members), k))


class Reliability(BaseModel):
    """Learned weights of speakers; `Reliability()` is a vote weighted by stated confidence."""

    model_config = ConfigDict(frozen=True)

    base: float = 1.0
    models: dict[str, float] = {}
    speakers: dict[str, float] = {}
    typical: float = UNSTATED  # weight of a vote without stated confidence beside others with one
    penalty: float | None = None  # precision of the deviations; None: there are none
    calibrator: Calibrator = Calibrator()
    questions: int = 0

    def deviation(self, sample: Sample) -> float:
        """How much more a vote of this speaker counts than another; one never met: as its model."""
        return self.models.get(sample.model, 0.0) + self.speakers.get(sample.speaker, 0.0)

    def vote(self, sample: Sample) -> float:
        """The weight of one whole vote: the common part (times what is stated) and the own part."""
        common = 1.0 if sample.stated is None else sample.stated
        return self.base * common + self.deviation(sample)

    def probabilities(
        self, question: Question, samples: Sequence[Sample]
    ) -> tuple[list[Candidate], list[float]]:
        """The candidates and the share of belief in each (sums to one, given one is right)."""
        found = candidates(samples, question)
        stated = any(s.stated is not None for s in samples)
        vote = [
            self.base * (_held(s, self.typical) if stated else 1.0) + self.deviation(s)
            for s in samples
        ]
        score = np.array([sum(vote[i] for i in c.members) for c in found])
        if not len(score):
            return found, []
        odds = np.exp(score - score.max())
        return found, (odds / odds.sum()).tolist()

    def choose(self, question: Question, samples: Sequence[Sample]) -> Decision[str | None]:
        """The candidate with the most belief, and the calibrated chance that it is right."""
        found, belief = self.probabilities(question, samples)
        if not found:
            return _nobody()
        chosen = _leader(found, belief)
        first = found[chosen]
        chance = self.calibrator(min(belief[chosen], 1.0))
        return Decision(
            first.answer,
            f"{len(first.members)} of {len(samples)} voices, weighted by reliability learned on "
            f"{self.questions} questions",
            {
                "belief": belief[chosen],
                "share": len(first.members) / len(samples),
                "candidates": float(len(found)),
            },
            chance,
        )

    @classmethod
    def fit(
        cls,
        questions: Sequence[Question],
        samples: Sequence[Sequence[Sample]],
        labels: Sequence[Sequence[Label]],
    ) -> Self:
        """Fit on past questions; with fewer than eight that tell anything, the plain vote.

        A question tells something when it has a right and a wrong candidate. Raises `InvalidInput`
        when the sequences differ in length.
        """
        if not len(questions) == len(samples) == len(labels):
            raise InvalidInput("questions, samples and labels need one entry for each question")
        stated = [s.stated for group in samples for s in group if s.stated is not None]
        typical = float(np.mean(stated)) if stated else UNSTATED
        speakers = sorted({(s.model, s.speaker) for group in samples for s in group})
        elections = [
            _election(q, s, y, speakers, typical)
            for q, s, y in zip(questions, samples, labels, strict=True)
        ]
        telling = [e for e in elections if e.telling]
        if len(telling) < 8:
            return cls(typical=typical, questions=len(questions))
        strength, chance, right = choose_strength(elections)
        weights = fit_path(telling, [strength])[0]
        names = [m for m in sorted({m for m, _ in speakers}) if m]
        return cls(
            base=float(weights[0]),
            models=dict(zip(names, weights[1 : 1 + len(names)].tolist(), strict=True)),
            speakers=dict(
                zip((s for _, s in speakers), weights[1 + len(names) :].tolist(), strict=True)
            ),
            typical=typical,
            penalty=strength,
            calibrator=Calibrator.fit(chance, right, shape="platt"),
            questions=len(questions),
        )


def by_consistency(
    question: Question, samples: Sequence[Sample], reliability: Reliability
) -> Decision[str | None]:
    """The answer of the largest consistent set of samples, each weighing what its speaker does.

    One question has one answer, so samples with different answers clash. Speakers whose learned
    weight is not above 0 explain nothing. Constraints between questions go to `abduce` itself.
    """
    found = candidates(samples, question)
    if not found:
        return Decision(None, "nobody gave an answer", {}, 0.0)
    gain = [max(sum(reliability.vote(samples[i]) for i in c.members), 0.0) for c in found]
    clashes = [
        Clash(frozenset({a, b})) for a in range(len(found)) for b in range(a + 1, len(found))
    ]
    kept = abduce(gain, clashes)
    chosen = kept.members[0] if kept.members else 0
    share = kept.coverage / sum(gain) if sum(gain) > 0 else 0.0
    return Decision(
        found[chosen].answer,
        f"the consistent samples cover {share:.0%} of the weight",
        {"coverage": kept.coverage, "share": share},
        min(share, 1.0),
    )


def _election(
    question: Question,
    samples: Sequence[Sample],
    labels: Sequence[Label],
    speakers: Sequence[tuple[str, str]],
    typical: float,
) -> Election:
    """The candidates' features (votes in total, by model, by speaker) and which are right."""
    found = candidates(samples, question)
    names = [m for m in sorted({m for m, _ in speakers}) if m]
    column = {m: 1 + i for i, m in enumerate(names)}
    own = {s: 1 + len(names) + i for i, s in enumerate(speakers)}
    stated = any(s.stated is not None for s in samples)
    rows = np.zeros((len(found), 1 + len(names) + len(speakers)))
    for k, candidate in enumerate(found):
        for i in candidate.members:
            sample = samples[i]
            rows[k, 0] += _held(sample, typical) if stated else 1.0
            rows[k, own[sample.model, sample.speaker]] += 1.0
            if sample.model in column:
                rows[k, column[sample.model]] += 1.0
    right = [np.mean([labels[i].reveal() for i in c.members]) > 0.5 for c in found]
    return Election(rows, np.array(right, dtype=bool))
