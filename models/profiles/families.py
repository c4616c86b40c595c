"""Known providers and model families: what their endpoints accept and what their models need.

A row holds for every model whose name (`PROVIDER/MODEL`, or `HOST/PATH/MODEL` for an address) its pattern
is found in; later rows come over earlier ones. What is not here is learned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..replies.thoughts import ThoughtFormat
from .profile import Profile

NO_LOGPROBS = {"logprobs"}
OPENED = {"thoughts": ThoughtFormat(opened=True)}
"""Of models whose chat template writes `<think>`, so that their replies begin with thoughts."""

FAMILIES: tuple[tuple[str, Mapping[str, Any]], ...] = (
    # Providers
    (
        r"api\.openai\.com|azure|generativelanguage|openrouter|api\.groq\.com|api\.x\.ai|api\.mistral\.ai",
        {"thinking": "effort"},
    ),
    (
        r"^(deepseek|zai|moonshot)/|api\.deepseek\.com|api\.z\.ai|bigmodel\.cn|api\.moonshot",
        {"thinking": "switch"},
    ),
    (
        r"^anthropic/|claude",
        {
            "left_out": {"logprobs", "seed"},
            "most_samples": 1,
            "needs_cap": True,
            "thinking": "budget",
        },
    ),
    (
        r"^gemini/|vertex_ai/gemini|generativelanguage\.googleapis",
        {"left_out": NO_LOGPROBS, "most_samples": 8},
    ),
    (r"^deepseek/|api\.deepseek\.com", {"typed": "json_object", "most_samples": 1}),
    (r"^groq/|api\.groq\.com", {"left_out": NO_LOGPROBS, "most_samples": 1}),
    (r"^mistral/|api\.mistral\.ai", {"left_out": {"logprobs", "stream_options"}}),
    (r"^openrouter/|openrouter\.ai", {"most_samples": 1}),
    (r"dashscope", {"thinking": "dashscope"}),
    # OpenAI's reasoning models: a temperature of their own, no log-probabilities, another name for the cap
    (
        r"(^|/)(o1|o3|o4|gpt-5(?!\.)(?!.*chat))\b",
        {"left_out": {"temperature", "logprobs", "stop"}, "cap": "max_completion_tokens"},
    ),
    (r"(^|/)gpt-5\.", {"left_out": NO_LOGPROBS, "cap": "max_completion_tokens"}),
    (r"deepseek-reasoner", {"left_out": {"temperature", "logprobs"}}),
    # Open models, as their cards say. Greedy decoding makes thinking models repeat themselves without end
    (
        r"qwen3(?!.*(instruct|coder|embed|rerank))|qwq",
        {
            "lowest_temperature": 0.6,
            "sampling": (("top_p", 0.95), ("top_k", 20)),
            "reasoning_parser": "qwen3",
        },
    ),
    (r"qwq", {"reasoning_parser": "deepseek_r1"}),
    (
        r"deepseek-r1",
        {
            "system_role": False,
            "lowest_temperature": 0.6,
            "sampling": (("top_p", 0.95),),
            "reasoning_parser": "deepseek_r1",
        },
    ),
    (
        r"deepseek-r1|r1-distill|r1-1776|qwq|qwen3.*thinking|nemotron-(3|nano.*v2)|minimax-m2"
        r"|skywork-or1|light-r1|deepscaler|deepcoder|ernie-?4\.5.*thinking",
        OPENED,
    ),
    (r"exaone-deep", {"thoughts": ThoughtFormat("<thought>", "</thought>", opened=True)}),
    (
        r"longcat.*thinking",
        {"thoughts": ThoughtFormat("<longcat_think>", "</longcat_think>", opened=True)},
    ),
    (r"glm-?4\.5", {"reasoning_parser": "glm45"}),
    (r"gemma-?(2|7b|2b)\b(?!.*gemma-?3)", {"system_role": False}),
    (
        r"phi-?4.*reasoning",
        {
            "lowest_temperature": 0.8,
            "sampling": (("top_p", 0.95),),
            "reasoning_parser": "deepseek_r1",
        },
    ),
)


def known_profile(name: str) -> Profile:
    """The profile of a model by its name: what the families that it belongs to have in common."""
    profile = Profile()
    for pattern, facts in FAMILIES:
        if re.search(pattern, name.lower()):
            changes = dict(facts)
            left_out = profile.left_out | frozenset(changes.pop("left_out", ()))
            profile = replace(profile, left_out=left_out, **changes)
    return profile
