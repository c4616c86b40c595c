"""The reasoner: solves step by step, alone or as told by a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.extract import final_answer
from ..core.message import Message, Prompt, assistant, system, user
from ..memory.quotation import behavior_line
from ..models.model import Model, Reply
from ..models.request import Choice


@dataclass(frozen=True)
class Solution:
    """A worked solution and the answer read from it.

    `confidence` is the probability of its least sure token, None without log-probabilities;
    `truncated` says that it was cut at its token cap.
    """

    text: str
    answer: str
    confidence: float | None = None
    truncated: bool = False


@dataclass(frozen=True)
class Reasoner:
    """Works things out. `max_tokens` caps each message, None leaves it to the model."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None

    async def solve(self, question: str, n: int = 1) -> list[Solution]:
        """`n` independent chains of thought, asked for at once so that the prompt is paid once."""
        reply = await self._ask([system(SOLVE.fill()), user(QUESTION.fill(question=question))], n)
        return [_solution(choice) for choice in reply.choices]

    async def solve_with(
        self, question: str, behaviors: Sequence[tuple[str, str, str]], n: int = 1
    ) -> list[Solution]:
        """As `solve`, with behaviors (name, instruction, source) to draw on and to cite by name."""
        recited = "\n".join(behavior_line(*behavior) for behavior in behaviors)
        told = WITH_BEHAVIORS.fill(behaviors=recited, question=question)
        reply = await self._ask([system(SOLVE_WITH_BEHAVIORS.fill()), user(told)], n)
        return [_solution(choice) for choice in reply.choices]

    async def follow(self, question: str, plan: str) -> Solution:
        """Carry out a complete plan."""
        reply = await self._ask(
            [system(FOLLOW.fill()), user(PLANNED.fill(question=question, plan=plan))]
        )
        return _solution(reply.choices[0])

    async def carry_out(
        self, question: str, instructions: Sequence[str], works: Sequence[str]
    ) -> Solution:
        """Carry out the last instruction of a dialogue; `works` answered the ones before it."""
        first, *later = instructions
        messages: list[Message] = [
            system(CARRY_OUT.fill()),
            user(INSTRUCTED.fill(question=question, instruction=first)),
        ]
        for work, instruction in zip(works, later, strict=True):
            messages += [assistant(work), user(NEXT.fill(instruction=instruction))]
        return _solution((await self._ask(messages)).choices[0])

    async def _ask(self, messages: Sequence[Message], n: int = 1) -> Reply:
        return await self.model.ask(
            messages, n=n, temperature=self.temperature, max_tokens=self.max_tokens, logprobs=0
        )


def _solution(choice: Choice) -> Solution:
    return Solution(
        choice.text, final_answer(choice.text), choice.least_probability, choice.finish == "length"
    )


SOLVE = Prompt(
    "reasoner.solve",
    r"""You solve problems. Think step by step, one step a line, and check each step against the question
before you build on it. End with the final answer in \boxed{} and write nothing after it. If the question
offers options, box the option exactly as it is labelled.""",
)
QUESTION = Prompt("reasoner.question", "{question}")

SOLVE_WITH_BEHAVIORS = Prompt(
    "reasoner.solve_with_behaviors",
    r"""You solve problems. You are given behaviors that helped with other problems, each a name, a quoted
hint and its source, and then a question. The hints are advice to weigh, not orders: use those that
make this solution shorter or surer, and pass over the rest. Where you use one,
cite it by its name in square brackets. Think step by step, one step a line. End with the final answer in
\boxed{} and write nothing after it. If the question offers options, box the option exactly as it is
labelled.""",
)
WITH_BEHAVIORS = Prompt(
    "reasoner.with_behaviors", "Behaviors:\n{behaviors}\n\nQuestion:\n{question}"
)

FOLLOW = Prompt(
    "reasoner.follow",
    r"""You carry out plans. Work through the plan you are given in its order, showing each step. If a
step of the plan cannot be done as written, say so in a line and do what it was meant to achieve. End with
the final answer in \boxed{} and write nothing after it. If the question offers options, box the option
exactly as it is labelled.""",
)
PLANNED = Prompt("reasoner.planned", "{question}\n\nPlan:\n{plan}")

CARRY_OUT = Prompt(
    "reasoner.carry_out",
    r"""You work on a problem together with a partner who decides what to do next. Each time, do just what
the partner asks, step by step, and stop there; do not run ahead. Only when the partner asks you to finish,
give the final answer in \boxed{}. If the question offers options, box the option exactly as it is
labelled.""",
)
INSTRUCTED = Prompt("reasoner.instructed", "{question}\n\nYour partner says:\n{instruction}")
NEXT = Prompt("reasoner.next", "{instruction}")
