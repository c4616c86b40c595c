"""Speed of the meta-level: one confidence, one stopping decision, fits on 5,000 records.

    python benchmarks/meta.py

Processor time on one core, medians of five batches; the targets stand beside. No torch.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from metathink.meta.combine.abduction import Clash, abduce
from metathink.meta.combine.polling import Polling
from metathink.meta.control.stopping import Stopping
from metathink.meta.monitor.confidence import Confidence
from metathink.meta.sample import Label, Question, Sample

QUESTION = Question("How many?", kind="number")


def voices(rng: np.random.Generator, count: int) -> list[Sample]:
    """`count` answers of ten speakers of five models, most of them 4."""
    answers = rng.choice(["4", "5", "6", "7"], size=count, p=[0.6, 0.2, 0.1, 0.1])
    return [
        Sample(str(a), speaker=f"s{i % 10}", model=f"m{i % 5}", stated=float(rng.uniform(0.5, 1)))
        for i, a in enumerate(answers)
    ]


def cpu_ms(call: Callable[[], object], repeats: int) -> float:
    """Median processor milliseconds of `call`, over five batches: others' load does not count."""
    taken = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(repeats):
            call()
        taken.append((time.process_time() - start) * 1000.0 / repeats)
    return statistics.median(taken)


def main() -> None:
    rng = np.random.default_rng(0)
    twenty = voices(rng, 20)
    questions = [QUESTION] * 500
    groups = [voices(rng, 10) for _ in questions]
    labels = [[Label(s.answer == "4") for s in group] for group in groups]
    fitted = Confidence.fit(questions, groups, labels)
    gain = rng.uniform(0, 1, 60).tolist()
    clashes = [Clash(frozenset(rng.choice(60, size=2, replace=False).tolist())) for _ in range(120)]
    tied = [Sample("45"[i % 2]) for i in range(19)]  # never settled before the budget
    rule = Stopping(budget=20)
    rows: list[tuple[str, Callable[[], object], int, str]] = [
        (
            "confidence for one answer, 20 samples",
            lambda: fitted.of_answer(QUESTION, twenty, "4"),
            400,
            "< 0.2",
        ),
        ("19 stopping decisions of one question", lambda: rule.decide(tied), 500, "< 0.95"),
        (
            "fit the combined confidence on 5,000 records",
            lambda: Confidence.fit(questions, groups, labels),
            1,
            "< 1000",
        ),
        (
            "fit reliability on 5,000 records (500 questions)",
            lambda: Polling().fit(groups, labels),
            1,
            "< 1000",
        ),
        ("abduction, 60 predictions, 120 clashes", lambda: abduce(gain, clashes), 1, ""),
    ]
    for name, call, repeats, target in rows:
        print(f"{name:52s} {cpu_ms(call, repeats):10.4f} ms  {target}")
    print(f"torch loaded: {'torch' in sys.modules}")


if __name__ == "__main__":
    main()
