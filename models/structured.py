"""Typed answers: a schema where the endpoint enforces one, JSON in text elsewhere, pydantic always."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..core.message import Message, Prompt, assistant, user
from .reply import without_thoughts

JSON_IN_TEXT = Prompt(
    "structured.json_in_text",
    "{request}\n\nReply with one JSON object and nothing else. It must follow this JSON schema:\n{schema}",
)
REPAIR = Prompt(
    "structured.repair",
    "That reply could not be used: {problem}\n\nSend the corrected JSON object and nothing else.",
)

A = TypeVar("A", bound=BaseModel)

_FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


@lru_cache(maxsize=256)
def schema_of(answer: type[BaseModel]) -> dict[str, Any]:
    """The answer's JSON schema, closed to other keys, as strict providers demand. Not to be changed: it is
    made once for each type, which takes milliseconds."""
    return _closed(answer.model_json_schema())


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed |= {"additionalProperties": False, "required": list(closed["properties"])}
    return closed


def asking_in_text(messages: Sequence[Message], answer: type[BaseModel]) -> list[Message]:
    """The conversation with the schema put into words at its very end (what is shared stays first)."""
    *before, last = messages
    schema = json.dumps(schema_of(answer), ensure_ascii=False)
    return [*before, user(JSON_IN_TEXT.fill(request=str(last.content), schema=schema))]


def repairing(messages: Sequence[Message], said: str, problem: str) -> list[Message]:
    """The conversation that shows the model its own reply and what was wrong with it."""
    return [*messages, assistant(said), user(REPAIR.fill(problem=problem))]


def parse(text: str, answer: type[A]) -> A:
    """The typed answer in a reply. Raises ValueError (with pydantic's explanation) if there is none."""
    problem = ValueError("it holds no JSON object")
    for candidate in _candidates(without_thoughts(text)):
        try:
            return answer.model_validate(json.loads(candidate, strict=False))
        except ValidationError as error:
            problem = ValueError(explained(error))
        except ValueError as error:
            problem = ValueError(f"it is not JSON ({error})")
        except RecursionError:
            problem = ValueError("it is nested too deeply")
    raise problem


def _candidates(text: str) -> list[str]:
    """Where a reply may hold its JSON, likeliest last resort last."""
    found = [text.strip(), *(block.strip() for block in _FENCED.findall(text))]
    opened, closed = text.find("{"), text.rfind("}")
    if 0 <= opened < closed:
        found.append(text[opened : closed + 1])
    return [candidate for candidate in found if candidate[:1] in "{["]


def explained(error: ValidationError) -> str:
    """What pydantic minds, in words a model can act on: the first five faults."""
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}"
        for fault in faults[:5]
    )
