"""Cassettes: requests to a model and its replies in a JSONL file, replayed without the model.

The file has one JSON object per line, of three sorts:

    {"cassette": 1, "model": ..., ...}         facts about the recorded model; the last such line holds
    {"request": {...}, "choices": [...], ...}  a request and its reply
    {"counted": ..., "tokens": ...}            the prompt tokens of a request, by digest

A request is found again by its messages, samples, temperature, stop texts, seed, log-probabilities and
schema. Its cap on the reply may differ where that would not have changed the reply. A name that ends in .gz
is a compressed cassette, which can be replayed only.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, unquote

from ...core.budget import Price
from ...core.errors import InvalidConfig, InvalidInput, NotRecorded, StoreFailed
from ...core.jsonl import append_jsonl, read_objects
from ...core.message import prompt_of
from ...core.run import current_run
from ...core.text.printable import masked
from ...core.usage import Usage
from ..model import Model
from ..profiles.families import known_profile
from ..profiles.learning import Learned
from ..request import Choice, Completion, Request, Token

if TYPE_CHECKING:
    from pydantic import TypeAdapter

VERSION = 1
DIGITS = 4
"""Decimal places of a log-probability; what is recorded is also what the recording run sees."""

_OPTION = re.compile(r"(?:^|&)(model|record)=")

Record = Literal["new", "none"]
OpenModel = Callable[[str], Awaitable[Model]]


@dataclass(frozen=True)
class CassetteName:
    """A model string `cassette:PATH?model=STRING&record=new|none` in parts."""

    path: Path
    model: str = ""
    record: Record = "new"

    @classmethod
    def read(cls, text: str) -> CassetteName:
        """The parts of what follows `cassette:`; values may be URL-encoded. Raises InvalidConfig."""
        path, _, query = text.partition("?")
        start, *pairs = _OPTION.split(query)
        options = dict(zip(pairs[::2], map(unquote, pairs[1::2]), strict=True))
        record = options.get("record", "new")
        if not path or start or record not in ("new", "none"):
            raise InvalidConfig(
                f"'cassette:{text}' is not of the form cassette:PATH?model=STRING&record=new|none"
            )
        return cls(Path(path).expanduser(), options.get("model", ""), record)

    @property
    def records(self) -> bool:
        """Whether a request that is not in the file is asked of the model and added."""
        return bool(self.model) and self.record == "new"


def cassette_name(path: Path, model: str = "") -> str:
    """The model string of a cassette; with `model`, what is missing is recorded from it."""
    return f"cassette:{path}?model={quote(model, safe=':/#')}" if model else f"cassette:{path}"


def model_label(model: str) -> str:
    """A model string without what is particular to a machine: folders, hosts, ports and keys."""
    kind, _, rest = model.partition(":")
    if kind in ("http", "https"):
        return f"http#{rest.partition('#')[2]}"
    if kind == "cassette":
        return model_label(CassetteName.read(rest).model)
    return f"{kind}:{Path(rest).name}" if kind in ("gguf", "embedded") and rest else model


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides how the recorded model is asked. See `Model` and `Endpoint` for the fields."""

    model: str
    context: int | None
    max_tokens: int | None
    samples_at_once: int | None
    in_flight: int
    enforces_schema: bool
    gives_logprobs: bool
    price: Price | None

    @classmethod
    def of(cls, model: Model, name: str) -> Facts:
        """The facts about an opened model, as far as they are known by now."""
        endpoint = model.endpoint
        return cls(
            model_label(name),
            model.context,
            model.max_tokens,
            model.samples_at_once,
            endpoint.in_flight,
            endpoint.enforces_schema,
            endpoint.gives_logprobs,
            model.price or endpoint.price,
        )

    @property
    def line(self) -> dict[str, Any]:
        """As a line of the file."""
        return {"cassette": VERSION, **asdict(self)}


@dataclass(eq=False)
class Entry:
    """A recorded reply, the cap it was given under, and the runs that it was played to."""

    max_tokens: int | None
    completion: Completion
    runs: set[str] = field(default_factory=set)

    def serves(self, max_tokens: int | None) -> bool:
        """Whether the model would have replied the same under this cap."""
        if max_tokens == self.max_tokens:
            return True
        if any(choice.finish == "length" for choice in self.completion.choices):
            return False
        return max_tokens is None or self._longest <= max_tokens

    @property
    def _longest(self) -> int:
        """The most tokens a sample can have."""
        choices, usage = self.completion.choices, self.completion.usage
        if usage.reasoning_tokens == 0 and all(choice.tokens for choice in choices):
            return max((len(choice.tokens) for choice in choices), default=0)
        return usage.completion_tokens


@dataclass
class Content:
    """What a cassette holds: replies by request, and prompt tokens by request."""

    facts: Facts | None = None
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=dict)
    settings: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """The settings under which each conversation was recorded, for the message about a miss."""
    stamp: tuple[int, int] = (0, 0)
    """Size and time of the file when it was read."""

    @classmethod
    def load(cls, path: Path) -> Content:
        """Read a file. Raises InvalidInput where it cannot be read or is no cassette."""
        content, number = cls(), 0
        try:
            content.stamp = _stamp(path)
            for number, line in read_objects(path, "a cassette", appended=True):  # noqa: B007 - for the error
                content._take(line)
        except StoreFailed as error:
            raise InvalidInput(
                f"no cassette at {path}: {error}; to record one: {cassette_name(path)}?model=..."
            ) from error
        except (
            ArithmeticError,
            AttributeError,
            KeyError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            raise InvalidInput(
                f"{path}, line {number}: not a line of a cassette: {error}"
            ) from error
        return content

    def _take(self, line: Mapping[str, Any]) -> None:
        if "cassette" in line:
            if line["cassette"] != VERSION:
                raise ValueError(f"format {line['cassette']}; this version reads {VERSION}")
            facts = {key: value for key, value in line.items() if key != "cassette"}
            self.facts = _reader(Facts).validate_python(facts)
        elif self.facts is None:
            raise ValueError("the first line tells no facts about the recorded model")
        elif "counted" in line:
            self.counts[str(line["counted"])] = int(line["tokens"])
        else:
            self.add(line["request"], Entry(line["request"]["max_tokens"], _completion(line)))

    def add(self, request: Mapping[str, Any], entry: Entry) -> None:
        """Keep a reply to a request as it stands in the file."""
        self.entries[_key(request)].append(entry)
        self.settings[_digest(request["messages"])].append(_settings(request))


@dataclass
class CassetteEndpoint:
    """Replays recorded replies, and records those that are missing where the name allows it.

    Equal requests get the recorded replies in their order. A reply is played once in a process as long as
    there are others; after that, when nothing is recorded, once in each run.
    """

    name: CassetteName
    content: Content
    facts: Facts
    open_model: OpenModel
    learned: Learned = field(default_factory=Learned)

    @classmethod
    async def open(cls, name: CassetteName, open_model: OpenModel) -> CassetteEndpoint:
        """The endpoint that replays the file and, where the name allows it, records what is missing.

        The recorded model is opened with `open_model` when a request has to be recorded, or at once for a
        new file, whose first line tells the facts about it. Raises InvalidConfig for a file of another
        model and for a compressed file to record to, InvalidInput for a file that is no cassette,
        StoreFailed where a new file cannot be written.
        """
        path = name.path
        if name.records and path.suffix == ".gz":
            raise InvalidConfig(f"{path} is compressed: unpack it to record to it")
        content = Content()
        if not name.records or path.exists():
            content = await asyncio.to_thread(Content.load, path)
        facts = content.facts
        if facts is None:
            if not name.records:
                raise InvalidInput(f"{path} is empty; to record: {cassette_name(path)}?model=...")
            facts = Facts.of(await open_model(name.model), name.model)
            await append_jsonl(path, [facts.line])
        label = model_label(name.model)
        if name.records and facts.model != label:
            raise InvalidConfig(
                f"{path} holds replies of {facts.model}, not of {label}: use a file for each model"
            )
        return cls(name, content, facts, open_model)

    def as_model(self, name: str) -> Model:
        """A model of that name which is asked as the recorded one was."""
        facts = self.facts
        return Model(
            name,
            self,
            context=facts.context,
            max_tokens=facts.max_tokens,
            samples_at_once=facts.samples_at_once,
            thoughts=known_profile(facts.model).thoughts,
        )

    @property
    def address(self) -> str:
        """The file."""
        return f"cassette:{self.name.path}"

    @property
    def in_flight(self) -> int:
        """That of the recorded model's endpoint."""
        return self.facts.in_flight

    @property
    def enforces_schema(self) -> bool:
        """Whether the recorded model's endpoint does."""
        return self.facts.enforces_schema

    @property
    def gives_logprobs(self) -> bool:
        """Whether the recorded model's endpoint does."""
        return self.facts.gives_logprobs

    @property
    def price(self) -> Price | None:
        """That of the recorded model."""
        return self.facts.price

    async def complete(self, request: Request) -> Completion:
        """The recorded reply. Raises NotRecorded where there is none and none may be recorded."""
        entry = self._next(request)
        if entry is None and self.name.records:
            return await self._recorded(request)
        if entry is None and await self._read_again():
            entry = self._next(request)
        if entry is None:
            raise NotRecorded(self._miss(request))
        entry.runs.add(_run_id())
        if entry.completion.choices:
            _stream(entry.completion.choices[0], request)
        return entry.completion

    async def context(self) -> int | None:
        """That of the recorded model."""
        return self.facts.context

    async def count(self, request: Request) -> int | None:
        """The recorded count of prompt tokens, else the model's where it may be asked."""
        digest = _digest([_written(request)["messages"], request.schema])
        if digest not in self.content.counts and self.name.records:
            inner = await self.open_model(self.name.model)
            tokens = await inner.endpoint.count(request)
            if tokens is not None:
                self.content.counts[digest] = tokens
                await append_jsonl(self.name.path, [{"counted": digest, "tokens": tokens}])
        return self.content.counts.get(digest)

    def _next(self, request: Request) -> Entry | None:
        found = self.content.entries.get(_key(_written(request)), ())
        serving = [entry for entry in found if entry.serves(request.max_tokens)]
        for entry in serving:
            if not entry.runs:
                return entry
        if self.name.records:
            return None
        run = _run_id()
        return next((entry for entry in serving if run not in entry.runs), None)

    async def _read_again(self) -> bool:
        """Read the file again if somebody recorded to it since; whether there is something new."""
        if _stamp(self.name.path) == self.content.stamp:
            return False
        content = await asyncio.to_thread(Content.load, self.name.path)
        for key, known in self.content.entries.items():
            for entry, old in zip(content.entries[key], known, strict=False):
                entry.runs |= old.runs
        self.content, self.facts = content, content.facts or self.facts
        return True

    async def _recorded(self, request: Request) -> Completion:
        inner = await self.open_model(self.name.model)
        asked = replace(request, thinking=inner.thinking)
        completion = await inner.endpoint.learned.answered(
            asked, lambda profile: inner.endpoint.complete(replace(asked, profile=profile))
        )
        completion = _as_kept(completion, request)
        lines = []
        if (facts := Facts.of(inner, self.name.model)) != self.facts:  # some are learned by asking
            self.facts = facts
            lines.append(facts.line)
        written = _written(request)
        lines.append({"request": written, **_reply(completion)})
        await append_jsonl(self.name.path, lines)
        self.content.add(written, Entry(request.max_tokens, completion, {_run_id()}))
        return completion

    def _miss(self, request: Request) -> str:
        written = _written(request)
        named = prompt_of(request.messages) or "free words"
        last = " ".join(written["messages"][-1]["content"].split())
        return (
            f"{self.name.path} holds no reply to this request ({named}: {last[:80]!r}): "
            f"{self._why(written)}. To record it: {cassette_name(self.name.path)}?model=MODEL "
            f"(recorded from {self.facts.model})"
        )

    def _why(self, written: Mapping[str, Any]) -> str:
        if found := self.content.entries.get(_key(written)):
            if not any(entry.serves(written["max_tokens"]) for entry in found):
                return f"it was recorded under another cap than {written['max_tokens']} tokens"
            return f"all {len(found)} recorded replies were played"
        others = self.content.settings.get(_digest(written["messages"]))
        if not others:
            return "no request with these messages was recorded"
        wanted = _settings(written)
        differing = [key for key in wanted if wanted[key] != others[-1][key]]
        return f"it was recorded with another {', '.join(differing)}"


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0  # it is gone; what was read of it still serves
    return status.st_size, status.st_mtime_ns


def _written(request: Request) -> dict[str, Any]:
    """A request as it stands in the file."""
    written = {
        "messages": [{"role": m.role, "content": str(m.content)} for m in request.messages],
        "n": request.n,
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stop": [*request.stop],
        "seed": request.seed,
        "logprobs": request.logprobs,
        "schema": request.schema,
    }
    return masked(written)


def _settings(request: Mapping[str, Any]) -> dict[str, Any]:
    """All of a request that decides the reply, beside its messages and its cap."""
    names = ("n", "temperature", "stop", "seed", "logprobs", "schema")
    return {name: request[name] for name in names}


def _key(request: Mapping[str, Any]) -> str:
    return _digest([request["messages"], _settings(request)])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _as_kept(completion: Completion, request: Request) -> Completion:
    """The completion with its log-probabilities rounded, and only the alternatives that were asked for."""
    choices = []
    for choice in completion.choices:
        tokens = [_rounded(token, request.logprobs or 0) for token in choice.tokens]
        choices.append(replace(choice, tokens=tuple(tokens)))
    return Completion(tuple(choices), completion.usage)


def _rounded(token: Token, alternatives: int) -> Token:
    top = tuple((text, round(logprob, DIGITS)) for text, logprob in token.top[:alternatives])
    return Token(token.text, round(token.logprob, DIGITS), top)


def _reply(completion: Completion) -> dict[str, Any]:
    """The reply as it stands in the file; a token is [text, logprob] or [text, logprob, alternatives]."""
    choices = []
    for choice in completion.choices:
        line = _reader(Choice).dump_python(choice, exclude={"tokens"}, exclude_defaults=True)
        if choice.tokens:
            line["tokens"] = [
                [token.text, token.logprob, *([token.top] if token.top else [])]
                for token in choice.tokens
            ]
        choices.append(line)
    usage = _reader(Usage).dump_python(completion.usage, exclude_defaults=True)
    return {"choices": choices, "usage": usage}


def _completion(line: Mapping[str, Any]) -> Completion:
    choices = []
    for choice in line["choices"]:
        tokens = [
            {"text": text, "logprob": logprob, "top": top[0] if top else ()}
            for text, logprob, *top in choice.get("tokens", ())
        ]
        choices.append(_reader(Choice).validate_python({**choice, "tokens": tokens}))
    return Completion(tuple(choices), _reader(Usage).validate_python(line["usage"]))


@cache
def _reader(kind: type) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # costs 0.2 s: only when a cassette is opened

    return TypeAdapter(kind)


def _stream(choice: Choice, request: Request) -> None:
    """Tell a sample in pieces, as a stream would bring it."""
    for text, listener in (
        (choice.reasoning, request.on_thoughts),
        (choice.text, request.on_words),
    ):
        if listener is not None:
            for piece in re.findall(r"\S+\s*|\s+", text):
                listener(piece)


def _run_id() -> str:
    run = current_run()
    return run.id if run is not None else ""
