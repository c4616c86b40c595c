"""What metathink itself costs: its cold start, and four sequential agent calls for each of 1,000 problems.

`make bench`, or `python benchmarks/calls.py`. Every figure is a ratio or a bound measured in this one run:
each contender runs in fresh processes, alternating with the others, and the median counts.

- naive: the same two agents as a plain LangGraph graph with `litellm.acompletion` in its nodes
- wire: ReMA over our own client (`http://...#bench`)
- litellm: ReMA over litellm (`hosted_vllm/bench`), as the naive build
- crowd: one call for each of 1,000 problems, of which none is answered before all have arrived
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

from model_server import model_server

PROBLEMS = 1000
WARM_UP = 20
RUNS = 3
CONTENDERS = ("naive", "wire", "litellm")
METATHINK = Path(sys.executable).with_name("metathink")
QUESTION = "not ( True and False ) or ( not False and False ) is"


def main() -> None:
    """Measure everything, print a table, and fail if a bound is missed."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start compiles every module anew
    missed = False
    for measure in (cold_start, first_step, calls):
        for name, value, unit, most in measure():
            held = most is None or value <= most
            missed |= not held
            bound = "" if most is None else f"   at most {most:g}{'' if held else '   MISSED'}"
            print(f"{name:<58}{value:>9.3f} {unit:<4}{bound}".rstrip(), flush=True)
    sys.exit(missed)


Figure = tuple[str, float, str, float | None]
"""What, how much, its unit, and the most it may be."""


def cold_start() -> list[Figure]:
    """Importing the package beside a bare interpreter, and the command line's help."""
    commands = {
        "bare": [sys.executable, "-c", "pass"],
        "import": [sys.executable, "-c", "import metathink"],
        "help": [str(METATHINK), "--help"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        cpu_of(command)  # modules are compiled now
    for _ in range(2 * RUNS + 1):
        for name, command in commands.items():
            taken[name].append(cpu_of(command))
    bare, imported, helped = (median(taken[name]) for name in commands)
    return [
        ("bare interpreter, CPU", bare, "s", None),
        ("`import metathink` beyond it, CPU", imported - bare, "s", 0.15),
        ("`metathink --help`, CPU", helped, "s", 0.5),
    ]


def cpu_of(command: list[str]) -> float:
    """CPU seconds of a command from start to end: its wall clock where nothing else runs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def first_step() -> list[Figure]:
    """Until `metathink ask` on the embedded model shows its first step."""
    from metathink.models.embedded import WEIGHTS

    if not WEIGHTS.is_file():
        print("no embedded weights here: the first step of `metathink ask` is not measured")
        return []
    until_first_step()  # modules are compiled now
    taken = [until_first_step() for _ in range(RUNS)]
    wall, cpu = (median(times) for times in zip(*taken, strict=True))
    return [
        ("`metathink ask` on the embedded model, first step, CPU", cpu, "s", None),
        ("`metathink ask` on the embedded model, first step", wall, "s", 2.0),
    ]


def until_first_step() -> tuple[float, float]:
    """Seconds of wall clock and of CPU."""
    begun = time.perf_counter()
    command = [str(METATHINK), "ask", QUESTION, "--model", "embedded"]
    asking = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert asking.stderr is not None
    heard = []
    for line in asking.stderr:
        heard.append(line)
        if " → " in line:  # who spoke to whom
            wall = time.perf_counter() - begun
            fields = Path(f"/proc/{asking.pid}/stat").read_text().rpartition(")")[2].split()
            asking.communicate()
            return wall, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    raise RuntimeError(f"no step was shown: {''.join(heard)}")


def calls() -> list[Figure]:
    """CPU for each problem and memory, in fresh processes that take turns."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    with model_server() as port:
        for _ in range(RUNS):
            for name in CONTENDERS:
                taken[name].append(in_fresh_process(name, port))
    with model_server() as port:
        crowd = in_fresh_process("crowd", port)["most_in_flight"]
    shown = {
        name: {key: median(run[key] for run in runs) for key in runs[0]}
        for name, runs in taken.items()
    }
    figures: list[Figure] = []
    for name, found in shown.items():
        figures.append((f"{name}: CPU a problem of four calls", found["cpu"] * 1e3, "ms", None))
        figures.append((f"{name}: problems a second", found["rate"], "1/s", None))
    naive, wire = shown["naive"]["cpu"], shown["wire"]
    return [
        *figures,
        ("wire / naive, CPU a problem", wire["cpu"] / naive, "", 0.35),
        ("litellm / naive, CPU a problem", shown["litellm"]["cpu"] / naive, "", 1.1),
        ("crowd: problems / requests in flight at the server", PROBLEMS / crowd, "", 1.0),
        ("wire: memory at its highest", wire["rss"], "MB", 500),
    ]


def in_fresh_process(name: str, port: int) -> dict[str, float]:
    """What the contender says it cost; also told on stderr, as a run takes a while."""
    command = [sys.executable, __file__, name, str(port)]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(f"{name}: {shown.strip()}", file=sys.stderr, flush=True)
    return json.loads(shown)


async def contend(name: str, port: int) -> dict[str, float]:
    """Run one contender in this process and say what it cost."""
    base = f"http://127.0.0.1:{port}"
    if name == "crowd":
        await crowd_run(base)
        return {"most_in_flight": counted(base)["most_in_flight"]}
    run = naive_run if name == "naive" else our_run
    await run(name, base, WARM_UP)
    before = counted(base)
    cpu, begun = time.process_time(), time.perf_counter()
    await run(name, base, PROBLEMS)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
    after = counted(base)
    assert after["requests"] - before["requests"] == 4 * PROBLEMS, "not four calls a problem"
    return {
        "cpu": cpu / PROBLEMS,
        "rate": PROBLEMS / wall,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def counted(base: str) -> dict[str, int]:
    """What the server counted."""
    with urllib.request.urlopen(f"{base}/counted") as reply:
        return json.load(reply)


def questions(count: int) -> list[str]:
    """Distinct problems of the length of a school-book question."""
    return [
        f"A baker has {i} rolls in the morning and bakes {i + 7} more before noon. She sells half of all "
        "rolls at the market and gives five to her neighbour. How many rolls are left in the evening?"
        for i in range(count)
    ]


async def our_run(name: str, base: str, count: int) -> None:
    """ReMA, two turns, over our client or over litellm."""
    import metathink

    model: Any = f"{base}/v1#bench"
    if name == "litellm":
        from metathink.models.endpoints.hosted import HostedEndpoint
        from metathink.models.model import Model

        # with headers of one's own litellm is not passed over
        options = {"api_base": f"{base}/v1", "api_key": "none", "extra_headers": {"X-Bench": "1"}}
        model = Model(name, HostedEndpoint("hosted_vllm/bench", options, in_flight=PROBLEMS))
    answers = await metathink.think_all(
        questions(count), method="rema", model=model, concurrency=count
    )
    texts = {getattr(answer, "text", repr(answer)) for answer in answers}
    assert texts == {"42"}, texts


async def crowd_run(base: str) -> None:
    """One thought each, all in flight at the same moment."""
    import metathink

    answers = await metathink.think_all(
        questions(PROBLEMS), method="direct", model=f"{base}/v1#crowd", concurrency=PROBLEMS
    )
    failed = [answer for answer in answers if not isinstance(answer, metathink.Answer)]
    assert not failed, failed[0]


async def naive_run(name: str, base: str, count: int) -> None:
    """The same dialogues as one writes them in an afternoon."""
    from naive import machine, start

    machine_here = machine(base)
    ended = await asyncio.gather(*(machine_here.ainvoke(start(q)) for q in questions(count)))
    assert {r"\boxed{42}" in state["works"][-1] for state in ended} == {True}


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(asyncio.run(contend(sys.argv[1], int(sys.argv[2])))))
    else:
        main()
