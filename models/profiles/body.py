"""The body of a chat completion, written as the endpoint's profile accepts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ...core.message import Message
from ..control_tokens import broken_up
from ..request import Request
from ..typed.strict_schema import is_strict
from .profile import Profile, Typed


def body_of(request: Request, model: str, profile: Profile) -> dict[str, Any]:
    """The JSON body of a chat completion as this endpoint accepts it.

    What the request leaves open is left to the server.
    """
    samples = profile.samples(request.n)
    body: dict[str, Any] = {
        "model": model,
        "messages": messages_of(request.messages, system_role=profile.system_role),
        "n": samples if samples != 1 else None,
        "temperature": _temperature(request, profile),
        "stop": list(request.stop) or None,
        "seed": request.seed,
    }
    if "cap" not in profile.left_out:
        body[profile.cap] = request.max_tokens
    if (alternatives := _alternatives(request, profile)) is not None:
        # llama.cpp reports nothing at all for top_logprobs 0
        body |= {"logprobs": True, "top_logprobs": max(1, alternatives)}
    if request.schema is not None:
        body["response_format"] = _response_format(request.schema, profile.typed)
    body |= dict(profile.sampling) | dict(profile.options) | _thinking(request, profile)
    if _budgets_thoughts(body) and "thinking" not in profile.left_out:
        body["temperature"] = None  # Anthropic refuses any but its own beside thoughts
    left_out = profile.left_out | ({"top_logprobs"} if "logprobs" in profile.left_out else set())
    return {
        name: value for name, value in body.items() if value is not None and name not in left_out
    }


def parameters_in(request: Request, profile: Profile) -> frozenset[str]:
    """What the endpoint could refuse of this request: names as in `models/profiles/refusal.py`, and of
    the profile's own parameters."""
    sent = {
        "n": profile.samples(request.n) > 1,
        "temperature": request.temperature is not None,
        "stop": bool(request.stop),
        "seed": request.seed is not None,
        "cap": request.max_tokens is not None or profile.needs_cap,
        "logprobs": _alternatives(request, profile) is not None,
        "response_format": request.schema is not None and profile.typed != "text",
        "system_role": profile.system_role and _has_roles_to_merge(request.messages),
        "stream": request.on_words is not None,
        "stream_options": request.on_words is not None and "stream" not in profile.left_out,
    }
    names = {name for name, present in sent.items() if present}
    names |= {name for name, _ in (*profile.sampling, *profile.options)}
    names |= _thinking(request, profile).keys()
    return frozenset(names - profile.left_out)


def messages_of(messages: Sequence[Message], *, system_role: bool) -> list[dict[str, str]]:
    """The conversation as the protocol has it, control tokens in it broken up (see `control_tokens`).

    Without a system role, system messages are put before the next user message, and messages of one role
    in a row become one: chat templates that refuse the first refuse the second too.
    """
    said = [{"role": m.role, "content": broken_up(str(m.content))} for m in messages]
    if system_role:
        return said
    merged: list[dict[str, str]] = []
    for message in said:
        role = "user" if message["role"] == "system" else message["role"]
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += "\n\n" + message["content"]
        else:
            merged.append({"role": role, "content": message["content"]})
    return merged


def _has_roles_to_merge(messages: Sequence[Message]) -> bool:
    roles = [message.role for message in messages]
    return "system" in roles or any(one == other for one, other in pairwise(roles))


def _alternatives(request: Request, profile: Profile) -> int | None:
    """How many alternatives are asked for at each token; None for no log-probabilities at all."""
    if request.logprobs is None and profile.recounts and profile.samples(request.n) > 1:
        return 0
    return request.logprobs


def _thinking(request: Request, profile: Profile) -> dict[str, object]:
    if request.thinking is None:
        return {}
    return request.thinking.parameters(profile.thinking, request.max_tokens)


def _budgets_thoughts(body: Mapping[str, Any]) -> bool:
    return "budget_tokens" in (body.get("thinking") or {})


def _temperature(request: Request, profile: Profile) -> float | None:
    if request.temperature is None or profile.lowest_temperature is None:
        return request.temperature
    return max(request.temperature, profile.lowest_temperature)


def _response_format(schema: Mapping[str, Any], typed: Typed) -> dict[str, Any] | None:
    if typed == "text":
        return None
    if typed == "json_object":
        return {"type": "json_object"}
    name = schema.get("title", "answer")
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "schema": schema, "strict": is_strict(schema)},
    }
