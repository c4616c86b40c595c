"""The long form of the hostile tests in pieces: `python -m tests.hostile.long LOG`, a JSONL file.

Each piece is a tenth of the inputs of one test file, in a process of its own. LOG gets one line per piece;
run again, the pieces that LOG has as passed are left out, so that a run which was stopped goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from metathink.core.jsonl import append_jsonl, read_objects

FOLDER = Path(__file__).parent
PARTS = ("budgets", "kills", "files", "stores", "settings", "servers", "readers")
SLICES = 10


def pieces(parts: list[str]) -> Iterator[tuple[str, str]]:
    """Part and slice of every piece, the first slices of all parts before the second ones."""
    for number in range(1, SLICES + 1):
        for part in parts:
            yield part, f"{number}/{SLICES}"


def run(part: str, piece: str, log: Path) -> dict[str, object]:
    """Run a piece; its whole output goes beside the log. What is to be logged of it."""
    begun = time.monotonic()
    output = log.with_name(f"{log.stem}-{part}-{piece.partition('/')[0]}.txt")
    with output.open("w") as told:
        done = subprocess.run(
            [
                sys.executable,
                *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=3600"),
                str(FOLDER / f"test_{part}.py"),
            ],
            env={**os.environ, "METATHINK_HOSTILE": f"long:{piece}"},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    lines = output.read_text(errors="replace").splitlines()
    return {
        "part": part,
        "slice": piece,
        "passed": done.returncode == 0,
        "seconds": round(time.monotonic() - begun),
        "told": lines[-1] if lines else "",
        "failed": [line for line in lines if line.startswith("FAILED")],
    }


def main() -> int:
    """Run the pieces that are missing; 1 if one of them failed."""
    parser = argparse.ArgumentParser(
        description="The long form of the hostile tests, piece by piece."
    )
    parser.add_argument("log", type=Path)
    parser.add_argument("--parts", default=",".join(PARTS), help="which test files")
    options = parser.parse_args()
    rows = read_objects(options.log, "a log", appended=True) if options.log.exists() else ()
    passed = {(row["part"], row["slice"]) for _, row in rows if row["passed"]}
    failed = 0
    for part, piece in pieces(options.parts.split(",")):
        if (part, piece) in passed:
            continue
        row = run(part, piece, options.log)
        failed += not row["passed"]
        asyncio.run(append_jsonl(options.log, [row]))
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
