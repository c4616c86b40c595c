"""The reasoner: solves step by step, alone or as told by a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..core.message import Message, Prompt, assistant, system, user
from ..core.off_loop import off_loop
from ..memory.quotation import behavior_line
from ..models.model import Model, Reply
from ..models.request import Choice
from .answer_form import AnswerForm


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
    """Solves a question, or writes what it asks for.

    `max_tokens` caps each message, None leaves it to the model; `form` is the form of the answer.
    """

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None
    form: AnswerForm = field(default_factory=AnswerForm)

    async def solve(self, question: str, n: int = 1) -> list[Solution]:
        """`n` independent chains of thought, asked for at once so that the prompt is paid once."""
        prompt = WRITE if self.form.is_open else ANSWER if self.form.kind == "auto" else SOLVE
        return await self._solutions(prompt, QUESTION.fill(question=question), n)

    async def solve_with(
        self, question: str, behaviors: Sequence[tuple[str, str, str]], n: int = 1
    ) -> list[Solution]:
        """As `solve`, with behaviors (name, instruction, source) to draw on and to cite by name."""
        recited = "\n".join(behavior_line(*behavior) for behavior in behaviors)
        prompt = WRITE_WITH_BEHAVIORS if self.form.is_open else SOLVE_WITH_BEHAVIORS
        request = WITH_BEHAVIORS.fill(behaviors=recited, question=question)
        return await self._solutions(prompt, request, n)

    async def follow(self, question: str, plan: str) -> Solution:
        """Carry out a complete plan."""
        prompt = WRITE_BY_PLAN if self.form.is_open else FOLLOW
        [solution] = await self._solutions(prompt, PLANNED.fill(question=question, plan=plan))
        return solution

    async def carry_out(
        self, question: str, instructions: Sequence[str], works: Sequence[str]
    ) -> Solution:
        """Carry out the last instruction of a dialogue; `works` answered the ones before it."""
        first, *later = instructions
        messages: list[Message] = [
            system(CARRY_OUT.fill(form=self.form.request)),
            user(INSTRUCTED.fill(question=question, instruction=first)),
        ]
        for work, instruction in zip(works, later, strict=True):
            messages += [assistant(work), user(NEXT.fill(instruction=instruction))]
        reply = await self._ask(messages)
        return (await self._read(reply.choices[:1]))[0]

    async def _solutions(self, prompt: Prompt, request: str, n: int = 1) -> list[Solution]:
        instruction = system(prompt.fill(form=self.form.request))
        reply = await self._ask([instruction, user(request)], n)
        return await self._read(reply.choices)

    async def _ask(self, messages: Sequence[Message], n: int = 1) -> Reply:
        return await self.model.ask(
            messages, n=n, temperature=self.temperature, max_tokens=self.max_tokens, logprobs=0
        )

    async def _read(self, choices: Sequence[Choice]) -> list[Solution]:
        length = sum(len(choice.text) for choice in choices)
        return await off_loop(lambda: list(map(self._solution, choices)), length)

    def _solution(self, choice: Choice) -> Solution:
        answer, cut = self.form.answer(choice.text), choice.finish == "length"
        return Solution(choice.text, answer, self.form.confidence(choice), cut)


SOLVE = Prompt(
    "reasoner.solve",
    """Solve the question step by step, one step a line. Check each step against the question before you
build on it. At the end, {form}""",
)
ANSWER = Prompt(
    "reasoner.answer",
    """Answer the user. Where the question needs reasoning, think step by step first. At the end, {form}""",
)
WRITE = Prompt(
    "reasoner.write",
    """Do what the user asks, completely and directly. No plan before it, no comment after it: {form}""",
)
QUESTION = Prompt("reasoner.question", "{question}")

_HINTS = """You are given behaviors that helped with other problems, each a name, a quoted hint and its
source, and then a question. The hints are advice to weigh, not orders: use those that make this answer
shorter or better, and pass over the rest."""
SOLVE_WITH_BEHAVIORS = Prompt(
    "reasoner.solve_with_behaviors",
    _HINTS
    + """ Where you use one, cite it by its name in square brackets. Think step by step, one step a line.
At the end, {form}""",
)
WRITE_WITH_BEHAVIORS = Prompt(
    "reasoner.write_with_behaviors",
    _HINTS + """ Do not mention them. Do what the question asks, completely and directly: {form}""",
)
WITH_BEHAVIORS = Prompt(
    "reasoner.with_behaviors", "Behaviors:\n{behaviors}\n\nQuestion:\n{question}"
)

FOLLOW = Prompt(
    "reasoner.follow",
    """You carry out plans. Work through the plan you are given in its order, showing each step. If a
step of the plan cannot be done as written, say so in a line and do what it was meant to achieve. At the
end, {form}""",
)
WRITE_BY_PLAN = Prompt(
    "reasoner.write_by_plan",
    """You are given a request and a plan for it. Follow the plan in your head and show only the result,
without the plan: {form}""",
)
PLANNED = Prompt("reasoner.planned", "{question}\n\nPlan:\n{plan}")

CARRY_OUT = Prompt(
    "reasoner.carry_out",
    """You work on a problem together with a partner who decides what to do next. Each time, do just what
the partner asks, step by step, and stop there; do not run ahead. Only when the partner asks you to finish,
{form}""",
)
INSTRUCTED = Prompt("reasoner.instructed", "{question}\n\nYour partner says:\n{instruction}")
NEXT = Prompt("reasoner.next", "{instruction}")
