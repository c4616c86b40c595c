"""One way to ask, whoever answers."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ..core.budget import FREE, Ledger, Price
from ..core.errors import (
    BudgetExceeded,
    EmptyReply,
    EndpointFailed,
    InvalidConfig,
    InvalidInput,
    MalformedReply,
    MetathinkError,
)
from ..core.journal import CallRecord
from ..core.message import Message, fingerprint, prompt_of
from ..core.off_loop import off_loop
from ..core.record import Call, Words
from ..core.run import Run, current_run, current_step
from ..core.text.printable import safe_message
from ..core.usage import Usage
from .cost import booked, cost_of_failure, reservation
from .pool import connections
from .profiles.profile import Profile
from .profiles.thinking import Thinking
from .replies.reply import LiveReply, read_choice, thought_format, unusable
from .replies.thoughts import ThoughtFormat
from .request import Choice, Completion, Endpoint, Request
from .retry import with_retries

if TYPE_CHECKING:
    from pydantic import BaseModel

A = TypeVar("A", bound="BaseModel")

TIMEOUT = 600.0
EMPTY_RETRIES = 2
"""How often a model that said nothing is asked again."""


class PromptAdapter(Protocol):
    """How a model that does not read plain English prompts is asked.

    `control` names a file with the confidence fitted to the model (`metathink eval control`); empty for none.
    """

    @property
    def control(self) -> str: ...

    def phrase(self, messages: Sequence[Message], answer: type[BaseModel] | None) -> list[Message]:
        """The conversation as the model was trained to read it."""
        ...

    def read(self, text: str, messages: Sequence[Message], answer: type[BaseModel] | None) -> str:
        """What the model's reply means to whoever asked: plain text, or JSON when `answer` is given."""
        ...


@dataclass(frozen=True)
class Reply(Generic[A]):
    """What a model said: one choice for each sample.

    `values` are the typed answers, in the same order, when a type was asked for.
    """

    choices: tuple[Choice, ...]
    values: tuple[A, ...] = ()

    @property
    def text(self) -> str:
        """The first sample's words."""
        return self.choices[0].text

    @property
    def value(self) -> A:
        """The first sample as a typed answer. Raises TypeError if no type was asked for."""
        if not self.values:
            raise TypeError("ask with answer=<a pydantic model> to get a typed value")
        return self.values[0]

    @property
    def truncated(self) -> bool:
        """Whether the first sample was cut at its token cap."""
        return self.choices[0].finish == "length"


@dataclass(frozen=True)
class Model:
    """A model that can be asked. `name` is the string that opens it again.

    `context` is the longest prompt plus completion in tokens, None where only the endpoint knows;
    `max_tokens` caps the replies to calls that name no cap (None: no cap but the context's and the
    budget's); `price` overrides the endpoint's own. `samples_at_once` is the most samples one request may
    ask for (None: any number); more are asked for in several requests. `thoughts` is
    the format of its thoughts, beside the known formats that are read in any case (None: as its family has
    it). `thinking` is how much it is to think; what the endpoint refuses of that is left out. `adapter` puts
    requests to a model that reads no plain prompts.
    """

    name: str
    endpoint: Endpoint
    context: int | None = None
    max_tokens: int | None = None
    price: Price | None = None
    samples_at_once: int | None = None
    thoughts: ThoughtFormat | None = None
    thinking: Thinking | None = None
    adapter: PromptAdapter | None = None

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        answer: type[A] | None = None,
        n: int = 1,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = (),
        seed: int | None = None,
        logprobs: int | None = None,
        repair: bool = True,
    ) -> Reply[A]:
        """Put the conversation to the model and return its `n` samples, within the run's budget.

        `max_tokens` caps each sample; without it, and without the model's, a reply may be as long as the
        context and the budget leave room for. `logprobs` asks for that many alternatives a token (0: none
        beside the token itself), ignored where the endpoint has none. With `answer`, every sample is
        read as that type; one that cannot be is sent back once with the reason, but without `repair`
        is an error at once. Samples without words are left out; where all are, an empty reply is asked
        for again.

        Raises InvalidInput for numbers out of range, BudgetExceeded, EmptyReply, ReplyRefused,
        ReplyFiltered and UnexpectedToolCall (where no sample has words), MalformedReply, and the
        endpoint's errors after retries.
        """
        cap = self.max_tokens if max_tokens is None else max_tokens
        if n < 1 or (cap is not None and cap < 1) or not messages:
            raise InvalidInput("ask needs at least one message, and n and max_tokens of 1 or more")
        # Put so that NaN, which compares with no number, is out of range too.
        if temperature is not None and not 0 <= temperature < math.inf:
            raise InvalidInput(f"a temperature is a number of 0 or more, not {temperature}")
        request = Request(
            self._phrased(messages, answer),
            n=n,
            temperature=temperature,
            max_tokens=cap,
            stop=stop,
            seed=seed,
            logprobs=logprobs,
            schema=self._schema(answer),
            timeout=TIMEOUT,
            thinking=self.thinking,
        )
        async with connections():
            completion = await self._usable(request, prompt_of(messages))
            if answer is None:
                return Reply(self._read(completion, messages))
            return await self._typed(completion, request, messages, answer, repair)

    async def _usable(self, request: Request, prompt: str) -> Completion:
        """The samples that somebody can use. Raises why there is none, after asking again if that may
        help."""
        left = EMPTY_RETRIES
        while True:
            completion = await self._sampled(request, prompt)
            faults = [unusable(c, self.name, request.max_tokens) for c in completion.choices]
            usable = tuple(c for c, f in zip(completion.choices, faults, strict=True) if not f)
            if usable:
                return Completion(usable, completion.usage)
            silence = EmptyReply(f"{self.name} said nothing")
            fault = next((fault for fault in faults if fault is not None), silence)
            cut = any(choice.finish == "length" for choice in completion.choices)
            if not isinstance(fault, EmptyReply) or cut or not left:
                raise fault
            left -= 1

    async def _sampled(self, request: Request, prompt: str) -> Completion:
        """All samples, in as many requests as the endpoint needs; those the budget leaves room for.

        What the first request did not bring is asked for in further ones, all at once.
        """
        choices, usage = (), Usage()
        while (left := request.n - len(choices)) > 0:
            try:
                parts = await self._parts(request, left, prompt)
            except BudgetExceeded:
                if not choices:
                    raise
                break
            choices = (*choices, *(choice for part in parts for choice in part.choices))
            usage = sum((part.usage for part in parts), usage)
            if sum(len(part.choices) for part in parts) == 0:
                break
        return Completion(choices, usage)

    async def _parts(self, request: Request, wanted: int, prompt: str) -> list[Completion]:
        """Requests for the wanted samples together, each for as many as one may ask for; of those that the
        budget refuses, the others are returned. Raises what the first that failed otherwise failed with."""
        most = min(self.samples_at_once or wanted, self.endpoint.learned.profile.samples(wanted))
        sizes = [most] * (wanted // most) + [wanted % most] * (wanted % most > 0)
        asked = [self._recorded(replace(request, n=size), prompt) for size in sizes]
        ended = await asyncio.gather(*asked, return_exceptions=True)
        parts = [end for end in ended if isinstance(end, Completion)]
        faults = [end for end in ended if isinstance(end, BaseException)]
        for fault in faults:
            if not parts or not isinstance(fault, BudgetExceeded):
                raise fault
        return parts

    def _phrased(
        self, messages: Sequence[Message], answer: type[BaseModel] | None
    ) -> Sequence[Message]:
        if self.adapter is not None:
            return self.adapter.phrase(messages, answer)
        if answer is None:
            return messages
        from .typed.structured import asking_in_text

        return asking_in_text(messages, answer)

    def _schema(self, answer: type[BaseModel] | None) -> dict | None:
        if answer is None or self.adapter is not None:
            return None
        from .typed.structured import schema_of

        schema = schema_of(answer)
        return schema if schema.get("type") == "object" else None  # endpoints take no other root

    def _read(self, completion: Completion, messages: Sequence[Message]) -> tuple[Choice, ...]:
        if self.adapter is None:
            return completion.choices
        return tuple(
            replace(choice, text=self.adapter.read(choice.text, messages, None))
            for choice in completion.choices
        )

    async def _typed(
        self,
        completion: Completion,
        request: Request,
        messages: Sequence[Message],
        answer: type[A],
        repair: bool,
    ) -> Reply[A]:
        choices = completion.choices
        read = [self._mended(choice, request, messages, answer, repair) for choice in choices]
        return Reply(completion.choices, tuple(await asyncio.gather(*read)))

    async def _mended(
        self,
        choice: Choice,
        request: Request,
        messages: Sequence[Message],
        answer: type[A],
        repair: bool,
    ) -> A:
        """The sample as a typed value, after at most one repair."""
        from .typed.structured import REPAIR, parse, repairing

        def meaning(text: str) -> A:
            return parse(
                self.adapter.read(text, messages, answer) if self.adapter else text, answer
            )

        said = choice.text
        if repair:
            try:
                return await off_loop(lambda: meaning(said), len(said))
            except ValueError as problem:
                again = repairing(request.messages, said, str(problem), answer)
                mending = replace(request, messages=again, n=1, logprobs=None)
                completion = await self._usable(mending, REPAIR.name)
            said = completion.choices[0].text
        try:
            return await off_loop(lambda: meaning(said), len(said))
        except ValueError as problem:
            raise MalformedReply(
                f"{self.name} did not give a {answer.__name__}: {problem}", said
            ) from None

    async def _recorded(self, request: Request, prompt: str) -> Completion:
        """Complete the request and book the call, also when it fails.

        A call that an earlier life of the run finished is not made again.
        """
        run = current_run() or Run()
        kept = run.journal.claim(self.name, _told(request)) if run.journal else None
        begun, usages, error = time.perf_counter(), [*kept.attempts] if kept else [], ""
        completion = Completion((), Usage())
        try:
            if kept and kept.reply is not None:
                completion, begun = kept.reply, begun - kept.seconds
            else:
                completion = await self._within_budget(request, run, usages, kept)
            return completion
        except BaseException as fault:
            error = safe_message(f"{type(fault).__name__}: {fault}")
            raise
        finally:
            run.record(
                Call(
                    model=self.name,
                    prompt=prompt,
                    prompt_hash=fingerprint(request.messages),
                    messages=tuple(map(_plain, request.messages)),
                    outputs=tuple(choice.text for choice in completion.choices),
                    finish=tuple(choice.finish for choice in completion.choices),
                    usage=sum(usages, Usage()),
                    seconds=time.perf_counter() - begun,
                    error=error,
                    reasoning=tuple(choice.reasoning for choice in completion.choices),
                )
            )

    async def _within_budget(
        self, request: Request, run: Run, usages: list[Usage], kept: CallRecord | None
    ) -> Completion:
        """Every attempt reserves what it can cost, asks, and settles what it did cost.

        All of it is given up when the run's time is up; what is in flight then is booked at its worst.
        """
        ledger, price = run.ledger, self._price(run.ledger)
        learned = self.endpoint.learned
        step = current_step() if run.stream_words else None

        def tell(piece: str, thought: bool) -> None:
            assert step is not None
            run.tell(Words(step.index, step.speaker, piece, thought))

        async def ask(profile: Profile) -> Completion:
            put = replace(request, profile=profile, n=profile.samples(request.n))
            wanted = await reservation(
                put, profile, self.endpoint, ledger, price, self.context, learned.counted
            )
            async with (
                connections() as pool,
                pool.limit(self.endpoint.address, self.endpoint.in_flight),
            ):
                held = await ledger.reserve(wanted)
                spent = worst = replace(held.worst, unreported=1)  # until the server says otherwise
                left_open = held.uncapped and not profile.needs_cap
                put = replace(put, max_tokens=None if left_open else held.max_tokens)
                try:
                    if kept:
                        await kept.asks(worst)
                    completion = await self._send(put, tell if step else None)
                    spent = booked(completion, held, price)
                    if kept:
                        await kept.ended(spent, completion)
                    if completion.usage.prompt_tokens:
                        learned.counted.note(put, completion.usage.prompt_tokens)
                    return completion
                except (MetathinkError, OSError) as error:
                    spent = cost_of_failure(error, held)
                    if kept and spent != worst:
                        await kept.ended(spent)
                    if isinstance(error, MetathinkError) and error.refusal is not None:
                        error.refusal = replace(error.refusal, cap=put.max_tokens)
                    raise
                finally:
                    ledger.settle(held, spent)
                    usages.append(spent)

        streamed = replace(request, on_words=lambda piece: tell(piece, False)) if step else request
        async with ledger.in_time():
            try:
                return await with_retries(
                    lambda: learned.answered(streamed, ask), lambda: ledger.seconds_left
                )
            except EndpointFailed as error:
                if not learned.may_mend(error, streamed, learned.profile, retried=True):
                    raise
            return await learned.answered(streamed, ask, retried=True)

    async def _send(self, request: Request, tell: Callable[[str, bool], None] | None) -> Completion:
        """One request, its reply read; `tell` is called with the pieces of the first sample."""
        format = self.thoughts or thought_format() or self._family_format()
        live = LiveReply(tell, format, model=self.name) if tell else None
        if live is not None:
            request = replace(request, on_words=live.words, on_thoughts=live.thoughts)
        completion = await self.endpoint.complete(request)
        if len(completion.choices) > request.n:  # some servers send more than was asked for
            completion = replace(completion, choices=completion.choices[: request.n])
        if live is not None:
            live.finish(cut=any(choice.finish == "length" for choice in completion.choices[:1]))

        def read() -> tuple[Choice, ...]:
            return tuple(read_choice(c, format, model=self.name) for c in completion.choices)

        length = sum(len(c.text) + len(c.reasoning) for c in completion.choices)
        return Completion(await off_loop(read, length), completion.usage)

    def _family_format(self) -> ThoughtFormat | None:
        """The format of the model's family, unless its thoughts were switched off."""
        if self.thinking is not None and self.thinking.wanted is False:
            return None
        return self.endpoint.learned.profile.thoughts

    def _price(self, ledger: Ledger) -> Price:
        price = self.price or self.endpoint.price
        if price is None and ledger.limits_usd:
            raise InvalidConfig(
                f"no price is known for {self.name}: a usd budget needs Model(price=Price(...))"
            )
        return price or FREE


def _told(request: Request) -> str:
    """Everything that decides what is answered, as one string."""
    said = [(message.role, str(message.content)) for message in request.messages]
    how = (request.n, request.temperature, request.max_tokens, [*request.stop], request.seed)
    thinking = [vars(request.thinking)] if request.thinking is not None else []
    return json.dumps([said, how, request.logprobs, request.schema, *thinking])


def _plain(message: Message) -> Message:
    """Words only: a record does not keep the prompt a message was filled from."""
    if type(message.content) is str:
        return message
    return Message(message.role, str(message.content))
