"""What every machine is made of: the shared question and outcome, nodes that keep the record, and a
compiled graph that opens a run of its own when nobody did.

A node is written as a plain function `async def verb(state, settings) -> dict`; `Wiring` gives it the
run, the settings and the stream.
"""

from __future__ import annotations

import operator
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, Any, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from ..core.answer import Ending
from ..core.budget import Budget
from ..core.errors import BudgetExceeded, InvalidConfig, InvalidInput, ModelError
from ..core.run import Run, Step, current_run, in_run
from ..models.model import Model
from ..models.open import open_model
from ..models.pool import connections

RUN = "__metathink_run"


@dataclass(frozen=True)
class Card:
    """What a method is: the one source for `metathink methods`, the docs and the router.

    `calls` is the expected number of model calls for one question, in words; `paper` is empty for a
    baseline.
    """

    name: str
    title: str
    good_for: str
    calls: str
    paper: str = ""


@dataclass
class Settings:
    """What every method can be told; plain data, so that Studio shows and edits it.

    The four limits are the budget of a machine that runs without `think` (0: none).
    """

    model: str = ""
    """Model string for every role; empty: METATHINK_MODEL, else the embedded model."""
    temperature: float = 0.0
    """Sampling temperature of the roles."""
    max_tokens: int = 0
    """Cap on each message in tokens; 0 leaves it to the model."""
    budget_tokens: int = 0
    """Most tokens a run may spend, prompt and completion together; 0: no limit."""
    budget_calls: int = 0
    """Most model calls a run may make; 0: no limit."""
    budget_seconds: float = 0.0
    """Most seconds a run may take; 0: no limit."""
    budget_usd: float = 0.0
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

    async def voice(self, name: str = "") -> Model:
        """The model of that name, or this machine's own; the run is told who speaks."""
        name, run = name or self.model, current_run()
        if run is None:
            return await open_model(name)
        if not isinstance(model := run.voices.get(name), Model):
            model = run.voices[name] = await open_model(name)
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
    """What comes out of every machine: the answer, how sure, how it ended, and the run record."""

    answer: str = ""
    confidence: float | None = None
    abstained: bool = False
    ending: Ending | None = None
    reason: str = ""
    steps: Annotated[list[Step], operator.add] = field(default_factory=list)


@dataclass
class State(Outcome, Question):
    """Question and outcome; a method adds what it needs in between."""


S = TypeVar("S", bound=State)
C = TypeVar("C", bound=Settings)
Verb = Callable[[S, C], Awaitable[dict[str, Any]]]


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
        """As LangGraph's, inside a run."""
        settings = settings_of(context, cast("type[Settings]", self.context_schema))
        config = cast(RunnableConfig, dict(config or {}))
        configurable = dict(config.get("configurable") or {})
        run = current_run() or configurable.get(RUN)
        if run is None:
            run = Run(question=_question_in(input), method=self.name, model=settings.model)
            run.open_account(settings.budget)
        config["configurable"] = configurable | {RUN: run}
        async with connections():
            async for chunk in super().astream(input, config, context=settings, **options):
                yield chunk


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
        self._card, self._state, self._settings = card, state, settings
        self._graph = StateGraph(
            state, context_schema=settings, input_schema=takes, output_schema=Outcome
        )

    def node(self, verb: Verb[Any, Any]) -> Wiring:
        """A node named after the function."""
        name = getattr(verb, "__name__", str(verb))
        self._graph.add_node(name, _in_run(verb, self._settings), input_schema=self._state)
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
        compiled = self._graph.compile(name=self._card.name)
        compiled.__class__ = (
            Machine  # LangGraph offers no way to compile into a subclass; it adds no state
        )
        return cast(Machine, compiled)


def _in_run(
    verb: Verb[Any, Any], schema: type[Settings]
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """The verb as LangGraph calls it: inside the run, its steps streamed and returned.

    When the budget refuses a call, or the model says nothing usable, the method ends with the answer
    that the state already holds; without one the error goes on.
    """

    async def node(state: Any, runtime: Runtime, config: RunnableConfig) -> dict[str, Any]:
        if state.ending is not None:
            return {}
        run: Run = (config.get("configurable") or {})[RUN]
        taken: list[Step] = []

        def listen(event: object) -> None:
            runtime.stream_writer(event)
            if isinstance(event, Step):
                taken.append(event)

        with in_run(run, listen):
            try:
                update = await verb(state, settings_of(runtime.context, schema))
            except (BudgetExceeded, ModelError) as fault:
                if not state.answer:
                    raise
                ending = "budget" if isinstance(fault, BudgetExceeded) else "unusable"
                update = {"ending": ending, "reason": str(fault)}
        return {**update, "steps": taken}

    node.__name__ = getattr(verb, "__name__", "node")
    return node


def settings_of(context: Any, schema: type[C]) -> C:
    """The context as this method's settings: its own type, a mapping (Studio), or the defaults.

    A context of another type belongs to a surrounding graph and says nothing about this method.
    Raises InvalidConfig for a key the method does not have.
    """
    if isinstance(context, schema):
        return context
    if isinstance(context, Mapping):
        known = {f.name for f in fields(schema)}
        if unknown := set(context) - known:
            raise InvalidConfig(
                f"no setting {sorted(unknown)[0]!r}; there are: {', '.join(sorted(known))}"
            )
        return schema(**context)
    return schema()


def _question_in(input: Any) -> str:
    """The question a machine was started with; empty when it is resumed."""
    question = (
        input.get("question", "") if isinstance(input, Mapping) else getattr(input, "question", "")
    )
    if (
        input is not None
        and (is_dataclass(input) or isinstance(input, Mapping))
        and not question.strip()
    ):
        raise InvalidInput("the question is empty")
    return question


__all__ = [
    "END",
    "START",
    "Card",
    "Given",
    "Machine",
    "Outcome",
    "Question",
    "Settings",
    "State",
    "Wiring",
]
