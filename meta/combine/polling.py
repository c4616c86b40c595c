"""Ask known speakers in the order of their reliability, and stop when the answer is settled.

Each speaker s is right with a learned probability p_s; when wrong it picks one of J wrong answers,
where 1/J is how often two wrong speakers gave the same answer (so J is small where errors are correlated).
One vote then adds t log(p_s J / (1 - p_s)) to the log-odds of its answer (naive Bayes, the optimal
weighted vote of Nitzan & Paroush 1982); t in (0, 1] tempers it, because speakers are not
independent, and is fitted on past polls by what they were worth. The poll stops when the leading
answer's posterior reaches `certainty`, or when those not yet asked could not overturn it.

Which answer leads is decided by these weights, or (`count`) by the number of speakers that are not expected
to err: those with a reliability of one half or more (see `abduction`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log

from ...core.errors import InvalidInput
from ..control.stopping import Step
from ..sample import Decision, Label, Sample, checked

Key = Callable[[Sample], str | None]
"""Names a sample's answer so that equivalent answers share a name; None: no usable answer."""

TEMPERS = (0.25, 0.35, 0.5, 0.7, 1.0)
PRIOR_WEIGHT = 2.0  # past answers that the prior reliability counts for
PRIOR_COLLISIONS = (1.0, 5.0)  # one of five pairs of wrong answers agrees, before any data
EXPECTED_TO_ERR = 0.5
"""Reliability under which a speaker is expected to err."""


def answer_key(sample: Sample) -> str | None:
    """The answer as it stands."""
    return sample.answer


@dataclass(frozen=True, slots=True)
class Polling:
    """Learned reliabilities and when a poll is settled; usable before any data.

    `reliability` maps a speaker to the probability that its answer is right, `unknown` is that of
    a speaker without outcomes, `alternatives` is J, `temper` is t; `price` is what asking everyone
    costs, in units of one right answer, when t is fitted. With `count` speakers that are not expected to
    err count one each. Raises `InvalidInput` out of range.
    """

    reliability: Mapping[str, float] = field(default_factory=dict)
    unknown: float = 0.65
    alternatives: float = PRIOR_COLLISIONS[1] / PRIOR_COLLISIONS[0]
    temper: float = 0.5
    certainty: float = 0.95
    price: float = 0.02
    count: bool = False

    def __post_init__(self) -> None:
        chances = (*self.reliability.values(), self.unknown)
        if not all(0.0 < p < 1.0 for p in chances) or not 0.5 <= self.certainty <= 1.0:
            raise InvalidInput("reliabilities lie in (0, 1), certainty in [0.5, 1]")
        if not self.alternatives >= 1.0 or not 0.0 < self.temper <= 1.0:
            raise InvalidInput("alternatives >= 1 and temper in (0, 1] are needed")

    def fit(
        self,
        polls: Sequence[Sequence[Sample]],
        labels: Sequence[Sequence[Label]],
        key: Key = answer_key,
    ) -> Polling:
        """The same rule with reliabilities, alternatives and temper learned from past polls."""
        truths = [[label.reveal() for label in row] for row in labels]
        for poll, truth in zip(polls, truths, strict=True):
            if len(checked(poll)) != len(truth):
                raise InvalidInput("a poll needs one label for each sample")
        outcomes: dict[str, list[float]] = defaultdict(list)
        for poll, truth in zip(polls, truths, strict=True):
            for sample, right in zip(poll, truth, strict=True):
                outcomes[sample.speaker].append(right)
        everyone = [right for rights in outcomes.values() for right in rights]
        mean = _shrunk(everyone, self.unknown)
        learned = replace(
            self,
            reliability={s: _shrunk(rights, mean) for s, rights in outcomes.items()},
            unknown=mean,
            alternatives=_alternatives(polls, truths, key),
        )
        return learned._tempered(polls, truths, key)

    def order(self, speakers: Iterable[str]) -> list[str]:
        """Most reliable first; equals keep their order."""
        return sorted(speakers, key=lambda s: -self.chance(s))

    def start(self, speakers: Sequence[str]) -> Poll:
        """A poll among these speakers. Raises `InvalidInput` when there is nobody to ask."""
        if not speakers:
            raise InvalidInput("nobody to ask")
        return Poll(self, self.order(speakers))

    def chance(self, speaker: str) -> float:
        """Probability that this speaker's answer is right."""
        return self.reliability.get(speaker, self.unknown)

    def weight(self, speaker: str) -> float:
        """Log-odds that this speaker's vote adds to its answer, never below 0."""
        p = self.chance(speaker)
        return max(0.0, self.temper * log(p * self.alternatives / (1.0 - p)))

    def support(self, speaker: str) -> float:
        """What this speaker's vote adds to the lead of its answer: its weight, or 1 or 0 with `count`."""
        if not self.count:
            return self.weight(speaker)
        return float(self.chance(speaker) >= EXPECTED_TO_ERR)

    def posterior(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Probability of each answer from its summed weights; what is missing is an unseen one."""
        top = max(scores.values(), default=0.0)
        mass = {a: exp(s - top) for a, s in scores.items()}
        unseen = max(self.alternatives + 1.0 - len(mass), 0.0) * exp(-top)
        total = sum(mass.values()) + unseen
        return {a: m / total for a, m in mass.items()}

    def _tempered(
        self, polls: Sequence[Sequence[Sample]], truths: Sequence[Sequence[float]], key: Key
    ) -> Polling:
        """The temper whose polls were worth most; of equals the one whose confidences were best (Brier)."""
        rules = [replace(self, temper=t) for t in TEMPERS]

        def merit(rule: Polling) -> tuple[float, float]:
            played = [rule._played(p, t, key) for p, t in zip(polls, truths, strict=True) if p]
            return round(sum(worth for worth, _ in played), 9), -sum(miss for _, miss in played)

        return max(rules, key=merit)

    def _played(
        self, samples: Sequence[Sample], truth: Sequence[float], key: Key
    ) -> tuple[float, float]:
        """What a past poll is worth under this rule (right, minus `price` times the share asked), and the
        squared error of its confidence."""
        named = {s.speaker: key(s) for s in samples}
        right = {key(s) for s, t in zip(samples, truth, strict=True) if t > 0.5} - {None}
        poll = self.start(list(named))
        while (speaker := poll.next()) is not None:
            poll.hear(named[speaker])
        hit, confidence = float(poll.leader in right), poll.decision.confidence or 0.0
        return hit - self.price * poll.asked / len(named), (confidence - hit) ** 2


@dataclass(slots=True)
class Poll:
    """One question's poll. Once settled it asks nobody else and changes no more.

    `scores` are the summed weights of each answer, `support` what decides which of them leads.
    """

    rule: Polling
    waiting: list[str]
    scores: dict[str, float] = field(default_factory=dict)
    support: dict[str, float] = field(default_factory=dict)
    asked: int = 0
    decision: Decision[Step] = field(default_factory=lambda: Decision("draw", "nobody was asked"))

    def next(self) -> str | None:
        """Whom to ask now; None when the poll is settled."""
        return None if self.decision.choice == "stop" else self.waiting[0]

    def needed(self) -> list[str]:
        """Whom to ask at once: those that are needed even if all of them agree with the leader.

        Nobody is asked in vain. Empty when the poll is settled.
        """
        if self.decision.choice == "stop":
            return []
        agreed = Poll(self.rule, [*self.waiting], {**self.scores}, {**self.support}, self.asked)
        answer = "" if self.leader is None else self.leader
        while agreed.hear(answer).choice == "draw":
            pass
        return self.waiting[: agreed.asked - self.asked]

    def hear(self, answer: str | None) -> Decision[Step]:
        """Count the answer of the next speaker (None: nothing usable); ignored once settled."""
        if self.decision.choice == "stop":
            return self.decision
        speaker = self.waiting.pop(0)
        self.asked += 1
        if answer is not None:
            self.scores[answer] = self.scores.get(answer, 0.0) + self.rule.weight(speaker)
            self.support[answer] = self.support.get(answer, 0.0) + self.rule.support(speaker)
        self.decision = self._judge()
        return self.decision

    @property
    def leader(self) -> str | None:
        """The answer with the greatest support, of equals the one with the greater weight, then the first."""
        if not self.support:
            return None
        return max(self.support, key=lambda answer: (self.support[answer], self.scores[answer]))

    def _judge(self) -> Decision[Step]:
        chance = self.rule.posterior(self.scores)
        best = self.leader
        sure = chance[best] if best is not None else 0.0
        left = sum(self.rule.support(s) for s in self.waiting)
        ordered = sorted(self.support.values(), reverse=True)
        lead = ordered[0] - (ordered[1] if len(ordered) > 1 else 0.0) if ordered else 0.0
        numbers = {"posterior": sure, "lead": lead, "open": left, "asked": self.asked}
        if not self.waiting:
            return Decision("stop", "everyone was asked", numbers, sure)
        if best is not None and sure >= self.rule.certainty:
            words = f"the answer is right with {sure:.0%} after {self.asked} of the speakers"
            return Decision("stop", words, numbers, sure)
        if lead > left:
            words = f"a lead of {lead:.2f} cannot be overturned by the {left:.2f} left"
            return Decision("stop", words, numbers, sure)
        return Decision("draw", f"the answer is right with only {sure:.0%}", numbers, sure)


def _shrunk(rights: Sequence[float], prior: float) -> float:
    return (sum(rights) + PRIOR_WEIGHT * prior) / (len(rights) + PRIOR_WEIGHT)


def _alternatives(
    polls: Sequence[Sequence[Sample]], truths: Sequence[Sequence[float]], key: Key
) -> float:
    """J = 1 / how often two wrong answers of one poll are the same answer."""
    same, pairs = PRIOR_COLLISIONS
    for poll, truth in zip(polls, truths, strict=True):
        named = [key(s) for s, t in zip(poll, truth, strict=True) if t < 0.5]
        wrong = Counter(a for a in named if a is not None)
        total = wrong.total()
        pairs += total * (total - 1) / 2
        same += sum(n * (n - 1) / 2 for n in wrong.values())
    return max(1.0, pairs / same)
