"""However a server behaves, what it did for a run stays within the run's budget, counted at the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

import metathink as mt
from tests.hostile import material
from tests.server import FakeServer, completion, web

METHODS = (
    "direct",
    "self_consistency",
    "rema",
    "metacognition",
    "critique_revise",
    "multi_critique",
)
FAULTS = (
    "honest",
    "no usage",
    "null usage",
    "zero usage",
    "prompt only",
    "drop",
    "500",
    "503",
    "504",
    "429",
    "cut",
)


@dataclass
class Meter:
    """A server that does all the work it is asked for, tells about it badly, and counts it."""

    fault: str
    rng: Any
    tokens: int = 0
    calls: int = 0
    work: list[int] = field(default_factory=list)

    async def behave(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        """Say as much as is allowed, as one of the faults goes."""
        self.calls += 1
        samples, cap = (
            body.get("n") or 1,
            body.get("max_tokens") or body.get("max_completion_tokens"),
        )
        assert cap is not None, "a run with a token budget sends a cap"
        prompt = sum(
            len(str(m["content"]).encode("utf-8", "replace")) // 4 + 4 for m in body["messages"]
        )
        faulty = self.fault != "honest" and self.rng.random() < 0.6
        if faulty and self.fault == "429":
            return web.json_response(
                {"error": {"message": "slow down"}}, status=429
            )  # no work done
        self.tokens += prompt + cap * samples
        self.work.append(prompt + cap * samples)
        await asyncio.sleep(self.rng.random() * 0.01)
        reply = completion(body, *["w " * min(cap, 200)] * samples, finish="length")
        usage = {"prompt_tokens": prompt, "completion_tokens": cap * samples}
        reply["usage"] = usage | {"total_tokens": sum(usage.values())}
        if faulty:
            match self.fault:
                case "no usage":
                    del reply["usage"]
                case "null usage":
                    reply["usage"] = {"prompt_tokens": None, "completion_tokens": None}
                case "zero usage":
                    reply["usage"] = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
                case "prompt only":
                    reply["usage"] = {"prompt_tokens": prompt}
                case "500" | "503" | "504":
                    return web.json_response({"error": {"message": "late"}}, status=int(self.fault))
                case "drop":
                    assert request.transport is not None
                    request.transport.close()
                case "cut":
                    return web.Response(text='{"choices": [{"mess', content_type="application/json")
        return web.json_response(reply)


@pytest.mark.parametrize("number", material.many(14, 200))
async def test_no_budget_is_exceeded(number: int, server: FakeServer) -> None:
    rng = material.chance("budget", number)
    fault, method = FAULTS[number % len(FAULTS)], rng.choice(METHODS)
    limits: dict[str, Any] = {"tokens": rng.randrange(300, 12_000)}
    if rng.random() < 0.5:
        limits["calls"] = rng.randrange(1, 25)
    meter = Meter(fault, rng)
    server.always = meter.behave
    total, each = mt.Budget(**limits, seconds=8), mt.Budget(tokens=limits["tokens"])
    outcomes = await mt.think_all(
        [f"{material.text(rng, 80)} How many is {n} + {n}?" for n in range(rng.randrange(2, 12))],
        method=method,
        model=server.model,
        budget=each,
        total=total,
        concurrency=rng.randrange(1, 8),
    )
    told = f"{fault}, {method}, {limits}: {meter.calls} calls, {meter.tokens} tokens {meter.work}"
    assert meter.tokens <= limits["tokens"], told
    assert meter.calls <= limits.get("calls", meter.calls), told
    runs = [outcome.run for outcome in outcomes if outcome.run is not None]
    spent = sum((run.usage for run in runs), mt.Usage())
    assert spent.tokens >= meter.tokens, f"more was spent than is on record: {told}"
