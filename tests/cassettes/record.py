"""Record the cassettes of the tests again: `make cassettes NAME=... MODEL=...`.

Every request of requests.toml is thought about with each method that fits. NAME.jsonl.gz is then the
cassette, NAME.rows.json lists what was asked and what came of it. Replies that NAME.jsonl.gz holds already
are not asked for again, and a recording that was interrupted goes on where it was (NAME.part.jsonl).
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from metathink.api import think
from metathink.core.answer import Answer
from metathink.core.errors import MetathinkError
from metathink.models.endpoints.cassette import CassetteEndpoint, CassetteName, OpenModel
from metathink.models.model import Model
from metathink.models.open import open_model

HERE = Path(__file__).parent
MAX_TOKENS = 1024
"""The cap on each reply: some small models never stop by themselves."""


@dataclass(frozen=True)
class Row:
    """A request, the method to answer it with, and what the answer may be."""

    sort: str
    method: str
    question: str
    kinds: tuple[str, ...]
    answer: str = ""


def rows(
    sorts: Sequence[str] = (),
    methods: Sequence[str] = (),
    each: int = 4,
    others: int = 4,
    requests: Path = HERE / "requests.toml",
) -> Iterator[Row]:
    """The rows of requests.toml, of these sorts and methods (none named: all). The first method of a sort
    answers its first `each` questions, every other method its first `others`."""
    for sort, table in tomllib.loads(requests.read_text("utf-8")).items():
        if sorts and sort not in sorts:
            continue
        first = table["methods"][0]
        answers = table.get("answers") or [""] * len(table["questions"])
        for method in table["methods"]:
            if methods and method not in methods:
                continue
            count = each if method == first else others
            for question, answer in list(zip(table["questions"], answers, strict=True))[:count]:
                yield Row(sort, method, question, tuple(table["kinds"]), answer)


async def opened(name: CassetteName, open_model: OpenModel) -> Model:
    """A cassette read anew, whatever this process has played of it before."""
    return (await CassetteEndpoint.open(name, open_model)).as_model(f"cassette:{name.path}")


async def answered(row: Row, model: str | Model) -> Answer:
    """The row's question thought about as it is when recorded and when replayed."""
    return await think(row.question, method=row.method, model=model, max_tokens=MAX_TOKENS)


async def record(
    name: str, model: str, wanted: Sequence[Row], concurrency: int = 8, folder: Path = HERE
) -> int:
    """Record the rows of one model in `folder`; how many failed. Those that failed are not listed."""
    packed, part = folder / f"{name}.jsonl.gz", folder / f"{name}.part.jsonl"
    fresh = folder / f"{name}.new.jsonl"
    if packed.exists() and not part.exists():
        part.write_bytes(gzip.decompress(packed.read_bytes()))
    fresh.unlink(missing_ok=True)
    # The new file holds what this pass asks for, and nothing of prompts that are no longer used.
    earlier = await opened(CassetteName(part, model), open_model)

    async def open_earlier(_: str) -> Model:
        return earlier

    through = await opened(CassetteName(fresh, model), open_earlier)
    turns, done, failed = asyncio.Semaphore(concurrency), [], 0

    async def one(row: Row) -> None:
        nonlocal failed
        async with turns:
            begun = time.perf_counter()
            try:
                answer = await answered(row, through)
            except MetathinkError as error:
                failed += 1
                sys.stderr.write(f"failed: {row.method}: {row.question!r}: {error}\n")
                return
            seconds = round(time.perf_counter() - begun, 1)
            done.append({**asdict(row), **_outcome(answer), "seconds": seconds})
            sys.stderr.write(f"{len(done)}/{len(wanted)} {row.sort} {row.method} {seconds} s\n")

    await asyncio.gather(*map(one, wanted))
    order = {(row.method, row.question): number for number, row in enumerate(wanted)}
    done.sort(key=lambda row: order[row["method"], row["question"]])
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in done)
    (folder / f"{name}.rows.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    packed.write_bytes(gzip.compress(fresh.read_bytes(), mtime=0))
    fresh.unlink()
    part.unlink()
    return failed


def _outcome(answer: Answer) -> dict[str, object]:
    usage = answer.usage
    return {
        "kind": answer.kind,
        "value": answer.value,
        "ending": answer.ending,
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="name of the cassette, such as qwen2.5-coder-0.5b")
    parser.add_argument("model", help="model string, such as gguf:PATH")
    parser.add_argument("--sorts", default="", help="only these sorts, by comma")
    parser.add_argument("--methods", default="", help="only these methods, by comma")
    parser.add_argument("--each", type=int, default=4, help="questions of a sort, first method")
    parser.add_argument("--others", type=int, default=4, help="questions of a sort, other methods")
    parser.add_argument("--concurrency", type=int, default=8, help="questions at once")
    given = parser.parse_args()
    sorts, methods = (
        [word.strip() for word in words.split(",") if word.strip()]
        for words in (given.sorts, given.methods)
    )
    wanted = list(rows(sorts, methods, given.each, given.others))
    sys.exit(min(1, asyncio.run(record(given.name, given.model, wanted, given.concurrency))))


if __name__ == "__main__":
    main()
