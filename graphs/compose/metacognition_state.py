"""What the composing machine can be told, and what it keeps while it works (see `metacognition`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ...core.answer import Ending
from ...core.errors import InvalidConfig
from ...memory.records.text import checked_name
from ...meta.control.stopping import MOST
from ...runtime.approval import ApprovalSettings, Proposal
from ...runtime.memory_settings import RememberingSettings


@dataclass
class MetacognitionSettings(RememberingSettings, ApprovalSettings):
    """What the composing machine can be told; each stage can be left out."""

    topic: str = ""
    """Topic or task of the question, one line: whose outcomes in memory count, how attempts are kept,
    and the topic of the behaviors that are learned."""
    methods: str = "direct,behavior_reuse,rema_plan,metamind_choice"
    """Methods that may be chosen, parted by commas; also open: rema."""
    stop_confidence: float = 0.9
    """Confidence that is enough, 0 to 1."""
    min_confidence: float = 0.2
    """Confidence under which no answer is given, 0 to 1; 0 never abstains."""
    price: float = 0.05
    """What the tokens of one chain of thought cost, in units of one right answer."""
    samples: int = 8
    """Solutions at most, the first one included, before other moves are weighed (1,000 at most); 1: none."""
    certainty: float = 0.93
    """Probability that the leading answer keeps its lead at which drawing ends, 0.5 to 1."""
    draw_temperature: float = 0.7
    """Sampling temperature of drawn solutions (arXiv 2203.11171, section 3.1)."""
    another: bool = True
    """Whether another method may be tried."""
    retry_discount: float = 0.3
    """How much of its success another method keeps on questions that were got wrong before, 0 to 1."""
    critic: Literal["", "critique_revise", "multi_critique"] = "critique_revise"
    """Method that criticises and revises; empty: none."""
    review: bool = False
    """Whether the critic also reviews texts, code and JSON, of which no confidence tells whether it pays."""
    notes: str = "documents"
    """Recipe for what is recalled before the question (see `Memory.recall`); empty: nothing."""
    notes_tokens: int = 400
    """Tokens of recalled notes at most."""
    evaluating: bool = False
    """Hold back, in every recall, what was learned from this very question or a near copy."""
    person: str = ""
    """Whose mind a question is about, where it is a person that memory knows, by their name there."""
    rules: str = ""
    """TOML file with more rules for theory of mind, in the form of agents/constraint.toml."""
    control: str = ""
    """JSON file of `metathink eval control`; empty: the model's own where it has one; `prior`: none."""
    gold: str = ""
    """The right answer, where it is known, for what memory learns. No model and no decision sees it."""
    verifier: str = ""
    """Python that defines `right(answer)`, run in the sandbox: what it says is certain."""
    learn: bool = True
    """Whether a known outcome teaches: behaviors of a right answer, the mistake and its reason of a wrong
    one (with a memory; one or two calls)."""
    meta_model: str = ""
    """Model of the roles that plan and judge; empty: `model`."""
    critic_model: str = ""
    """Model of the critic, of `multi_critique` of each critic; empty: `model`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.topic:
            checked_name(self.topic, "topic")
        for name in ("stop_confidence", "min_confidence", "retry_discount"):
            self._require(name, 0.0, 1.0)
        for name in ("price", "draw_temperature", "notes_tokens"):
            self._require(name, 0.0)
        self._require("samples", 1, MOST)
        self._require("certainty", 0.5, 1.0)

    def _require(self, name: str, least: float, most: float = float("inf")) -> None:
        value = getattr(self, name)
        if not least <= value <= most:
            fits = f"{least:g} or more" if most == float("inf") else f"from {least:g} to {most:g}"
            raise InvalidConfig(f"{name} is {fits}, not {value:g}")


@dataclass
class Attempt:
    """One attempt: which move gave which answer, how sure its least sure token was, and its solution.

    `answer` is empty where the work was cut off before it stated one. `tokens` is what the move cost, per
    attempt. `text` is the reply that a person reads.
    """

    move: str
    answer: str
    sureness: float | None = None
    solution: str = ""
    tokens: int = 0
    text: str = ""


@dataclass
class MetacognitionState(Proposal):
    """Plus what has been tried, what is next, and what is known of the answers.

    `verdicts` is what the verifier said of each answer it was asked about, None where it cannot say; `cut` is
    how the last work that stated no answer ended, `dry` says that drawing has failed.
    """

    asked: str = ""
    minds: bool = False
    fitting: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    move: str = ""
    more: int = 0
    verdicts: dict[str, bool | None] = field(default_factory=dict)
    spent: bool = False
    cut: Ending | None = None
    dry: bool = False
