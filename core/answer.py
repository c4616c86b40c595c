"""What a run comes to: an answer, how sure it is, how it ended and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from .approval import Approval
from .errors import InvalidInput
from .run import Run
from .usage import Usage

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Ending = Literal[
    "finished", "budget", "turn_cap", "truncated", "context", "unusable", "waiting", "failed"
]
"""finished: as the method means to end. budget: spent, this is the best answer so far. turn_cap: the
method's own limit of turns. truncated: a message hit its length cap. context: the dialogue outgrew the
model's context. unusable: the model said something nobody could use (see `reason`); best so far.
waiting: a person is asked first (see `Answer.asks`). failed: an error ended it (see `reason`), and this is
only the record kept of it."""


@dataclass(frozen=True)
class Answer:
    """An answer with its confidence (0 to 1, None where nothing supports one) and its record.

    `abstained` answers say "I don't know": `text` is then empty and `reason` says why. While a run waits for
    a person, `asks` is what they are asked, and `text` is empty: nothing goes out before they reply.
    """

    text: str
    confidence: float | None = None
    abstained: bool = False
    ending: Ending = "finished"
    reason: str = ""
    asks: Approval | None = None
    run: Run = field(default_factory=Run, repr=False)

    @property
    def usage(self) -> Usage:
        """What the whole run cost."""
        return self.run.usage

    @property
    def method(self) -> str:
        """The method that found it."""
        return self.run.method

    @property
    def model(self) -> str:
        """The model that was asked."""
        return self.run.model

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: answer, confidence, abstained, ending, method, model, usage, steps."""
        run, usage = self.run.to_dict(), self.usage
        return {
            "answer": self.text,
            "confidence": self.confidence,
            "abstained": self.abstained,
            "ending": self.ending,
            "reason": self.reason,
            "asks": asdict(self.asks) if self.asks else None,
            "question": run["question"],
            "method": self.method,
            "model": self.model,
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "cached_tokens": usage.cached_tokens,
                "tokens": usage.tokens,
                "calls": usage.calls,
                "usd": usage.usd,
                "unreported": usage.unreported,
            },
            "run": run["id"],
            "started": run["started"],
            "steps": run["steps"],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Answer:
        """The answer that `to_dict` wrote. Raises InvalidInput for anything else."""
        try:
            run = {key: data[key] for key in ("question", "method", "model", "started", "steps")}
            told = {key: data[key] for key in ("confidence", "abstained", "ending", "reason")}
            told |= {"text": data["answer"], "asks": data.get("asks")}
            return _reader().validate_python(told | {"run": run | {"id": data["run"]}})
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"not a recorded answer: {error!r}") from error


@cache
def _reader() -> TypeAdapter[Answer]:
    from pydantic import TypeAdapter  # costs 0.2 s: only when a record is read

    return TypeAdapter(Answer)
