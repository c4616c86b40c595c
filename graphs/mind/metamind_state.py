"""What MetaMind can be told, and what its agents hand on (see `metamind`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...agents.mind.constraint import Constraint
from ...agents.mind.memory_keeper import Learned
from ...agents.mind.situation import Situation
from ...core.message import Prompt
from ...runtime.approval import ApprovalSettings, Proposal
from .metamind_stages import HypothesisSettings, HypothesisState


@dataclass
class MetaMindSettings(HypothesisSettings, ApprovalSettings):
    """What MetaMind can be told: `person` is who wrote the message. `hypotheses=0`, `refine=False`,
    `validate=False` leave stages out."""

    conversation: str = ""
    """What was said before (C_t), a line for each message, such as "Alice: ..."."""
    part: str = "a considerate conversation partner"
    """Whom the reply speaks as: friend, teacher, support of a shop."""
    validate: bool = True
    """Whether the reply is judged; one that is not is never remembered (stage 3)."""
    empathy_weight: float = 0.8
    """beta: empathy against coherence (stage 3)."""
    accept: float = 0.9
    """Utility from which a reply is sent (stage 3)."""
    revisions: int = 3
    """Revisions at most (stage 3)."""
    max_calls: int = 14
    """Model calls a turn, repairs included: what does not fit, a revision or the memory, is left out."""

    def situation(self, state: HypothesisState) -> Situation:
        """The message, what was said before it, and what is remembered of its writer."""
        words = TURN.fill(
            conversation=self.conversation.strip() or "(nothing)",
            person=self.person or "The person",
            message=state.question,
        )
        return Situation(words, state.remembered)


@dataclass
class MetaMindState(HypothesisState, Proposal):
    """Plus what the agents hand on: `answer` is the best reply so far, of utility `confidence`; `learned` is
    what would be remembered."""

    draft: str = ""
    revision: str = ""
    revised: int = 0
    accepted: bool = False
    learned: Learned = field(default_factory=Learned)

    @property
    def calls(self) -> int:
        """Model calls so far."""
        return sum(step.usage.calls for step in self.steps)

    @property
    def binding(self) -> list[Constraint]:
        """The rules for the reply: what is never done, and what reworded the hypothesis it is made from."""
        cited = {m.rule for m in self.understood.modifications} if self.understood else set()
        return [rule for rule in self.rules if rule.grade == "deny" or rule.id in cited]


TURN = Prompt(
    "metamind.turn",
    """The conversation so far:
{conversation}

{person} now says:
{message}""",
)
