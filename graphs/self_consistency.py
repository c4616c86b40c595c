"""Self-consistency: sample several chains of thought, answer with the majority.

Paper: Self-Consistency Improves Chain of Thought Reasoning in Language Models, arXiv 2203.11171.

    START -> sample -> vote -> END

| paper | here |
|---|---|
| number of sampled paths (40) | `samples` (8) |
| temperature (0.5-0.7) | `temperature` (0.7) |
| majority of parsed answers | `vote`, equal answers by `meta.equivalence`; ties go to the answer seen first |

Where we differ: the default number of samples is smaller, as gains flatten early (section 3.2, figure 2);
all samples are asked for in one request, so that the prompt is read once. A sample cut at its cap votes
only if it stated an answer; where all were, nothing supports the answer. Confidence is the share of votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import PositiveInt

from ..core.extract import stated_answer
from ..core.run import take_step
from ..meta.equivalence import candidates
from ..meta.options import listed_options
from ..meta.sample import Question, Sample
from .machine import END, START, Amount, Card, Machine, Settings, State, Wiring
from .solving import reasoner_for

CARD = Card(
    name="self_consistency",
    title="Self-consistency",
    good_for="questions with one short answer that the model gets right more often than any wrong one",
    calls="1, with 8 samples",
    paper="arXiv 2203.11171",
)


@dataclass
class SelfConsistencySettings(Settings):
    """What self-consistency can be told."""

    samples: PositiveInt = 8
    """Chains of thought (section 3: 40; ours 8)."""
    temperature: Amount = 0.7
    """Sampling temperature (section 3.1)."""


@dataclass
class SelfConsistencyState(State):
    """Plus the parsed answers, one for each sample that has one.

    `cut` says that all samples were cut before they stated one: their last lines are all there is.
    """

    ballots: list[str] = field(default_factory=list)
    cut: bool = False


async def sample(state: SelfConsistencyState, settings: SelfConsistencySettings) -> dict[str, Any]:
    """Ask for all chains of thought at once."""
    reasoner = await reasoner_for(state.question, settings)
    with take_step("reasoner", "sample", to="voter") as step:
        solutions = await reasoner.solve(state.question, settings.samples)
        whole = [
            s.answer for s in solutions if not s.truncated or stated_answer(s.text) is not None
        ]
        ballots = whole or [s.answer for s in solutions]
        step.changed = f"{len(ballots)} answers, {len(set(ballots))} of them different"
    return {"ballots": ballots, "cut": not whole}


async def vote(state: SelfConsistencyState, settings: SelfConsistencySettings) -> dict[str, Any]:
    """The answer that most samples came to."""
    with take_step("voter", "vote", to="user") as step:
        answer, share = plurality(state.ballots, state.question)
        step.reason = f"{share:.0%} of {len(state.ballots)} votes"
        step.changed = f"answer: {answer}"
    if state.cut:
        return {"answer": answer, "ending": "truncated"}
    return {"answer": answer, "confidence": share, "ending": "finished"}


def plurality(ballots: Sequence[str], question: str = "") -> tuple[str, float]:
    """The commonest answer as it was first written, and its share; the earliest wins a tie.

    Answers are the same as `metathink.same` says; options are those that the question lists.
    """
    asked = Question(question, listed_options(question), kind="auto")
    found = candidates([Sample(ballot) for ballot in ballots], asked)
    if not found:
        return ballots[0], 1.0
    winners = max(
        found, key=lambda candidate: (len(candidate.members), -candidate.members[0])
    ).members
    return ballots[winners[0]], len(winners) / len(ballots)


def build() -> Machine:
    """The machine."""
    wiring = Wiring(CARD, SelfConsistencyState, SelfConsistencySettings).node(sample).node(vote)
    return wiring.edge(START, "sample").edge("sample", "vote").edge("vote", END).build()


graph = build()
