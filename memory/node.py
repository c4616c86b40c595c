"""Memory as two nodes of a machine: `Recall` before any method, `Reflect` after it.

    graph.add_node("recall", Recall(memory))
    graph.add_node("reflect", Reflect(memory, "direct", verify))

They read `question` and `answer` from the state (a dataclass or a mapping) and know nothing else of
the machine, so they fit into anyone's LangGraph graph.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .episode import NewEpisode
from .evidence import Source
from .handbook import Strategist
from .memory import Memory
from .quotation import as_data

Verify = Callable[[str, str], Awaitable[bool | None]]
"""Whether an answer to a question is right; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a look back at a run came to: behaviors to keep, or the mistake and its reason."""

    behaviors: tuple[tuple[str, str], ...] = ()
    """Name and instruction of each."""
    mistake: str = ""
    reason: str = ""


class Reflector(Protocol):
    """Who looks back at a run (a role with a model; see agents)."""

    async def lesson(self, question: str, answer: str, correct: bool) -> Lesson:
        """What is to be learned from an answer that is known to be right or wrong."""
        ...


@dataclass(frozen=True)
class Recall:
    """Puts what memory knows of the question into the state.

    Adds `recalled`, the block of quoted notes for a prompt (empty where nothing is known), and
    `evidence`, the items in it. `evaluating` holds back what was learned from the same question.
    """

    memory: Memory
    recipe: str = "everything"
    tokens: int = 600
    evaluating: bool = False

    async def __call__(self, state: Any) -> dict[str, Any]:
        """The node."""
        evidence = await self.memory.recall(
            _read(state, "question"),
            recipe=self.recipe,
            tokens=self.tokens,
            evaluating=self.evaluating,
        )
        return {"recalled": as_data(evidence), "evidence": evidence}


@dataclass(frozen=True)
class Reflect:
    """Writes what was learned from a run whose answer could be checked; nothing from any other.

    An episode is kept for each checked answer. With a reflector, a right answer may leave behaviors
    (backed by that outcome) and a wrong one its mistake and the reason. Adds `remembered`, the ids
    of what was written.
    """

    memory: Memory
    method: str
    verify: Verify
    reflector: Reflector | None = None
    strategist: Strategist | None = None
    kind: str = ""
    run: str = ""

    async def __call__(self, state: Any) -> dict[str, Any]:
        """The node."""
        question, answer = _read(state, "question"), _read(state, "answer")
        correct = await self.verify(question, answer) if answer else None
        if correct is None:
            return {"remembered": []}
        lesson = Lesson()
        if self.reflector is not None:
            lesson = await self.reflector.lesson(question, answer, correct)
        source = Source(run=self.run)
        episode = NewEpisode(
            question,
            self.method,
            answer,
            correct,
            source,
            kind=self.kind,
            mistake="" if correct else lesson.mistake,
            reason="" if correct else lesson.reason,
        )
        key = await self.memory.episodes.add(episode)
        behaviors = lesson.behaviors if correct else ()
        return {"remembered": [key, *await self._keep(behaviors, source, key)]}

    async def _keep(
        self, behaviors: Sequence[tuple[str, str]], source: Source, outcome: str
    ) -> list[str]:
        kept = [
            await self.memory.handbook.add(
                name,
                instruction,
                topic=self.kind,
                source=source,
                validated_by=outcome,
                strategist=self.strategist,
            )
            for name, instruction in behaviors
        ]
        return [behavior.id for behavior in kept]


def _read(state: Any, name: str) -> str:
    return state.get(name, "") if isinstance(state, Mapping) else getattr(state, name, "")
