"""What was spent: tokens, calls, money and time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Spending, as the server counted it.

    `cached_tokens` is the part of `prompt_tokens` the server had in its prefix cache. `usd` is 0 for
    models without a price. `unreported` counts calls whose reply never arrived, so that the server's
    count is unknown: their tokens are the most they can have cost. `reasoning_tokens` is the part of
    `completion_tokens` that the server says was spent on reasoning; 0 where it does not say.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0
    usd: float = 0.0
    unreported: int = 0
    reasoning_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.calls + other.calls,
            self.usd + other.usd,
            self.unreported + other.unreported,
            self.reasoning_tokens + other.reasoning_tokens,
        )
