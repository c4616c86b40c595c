"""The reference writer: writes an answer that meets all criteria, for critics to measure against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.critique import Criterion, worded_criteria
from ...core.message import Prompt, user
from ...models.model import Model


@dataclass(frozen=True)
class ReferenceWriter:
    """Writes reference answers (MultiCritique, arXiv 2410.15287, crucial information)."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None

    async def write(self, question: str, task: str, criteria: Sequence[Criterion]) -> str:
        """An answer that meets the criteria; empty if it was cut at its cap."""
        prompt = WRITE.fill(
            question=question,
            task=task or "to answer the question",
            criteria=worded_criteria(criteria),
        )
        reply = await self.model.ask(
            [user(prompt)], temperature=self.temperature, max_tokens=self.max_tokens
        )
        return "" if reply.truncated else reply.text.strip()


WRITE = Prompt(
    "reference_writer.write",
    """# Question
{question}

# Task
{task}

# Criteria
{criteria}

Answer the question so well that every criterion is met. Write the answer only, nothing about it.""",
)
