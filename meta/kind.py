"""The kind of answer a question asks for, found without a model."""

from __future__ import annotations

import re

from ..core.extract import stated_answer
from ..core.kind import AnswerKind

_CODE = re.compile(r"\b(function|program|script|regex|sql)\b", re.IGNORECASE)
_TEXT = re.compile(
    r"\b(poem|letter|email|essay|story|table|translate|summari[sz]e|explain|describe|write)\b",
    re.IGNORECASE,
)


def kind_of_question(question: str) -> tuple[AnswerKind, bool]:
    """The kind, and whether the question tells it for certain."""
    if re.search(r"\bjson\b", question, re.IGNORECASE):
        return "json", True
    if _CODE.search(question):
        return "code", True
    if _TEXT.search(question):
        return "text", True
    if re.search(r"\d", question) and "?" in question:
        return "number", False
    return "short", False


def kind_of_reply(reply: str) -> AnswerKind:
    """The kind of answer that a reply gives."""
    if stated_answer(reply) is not None:
        return "short"
    return "code" if "```" in reply else "text"
