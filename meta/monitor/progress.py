"""What a refinement's last step did: whether anything changed, and for better by what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..answers.equivalence import canonical
from ..sample import Question, Sample, checked
from .likelihood import mean_logprob

Direction = Literal["better", "worse", "unclear", "same"]

SMALL = 0.02
"""Differences of confidence or of log-probability per token up to this say nothing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source's view of the change: positive when the later answer looks better."""

    source: Literal["checks", "stated", "token", "fluency"]
    gain: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The last step of a refinement.

    `answer_changed` and `text_changed` say what moved; `returned` that the answer was held before
    and left (oscillation); `direction` follows the strongest kind of evidence there is: checks
    before anything the speaker says about itself.
    """

    answer_changed: bool
    text_changed: bool
    returned: bool
    direction: Direction
    evidence: tuple[Evidence, ...]
    reason: str


def progress(question: Question, steps: Sequence[Sample]) -> Progress:
    """What the last of `steps` changed against the one before; one step has changed nothing."""
    checked(steps)
    if len(steps) < 2:
        return Progress(False, False, False, "same", (), "there is no step to compare")
    before, after = steps[-2], steps[-1]
    forms = [canonical(s.answer, question.kind, question.options) for s in steps]
    moved = forms[-1] != forms[-2]
    returned = moved and forms[-1] is not None and forms[-1] in forms[:-2]
    evidence = tuple(_evidence(before, after))
    text = before.text != after.text
    direction = _direction(evidence, moved or text)
    return Progress(moved, text, returned, direction, evidence, _reason(moved, returned, evidence))


def _evidence(before: Sample, after: Sample) -> list[Evidence]:
    """The sources that both steps have, the most trustworthy first."""
    found: list[Evidence] = []
    if before.passes and after.passes:
        gain = sum(after.passes) / len(after.passes) - sum(before.passes) / len(before.passes)
        found.append(Evidence("checks", gain))
    if before.token_probability is not None and after.token_probability is not None:
        found.append(Evidence("token", after.token_probability - before.token_probability))
    if before.stated is not None and after.stated is not None:
        found.append(Evidence("stated", after.stated - before.stated))
    first, last = mean_logprob(before), mean_logprob(after)
    if first is not None and last is not None:
        found.append(Evidence("fluency", last - first))
    return found


def _direction(evidence: Sequence[Evidence], changed: bool) -> Direction:
    if not changed:
        return "same"
    for seen in evidence:
        if abs(seen.gain) > SMALL:
            return "better" if seen.gain > 0 else "worse"
    return "unclear"


def _reason(moved: bool, returned: bool, evidence: Sequence[Evidence]) -> str:
    first = "the answer came back to an earlier one" if returned else "the answer changed"
    words = first if moved else "the answer stayed"
    seen = ", ".join(f"{e.source} {e.gain:+.2f}" for e in evidence)
    return f"{words}; {seen}" if seen else f"{words}; nothing says whether for better"
