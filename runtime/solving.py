"""The reasoner of a method, asked for an answer of the question's kind."""

from __future__ import annotations

from ..agents.answer_form import AnswerForm, answer_form
from ..agents.reasoner import Reasoner
from .machine import Settings


def form_of(question: str, settings: Settings) -> AnswerForm:
    """The form of the answer to this question, as `settings.kind` says or the question shows."""
    return answer_form(question, settings.kind)


async def reasoner_for(question: str, settings: Settings, model: str = "") -> Reasoner:
    """The reasoner for this question, played by that model or the method's own."""
    return Reasoner(
        await settings.get_model(model),
        settings.temperature,
        settings.max_tokens or None,
        form_of(question, settings),
    )
