"""Adaptive sampling: draw until more samples will not change the answer.

Adaptive-Consistency (Aggarwal et al. 2023, arXiv 2305.11860) stops when the posterior probability
that the leading answer is the mode passes a threshold, 0.95 in the paper. Where we differ: the
budget is finite, so the question asked is whether the leader will still lead *when the budget is
spent*, which is cheaper to be sure of; and a sample without a usable answer is evidence too (a
program that failed five times will likely fail again), so a hopeless question is given up early.

    a, b  votes of the leader and of the runner-up      r  samples for anything else or for nothing
    m     draws left    M ~ BetaBinomial(m, a + b + 1/2, r + 1/2)   of them go to one of the two
                        x ~ BetaBinomial(M, b + 1, a + 1)           of those go to the runner-up
    the leader holds when b + x <= a + M - x

The 1/2s are Jeffreys' prior, the 1s the paper's uniform prior. With no vote yet "holds" means that
no usable answer will come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, lgamma
from typing import Literal

from ...core.errors import InvalidInput
from ..sample import Decision, Sample, checked

Step = Literal["draw", "stop"]

MOST = 1_000
"""The largest budget: beyond it probabilities underflow, and the posterior was certain before."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """When to stop drawing from one speaker: at `certainty` that the leader holds, or at `budget`.

    The default was read off recorded samples: 0.9 to 0.95 keep the full vote's accuracy within a
    point (docs/log). `certainty` 1.0 stops only where the remaining draws cannot change the answer
    (the full vote's answer at a lower price). Raises `InvalidInput` for values out of range.
    """

    budget: int = 20
    certainty: float = 0.93

    def __post_init__(self) -> None:
        if not 1 <= self.budget <= MOST:
            raise InvalidInput(f"budget lies in [1, {MOST}], it is {self.budget}")
        if not 0.5 <= self.certainty <= 1.0:
            raise InvalidInput(f"certainty lies in [0.5, 1], it is {self.certainty}")

    def start(self) -> Draws:
        """The draws for one question."""
        return Draws(self)

    def decide(
        self, samples: Sequence[Sample], key: Callable[[Sample], str | None] | None = None
    ) -> Decision[Step]:
        """What the rule says after these samples, in the order in which they were drawn.

        `key` names a sample's answer so that equivalent answers share a name (None: unusable);
        the default takes the answer as it stands. Samples after the point of stopping are ignored.
        """
        draws = self.start()
        decision = draws.decision
        for sample in checked(samples):
            decision = draws.observe(key(sample) if key else sample.answer)
            if decision.choice == "stop":
                break
        return decision


@dataclass(slots=True)
class Draws:
    """One question's draws. Once it has said "stop" it never says anything else."""

    rule: Stopping
    votes: dict[str, int] = field(default_factory=dict)
    drawn: int = 0
    decision: Decision[Step] = field(
        default_factory=lambda: Decision("draw", "nothing was drawn yet")
    )

    def observe(self, answer: str | None) -> Decision[Step]:
        """Count one answer (None: unusable); after "stop" it is ignored and the decision stands."""
        if self.decision.choice == "stop":
            return self.decision
        self.drawn += 1
        if answer is not None:
            self.votes[answer] = self.votes.get(answer, 0) + 1
        self.decision = self._judge()
        return self.decision

    @property
    def leader(self) -> str | None:
        """The answer with most votes, the first to reach that number; None without a vote."""
        return max(self.votes, key=self.votes.__getitem__) if self.votes else None

    def sure(self) -> int:
        """How many more draws are needed whatever they say: a batch of that size wastes none."""
        if self.decision.choice == "stop":
            return 0
        first, second = self._lead()
        left = self.rule.budget - self.drawn
        rest = self.drawn - first - second
        for more in range(1, left):
            agreed = leader_holds(first + more, second, rest, left - more)
            failed = leader_holds(first, second, rest + more, left - more)
            if max(agreed, failed) >= self.rule.certainty:
                return more
        return left

    def _lead(self) -> tuple[int, int]:
        first = second = 0
        for count in self.votes.values():
            if count > first:
                first, second = count, first
            elif count > second:
                second = count
        return first, second

    def _judge(self) -> Decision[Step]:
        first, second = self._lead()
        left = self.rule.budget - self.drawn
        holds = leader_holds(first, second, self.drawn - first - second, left)
        numbers = {"leader": first, "runner-up": second, "drawn": self.drawn, "holds": holds}
        what = "the leading answer stays" if first else "no usable answer comes"
        if left == 0:
            return Decision("stop", "the budget is spent", numbers, holds)
        if holds >= self.rule.certainty:
            words = f"{first} to {second} votes: {what} with {holds:.0%} after {left} more draws"
            return Decision("stop", words, numbers, holds)
        words = f"{first} to {second} votes: {what} with only {holds:.0%} after {left} more draws"
        return Decision("draw", words, numbers, holds)


@lru_cache(maxsize=1 << 16)
def leader_holds(leader: int, runner_up: int, rest: int, remaining: int) -> float:
    """Probability that the leader is not overtaken by the runner-up in the remaining draws.

    All arguments are counts, `leader >= runner_up`; with `leader == 0` the probability that all the
    remaining draws are unusable too. Raises `InvalidInput` for counts that cannot be.
    """
    if min(runner_up, rest, remaining) < 0 or leader < runner_up:
        raise InvalidInput(
            f"not counts of votes: {leader}, {runner_up}, {rest}, {remaining} remaining"
        )
    if remaining == 0 or (leader > 0 and leader - runner_up >= remaining):
        return 1.0
    if leader == 0:
        return _all_unusable(rest, remaining)
    return min(1.0, _expected_hold(leader, runner_up, rest, remaining))


def _all_unusable(rest: int, remaining: int) -> float:
    """P(M = 0) before any vote."""
    used, unused = 0.5, rest + 0.5
    return exp(_log_beta(used, unused + remaining) - _log_beta(used, unused))


def _expected_hold(leader: int, runner_up: int, rest: int, remaining: int) -> float:
    """Sum over M = 0..m of P(M) P(x <= t) with the bound t = (a - b + M) // 2, in one pass.

    From M to M + 1 the bound either stays, and the draws that stand at t and go to the runner-up
    are lost, or rises by one, and those at t + 1 that go to the leader are won. `mass` is the
    probability of x = ceil((a - b + M) / 2), which exists from M = a - b on.
    """
    ahead = leader - runner_up
    alpha, beta = runner_up + 1.0, leader + 1.0
    used, unused = leader + runner_up + 0.5, rest + 0.5
    share = exp(_log_beta(used, unused + remaining) - _log_beta(used, unused))
    mass = exp(_log_beta(alpha + ahead, beta) - _log_beta(alpha, beta))
    holds, total = 1.0, share
    for m in range(remaining):
        if m >= ahead:
            x, rises = (ahead + m + 1) // 2, (ahead + m) % 2
            to_runner_up = (alpha + x) / (alpha + beta + m)
            if rises:  # ceil stays where it was: x draws of m + 1
                holds += mass * (1.0 - to_runner_up)
                mass *= (m + 1) / (m + 1 - x) * (1.0 - to_runner_up)
            else:  # ceil rises with the next draw
                holds -= mass * to_runner_up
                mass *= (m + 1) / (x + 1) * to_runner_up
        share *= (remaining - m) / (m + 1) * (used + m) / (unused + remaining - m - 1)
        total += share * holds
    return total


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
