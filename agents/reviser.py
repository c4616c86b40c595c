"""The reviser: writes an answer again, as a critique asks."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.extract import stated_answer
from ..core.message import Prompt, user
from ..models.model import Model
from ..models.request import Choice


@dataclass(frozen=True)
class Revision:
    """An answer written again: all of it, and the final answer it states (the whole text if none).

    `confidence` is the probability of its least sure token, None without log-probabilities;
    `truncated` says that it was cut at its token cap.
    """

    text: str
    answer: str
    confidence: float | None = None
    truncated: bool = False


@dataclass(frozen=True)
class Reviser:
    """Revises. `max_tokens` caps each revision, None leaves it to the model."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None

    async def revise(
        self, question: str, solution: str, critique: str, n: int = 1
    ) -> list[Revision]:
        """`n` independent revisions of the whole answer, asked for at once."""
        reply = await self.model.ask(
            [user(REVISE.fill(question=question, solution=solution, critique=critique))],
            n=n,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            logprobs=0,
        )
        return [_revision(choice) for choice in reply.choices if choice.text.strip()]


def _revision(choice: Choice) -> Revision:
    text = choice.text.strip()
    stated = stated_answer(text)
    return Revision(
        text,
        text if stated is None else stated,
        choice.least_probability,
        choice.finish == "length",
    )


REVISE = Prompt(
    "reviser.revise",
    r"""# Question
{question}

# Answer
{solution}

# Critique
{critique}

Write the answer again with the flaws mended. Check each point of the critique first: where the critique is
wrong, leave the answer as it is. Keep what is right, keep the form and the language of the answer (a worked
solution still shows its steps; where it ends with \boxed, so does yours), and write nothing but the
answer.""",
)
