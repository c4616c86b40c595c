"""What every machine is made of: the shared question and outcome, nodes that keep the record, and a
compiled graph that opens a run of its own when nobody did.

A node is written as a plain function `async def verb(state, settings) -> dict`; `Wiring` gives it the
run, the settings and the stream.
"""

from __future__ import annotations

import operator
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Annotated, Any, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite
from pydantic import BeforeValidator, Field, NonNegativeInt

from ..core.answer import Ending
from ..core.budget import Budget
from ..core.errors import (
    AuthenticationFailed,
    BudgetExceeded,
    ContextTooLong,
    EndpointFailed,
    EndpointUnreachable,
    InvalidInput,
    MetathinkError,
    ModelError,
    QuotaExceeded,
    RequestRejected,
    ServerDied,
)
from ..core.journal import in_scope
from ..core.kind import AnswerKind
from ..core.message import replaced_prompts, replacing_prompts
from ..core.record import Step
from ..core.run import Run, current_run, in_run
from ..core.text.printable import without_credentials
from ..memory.pool import memories
from ..models.model import Model
from ..models.open import open_model
from ..models.pool import connections
from .prompts import environment_prompts, read_prompts
from .settings import read_settings

RUN = "__metathink_run"
GRACE = 0.25
"""Seconds beyond a run's time that a node has to end with what it got, before it is given up."""

LAST = 0.45
"""The same for a node that acts after the end, such as one that writes to memory."""

ENDINGS: dict[type[MetathinkError], Ending] = {
    BudgetExceeded: "budget",
    ModelError: "unusable",
    ContextTooLong: "context",
    RequestRejected: "interrupted",
    AuthenticationFailed: "interrupted",
    QuotaExceeded: "interrupted",
    EndpointFailed: "interrupted",
    EndpointUnreachable: "interrupted",
    ServerDied: "interrupted",
}
"""How a method ends that has an answer already when it meets this error; the first that fits holds."""

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A number of 0 or more, as a setting: one out of range is refused before anything is asked."""
Prompts = Annotated[dict[str, str], BeforeValidator(read_prompts)]
"""Texts by prompt name, as a setting that may be given as a folder of text files."""


@dataclass(frozen=True)
class Card:
    """What a method is: the one source for `metathink methods`, the docs and the router.

    `calls` is the expected number of model calls for one question, in words; `paper` is empty for a
    baseline. The figures are assumptions, for the methods that the composing machine may choose, until
    there are outcomes: `success` is the chance of a right answer, `cost` the tokens of a question beside
    one chain of thought.
    """

    name: str
    title: str
    good_for: str
    calls: str
    paper: str = ""
    success: float = 0.6
    cost: float = 1.0


@dataclass
class Settings:
    """What every method can be told; plain data, so that Studio shows and edits it.

    The four limits are the budget of a machine that runs without `think` (0: none).
    """

    model: str = ""
    """Model string for every role; empty: METATHINK_MODEL, else the embedded model."""
    temperature: Amount = 0.0
    """Sampling temperature of the roles."""
    max_tokens: NonNegativeInt = 0
    """Cap on each message in tokens; 0 leaves it to the model."""
    kind: AnswerKind = "auto"
    """Kind of answer: number, choice, short, text, code or json; auto: found from question and reply."""
    prompts: Prompts = field(default_factory=dict)
    """Texts instead of the roles' prompts, by prompt name, or a folder of them; see `metathink prompts`."""
    budget_tokens: NonNegativeInt = 0
    """Most tokens a run may spend, prompt and completion together; 0: no limit."""
    budget_calls: NonNegativeInt = 0
    """Most model calls a run may make; 0: no limit."""
    budget_seconds: Amount = 0.0
    """Most seconds a run may take; 0: no limit."""
    budget_usd: Amount = 0.0
    """Most dollars a run may spend; 0: no limit."""

    @property
    def budget(self) -> Budget:
        """The four limits as a budget."""
        return Budget(
            self.budget_tokens or None,
            self.budget_calls or None,
            self.budget_seconds or None,
            self.budget_usd or None,
        )

    async def get_model(self, name: str = "") -> Model:
        """The model of that name, or this machine's own, opened within the run's time; the run notes it."""
        name, run = name or self.model, current_run()
        if run is None:
            return await open_model(name)
        if not isinstance(model := run.models.get(name), Model):
            async with run.ledger.in_time():
                model = run.models[name] = await open_model(name)
        run.model = run.model or model.name
        return model


@dataclass
class Question:
    """What goes into every machine."""

    question: str = ""


@dataclass
class Given(Question):
    """What goes into a machine that works on an answer, where there is one already.

    `response` is the whole text (a worked solution), `answer` what it comes to; one may stand for both.
    """

    response: str = ""
    answer: str = ""


@dataclass
class Outcome:
    """What comes out of every machine: the answer, how sure, how it ended, and the run record.

    `answer` is the short answer, or the whole one where the question has none. `response` is the worked
    solution that it stands on, where there is one; `text` the reply that a person reads, where it is
    another. `kind` is the kind of answer, where the method decides on it.
    """

    answer: str = ""
    confidence: float | None = None
    abstained: bool = False
    ending: Ending | None = None
    reason: str = ""
    steps: Annotated[list[Step], operator.add] = field(default_factory=list)
    response: str = ""
    text: str = ""
    kind: AnswerKind = "auto"


def text_of(outcome: Mapping[str, Any]) -> str:
    """The whole reply in a machine's outcome."""
    return outcome.get("text") or outcome.get("response") or outcome.get("answer") or ""


@dataclass
class State(Outcome, Question):
    """Question and outcome; a method adds what it needs in between."""


S = TypeVar("S", bound=State)
C = TypeVar("C", bound=Settings)
Verb = Callable[[S, C], Awaitable[dict[str, Any]]]
Handing = Callable[[S, C, "Machine"], Awaitable[dict[str, Any]]]


class Machine(CompiledStateGraph[Any, Any, Any, Any]):
    """A compiled graph that belongs to a run: `think`'s, the surrounding machine's, or one it opens."""

    async def astream(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: Any = None,
        **options: Any,
    ) -> AsyncIterator[Any]:
        """As LangGraph's, inside a run. A question begins anew, whatever its thread was asked before."""
        settings = settings_of(context, cast("type[Settings]", self.context_schema), self.name)
        settings = with_environment_prompts(settings)
        config = cast(RunnableConfig, dict(config or {}))
        configurable = dict(config.get("configurable") or {})
        run = current_run() or configurable.get(RUN)
        if run is None:
            name = without_credentials(settings.model)
            run = Run(question=_question_in(input), method=self.name, model=name)
            run.open_account(settings.budget)
            run.resumed = input is None or isinstance(input, Command)
        config["configurable"] = configurable | {RUN: run}
        async with connections(), memories():
            begun = self._begun(input)
            async for chunk in super().astream(begun, config, context=settings, **options):
                yield chunk

    def _begun(self, input: Any) -> Any:
        """The whole state a question begins with, so that nothing an earlier one left in the thread is
        taken for its own; None and a Command bring no question: they go on from a checkpoint."""
        if not isinstance(input, Mapping) and not hasattr(input, "question"):
            return input
        takes, state = cast(Any, self.builder.input_schema), cast(Any, self.builder.state_schema)
        names = [part.name for part in fields(takes)]
        if isinstance(input, Mapping):
            given = {name: input[name] for name in names if name in input}
        else:
            given = {name: getattr(input, name) for name in names if hasattr(input, name)}
        begun = vars(state(**given))
        added = {k for k, c in self.channels.items() if isinstance(c, BinaryOperatorAggregate)}
        return {k: Overwrite(value) if k in added else value for k, value in begun.items()}


class Wiring:
    """Builds one machine: nodes by verb, edges by name, questions whose answers label the edges.

    `takes` says what goes in; all of it but the question may be missing.
    """

    def __init__(
        self,
        card: Card,
        state: type[State],
        settings: type[Settings],
        takes: type[Question] = Question,
    ) -> None:
        self._card, self._state, self._settings, self._takes = card, state, settings, takes
        self._graph = StateGraph(
            state, context_schema=settings, input_schema=takes, output_schema=Outcome
        )

    def node(self, verb: Verb[Any, Any], *, run_after_finish: bool = False) -> Wiring:
        """A node named after the function; one with `run_after_finish` acts also once there is an ending."""
        name = getattr(verb, "__name__", str(verb))
        action = _in_run(verb, self._settings, run_after_finish)
        self._graph.add_node(name, action, input_schema=self._state)
        return self

    def machine(
        self, machine: Machine, verb: Handing[Any, Any], *, run_after_finish: bool = False
    ) -> Wiring:
        """A node named after the machine; `verb(state, settings, machine)` hands over to it."""
        action = _in_run(verb, self._settings, run_after_finish, machine)
        self._graph.add_node(machine.name, action, input_schema=self._state)
        return self

    def edge(self, origin: str, target: str) -> Wiring:
        """Always from here to there."""
        self._graph.add_edge(origin, target)
        return self

    def ask(
        self, origin: str, question: Callable[[Any, Any], str], answers: Mapping[str, str]
    ) -> Wiring:
        """After `origin`, go where the answer points.

        `question(state, settings)` answers in words, which label the drawn edges.
        """
        schema = self._settings

        def answer(state: Any, runtime: Runtime) -> str:
            return question(state, settings_of(runtime.context, schema))

        self._graph.add_conditional_edges(origin, answer, {**answers})
        return self

    def build(self) -> Machine:
        """The machine, ready to run, to be a node elsewhere, or to be drawn."""
        self._graph.input_schema = self._state  # what START writes: everything, see `_begun`
        compiled = self._graph.compile(name=self._card.name)
        self._graph.input_schema = self._takes  # what a caller is asked for
        compiled.__class__ = (
            Machine  # LangGraph offers no way to compile into a subclass; it adds no state
        )
        return cast(Machine, compiled)


def _in_run(
    verb: Callable[..., Awaitable[dict[str, Any]]],
    schema: type[Settings],
    run_after_finish: bool,
    machine: Machine | None = None,
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """The verb as LangGraph calls it: inside the run, its steps streamed and returned.

    A verb that hands over to a machine is given it from here, where LangGraph finds it as a subgraph.

    When the budget refuses a call, the model says nothing usable or its endpoint fails, the method ends
    with the answer that the state already holds; without one the error goes on. So does the failure of an
    endpoint in a run that a checkpoint keeps: it can be resumed at the call that failed.
    """

    async def node(state: Any, runtime: Runtime, config: RunnableConfig) -> dict[str, Any]:
        place = config.get("configurable") or {}
        run: Run = place[RUN]
        if run.resumed:
            run.question = run.question or state.question
            run.recall(state.steps)
        if state.ending is not None and not run_after_finish:
            return {}
        taken: list[Step] = []

        def listen(event: object) -> None:
            runtime.stream_writer(event)
            if isinstance(event, Step):
                taken.append(event)

        settings = settings_of(runtime.context, schema)
        scope = place.get("checkpoint_ns", "")
        with in_run(run, listen), in_scope(scope), replacing_prompts(settings.prompts):
            try:
                given = (state, settings)
                if machine is not None:  # its own nodes keep the time, and what they have
                    update = await verb(*given, machine)
                else:
                    async with run.ledger.in_time(LAST if run_after_finish else GRACE):
                        update = await verb(*given)
            except tuple(ENDINGS) as fault:
                ending = next(end for kind, end in ENDINGS.items() if isinstance(fault, kind))
                goes_on = ending == "interrupted" and run.journal is not None
                late = state.ending is not None and isinstance(fault, BudgetExceeded)
                if not (state.answer or late) or goes_on:
                    raise
                # What is left undone after an ending takes nothing away from it.
                update = {} if late else {"ending": ending, "reason": str(fault)}
            run.write_off()
        return {**update, "steps": taken}

    node.__name__ = getattr(verb, "__name__", "node")
    return node


def settings_of(context: Any, schema: type[C], method: str = "the method") -> C:
    """The context as this method's settings: its own type, a mapping (Studio), or the defaults.

    A context of another type belongs to a surrounding graph and says nothing about this method.
    Raises InvalidConfig for a key the method does not have and for a value of the wrong kind.
    """
    if isinstance(context, schema):
        return context
    return read_settings(schema, context if isinstance(context, Mapping) else {}, method)


def with_environment_prompts(settings: C) -> C:
    """The settings with the prompts of METATHINK_PROMPTS where they replace none of the same name.

    Inside `replacing_prompts` they are as they were: whoever is around has read the folder.
    """
    texts = {} if replaced_prompts() else environment_prompts()
    return replace(settings, prompts={**texts, **settings.prompts}) if texts else settings


def _question_in(input: Any) -> str:
    """The question a machine was started with; empty when it goes on from a checkpoint."""
    if input is None or isinstance(input, Command):
        return ""
    question = (
        input.get("question", "") if isinstance(input, Mapping) else getattr(input, "question", "")
    )
    if (is_dataclass(input) or isinstance(input, Mapping)) and not question.strip():
        raise InvalidInput("the question is empty")
    return question


__all__ = [
    "END",
    "START",
    "Amount",
    "Card",
    "Given",
    "Machine",
    "Outcome",
    "Question",
    "Settings",
    "State",
    "Wiring",
]
