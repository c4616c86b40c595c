"""The model's own attempts at problems: what its judge and reviser learn from.

`python -m metathink.training.embedded.attempts CONFIG MODEL.gguf OUT.jsonl`: for problems of every
trained family and level, several sampled solutions, each with the share of samples that gave the
same answer.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ...models.embedded import wording
from .engine import Engine
from .mixture import load, problem_at
from .train import Config

FIRST = 5_000_000
"""Seeds of the attempted problems start here; evaluation starts elsewhere."""


def attempts(
    engine: Engine, families: list[str], problems: int, samples: int, temperature: float
) -> Iterator[dict[str, object]]:
    """One row a problem: family, level, seed, and its attempts. Round robin, so a cut run is
    balanced."""
    for seed in range(FIRST, FIRST + problems):
        for family in families:
            levels = load(family).TRAINED
            level = levels[(seed - FIRST) % len(levels)]
            question = problem_at(family, level, seed).question
            said = [
                wording.read_steps(engine.ask(wording.solve(question), temperature, seed=n + 1))
                for n in range(samples)
            ]
            answers = [wording.read_answer("\n".join(steps)) for steps in said]
            counts = Counter(answers)
            rows = [
                {"steps": steps, "share": counts[answer] / samples}
                for steps, answer in zip(said, answers, strict=True)
            ]
            yield {"family": family, "level": level, "seed": seed, "attempts": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--problems", type=int, default=200, help="problems of each family")
    parser.add_argument("--samples", type=int, default=6)
    parser.add_argument("--temperature", type=float, default=0.8)
    said = parser.parse_args()
    families = list(Config.read(said.config).weights())
    engine = Engine(said.model)
    with said.out.open("w") as out:
        for row in attempts(engine, families, said.problems, said.samples, said.temperature):
            out.write(json.dumps(row) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
