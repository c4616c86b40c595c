"""Whether to take a refined answer, and when to stop refining.

The refined answer is taken on evidence (a check, the votes of others), not because it is the later one.
Refining stops on a check that passes, on no change, on an answer seen before (oscillation), on no gain in
score, or when the rounds are spent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

from metathink.core.errors import InvalidInput
from metathink.meta.control.refinement import Act
from metathink.meta.sample import Decision

Take = Literal["first", "refined"]


def accept(
    first: str | None,
    refined: str | None,
    others: Sequence[str | None] = (),
    first_passes: bool | None = None,
    refined_passes: bool | None = None,
) -> Decision[Take]:
    """Which of two answers to keep: by a check, else by the votes of others, else the first.

    Answers are named by their class (equivalent answers have one name; None: unusable). `others`
    are independent answers to the same question; a tie keeps the first.
    """
    if first_passes is not refined_passes and None not in (first_passes, refined_passes):
        take: Take = "refined" if refined_passes else "first"
        return Decision(take, f"only the {take} answer passes the check")
    if refined is None or refined == first:
        return Decision("first", "the refinement changed nothing")
    if first is None:
        return Decision("refined", "there was no usable first answer")
    votes = Counter(o for o in others if o is not None)
    numbers = {"for first": 1 + votes[first], "for refined": 1 + votes[refined]}
    if votes[refined] > votes[first]:
        words = f"{votes[refined]} of {len(others)} other answers say what the refined one says"
        return Decision("refined", words, numbers)
    return Decision("first", "no evidence is for the refined answer", numbers)


def can_change(first: str | None, others: Sequence[str | None]) -> bool:
    """Whether `accept` could take any refined answer over `first`, given these votes and no check.

    Where it cannot, a refinement has no value whatever it says, and is not paid for.
    """
    votes = Counter(o for o in others if o is not None)
    rivals = [count for answer, count in votes.items() if answer != first]
    return first is None or max(rivals, default=0) > votes[first]


@dataclass(slots=True)
class Refinement:
    """One answer being refined, round by round. Once it has said "keep" it says nothing else.

    `rounds` is the most to pay for, `patience` the rounds without a change (or, where scores are
    given, without a better score) that end it. `best` is the index of the answer to keep: the
    passing one, else the best scored, else the one that came up most often, the earliest first.
    """

    rounds: int = 3
    patience: int = 1
    answers: list[str | None] = field(default_factory=list)
    scores: list[float | None] = field(default_factory=list)
    passed: int | None = None
    decision: Decision[Act] = field(
        default_factory=lambda: Decision("refine", "there is no answer yet")
    )

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.patience < 1:
            raise InvalidInput("rounds and patience are at least 1")

    def observe(
        self, answer: str | None, score: float | None = None, passes: bool | None = None
    ) -> Decision[Act]:
        """Take note of the answer after a round (the first call: the first answer)."""
        if self.decision.choice == "keep":
            return self.decision
        self.answers.append(answer)
        self.scores.append(score if score is None or isfinite(score) else None)
        if passes:
            self.passed = len(self.answers) - 1
        self.decision = self._judge()
        return self.decision

    @property
    def best(self) -> int | None:
        """Index of the answer to keep; None before any."""
        if self.passed is not None or not self.answers:
            return self.passed
        counts = Counter(a for a in self.answers if a is not None)
        places = range(len(self.answers))
        return max(places, key=lambda i: (_rank(self.scores[i]), counts[self.answers[i] or ""], -i))

    def _judge(self) -> Decision[Act]:
        done = len(self.answers) - 1
        numbers = {"rounds": done, "different": len(set(self.answers))}
        if self.passed is not None:
            return Decision("keep", f"the answer of round {done} passes the check", numbers)
        if self._unchanged() >= self.patience:
            return Decision("keep", f"round {done} changed nothing", numbers)
        answer = self.answers[-1]
        if answer is not None and answer in self.answers[:-2] and self.answers[-2] != answer:
            seen = self.answers.index(answer)
            return Decision("keep", f"round {done} is back at the answer of round {seen}", numbers)
        if self._without_gain() >= self.patience:
            return Decision("keep", f"no better score for {self._without_gain()} rounds", numbers)
        if done >= self.rounds:
            return Decision("keep", f"the {self.rounds} rounds are spent", numbers)
        return Decision("refine", f"round {done} moved; {self.rounds - done} left", numbers)

    def _unchanged(self) -> int:
        """Rounds at the end that repeat the answer before them."""
        count = 0
        while (
            count + 1 < len(self.answers) and self.answers[-1 - count] == self.answers[-2 - count]
        ):
            count += 1
        return count

    def _without_gain(self) -> int:
        """Rounds since the best score; 0 where a score is missing."""
        known = [s for s in self.scores if s is not None]
        if len(known) < len(self.scores):
            return 0
        return len(known) - 1 - known.index(max(known))


def _rank(score: float | None) -> float:
    return float("-inf") if score is None else score
