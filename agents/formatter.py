"""The formatter: puts an answer into the form of a given type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel

from ..core.message import Prompt, user
from ..models.model import Model
from ..models.typed.structured import parse

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True)
class Formatter:
    """Turns replies into objects. `max_tokens` caps each message, None leaves it to the model."""

    model: Model
    max_tokens: int | None = None

    async def fill(self, question: str, reply: str, answer_type: type[A]) -> A:
        """The reply to the question as an object of that type.

        Raises MalformedReply, and what the endpoint did wrong.
        """
        filled = await self.model.ask(
            [user(FILL.fill(question=question, reply=reply))],
            answer=answer_type,
            temperature=0.0,
            max_tokens=self.max_tokens,
        )
        return filled.value


def read_object(reply: str, answer_type: type[A]) -> A | None:
    """The object, where the reply is one already: JSON with nothing before or after it but a code fence."""
    text = _FENCE.sub("", reply.strip()).strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        return parse(text, answer_type)
    except ValueError:
        return None


_FENCE: Final = re.compile(r"\A```\w*\n|\n```\Z")

FILL = Prompt(
    "formatter.fill",
    """# Question
{question}

# Answer
{reply}

Put this answer into the form asked for below. Take the values from the answer, and what it leaves out from
the question; make nothing up.""",
)
