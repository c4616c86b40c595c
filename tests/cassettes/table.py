"""What real models' recorded replies come to, as a table: `python -m tests.cassettes.table`.

Every row of every cassette is replayed. Right: of the questions with one right answer, how many were
answered with it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from metathink.core.answer import Answer
from metathink.meta.answers.equivalence import same
from metathink.models.endpoints.cassette import CassetteName
from metathink.models.open import open_model
from tests.cassettes.record import HERE, Row, answered, opened

HEAD = (
    "| model | sort | method | replies | whole | kind | right | calls | tokens |\n"
    + "| --- " * 9
    + "|"
)


async def lines(name: str) -> list[str]:
    """The table's lines for one cassette."""
    model = await opened(CassetteName(HERE / f"{name}.jsonl.gz"), open_model)
    kept = json.loads((HERE / f"{name}.rows.json").read_text("utf-8"))
    groups: dict[tuple[str, str], list[tuple[dict[str, Any], Answer]]] = defaultdict(list)
    for data in kept:
        row = Row(
            data["sort"], data["method"], data["question"], tuple(data["kinds"]), data["answer"]
        )
        groups[row.sort, row.method].append((data, await answered(row, model)))
    return [_line(name, *key, rows) for key, rows in groups.items()]


def _line(name: str, sort: str, method: str, rows: Sequence[tuple[dict[str, Any], Answer]]) -> str:
    asked = [(data, answer) for data, answer in rows if data["answer"]]
    right = sum(same(str(answer.value), data["answer"]) for data, answer in asked)
    cells = [
        name,
        sort,
        method,
        len(rows),
        sum(answer.ending == "finished" for _, answer in rows),
        sum(answer.kind in data["kinds"] for data, answer in rows),
        f"{right} of {len(asked)}" if asked else "-",
        sum(data["calls"] for data, _ in rows),
        sum(data["prompt_tokens"] + data["completion_tokens"] for data, _ in rows),
    ]
    return f"| {' | '.join(map(str, cells))} |"


async def main(names: Sequence[str]) -> None:
    """The table of these cassettes; none named: of all."""
    found = names or sorted(
        path.name.removesuffix(".rows.json") for path in HERE.glob("*.rows.json")
    )
    sys.stdout.write(f"{HEAD}\n")
    for name in found:
        for line in await lines(name):
            sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
