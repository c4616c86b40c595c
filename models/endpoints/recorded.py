"""A model that replays samples recorded from real models: what they said, without asking again.

The file is JSONL; each line has `question` (any text the prompt contains) and `samples`, a list of
strings or of objects with `text` and, if known, `finish`, `prompt_tokens` and `completion_tokens`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.budget import FREE, Price
from ...core.errors import InvalidInput, StoreFailed
from ...core.jsonl import read_objects
from ...core.usage import Usage
from ..model import Model
from ..profiles.learning import Learned
from ..request import Choice, Completion, Request


@dataclass
class RecordedEndpoint:
    """Answers a prompt that contains a recorded question with that question's next samples.

    Raises InvalidInput for a question that was not recorded, or when its samples are used up.
    """

    samples: Mapping[str, Sequence[Mapping[str, Any]]]
    price: Price | None = FREE
    enforces_schema: bool = False
    gives_logprobs: bool = False
    in_flight: int = 1024
    address: str = "recorded"
    learned: Learned = field(default_factory=Learned)
    _played: dict[str, int] = field(default_factory=dict)

    async def complete(self, request: Request) -> Completion:
        """The next `n` samples of the question found in the prompt."""
        question = self._question(request)
        begin = self._played.get(question, 0)
        samples = self.samples[question][begin : begin + request.n]
        if len(samples) < request.n:
            raise InvalidInput(
                f"only {len(self.samples[question])} samples of {question[:60]!r} were recorded"
            )
        self._played[question] = begin + request.n
        choices = tuple(Choice(s["text"], s.get("finish") or "stop") for s in samples)
        prompt = max(s.get("prompt_tokens") or 0 for s in samples) or await self.count(request)
        said = sum(s.get("completion_tokens") or len(s["text"].split()) for s in samples)
        return Completion(choices, Usage(prompt, said, calls=1))

    async def context(self) -> None:
        """A recording has none."""
        return None

    async def count(self, request: Request) -> int:
        """Words, where the recording did not keep the tokens."""
        return sum(len(message.content.split()) + 1 for message in request.messages)

    def _question(self, request: Request) -> str:
        prompt = "\n".join(message.content for message in request.messages)
        matching = [question for question in self.samples if question in prompt]
        if not matching:
            raise InvalidInput("this question was not recorded")
        return max(matching, key=len)


def recorded(path: str | Path, *, name: str = "") -> Model:
    """A model that replays the file. Raises InvalidInput when it cannot be read as a recording."""
    samples: dict[str, list[Mapping[str, Any]]] = {}
    number = 0
    try:
        for number, line in read_objects(path, "a recording"):  # noqa: B007 - for the error
            _take(line, samples)
    except StoreFailed as error:
        raise InvalidInput(f"no recording at {path}: {error}") from error
    except (AttributeError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path}, line {number}: not a line of a recording: {error!r}"
        ) from error
    return Model(name or f"recorded:{path}", RecordedEndpoint(samples))


def _take(record: Mapping[str, Any], samples: dict[str, list[Mapping[str, Any]]]) -> None:
    question = record["question"]
    if not isinstance(question, str) or not question.strip():
        raise ValueError("`question` is text")
    said = [_sample(sample) for sample in record["samples"]]
    samples.setdefault(question, []).extend(said)


def _sample(said: Any) -> Mapping[str, Any]:
    """One sample with what is known of it. Raises ValueError, TypeError or KeyError for another form."""
    if isinstance(said, str):
        return {"text": said}
    counts = {name: said.get(name) for name in ("prompt_tokens", "completion_tokens")}
    if not all(count is None or (type(count) is int and count >= 0) for count in counts.values()):
        raise ValueError("tokens are whole numbers of 0 or more")
    finish = said.get("finish") or "stop"
    if not isinstance(said["text"], str) or not isinstance(finish, str):
        raise ValueError("`text` and `finish` are text")
    return {"text": said["text"], "finish": finish, **counts}
