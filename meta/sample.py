"""What the meta-level looks at and what it returns.

A `Question` and the `Sample`s that speakers gave are all a component ever sees. What is known only
afterwards, whether an answer was right, is a `Label`: an opaque box that no arithmetic, comparison
or truth test opens, so that a label handed to a component by accident fails there and then instead
of making it look good. Only fitting and scoring call `Label.reveal`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, NoReturn, TypeVar

from ..core.errors import InvalidInput

Kind = Literal["auto", "number", "expression", "option", "truth", "text", "code"]
KINDS: tuple[Kind, ...] = ("auto", "number", "expression", "option", "truth", "text", "code")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: its words, the options if any, the task it belongs to, the kind of answer."""

    text: str = ""
    options: tuple[str, ...] = ()
    task: str = ""
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of one speaker.

    `speaker` is the unit whose reliability is learned (a model with a method); samples that share a
    `model` or a `method` may share errors. Probabilities lie in [0, 1]; one that is NaN or out of
    range is treated as not stated, because clipping "95" to 1 would invent a certainty.
    """

    answer: str | None  # as parsed; None: nothing could be parsed
    speaker: str = ""
    model: str = ""
    method: str = ""
    text: str = ""
    stated: float | None = None  # stated confidence in the answer
    distribution: Mapping[str, float] | None = None  # stated probability of each option
    token_probability: float | None = None  # what the tokens of the answer (or "True") got
    logprobs: tuple[float, ...] | None = None  # one per token, natural logarithm
    relevance: tuple[float, ...] | None = None  # one weight per token, >= 0 (SAR)
    passes: tuple[bool, ...] | None = None  # what each check that was run said
    critiques: tuple[str, ...] = ()  # what was said about it, in order
    tokens: int | None = None  # generated
    rounds: int | None = None  # model calls it took

    def __post_init__(self) -> None:
        if self.answer is not None and not isinstance(self.answer, str):
            raise InvalidInput(
                f"an answer is text or None, not {type(self.answer).__name__}"
                + ("; a label stays with the scorer" if isinstance(self.answer, Label) else "")
            )
        for name in ("stated", "token_probability"):
            object.__setattr__(self, name, probability(getattr(self, name), name))
        if self.distribution is not None:
            object.__setattr__(self, "distribution", _distribution(self.distribution))


def probability(value: object, name: str = "probability") -> float | None:
    """`value` when it is a probability, None when it is missing, NaN or out of [0, 1].

    Raises `InvalidInput` for a truth value or a `Label`: a confidence is never an outcome.
    """
    if value is None:
        return None
    if isinstance(value, (bool, Label)) or not isinstance(value, (int, float)):
        raise InvalidInput(f"{name} is a number from 0 to 1, not {type(value).__name__}")
    return float(value) if math.isfinite(value) and 0.0 <= value <= 1.0 else None


def _distribution(stated: Mapping[str, float]) -> dict[str, float] | None:
    """The usable part of a stated distribution, scaled to sum to one; None when nothing is left."""
    kept = {k: p for k, v in stated.items() if (p := probability(v, k)) is not None}
    total = sum(kept.values())
    return {k: v / total for k, v in kept.items()} if total > 0 else None


class Label:
    """The truth about one answer (0 or 1, or a known probability), shut in a box."""

    __slots__ = ("_value",)

    def __init__(self, value: bool | float) -> None:
        self._value = float(value)
        if not 0.0 <= self._value <= 1.0:
            raise InvalidInput(f"a label is a truth value or a probability, not {value}")

    def reveal(self) -> float:
        """The truth; for fitting on past outcomes and for scoring only."""
        return self._value

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a label is not an input of a component; fitting and scoring reveal it")

    __bool__ = __float__ = __int__ = __index__ = __hash__ = _refuse
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __str__ = __format__ = _refuse

    def __repr__(self) -> str:
        return "Label(?)"


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """What a component decided, and why: in words and in the numbers the words rest on."""

    choice: T
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None  # that the choice is right, in [0, 1]


def checked(samples: Sequence[Sample]) -> Sequence[Sample]:
    """The same samples; raises `InvalidInput` when something else is among them."""
    for sample in samples:
        if not isinstance(sample, Sample):
            raise InvalidInput(f"a sequence of Sample is needed, it holds {type(sample).__name__}")
    return samples
