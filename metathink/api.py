"""The public API: think about one question, watch it, or work through many."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .core.answer import Answer, V
from .core.approval import Decision
from .core.budget import Budget, Ledger
from .core.errors import (
    InternalError,
    InvalidConfig,
    InvalidInput,
    MetathinkError,
    ModelError,
    StoreFailed,
    UnknownMethod,
)
from .core.kind import AnswerKind
from .core.message import Prompt, replacing_prompts
from .core.off_loop import on_own_thread
from .core.partial import Partial, PartialReader
from .core.record import Event
from .core.run import Run, in_run
from .core.text.printable import MASK, without_credentials
from .graphs import DEFAULT_METHOD, METHODS
from .graphs import method as method_of
from .memory.pool import memories
from .models.pool import connections
from .runtime import FORMATTER, RECURSION_LIMIT
from .runtime.registry import is_loaded

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from pydantic import BaseModel

    from .graphs import Method
    from .models.model import Model
    from .runtime.checkpoint import Place
    from .runtime.machine import Card, Settings


async def think(
    question: str,
    *,
    method: str = DEFAULT_METHOD,
    model: str | Model = "",
    budget: Budget | None = None,
    kind: AnswerKind = "auto",
    answer_type: type[V] | None = None,
    checkpoint: Place | None = None,
    thread: str = "",
    **settings: Any,
) -> Answer[V]:
    """Think about a question with a method and return its answer.

    `model` is a model string (see `metathink models`) or an opened model; empty: METATHINK_MODEL, else
    the embedded model. `prompts` among the settings replaces what is said to models: texts by prompt name, or
    a folder of files (see `metathink prompts`). `kind` is the kind of answer that is wanted; auto: as the
    question and the reply show.
    With `answer_type`, a pydantic model, `Answer.value` is an object of that type: where the reply is not one
    already, the model is asked for it in one more call. `settings` are the method's own (see `metathink
    methods NAME`). When the budget is spent, the answer is the best so far and its `ending` says "budget".

    With `checkpoint` (an SQLite file, a postgresql:// address or a LangGraph saver) and the name of a
    `thread` the run outlives its process: asked again, it goes on where it stood, makes no finished model
    call again and counts what was spent; once finished, it only returns its answer. Then `approve="answer"`
    (with a method that writes a memory also "memory") makes it wait for a person: the answer's `ending` is
    "waiting", `asks` what the person is asked, and `resume` brings their decision. One run at a time has a
    thread: another waits for it as long as its own `budget` has seconds, else ThreadInUse says who has it.

    Raises InvalidInput for an empty question, UnknownMethod, UnknownModel, InvalidConfig,
    BudgetExceeded when the budget does not even reach a first answer, what the endpoint or the model did
    wrong, and InternalError for a bug; every error carries the record so far as `error.run`.
    """
    at = _thread(checkpoint, thread)
    run, given = _new_run(question, method), _with_kind(settings, kind)
    return await _thought(run, model, budget, given, answer_type, at=at)


async def resume(
    thread: str,
    decision: Decision | None = None,
    *,
    checkpoint: Place,
    model: Model | None = None,
    budget: Budget | None = None,
    answer_type: type[V] | None = None,
) -> Answer[V]:
    """Go on with a thread: with a person's decision where it waits for one, else from where it stood.

    Method, model, settings and budget are the thread's own; another `budget` may be given, and a `model`
    that was opened by hand must be. So must the `answer_type`: a type is code, and a thread keeps none.

    Raises InvalidInput for a thread that is not there and for a decision nobody waits for, and what `think`
    raises.
    """
    from .runtime.thread import open_thread

    async with open_thread(checkpoint, thread) as kept:
        about = kept.about
    run = _new_run(about.question, about.method)
    at = _Thread(checkpoint, thread, decision)
    if model is None and MASK in about.model:
        raise InvalidInput(f"the password in {about.model} is not kept: give the model itself")
    return await _thought(run, model or about.model, budget, about.settings, answer_type, at=at)


async def stream(
    question: str,
    *,
    method: str = DEFAULT_METHOD,
    model: str | Model = "",
    budget: Budget | None = None,
    tokens: bool = False,
    kind: AnswerKind = "auto",
    answer_type: type[V] | None = None,
    checkpoint: Place | None = None,
    thread: str = "",
    **settings: Any,
) -> AsyncIterator[Event | Partial | Answer[V]]:
    """As `think`, but yields each step as it ends, and the Answer last.

    With `tokens=True` also `Words`, the pieces of what is being said, and with an `answer_type` `Partial`,
    the fields that have arrived while the reply is put into the type's form. Leaving the loop early stops
    the run and its requests. A `thread` that goes on yields the steps of this attempt; its answer has them
    all.
    """
    at = _thread(checkpoint, thread)
    run, queue = _new_run(question, method), asyncio.Queue[Event]()
    run.stream_words = tokens
    run.listeners.append(queue.put_nowait)
    reader = PartialReader(FORMATTER) if tokens and answer_type is not None else None
    given = _with_kind(settings, kind)
    thinking = asyncio.ensure_future(_thought(run, model, budget, given, answer_type, at=at))
    try:
        while not (thinking.done() and queue.empty()):
            getting = asyncio.ensure_future(queue.get())
            await asyncio.wait({getting, thinking}, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                event = getting.result()
                yield event
                if reader is not None and (partial := reader.take(event)) is not None:
                    yield partial
            else:
                getting.cancel()
        yield thinking.result()
    finally:
        thinking.cancel()
        await asyncio.gather(thinking, return_exceptions=True)


def think_sync(
    question: str,
    *,
    method: str = DEFAULT_METHOD,
    model: str | Model = "",
    budget: Budget | None = None,
    kind: AnswerKind = "auto",
    answer_type: type[V] | None = None,
    checkpoint: Place | None = None,
    thread: str = "",
    **settings: Any,
) -> Answer[V]:
    """As `think`, for scripts and notebooks: also where an event loop is already running."""
    thinking = think(
        question,
        method=method,
        model=model,
        budget=budget,
        kind=kind,
        answer_type=answer_type,
        checkpoint=checkpoint,
        thread=thread,
        **settings,
    )
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(thinking)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as own_loop:
        return own_loop.submit(asyncio.run, thinking).result()


async def think_all(
    questions: Iterable[str],
    *,
    method: str = DEFAULT_METHOD,
    model: str | Model = "",
    budget: Budget | None = None,
    total: Budget | None = None,
    concurrency: int = 32,
    progress: bool = False,
    resume: str | Path | None = None,
    kind: AnswerKind = "auto",
    answer_type: type[V] | None = None,
    checkpoint: Place | None = None,
    each: Sequence[Mapping[str, Any]] = (),
    **settings: Any,
) -> list[Answer[V] | MetathinkError]:
    """Think about many questions, `concurrency` at a time; the results stand in the questions' order.

    A question that fails leaves its error in its place and disturbs no other. `budget` is each
    question's, `total` everyone's together. With `resume`, finished answers are kept in that JSONL file
    and never asked for again by the same question, method, model and settings, also after a crash; errors
    are tried again, and with a `total` what a budget cut short. With `checkpoint` (as for `think`) every
    question has a thread of its own there: killed in the middle of one, not even its finished calls are
    made again; one that failed on what the model said is begun anew. `each` holds settings of the questions
    one by one, in their order, beside those of all (`kind` is one). `kind` and
    `answer_type` are as for `think`.

    Raises InvalidInput for a concurrency below 1 and for as many `each` as there are not questions, and
    what is wrong with the settings, before anything is asked; StoreFailed, which stops the batch, where an
    answer cannot be kept.
    """
    from .batch import Asked, Batch, Notebook, identity_of  # not needed to think once
    from .models.open import named
    from .runtime.machine import with_environment_prompts

    asked, settings = list(questions), _with_kind(settings, kind)
    if concurrency < 1:
        raise InvalidInput("concurrency must be 1 or more")
    if each and len(each) != len(asked):
        raise InvalidInput(f"`each` has settings for {len(each)} of {len(asked)} questions")
    for own in each or ({},):
        settings_of_method(method, {**settings, **own})
    if texts := with_environment_prompts(settings_of_method(method, settings)).prompts:
        settings["prompts"] = texts  # an answer belongs to the texts, not to their folder's name
    parent_budget = Ledger(total) if total is not None else None
    model = named(model) if isinstance(model, str) else model
    name = model if isinstance(model, str) else model.name
    shared = settings | _limits(budget) | _schema(answer_type)
    turns: Counter[str] = Counter()
    notebook = Notebook.open(resume, method, name, shared) if resume else None
    async with connections(), memories(), _saver(checkpoint, method) as saver:

        async def one(each: Asked) -> Answer[V]:
            at = None
            if saver is not None:
                key = each.key(identity_of(method, name, shared))
                turns[key] += 1  # equal questions are different runs
                at = _Thread(saver, f"{key}-{turns[key]}")
            own = {**settings, **each.settings}
            again = False
            try:
                run = _new_run(each.question, method)
                answer = await _thought(run, model, budget, own, answer_type, parent_budget, at)
                again = answer.ending == "budget"  # with more to spend it is begun anew
                return answer
            except (ModelError, InternalError):  # from the same replies it would only fail again
                again = True
                raise
            finally:
                if again and saver is not None and at is not None:
                    await _forgotten(saver, at.id)

        own = each or ({},) * len(asked)
        batch = Batch(one, concurrency, progress, notebook, common_budget=parent_budget is not None)
        outcomes = await batch.run(list(map(Asked, asked, own)))
        return [_of_type(outcome, answer_type) for outcome in outcomes]


async def _forgotten(saver: BaseCheckpointSaver, thread: str) -> None:
    from .runtime.checkpoint import typed_errors

    with typed_errors():
        await saver.adelete_thread(thread)


@asynccontextmanager
async def _saver(
    checkpoint: Place | None, method: str
) -> AsyncIterator[BaseCheckpointSaver | None]:
    """One saver for all questions of a batch; None without a place."""
    if checkpoint is None:
        yield None
        return
    from .runtime.checkpoint import open_saver

    async with open_saver(checkpoint, method_of(method).graph.builder.state_schema) as saver:
        yield saver


def methods() -> list[Card]:
    """The card of every method: what it is, what it is good for, what it costs."""
    return [method_of(name).card for name in METHODS]


def prompts() -> list[Prompt]:
    """Every prompt that `prompts=` can replace, by name."""
    from .runtime.prompts import all_prompts

    return all_prompts()


def card_of(method: str) -> Card:
    """The method's card. Raises UnknownMethod."""
    return method_of(_known(method)).card


def settings_of_method(method: str, given: dict[str, Any]) -> Settings:
    """The method's settings with these changed. Raises UnknownMethod and InvalidConfig."""
    return _chosen(method, given)[1]


def _chosen(method: str, given: dict[str, Any]) -> tuple[Method, Settings]:
    """The method with its settings; one that cannot wait for a person itself is wrapped where it shall."""
    from .runtime.settings import read_settings

    chosen = method_of(_known(method))
    if "approve" in given and "approve" not in {f.name for f in fields(chosen.settings)}:
        from .runtime.approval import approving

        chosen = approving(method)
    return chosen, read_settings(chosen.settings, given, method)


def _known(method: str) -> str:
    if method in METHODS:
        return method
    near = get_close_matches(method, METHODS, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(METHODS)}"
    raise UnknownMethod(f"no method {method!r}; {hint}")


def _new_run(question: str, method: str) -> Run:
    if not isinstance(question, str) or not question.strip():
        raise InvalidInput("the question is empty")
    return Run(question=question, method=_known(method))


def _limits(budget: Budget | None) -> dict[str, Any]:
    return (
        {}
        if budget is None
        else {f"budget_{f.name}": getattr(budget, f.name) for f in fields(budget)}
    )


@dataclass(frozen=True)
class _Thread:
    """Where a run is kept, under which name, and the decision it is resumed with."""

    checkpoint: Place
    id: str
    decision: Decision | None = None


def _thread(checkpoint: Place | None, id: str) -> _Thread | None:
    if checkpoint is None and not id:
        return None
    if checkpoint is None or not id.strip():
        raise InvalidInput("a run that outlives its process needs both checkpoint= and thread=")
    return _Thread(checkpoint, id)


def _with_kind(settings: dict[str, Any], kind: AnswerKind) -> dict[str, Any]:
    return settings if kind == "auto" else settings | {"kind": kind}


def _schema(answer_type: type | None) -> dict[str, Any]:
    """What tells a batch's answers of one type from those of another."""
    if answer_type is None:
        return {}
    return {"answer_type": cast("type[BaseModel]", answer_type).model_json_schema()}


def _of_type(outcome: Answer[Any] | MetathinkError, answer_type: type[V] | None) -> Any:
    """The outcome with its value as an object again, where it was read from a file of finished answers."""
    if (
        answer_type is None
        or not isinstance(outcome, Answer)
        or not isinstance(outcome.value, dict)
    ):
        return outcome
    value = cast("type[BaseModel]", answer_type).model_validate(outcome.value)
    return replace(outcome, value=value)


async def _thought(
    run: Run,
    model: str | Model,
    budget: Budget | None,
    given: dict[str, Any],
    answer_type: type[V] | None,
    parent_budget: Ledger | None = None,
    at: _Thread | None = None,
) -> Answer[V]:
    """The method's machine, run on this run's account.

    Whatever ends the run is one of our errors and carries its record; cancellation passes.
    """
    run.open_account(budget, parent_budget)
    try:
        async with run.ledger.in_time():
            chosen, settings = await _chosen_off_loop(run.method, given)
        if getattr(settings, "approve", "") and at is None:
            raise InvalidConfig(
                "approve: a person's reply may take long; give checkpoint= and thread="
            )
        if not isinstance(model, str):
            run.models[model.name] = model
        settings = replace(settings, model=model if isinstance(model, str) else model.name)
        from .runtime.machine import with_environment_prompts  # LangGraph is loaded with the method

        settings = with_environment_prompts(settings)
        async with connections(), memories():
            with in_run(run), _ending(run.method), replacing_prompts(settings.prompts):
                if at is not None:
                    return await _on_thread(run, chosen, settings, budget, answer_type, at)
                outcome = await chosen.graph.ainvoke(
                    {"question": run.question},
                    {"recursion_limit": RECURSION_LIMIT},
                    context=settings,
                )
                return await _answer(run, outcome, settings, answer_type)
    except MetathinkError as error:
        error.run = run
        raise
    except Exception as error:
        typed = _typed(error, run)
        typed.run = run
        raise typed from error


def _typed(error: Exception, run: Run) -> MetathinkError:
    """An exception that nobody foresaw as one of ours."""
    if isinstance(error, OSError):
        name = f" ({error.filename})" if error.filename else ""
        return StoreFailed(f"the operating system refused: {error.strerror or error}{name}")
    step = f"the step {run.steps[-1].action!r} of {run.method}" if run.steps else f"{run.method}"
    return InternalError.of(error, during=step)


async def _chosen_off_loop(method: str, given: dict[str, Any]) -> tuple[Method, Settings]:
    """As `_chosen`; what has to be imported first is imported beside the event loop."""
    if is_loaded(method) and f"{__package__}.runtime.answering" in sys.modules:
        return _chosen(method, given)
    return await on_own_thread(lambda: _first_chosen(method, given))


def _first_chosen(method: str, given: dict[str, Any]) -> tuple[Method, Settings]:
    """As `_chosen`, with what the end of a run needs imported too."""
    import_module(".runtime.answering", __package__)
    return _chosen(method, given)


@contextmanager
def _ending(method: str) -> Iterator[None]:
    """A machine that does not end by limits of its own was told to go on for too long."""
    from langgraph.errors import GraphRecursionError

    try:
        yield
    except GraphRecursionError as error:
        raise InvalidConfig(
            f"{method} had not ended after {RECURSION_LIMIT} steps: give it tighter limits"
        ) from error


async def _on_thread(
    run: Run,
    chosen: Method,
    settings: Settings,
    budget: Budget | None,
    answer_type: type[V] | None,
    at: _Thread,
) -> Answer[V]:
    """The same, from where the thread stands."""
    from .models.open import named
    from .runtime.thread import open_thread, waiting

    settings = replace(settings, model=named(settings.model))
    state = chosen.graph.builder.state_schema
    async with (
        open_thread(at.checkpoint, at.id, state) as kept,
        kept.held(run.ledger.seconds_left),
    ):
        await kept.take(run, settings, budget)
        outcome = await kept.go_on(chosen.graph, run, settings, at.decision)
        run.model = run.model or without_credentials(settings.model)
        asked = waiting(outcome)
        if asked is not None:
            reason = f"waits for a person: {asked.matter}"
            return Answer("", ending="waiting", reason=reason, asks=asked, run=run)
        run.recall(outcome.get("steps", []))
        return await _answer(run, outcome, settings, answer_type)


async def _answer(
    run: Run, outcome: Mapping[str, Any], settings: Settings, answer_type: type[V] | None
) -> Answer[V]:
    from .runtime.answering import answer_of  # LangGraph is loaded with the method

    return await answer_of(run, outcome, settings, answer_type)
