"""Tokens a second through `gguf:` beside llama.cpp's own server on the same file and the same cores.

    python benchmarks/gguf.py FILE [--cores 1] [--streams 1,16] [--tokens 48] [--rounds 3] [--baseline FOLDER]

Each measurement is a process of its own, pinned to the cores; the kinds take turns. `ours` is
`open_model("gguf:FILE")` asked with log-probabilities, as the methods ask; `plain` the same without them.
`raw` is xllamacpp.Server with sixteen slots, one thread a core and a unified cache, asked by raw HTTP
without log-probabilities, `raw-logprobs` with them. `baseline` is `ours` in another checkout (its
`.venv/bin/python` is used). Each is compared with llama.cpp's server asked for the same. Tokens for each
second of CPU time are printed as well: on a busy machine they are the steadier figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

PROMPT = "Tell the long story of lighthouse keeper number {} and of every ship that passed."


async def through_us(file: str, streams: int, tokens: int, logprobs: int | None) -> int:
    """Tokens that the replies have."""
    from metathink.core.message import user
    from metathink.core.run import Run, in_run
    from metathink.models.open import open_model
    from metathink.models.pool import connections

    model = await open_model(f"gguf:{file}")

    async def ask(number: int, cap: int) -> int:
        with in_run(Run()) as run:
            await model.ask(
                [user(PROMPT.format(number))],
                max_tokens=cap,
                temperature=0.7,
                seed=number,
                logprobs=logprobs,
            )
        return run.ledger.spent.completion_tokens

    async with connections():
        await ask(1000, 2)
        return await timed(ask, streams, tokens)


async def through_http(file: str, streams: int, tokens: int, logprobs: bool) -> int:
    """Tokens that the replies of llama.cpp's own server have."""
    import aiohttp

    xllamacpp: Any = import_module("xllamacpp")  # it has no types
    params = xllamacpp.CommonParams()
    params.model.path, params.port, params.verbosity = file, 0, 0
    params.n_parallel, params.n_ctx, params.kv_unified = 16, 65_536, True
    threads = len(os.sched_getaffinity(0))
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)
    url = server.listening_address + "/v1/chat/completions"

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3600)) as session:

        async def ask(number: int, cap: int) -> int:
            message = {"role": "user", "content": PROMPT.format(number)}
            body = {"messages": [message], "max_tokens": cap, "temperature": 0.7, "seed": number}
            body |= {"logprobs": True, "top_logprobs": 1} if logprobs else {}
            async with session.post(url, json=body) as response:
                return (await response.json())["usage"]["completion_tokens"]

        await ask(1000, 2)
        return await timed(ask, streams, tokens)


async def timed(ask, streams: int, tokens: int) -> int:
    """Ask all streams at once; print tokens, seconds and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = sum(await asyncio.gather(*(ask(number, tokens) for number in range(streams))))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps([made, wall, cpu]), flush=True)
    return made


def measured(
    python: str, kind: str, given: argparse.Namespace, streams: int
) -> tuple[float, float]:
    """Tokens a second and tokens for each CPU second of one process."""
    cores = {int(core) for core in given.cores.split(",")}
    own = [__file__, given.file, "--worker", kind, "--streams", str(streams)]
    spin = {"GOMP_SPINCOUNT": "0"} if kind.startswith("raw") and len(cores) > 1 else {}
    done = subprocess.run(
        [python, *own, "--tokens", str(given.tokens)],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, **spin},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    made, wall, cpu = json.loads(done.stdout.splitlines()[-1])
    return made / wall, made / cpu


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--cores", default="1", help="cores by comma")
    parser.add_argument("--streams", default="1,16", help="requests at once, by comma")
    parser.add_argument("--tokens", type=int, default=48, help="cap on each reply")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", default="ours,plain,raw,raw-logprobs")
    parser.add_argument("--baseline", type=Path, help="another checkout to measure as well")
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        streams = int(given.streams)
        if given.worker.startswith("raw"):
            asked = given.worker == "raw-logprobs"
            asyncio.run(through_http(given.file, streams, given.tokens, asked))
        else:
            logprobs = None if given.worker == "plain" else 0
            asyncio.run(through_us(given.file, streams, given.tokens, logprobs))
        os._exit(0)  # without waiting for the server to free its memory
    pythons = dict.fromkeys(given.kinds.split(","), sys.executable)
    if given.baseline:
        pythons["baseline"] = str(given.baseline / ".venv/bin/python")
    for streams in map(int, given.streams.split(",")):
        seen: dict[str, list[tuple[float, float]]] = {kind: [] for kind in pythons}
        for _ in range(given.rounds):
            for kind, python in pythons.items():
                seen[kind].append(measured(python, kind, given, streams))
        middle = {
            kind: tuple(statistics.median(pair[n] for pair in pairs) for n in (0, 1))
            for kind, pairs in seen.items()
        }
        for kind, (wall, cpu) in middle.items():
            peer = "raw" if kind in ("plain", "raw") else "raw-logprobs"
            known = peer in middle
            ratios = (
                [own / of for own, of in zip((wall, cpu), middle[peer], strict=True)]
                if known
                else []
            )
            print(
                f"{streams:3d} streams  {kind:12s} {wall:8.1f} tokens/s {cpu:8.1f} tokens/CPU-s "
                + "".join(f" x{ratio:.2f}" for ratio in ratios)
                + f" of {peer}" * known,
                flush=True,
            )


if __name__ == "__main__":
    main()
