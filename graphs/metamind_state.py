"""What MetaMind can be told, and what its agents hand on (see `metamind`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..agents.constraint import Constraint
from ..agents.hypothesis import Hypothesis, likeliest
from ..agents.memory_keeper import Learned
from .approval import ApprovalSettings, Proposal
from .remembering import RememberingSettings


@dataclass
class MetaMindSettings(RememberingSettings, ApprovalSettings):
    """What MetaMind can be told. `hypotheses=0`, `refine=False`, `validate=False` leave stages out."""

    person: str = ""
    """Who wrote the message; remembered under this name. Empty: nobody in particular."""
    conversation: str = ""
    """What was said before (C_t), a line for each message, such as "Alice: ..."."""
    part: str = "a considerate conversation partner"
    """Whom the reply speaks as: friend, teacher, support of a shop."""
    rules: str = ""
    """TOML file with more rules, in the form of agents/constraint.toml."""
    base_rules: bool = True
    """Whether the rules that come with the library hold too."""
    hypotheses: int = 7
    """Hypotheses about the person's mind, k (stage 1; 6 to 8 do well in the grid search)."""
    diversity: float = 0.4
    """How far two hypotheses must differ in words, 0 to 1 (target_diversity of the released code)."""
    refine: bool = True
    """Whether the domain agent revises and weighs; else the surest hypothesis is taken (stage 2)."""
    plausibility_weight: float = 0.7
    """lambda: plausibility against information gain (stage 2)."""
    epsilon: float = 1e-10
    """Under the logarithms of the score (stage 2)."""
    validate: bool = True
    """Whether the reply is judged; one that is not is never remembered (stage 3)."""
    empathy_weight: float = 0.8
    """beta: empathy against coherence (stage 3)."""
    accept: float = 0.9
    """Utility from which a reply is sent (stage 3)."""
    revisions: int = 3
    """Revisions at most (stage 3)."""
    notes: int = 12
    """Notes of a person that are put before the model, the weightiest first."""
    max_calls: int = 12
    """Model calls a turn, repairs included: what does not fit, a revision or the memory, is left out."""


@dataclass
class MetaMindState(Proposal):
    """Plus what the agents hand on: `answer` is the best reply so far, of utility `confidence`; `learned` is
    what would be remembered."""

    remembered: str = ""
    rules: list[Constraint] = field(default_factory=list)
    hypotheses: list[Hypothesis] = field(default_factory=list)
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
    def understood(self) -> Hypothesis | None:
        """The hypothesis that the reply is made from."""
        return likeliest(self.hypotheses)

    @property
    def binding(self) -> list[Constraint]:
        """The rules for the reply: what is never done, and what reworded the hypothesis it is made from."""
        cited = {m.rule for m in self.understood.modifications} if self.understood else set()
        return [rule for rule in self.rules if rule.grade == "deny" or rule.id in cited]
