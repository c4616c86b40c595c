"""The exported model run by llama.cpp in this process: the path users take, and on a CPU also the
fastest."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

UNCUT = {"top_k": 0, "top_p": 1.0, "min_p": 0.0}
"""Temperature alone decides, as everywhere in the library: llama.cpp's own defaults cut the tail."""
REPLY = 900
"""Tokens a reply may have; the longest worked solutions stay under it."""


class Engine:
    """One GGUF, one stream, one thread (two threads spin against each other on small matrices)."""

    def __init__(self, path: Path) -> None:
        xllamacpp: Any = importlib.import_module("xllamacpp")  # it has no types
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = 2048
        params.cpuparams.n_threads = 1
        params.cpuparams_batch.n_threads = 1
        params.use_jinja = True
        params.verbosity = -1
        self.server = xllamacpp.Server(params)
        self.tokens = 0
        """Reply tokens counted by llama.cpp so far."""

    def ask(self, text: str, temperature: float = 0.0, seed: int = 0, longest: int = REPLY) -> str:
        """The reply to one user message; empty when the message does not fit the context."""
        said = self._complete(text, temperature=temperature, seed=seed, max_tokens=longest)
        if "choices" not in said:
            return ""
        self.tokens += said["usage"]["completion_tokens"]
        return said["choices"][0]["message"]["content"] or ""

    def told(self, text: str, longest: int = REPLY) -> tuple[str, list[float]]:
        """The reply at temperature 0, and the log-probability of each of its tokens."""
        said = self._complete(
            text, temperature=0.0, max_tokens=longest, logprobs=True, top_logprobs=1
        )
        choice = said["choices"][0]
        return choice["message"]["content"] or "", [
            token["logprob"] for token in choice["logprobs"]["content"]
        ]

    def probability(self, text: str, word: str) -> float:
        """Probability that the reply begins with the first token of this word."""
        said = self._complete(text, temperature=0.0, max_tokens=1, logprobs=True, top_logprobs=10)
        if "choices" not in said:
            return 0.0
        first = said["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        began = ((top["token"].strip(), top["logprob"]) for top in first)
        return sum(
            math.exp(logprob) for token, logprob in began if token and word.startswith(token)
        )

    def _complete(self, text: str, **options: Any) -> dict[str, Any]:
        messages = [{"role": "user", "content": text}]
        said: dict[str, Any] = self.server.handle_chat_completions(
            {"messages": messages, **UNCUT, **options}
        )
        return said
