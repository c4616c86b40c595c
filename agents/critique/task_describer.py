"""The task describer: says what a question wants, before anybody judges an answer to it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from ...core.critique import Kind
from ...core.message import Prompt, user
from ...models.model import Model


class Task(BaseModel):
    """What a question wants: its purpose in a sentence or two, and which kind of task it is."""

    purpose: str
    kind: Kind


@dataclass(frozen=True)
class TaskDescriber:
    """Describes tasks (MultiCritique, arXiv 2410.15287, crucial information)."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None

    async def describe(self, question: str) -> Task:
        """The purpose of the question. Raises MalformedReply."""
        reply = await self.model.ask(
            [user(DESCRIBE.fill(question=question))],
            answer=Task,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )
        return reply.value


DESCRIBE = Prompt(
    "task_describer.describe",
    """# Question
{question}

Someone is going to answer this question, and others will judge the answer. Say in one or two sentences what
the question asks for: its purpose, not its solution. If it is a conversation, only its last request counts.
Say also which kind of task it is: "math" where one definite result must be worked out, "code" where a
program is wanted, else "text".""",
)
