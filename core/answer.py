"""What a run comes to: an answer, how sure it is, how it ended and what it cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Literal

from typing_extensions import TypeVar

from .approval import Approval
from .errors import InvalidInput
from .kind import AnswerKind
from .record import RunRecord
from .text.extract import stated_answer
from .usage import Usage

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter

Ending = Literal[
    "finished",
    "budget",
    "turn_cap",
    "truncated",
    "context",
    "unusable",
    "interrupted",
    "waiting",
    "failed",
]
"""finished: as the method means to end. budget: spent, this is the best answer so far. turn_cap: the
method's own limit of turns. truncated: a message hit its length cap. context: the dialogue outgrew the
model's context. unusable: the model said something nobody could use (see `reason`); best so far.
interrupted: the endpoint failed or refused a later request (see `reason`); best so far.
waiting: a person is asked first (see `Answer.asks`). failed: an error ended it (see `reason`), and this is
only the record kept of it."""

V = TypeVar("V", bound="str | BaseModel", default=str)


@dataclass(frozen=True)
class Answer(Generic[V]):
    r"""An answer with its confidence (0 to 1, None where nothing supports one) and its record.

    `text` is the whole reply, as it was written and without thoughts: a poem, a function, a table. One that
    is nothing but a box (`\boxed{42}`) reads as what is in it. `value` is the short answer in it, None where
    the question has none; where an `answer_type` was asked for, it is the object of that type. `response`
    is the worked solution (of a dialogue, all of it), `reasoning` what the model thought before the reply,
    where the endpoint tells it, and `kind` the kind of answer that was given or found.

    `abstained` answers say "I don't know": `text` is then empty and `reason` says why. While a run waits for
    a person, `asks` is what they are asked, and `text` is empty: nothing goes out before they reply.
    """

    text: str
    confidence: float | None = None
    abstained: bool = False
    ending: Ending = "finished"
    reason: str = ""
    asks: Approval | None = None
    run: RunRecord = field(default_factory=RunRecord, repr=False)
    value: V | None = None
    kind: AnswerKind = "auto"
    response: str = field(default="", repr=False)
    reasoning: str = field(default="", repr=False)

    @property
    def result(self) -> str:
        """The value as text (an object as JSON), or the whole text where there is no value."""
        if self.value is None:
            return self.text
        plain = _plain(self.value)
        return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)

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
        """Plain JSON data: text, value, kind, response, reasoning, confidence, abstained, ending, method,
        model, usage, steps."""
        run, usage = self.run.to_dict(), self.usage
        return {
            "text": self.text,
            "value": _plain(self.value),
            "kind": self.kind,
            "response": self.response,
            "reasoning": self.reasoning,
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
                "reasoning_tokens": usage.reasoning_tokens,
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
    def from_dict(cls, data: Mapping[str, Any]) -> Answer[Any]:
        """The answer that `to_dict` wrote; an object of an `answer_type` comes back as plain data.

        Raises InvalidInput for anything else.
        """
        try:
            run = {key: data[key] for key in ("question", "method", "model", "started", "steps")}
            told = {key: data[key] for key in TOLD} | {"asks": data.get("asks")}
            answer = _reader().validate_python(told | {"run": run | {"id": data["run"]}})
            return replace(answer, value=data["value"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"not a recorded answer: {error!r}") from error


TOLD = ("text", "kind", "response", "reasoning", "confidence", "abstained", "ending", "reason")
"""What `from_dict` reads as it stands."""


def readable(reply: str) -> str:
    """The reply as a person reads it: whole, but what is nothing but a box is what stands in the box."""
    text = reply.strip()
    inner = text.strip(" \t\n$*").removeprefix("\\(").removeprefix("\\[")
    inner = inner.removesuffix("\\)").removesuffix("\\]").strip()
    if not inner.startswith("\\boxed{") or not inner.endswith("}"):
        return text
    depth = 0
    for place, character in enumerate(inner):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "}" and depth == 0 and place < len(inner) - 1:
            return text  # more than one box, or words after it
    return text if depth else stated_answer(inner) or text


def _plain(value: Any) -> Any:
    """A value as JSON data."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump is not None else value


@cache
def _reader() -> TypeAdapter[Answer[Any]]:
    from pydantic import TypeAdapter  # costs 0.2 s: only when a record is read

    return TypeAdapter(Answer[Any])
