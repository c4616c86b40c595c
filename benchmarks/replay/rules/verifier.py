"""Choice by verifier: a Python function that says whether an answer is right.

With a sound check one right answer among many is enough, where a vote needs a plurality (on Game of
24 GPT-4 solves 45 % with 100 samples and a check, 9 % with a vote). Samples are checked lazily: the
first that passes ends it, so samples can be drawn one at a time and none is paid for in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from metathink.meta.sample import Decision, Sample

Check = Callable[[Sample], bool | None]
"""True: right, False: wrong, None: cannot say; `ValueError` for what it cannot read is None."""


def first_verified(samples: Iterable[Sample], check: Check) -> Decision[Sample | None]:
    """The first sample that passes the check; `samples` may be a generator that draws them.

    When none passes, the first that was not found wrong, else None: an answer known to be wrong is
    never chosen. Equal answers are checked once.
    """
    verdicts: dict[str | None, bool | None] = {}
    undecided: Sample | None = None
    drawn = 0
    for drawn, sample in enumerate(samples, 1):
        if sample.answer not in verdicts:
            verdicts[sample.answer] = verdict_of(check, sample)
        verdict = verdicts[sample.answer]
        if verdict:
            numbers = {"drawn": drawn, "checked": len(verdicts)}
            return Decision(sample, f"answer {drawn} passes the check", numbers, 1.0)
        if verdict is None and undecided is None and sample.answer is not None:
            undecided = sample
    numbers = {"drawn": drawn, "checked": len(verdicts)}
    if undecided is not None:
        return Decision(undecided, f"none of {drawn} passes; this one is not refuted", numbers)
    return Decision(None, f"none of {drawn} answers passes the check", numbers, 0.0)


def verdict_of(check: Check, sample: Sample) -> bool | None:
    """What the check says; a missing answer is wrong, one the check cannot read is undecided."""
    try:
        return check(sample) if sample.answer is not None else False
    except ValueError:  # what the check cannot read it cannot confirm
        return None
