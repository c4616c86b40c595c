"""The criteria maker: says by what an answer should be judged, in two tiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from ...core.critique import Criterion, Importance, worded_criteria
from ...core.errors import MalformedReply
from ...core.message import Prompt, user
from ...models.model import Model
from ...models.typed.salvage import salvage


class FineSaid(BaseModel):
    """A fine-grained criterion as the model says it."""

    name: str
    description: str
    importance: Importance


class DimensionSaid(BaseModel):
    """A primary criterion and the fine-grained ones that belong to it."""

    name: str
    description: str
    importance: Importance
    criteria: list[FineSaid]


class CriteriaSaid(BaseModel):
    """All primary criteria."""

    dimensions: list[DimensionSaid]


@dataclass(frozen=True)
class Criteria:
    """Criteria with unique names, each primary one followed by its own, and what was left out and why."""

    criteria: tuple[Criterion, ...]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class CriteriaMaker:
    """Makes criteria (MultiCritique, arXiv 2410.15287): at most `fine` fine-grained ones in all and
    `per_dimension` under each primary one."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None
    fine: int = 15
    per_dimension: int = 3

    async def make(self, question: str, task: str, primary: Sequence[Criterion] = ()) -> Criteria:
        """Criteria for answers to the question; the `primary` ones given are kept word for word.

        A reply of which nothing can be used gives just those, and says so in `dropped`.
        """
        given = GIVEN.fill(criteria=worded_criteria(primary)) if primary else ""
        prompt = MAKE.fill(
            question=question,
            task=task or "to answer the question",
            given=given,
            fine=str(self.fine),
            per_dimension=str(self.per_dimension),
        )
        try:
            reply = await self.model.ask(
                [user(prompt)],
                answer=CriteriaSaid,
                temperature=self.temperature,
                max_tokens=self.max_tokens,
            )
        except MalformedReply as bad:
            saved = salvage(bad.said, DimensionSaid)
            return self._bounded(primary, saved.kept, saved.dropped)
        return self._bounded(primary, reply.value.dimensions, ())

    def _bounded(
        self, primary: Sequence[Criterion], said: Iterable[DimensionSaid], dropped: Sequence[str]
    ) -> Criteria:
        """Both tiers within their limits, the given criteria first, the important ones before others."""
        offered = {_key(dimension.name): dimension for dimension in reversed(list(said))}
        tiers = [(one, offered.pop(_key(one.name), None)) for one in primary]
        tiers += [(_criterion(one), one) for one in reversed(offered.values())]
        taken = {"", *(_key(one.name) for one in primary)}
        kept: list[Criterion] = []
        left_out, room = list(dropped), self.fine
        for number, (criterion, dimension) in enumerate(tiers):
            if number >= len(primary):
                if _key(criterion.name) in taken or not room:
                    left_out.append(criterion.name or "a criterion without a name")
                    continue
                taken.add(_key(criterion.name))
            fine = [one for one in _fine(criterion.name, dimension) if _key(one.name) not in taken]
            chosen = fine[: min(room, self.per_dimension)]
            taken |= {_key(one.name) for one in chosen}
            room -= len(chosen)
            kept += [criterion, *chosen]
            left_out += [one.name for one in fine[len(chosen) :]]
        return Criteria(tuple(kept), tuple(left_out))


def _fine(dimension: str, said: DimensionSaid | None) -> list[Criterion]:
    """The dimension's own criteria, the most important ones first, each name once."""
    order = {"important": 0, "medium": 1, "normal": 2}
    named = {_key(one.name): one for one in reversed(said.criteria)} if said else {}
    ranked = sorted(reversed(named.values()), key=lambda one: order[one.importance])
    return [_criterion(one, dimension) for one in ranked]


def _criterion(said: DimensionSaid | FineSaid, dimension: str = "") -> Criterion:
    """With its name on one line."""
    return Criterion(" ".join(said.name.split()), said.description, said.importance, dimension)


def _key(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").split())


MAKE = Prompt(
    "criteria_maker.make",
    """# Question
{question}

# Task
{task}

Say by what an answer to this should be judged. Name the primary criteria (dimensions) that matter for this
very task, and under each at most {per_dimension} fine-grained criteria that can be checked sentence by
sentence; at most {fine} fine-grained ones in all. Every criterion has a short name of its own, a description
of one sentence, and an importance: normal, medium or important. Do not solve the task.{given}""",
)
GIVEN = Prompt(
    "criteria_maker.given",
    """

These primary criteria are set by the person who asks: keep every one under its name, add fine-grained
criteria to them, add further primary criteria only where something is missing, and contradict none of them.
{criteria}""",
)
