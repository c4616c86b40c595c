"""A hypothesis about somebody's mind, from its first wording to its score (MetaMind, arXiv 2505.18943)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from ...memory.records.similar import content_words

Kind = Literal["belief", "desire", "intention", "emotion", "thought"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""The types T of stage 1."""

Support = Literal["strong", "medium", "weak", "none"]
"""How far the memory of the person confirms a reading (stage 1)."""

Origin = Literal["log-probabilities", "stated", "missing"]
"""Where a probability comes from: the model's token probabilities, a number it wrote, or nowhere."""


def _lowered(said: object) -> object:
    return said.strip().lower() if isinstance(said, str) else said


def _from_0_to_1(number: float) -> float:
    if not 0 <= number <= 1:  # no number compares so with NaN
        raise ValueError(f"it must lie between 0 and 1, {number} does not")
    return number


AnyCase: Final = BeforeValidator(_lowered)
"""For a word out of a list in a model's reply: "Belief" is belief."""
Share = Annotated[
    float,
    AfterValidator(_from_0_to_1),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]
"""A number from 0 to 1 in a model's reply."""

MISSING: Final = 0.5
"""The probability of a hypothesis that the model gave none for (the released code's value)."""


@dataclass(frozen=True)
class Elicited:
    """A probability (0 to 1) asked of a model, and how it was read."""

    value: float = MISSING
    origin: Origin = "missing"


@dataclass(frozen=True)
class Modification:
    """One entry of the modification log: what was changed for the sake of which rule."""

    rule: str
    what: str


@dataclass(frozen=True)
class Reading:
    """A reading of what lies behind somebody's words, with what it rests on (stage 1).

    `excerpt` stands in the situation, empty where none could be found there. `note` stands in the memory of
    the person, and `support_score` says how far it confirms the reading: 1 (contradicts it) to 5, 0 where
    no note bears on it.
    """

    text: str
    excerpt: str = ""
    note: str = ""
    support_score: int = 0

    @property
    def support(self) -> Support:
        """The score in the paper's words."""
        if not self.support_score:
            return "none"
        return (
            "strong" if self.support_score > 3 else "medium" if self.support_score == 3 else "weak"
        )

    @property
    def grounds(self) -> str:
        """Excerpt and note in brackets after a blank, each on one line; empty where there is neither."""
        parts = [f"words: {_one_line(self.excerpt)!r}"] * bool(self.excerpt)
        if self.support_score:
            scored = f"{self.support} support, {self.support_score} of 5"
            parts.append(f"notes: {_one_line(self.note)!r}, {scored}")
        return f" [{'; '.join(parts)}]" if parts else ""


@dataclass(frozen=True)
class Hypothesis:
    """What somebody may believe, want, intend, feel or think.

    `source` is the reading it was made from, `confidence` (0 to 1) is stated. `before` is the wording that
    refinement replaced. `score` is None until both probabilities are known.
    """

    kind: Kind
    text: str
    source: Reading = Reading("")
    confidence: float = MISSING
    before: str = ""
    modifications: tuple[Modification, ...] = ()
    in_context: Elicited = Elicited()
    prior: Elicited = Elicited()
    score: float | None = None

    @property
    def line(self) -> str:
        """Kind and text on one line."""
        return f"{self.kind}: {_one_line(self.text)}"

    @property
    def grounded(self) -> str:
        """Kind and text, then the excerpt and the note that it rests on."""
        return f"{self.line}{self.source.grounds}"

    @property
    def why(self) -> str:
        """Which rules asked for the revision, and what each asked."""
        named = "; ".join(f"{one.rule}: {one.what}" for one in self.modifications)
        return named or "no rule named"


def scored(in_context: float, prior: float, weight: float = 0.7, epsilon: float = 1e-10) -> float:
    """Plausible in context, and telling: lambda P(h|c) + (1 - lambda) [log P(h|c) - log P(h)].

    Section 3.2, with natural logarithms and `epsilon` under each; `weight` is lambda.
    """
    gain = math.log(in_context + epsilon) - math.log(prior + epsilon)
    return weight * in_context + (1 - weight) * gain


def likeliest(hypotheses: Sequence[Hypothesis]) -> Hypothesis | None:
    """The one of the highest score (unscored: of the highest confidence); the first of equals."""

    def worth(one: Hypothesis) -> tuple[float, float, int]:
        return (
            -math.inf if one.score is None else one.score,
            one.confidence,
            one.source.support_score,
        )

    return max(hypotheses, key=worth, default=None)


def diverse(
    hypotheses: Sequence[Hypothesis], most: int, diversity: float = 0.4
) -> list[Hypothesis]:
    """At most `most` of them, none like an earlier one, and as many kinds as there are.

    Two are alike when their content words overlap (Jaccard) by more than 1 - `diversity`. Kinds take
    turns, as in the released code; within a kind the order stays.
    """
    kept: list[Hypothesis] = []
    for one in hypotheses:
        if all(_overlap(one.text, other.text) <= 1 - diversity for other in kept):
            kept.append(one)
    turns = sorted(kept, key=lambda one: _rank(one, kept))
    return turns[:most]


def lacking_kinds(hypotheses: Sequence[Hypothesis], k: int) -> list[Kind]:
    """The kinds that no hypothesis is of, as long as `k` hypotheses could be of more kinds than they are."""
    there = {one.kind for one in hypotheses}
    lacking: list[Kind] = [kind for kind in KINDS if kind not in there]
    return [] if len(there) >= min(k, len(KINDS)) else lacking[:k]


def _rank(one: Hypothesis, kept: Sequence[Hypothesis]) -> int:
    """How many of its kind stand before it."""
    return [other for other in kept if other.kind == one.kind].index(one)


def _overlap(one: str, other: str) -> float:
    first, second = content_words(one), content_words(other)
    return len(first & second) / len(first | second) if first | second else 1.0


def _one_line(text: str) -> str:
    return " ".join(text.split())
