"""What kind of answer a question asks for."""

from __future__ import annotations

from typing import Final, Literal

AnswerKind = Literal["auto", "number", "choice", "short", "text", "code", "json"]
"""auto: to be found from the question, else from the reply. number, choice (of listed options) and short
(a word, a name, yes or no): the reply states one short answer. text, code and json: the whole reply is the
answer."""

OPEN: Final[frozenset[str]] = frozenset({"text", "code", "json"})
"""Kinds of which the whole reply is the answer: nothing short is taken out of it or voted on."""
