"""The face: think about one question, watch it, or work through many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import fields, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .core.answer import Answer
from .core.budget import Budget, Ledger
from .core.errors import InvalidConfig, InvalidInput, MetathinkError, UnknownMethod
from .core.run import Event, Run, in_run
from .graphs import METHODS
from .graphs import method as method_of
from .models.pool import connections

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from .graphs.machine import Card, Settings
    from .models.model import Model

DEFAULT_METHOD = "rema"
RECURSION_LIMIT = 1000


async def think(
    question: str,
    *,
    method: str = DEFAULT_METHOD,
    model: str | Model = "",
    budget: Budget | None = None,
    **settings: Any,
) -> Answer:
    """Think about a question with a method and return its answer.

    `model` is a model string (see `metathink models`) or an opened model; empty: METATHINK_MODEL, else
    the embedded model. `settings` are the method's own (see `metathink methods NAME`). When the budget
    is spent, the answer is the best so far and its `ending` says "budget".

    Raises InvalidInput for an empty question, UnknownMethod, UnknownModel, InvalidConfig,
    BudgetExceeded when the budget does not even reach a first answer, and what the endpoint or the
    model did wrong; every error carries the record so far as `error.run`.
    """
    return await _thought(_new_run(question, method), model, budget, settings)


async def stream(
    question: str,
    *,
    method: str = DEFAULT_METHOD,
    model: str | Model = "",
    budget: Budget | None = None,
    tokens: bool = False,
    **settings: Any,
) -> AsyncIterator[Event | Answer]:
    """As `think`, but yields each step as it ends, and the Answer last.

    With `tokens=True` also `Words`, the pieces of what is being said. Leaving the loop early stops the
    run and its requests.
    """
    run, queue = _new_run(question, method), asyncio.Queue[Event]()
    run.stream_words = tokens
    run.listeners.append(queue.put_nowait)
    thinking = asyncio.ensure_future(_thought(run, model, budget, settings))
    try:
        while not (thinking.done() and queue.empty()):
            getting = asyncio.ensure_future(queue.get())
            await asyncio.wait({getting, thinking}, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                yield getting.result()
            else:
                getting.cancel()
        yield thinking.result()
    finally:
        thinking.cancel()
        await asyncio.gather(thinking, return_exceptions=True)


def think_sync(question: str, **options: Any) -> Answer:
    """As `think`, for scripts and notebooks: also where an event loop is already running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(think(question, **options))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as own_loop:
        return own_loop.submit(asyncio.run, think(question, **options)).result()


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
    **settings: Any,
) -> list[Answer | MetathinkError]:
    """Think about many questions, `concurrency` at a time; the results stand in the questions' order.

    A question that fails leaves its error in its place and disturbs no other. `budget` is each
    question's, `total` everyone's together. With `resume`, finished answers are kept in that JSONL
    file and never asked for again by the same question, method, model and settings, also after a
    crash; errors are tried again.
    """
    from .batch import Batch, Notebook  # progress bars and files: not needed to think once

    if concurrency < 1:
        raise InvalidInput("concurrency must be 1 or more")
    purse = Ledger(total) if total is not None else None
    settings_of_method(method, settings)  # a wrong setting is told once, before anything is asked

    async def one(question: str) -> Answer:
        return await _thought(_new_run(question, method), model, budget, settings, purse)

    name = model if isinstance(model, str) else model.name
    notebook = Notebook.open(resume, method, name, settings | _limits(budget)) if resume else None
    async with connections():
        return await Batch(one, concurrency, progress, notebook).run(list(questions))


def methods() -> list[Card]:
    """The card of every method: what it is, what it is good for, what it costs."""
    return [method_of(name).card for name in METHODS]


def card_of(method: str) -> Card:
    """The method's card. Raises UnknownMethod."""
    return method_of(_known(method)).card


def settings_of_method(method: str, given: dict[str, Any]) -> Settings:
    """The method's settings with these changed. Raises UnknownMethod and InvalidConfig."""
    schema = method_of(_known(method)).settings
    known = {f.name for f in fields(schema)}
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = (
                f", did you mean {near[0]!r}?" if near else f"; it has: {', '.join(sorted(known))}"
            )
            raise InvalidConfig(f"{method} has no setting {name!r}{hint}")
    try:
        return _reader(schema).validate_python(given)
    except ValueError as error:
        raise InvalidConfig(f"{method}: {_in_words(error)}") from error


@cache
def _reader(schema: type[Settings]) -> TypeAdapter[Settings]:
    """Reads settings of that type, numbers given as text too (the command line's)."""
    from pydantic import TypeAdapter

    return TypeAdapter(schema)


def _in_words(error: ValueError) -> str:
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    faults = error.errors(include_url=False)
    return "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)


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


async def _thought(
    run: Run,
    model: str | Model,
    budget: Budget | None,
    given: dict[str, Any],
    purse: Ledger | None = None,
) -> Answer:
    """The method's machine, run on this run's account."""
    settings = settings_of_method(run.method, given)
    if not isinstance(model, str):
        run.voices[model.name] = model
    settings = replace(settings, model=model if isinstance(model, str) else model.name)
    run.open_account(budget, purse)
    try:
        async with connections():
            with in_run(run):
                outcome = await method_of(run.method).graph.ainvoke(
                    {"question": run.question},
                    {"recursion_limit": RECURSION_LIMIT},
                    context=settings,
                )
    except MetathinkError as error:
        error.run = run
        raise
    return Answer(
        text=outcome.get("answer", ""),
        confidence=outcome.get("confidence"),
        abstained=outcome.get("abstained", False),
        ending=outcome.get("ending") or "finished",
        reason=outcome.get("reason", ""),
        run=run,
    )
