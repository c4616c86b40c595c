"""Typed replies: an example in words, a schema where the endpoint enforces one, pydantic always."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from ...core.message import Message, Prompt, assistant, user
from ..replies.reply import without_thoughts
from .example import Form
from .fitting import Fitter
from .lenient_json import Found, find_json
from .strict_schema import strict_schema

JSON_IN_TEXT = Prompt(
    "structured.json_in_text",
    "{request}\n\nReply with one JSON object and nothing else, in this form:\n{form}",
)
REPAIR = Prompt(
    "structured.repair",
    "That reply could not be used: {problem}\n\n"
    "Send the corrected JSON object and nothing else, in this form:\n{form}",
)

MOST_READ: Final = 20
"""How many objects and arrays of a reply are tried, from the last on."""
MOST_SHOWN: Final = 8_000
"""Characters of a malformed reply that are shown to the model again."""

A = TypeVar("A", bound=BaseModel)


@lru_cache(maxsize=256)
def schema_of(answer: type[BaseModel]) -> dict[str, Any]:
    """The answer's JSON schema as strict endpoints accept it. Not to be changed: it is made once for each
    type, which takes milliseconds."""
    return strict_schema(_schema(answer))


@lru_cache(maxsize=256)
def form_of(answer: type[BaseModel]) -> str:
    """An example of the answer as JSON, and notes on the values its parts may have."""
    return Form(_schema(answer)).text


@lru_cache(maxsize=256)
def _schema(answer: type[BaseModel]) -> dict[str, Any]:
    return answer.model_json_schema()


@lru_cache(maxsize=256)
def _fitter(answer: type[BaseModel]) -> Fitter:
    return Fitter(_schema(answer))


def asking_in_text(messages: Sequence[Message], answer: type[BaseModel]) -> list[Message]:
    """The conversation with the form of the answer at its very end (what is shared stays first)."""
    *before, last = messages
    request = JSON_IN_TEXT.fill(request=str(last.content), form=form_of(answer))
    return [*before, user(request)]


def repairing(
    messages: Sequence[Message], said: str, problem: str, answer: type[BaseModel]
) -> list[Message]:
    """The conversation that shows the model its own reply, what was wrong with it, and the form."""
    if len(said) > MOST_SHOWN:
        said = f"{said[:MOST_SHOWN]} ..."
    again = REPAIR.fill(problem=problem, form=form_of(answer))
    return [*messages, assistant(said), user(again)]


def parse(text: str, answer: type[A]) -> A:
    """The typed answer in a reply: the last object in it that is one, small faults forgiven.

    Raises ValueError, which says what is wrong and which keys are wanted, if there is none.
    """
    findings = find_json(without_thoughts(text))
    problem = ""
    for found in _likeliest(findings.found or _lines(text, answer)):
        try:
            return fitted(found.value, answer)
        except ValidationError as error:
            problem = problem or explained(error)
    if not problem and findings.found:
        problem = "it is cut off before its end"
    raise ValueError(f"{problem or findings.problem or 'it holds no JSON object'}{_wanted(answer)}")


def fitted(value: Any, answer: type[A]) -> A:
    """The value as the type, in the likeliest reading that is valid. Raises ValidationError."""
    fitter = _fitter(answer)
    readings = list(fitter.readings(value)) or [value]
    problems = []
    for reading in [*readings, value] if fitter.misnames(value) else [value, *readings]:
        try:
            return answer.model_validate(reading)
        except ValidationError as error:
            problems.append((reading is not readings[0], error))
    raise min(problems, key=itemgetter(0))[1]  # that of the likeliest reading


def _likeliest(found: Sequence[Found]) -> Iterator[Found]:
    """The objects from the last on, then the arrays; what was cut off is left out.

    At the end everything together, for a list whose entries were written one after the other.
    """
    whole = [one for one in found if not one.torn][-MOST_READ:]
    objects = [one for one in whole if isinstance(one.value, dict)]
    yield from reversed(objects)
    yield from (one for one in reversed(whole) if not isinstance(one.value, dict))
    if len(objects) > 1:
        yield Found([one.value for one in objects])


def _lines(text: str, answer: type[BaseModel]) -> list[Found]:
    """The parts of the answer as lines `name: value`, for a reply without any JSON."""
    names = _schema(answer).get("properties", {})
    parts = {}
    for line in without_thoughts(text).splitlines():
        name, colon, value = line.partition(":")
        if colon and value.strip():
            parts[name.strip(" \t-*_#`\"'")] = value.strip(" \t*_`\"',")
    return [Found(parts)] if len(parts) >= len(names) > 0 else []


def _wanted(answer: type[BaseModel]) -> str:
    names = _schema(answer).get("properties", {})
    return f" (wanted are the keys {', '.join(names)})" if names else ""


def explained(error: ValidationError) -> str:
    """What pydantic minds, in words a model can act on: the first five faults."""
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}"
        for fault in faults[:5]
    )
