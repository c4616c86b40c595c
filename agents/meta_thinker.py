"""The meta-thinker: thinks about the thinking. It plans and steers, and never solves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.message import Message, Prompt, assistant, system, user
from ..models.model import Model


@dataclass(frozen=True)
class Move:
    """What the meta-thinker says. `finish` is its decision that the work is done.

    `truncated` says that the message was cut at its token cap.
    """

    text: str
    finish: bool = False
    truncated: bool = False


@dataclass(frozen=True)
class MetaThinker:
    """Steers a reasoner. `finish_flag` in its message ends the dialogue after the reasoner's next word."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None
    finish_flag: str = "[FINISH]"

    async def plan(self, question: str) -> Move:
        """A complete plan for a much weaker solver, without the answer."""
        return await self._say([system(PLAN.fill()), user(QUESTION.fill(question=question))])

    async def next_move(self, question: str, moves: Sequence[str], works: Sequence[str]) -> Move:
        """The next move in a dialogue in which each earlier move was answered by a work."""
        messages: list[Message] = [
            system(NEXT_MOVE.fill(finish_flag=self.finish_flag)),
            user(QUESTION.fill(question=question)),
        ]
        for move, work in zip(moves, works, strict=True):
            messages += [assistant(move), user(WORK.fill(work=work))]
        return await self._say(messages)

    async def _say(self, messages: Sequence[Message]) -> Move:
        reply = await self.model.ask(
            messages, temperature=self.temperature, max_tokens=self.max_tokens
        )
        return Move(reply.text, self.finish_flag in reply.text, reply.truncated)


PLAN = Prompt(
    "meta_thinker.plan",
    """You coach a solver who calculates carefully but does not see the way. Write the way: a short numbered
plan that breaks the question into steps the solver can do one by one, names what to watch out for, and says
how to check the result. Do not work anything out yourself and never state or hint at the answer: a plan
that gives it away is worthless.""",
)
NEXT_MOVE = Prompt(
    "meta_thinker.next_move",
    """You lead the work on a problem; a partner does the work. You see the question and everything the
partner has done. Each time, say in one or two sentences what the partner should do next and why: explore,
break the problem into parts, do one part, check a step that looks doubtful, go back when a step is wrong,
or try another way. Do not calculate yourself. When the work is complete and checked, ask for the final
answer and end your message with {finish_flag}.""",
)
QUESTION = Prompt("meta_thinker.question", "{question}")
WORK = Prompt("meta_thinker.work", "{work}")
