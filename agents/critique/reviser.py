"""The reviser: writes an answer again, as a critique asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...core.message import Prompt, user
from ...core.off_loop import off_loop
from ...models.model import Model
from ...models.request import Choice
from ..answer_form import AnswerForm


@dataclass(frozen=True)
class Revision:
    """An answer written again: all of it, and the answer in it.

    `confidence` is the probability of its least sure token, None without log-probabilities;
    `truncated` says that it was cut at its token cap.
    """

    text: str
    answer: str
    confidence: float | None = None
    truncated: bool = False


@dataclass(frozen=True)
class Reviser:
    """Revises. `max_tokens` caps each revision, None leaves it to the model; `form` is the answer's."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None
    form: AnswerForm = field(default_factory=AnswerForm)

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
        worded = [choice for choice in reply.choices if choice.text.strip()]
        length = sum(len(choice.text) for choice in worded)
        return await off_loop(lambda: list(map(self._revision, worded)), length)

    def _revision(self, choice: Choice) -> Revision:
        text, cut = choice.text.strip(), choice.finish == "length"
        return Revision(text, self.form.answer(text), self.form.confidence(choice), cut)


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
