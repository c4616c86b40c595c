"""Trying a model: a few short questions, what works, what was left out, and how fast it is."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from ..core.errors import AuthenticationFailed, EndpointUnreachable, MetathinkError, QuotaExceeded
from ..core.message import system, user
from ..core.record import Words
from ..core.run import Run, in_run, record_step
from .model import Model, Reply
from .pool import connections
from .profiles.profile import Profile


class Capital(BaseModel):
    """The typed answer that is asked for."""

    city: str
    country: str


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: whether it works, and what was seen."""

    name: str
    works: bool
    seen: str = ""


@dataclass
class Check:
    """What a model was found to do. `context` is in tokens, `speed` in tokens a second of one stream."""

    model: str
    findings: list[Finding] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    context: int | None = None
    speed: float | None = None


async def check(model: Model) -> Check:
    """Ask the model a few short questions, each on its own; one that fails leaves its error as a finding.

    Raises AuthenticationFailed, QuotaExceeded and EndpointUnreachable, with which nothing can be tried.
    """
    model = replace(model, adapter=None)  # what is tried is the endpoint
    found, run = Check(model.name), Run("check")
    pieces: list[Words] = []
    run.listeners.append(lambda event: pieces.append(event) if isinstance(event, Words) else None)
    async with connections():
        with in_run(run):
            count = [user("Count from 1 to 20.")]
            await _tried(found, "plain", model.ask(count, temperature=0))
            await _tried(found, "system role", model.ask([system("Be brief."), user("Hello?")]))
            capital = [user("What is the capital of France?")]
            await _tried(found, "typed", model.ask(capital, answer=Capital))
            colour = [user("Name a colour.")]
            await _tried(found, "samples", model.ask(colour, n=3, temperature=0.8, logprobs=0))
            run.stream_words = True
            with record_step("check", "stream"):
                await _tried(found, "streaming", model.ask(colour))
        found.context = model.context or await model.endpoint.context()
    calls = [call for step in run.steps for call in step.calls]
    first, thoughts = calls[0], any(any(call.reasoning) for call in calls)
    if not first.error and first.usage.unreported == 0 and first.seconds > 0:
        found.speed = first.usage.completion_tokens / first.seconds
    found.findings.append(Finding("several pieces", len(pieces) > 1, f"{len(pieces)} pieces"))
    found.findings.append(Finding("thoughts", True, "thinks" if thoughts else "does not think"))
    found.context = found.context or model.endpoint.learned.profile.context
    found.left_out = left_out(model.endpoint.learned.profile)
    return found


async def _tried(found: Check, name: str, asking: Awaitable[Reply[Any]]) -> None:
    try:
        reply = await asking
    except (AuthenticationFailed, QuotaExceeded, EndpointUnreachable):
        raise
    except MetathinkError as error:
        found.findings.append(Finding(name, False, f"{type(error).__name__}: {error}"[:200]))
        return
    logprobs = ", with log-probabilities" if any(c.tokens for c in reply.choices) else ""
    number = f"{len(reply.choices)} of them{logprobs}: " if len(reply.choices) > 1 else ""
    found.findings.append(Finding(name, True, f"{number}{' '.join(reply.text.split())[:60]}"))


def left_out(profile: Profile) -> list[str]:
    """What requests to the endpoint go without, in words."""
    named = sorted(profile.left_out)
    if not profile.system_role:
        named.append("system role (merged into the user's messages)")
    if profile.most_samples is not None:
        named.append(f"more than {profile.most_samples} samples in a request")
    if profile.typed != "json_schema":
        named.append(f"JSON schema ({profile.typed} instead)")
    if profile.cap != "max_tokens":
        named.append(f"max_tokens ({profile.cap} instead)")
    return named
