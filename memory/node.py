"""Memory as two nodes of a machine: `Recall` before any method, `Reflect` after it.

    graph.add_node("recall", Recall(memory))
    graph.add_node("reflect", Reflect(memory, "direct", verify))

They read `question` and `answer` from the state (a dataclass or a mapping) and know nothing else of
the machine, so they fit into anyone's LangGraph graph.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .episodes.episode import NewEpisode, problem_id
from .handbook.handbook import Strategist
from .memory import Memory
from .quotation import as_data
from .records.evidence import Source

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
    (backed by that outcome) and a wrong one its mistake and the reason, in one transaction with it. Adds
    `remembered`, the ids of what was written.

    `run` names the run in their source, beside the problem, so that an evaluation of the same question
    can hold them back. With it, the same answer looked back at again (by a later life of the run) is
    remembered once; without one, each time is a run of its own.
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
        source = Source(run=self.run or secrets.token_hex(8), step=problem_id(question))
        if written := await self._written(question, answer, source):
            return {"remembered": written}
        lesson = Lesson()
        if self.reflector is not None:
            lesson = await self.reflector.lesson(question, answer, correct)
        return {"remembered": await self._keep(question, answer, correct, lesson, source)}

    async def _written(self, question: str, answer: str, source: Source) -> list[str]:
        """What an earlier life of this run has written of this answer."""
        episodes = [
            one.id
            for one in await self.memory.episodes.of_problem(question)
            if (one.source, one.method, one.answer) == (source, self.method, answer)
        ]
        if not episodes:
            return []
        known = await self.memory.handbook.behaviors(status=("active", "candidate", "retired"))
        return episodes + [behavior.id for behavior in known if source in behavior.sources]

    async def _keep(
        self, question: str, answer: str, correct: bool, lesson: Lesson, source: Source
    ) -> list[str]:
        episode = NewEpisode(
            question,
            self.method,
            answer,
            correct,
            source,
            kind=self.kind,
            mistake="" if correct else lesson.mistake,
            reason="" if correct else lesson.reason,
            key="/".join((source.run, source.step, self.method, answer)),
        )
        [record] = self.memory.episodes.changes([episode])
        kept = await self.memory.handbook.add_all(
            lesson.behaviors if correct else (),
            topic=self.kind,
            source=source,
            validated_by=record.key,
            strategist=self.strategist,
            beside=[record],
        )
        return [record.key, *(behavior.id for behavior in kept)]


def _read(state: Any, name: str) -> str:
    return state.get(name, "") if isinstance(state, Mapping) else getattr(state, name, "")
