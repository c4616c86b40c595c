"""Choosing a program by running it: agreement of programs with each other and with written tests.

CodeT (Chen et al. 2022, arXiv 2207.10397): programs that pass the same tests form a consensus set,
scored by how many programs it has times how many tests it passes; the best set's program is chosen.
Where we differ:
- two programs agree when they return the same *values*, on the tests' inputs and on probes made up
  from the signature, not when they pass the same tests: most written tests are wrong (here 72 %),
  and failing the same wrong test says little. Without any test the probes still tell them apart;
- a behaviour that is degenerate is marked down: errors, `None`, one value whatever the input. Weak
  programs agree with each other by failing in the same way;
- half a test is added, so that agreement still decides where every test fails.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.errors import InvalidInput
from ..sample import Decision, Question, Sample, checked
from .probe import probes, signature
from .sandbox import Outcome, Sandbox

SHARE_ANSWERED = 0.7
"""A probe is kept when so many of the programs return something for it: else it may be no input."""

MOST_PROBES = 60
CONSTANT = 0.25
"""What a behaviour that returns one value for every input still counts."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one program did: the values it returned, and which tests it passed."""

    values: tuple[Outcome, ...]
    passes: tuple[bool, ...] = ()

    def sound(self) -> float:
        """1 for a program that always returns something that depends on its input, down to 0."""
        if not self.values:
            return 1.0
        texts = [o.text for o in self.values if o.passed]
        useful = sum(text != "None" for text in texts) / len(self.values)
        constant = len(self.values) > 2 and len(texts) == len(self.values) and len(set(texts)) == 1
        return useful * (CONSTANT if constant else 1.0)


def program_of(question: Question, sample: Sample) -> str:
    """The whole program: the answer itself, or the question's head with the answer as its body."""
    text = sample.answer or sample.text
    whole = signature(text, question.task) is not None
    return text if whole else question.text + text


def call_in(test: str, name: str) -> str | None:
    """The first call of `name` in a test, as text; None when there is none."""
    try:
        tree = ast.parse(test)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call))
    return next((ast.unparse(c) for c in calls if ast.unparse(c.func) == name), None)


def observe(
    question: Question, samples: Sequence[Sample], sandbox: Sandbox, tests: Sequence[str] = ()
) -> list[Behaviour]:
    """How each program behaves; `question.task` names the function, `tests` are assert statements.

    Raises `InvalidInput` when the question names no function.
    """
    if not question.task.isidentifier():
        raise InvalidInput("question.task must name the function that the programs define")
    programs = [program_of(question, sample) for sample in checked(samples)]
    written = dict.fromkeys(c for t in tests if (c := call_in(t, question.task)))
    calls = list(written)
    probed = probes(_head(question, programs), question.task)
    passes = [tuple(o.passed for o in sandbox.run(p, tests)) for p in programs]
    values = [sandbox.values(p, calls) for p in programs]
    answered = _answered([sandbox.values(p, probed) for p in programs])
    return [
        Behaviour((*value, *answer), passed)
        for value, answer, passed in zip(values, answered, passes, strict=True)
    ]


def agreement(behaviours: Sequence[Behaviour]) -> list[float]:
    """The score of each program: peers that behave the same x tests passed x soundness."""
    keys = [tuple((o.kind, o.text if o.passed else "") for o in b.values) for b in behaviours]
    peers = Counter(keys)
    return [
        peers[key] * (sum(b.passes) + 0.5) * b.sound()
        for key, b in zip(keys, behaviours, strict=True)
    ]


def choose_program(behaviours: Sequence[Behaviour]) -> Decision[int]:
    """The index of the program to trust, the first of the best; confidence is its score's share.

    Raises `InvalidInput` when there is nothing to choose from.
    """
    if not behaviours:
        raise InvalidInput("no program to choose from")
    scores = agreement(behaviours)
    best = max(range(len(scores)), key=scores.__getitem__)
    same = sum(b.values == behaviours[best].values for b in behaviours)
    passed, tests = sum(behaviours[best].passes), len(behaviours[best].passes)
    total = sum(scores)
    share = scores[best] * same / total if total else 1.0 / len(scores)
    words = f"{same} of {len(scores)} programs behave alike and pass {passed} of {tests} tests"
    numbers = {"alike": same, "passed": passed, "tests": tests, "score": scores[best]}
    return Decision(best, words, numbers, min(1.0, share))


def _head(question: Question, programs: Sequence[str]) -> str:
    """Source that shows the signature: the question's, or the first program that parses."""
    for source in (f"{question.text}\n    pass", *programs):
        if signature(source, question.task) is not None:
            return source
    return ""


def _answered(rows: Sequence[Sequence[Outcome]]) -> list[tuple[Outcome, ...]]:
    """The probes that most programs answer, at most `MOST_PROBES`, the best answered first."""
    shares = [
        sum(o.passed and o.text != "None" for o in column) / max(len(rows), 1)
        for column in zip(*rows, strict=True)
    ]
    kept = [j for j, share in enumerate(shares) if share >= SHARE_ANSWERED]
    kept = sorted(kept, key=lambda j: -shares[j])[:MOST_PROBES]
    return [tuple(row[j] for j in kept) for row in rows]
