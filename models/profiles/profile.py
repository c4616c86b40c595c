"""Model profiles: what an endpoint accepts and what a model needs, as data.

A profile starts from the table of known families (`models/profiles/families.py`) and is corrected by what the
endpoint refuses (`models/profiles/learning.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ..replies.thoughts import ThoughtFormat
from .thinking import ThinkingForm

ASSUMED_CONTEXT = 131_072
"""Tokens of prompt and completion that an endpoint is taken to allow until it says otherwise."""

CapName = Literal["max_tokens", "max_completion_tokens"]
Typed = Literal["json_schema", "json_object", "text"]


@dataclass(frozen=True)
class Profile:
    """What one model at one endpoint accepts and needs.

    left_out: parameters of the request body that are refused: "temperature", "logprobs", "stop", "seed",
        "stream", "stream_options", "cap" (no limit on the reply at all), names of `sampling` and `options`.
    cap: the name of the parameter that limits a reply.
    needs_cap: a request without a limit is refused.
    typed: how JSON is asked for beside the prompt's own words; "text" sends no response_format.
    system_role: whether messages may be of the role system and of one role twice in a row.
    most_samples: the most samples of one request; None is any number.
    lowest_temperature: a lower temperature is raised to this (greedy decoding makes some models repeat
        themselves without end); None is any.
    context: tokens of prompt and completion together; None where unknown.
    most_completion: tokens of one reply; None where only the context limits it.
    sampling, options: further parameters of the body, sent with every request.
    recounts: the server may report the tokens of one sample only, however many there are (llama.cpp does):
        log-probabilities are asked for with several samples, to count the tokens.
    thoughts: the format of the model's thoughts where its chat template opens them, so that replies begin
        inside; None for formats that a reply shows by itself.
    thinking: how the endpoint is told how much the model is to think.
    reasoning_parser: vLLM's parser for the model's thoughts; empty for none.
    """

    left_out: frozenset[str] = frozenset()
    cap: CapName = "max_tokens"
    needs_cap: bool = False
    typed: Typed = "json_schema"
    system_role: bool = True
    most_samples: int | None = None
    lowest_temperature: float | None = None
    context: int | None = None
    most_completion: int | None = None
    sampling: tuple[tuple[str, float], ...] = ()
    options: tuple[tuple[str, object], ...] = ()
    recounts: bool = False
    thoughts: ThoughtFormat | None = None
    thinking: ThinkingForm = "template"
    reasoning_parser: str = ""

    def without(self, parameter: str) -> Profile:
        """The profile of an endpoint that also refuses this parameter."""
        return replace(self, left_out=self.left_out | {parameter})

    def samples(self, wanted: int) -> int:
        """How many of the wanted samples one request asks for."""
        return min(wanted, self.most_samples or wanted)
