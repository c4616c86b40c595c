"""Answer types made for one question: fields whose values are known only when it is asked.

The schema lists the values, so that endpoints that enforce schemas cannot leave the list and others are
told what is on it. Checks that schemas cannot express (or that not every endpoint accepts) are made after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, WithJsonSchema, create_model

A = TypeVar("A", bound=BaseModel)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it is blank")
    return text.strip()


Words = Annotated[str, AfterValidator(_not_blank)]
"""Text that says something; surrounding white space is dropped."""


def _empty_for_null(value: object) -> object:
    return "" if value is None else value


TextOrEmpty = Annotated[str, BeforeValidator(_empty_for_null)]
"""Text that may be empty; null is read as empty."""


def _from_1_to_10(number: float) -> float:
    if not 1 <= number <= 10:  # no number compares so with NaN
        raise ValueError(f"it must lie between 1 and 10, {number} does not")
    return number


FromOneToTen = Annotated[
    float,
    AfterValidator(_from_1_to_10),
    WithJsonSchema({"type": "number", "minimum": 1, "maximum": 10}),
]
"""A grade."""


def one_of(values: Sequence[str], what: str) -> Any:
    """The type of a text that must be one of `values`; `what` names them in the complaint."""
    allowed = list(dict.fromkeys(values))

    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"{value[:60]!r} is no {what}; there are: {', '.join(allowed)}")
        return value

    return Annotated[
        str, AfterValidator(check), WithJsonSchema({"type": "string", "enum": allowed})
    ]


def some_of(values: Sequence[str], what: str) -> Any:
    """The type of a list with at least one of `values`, each kept once."""

    def check(found: list[str]) -> list[str]:
        if not found:
            raise ValueError(f"at least one {what} is needed")
        return list(dict.fromkeys(found))

    return checked(list[one_of(values, what)], check)


def checked(kind: Any, check: Callable[[Any], Any]) -> Any:
    """The type `kind` with a further check, which the schema does not show."""
    return Annotated[kind, AfterValidator(check)]


def narrowed(answer: type[A], **types: Any) -> type[A]:
    """The answer type with some fields of a narrower type, for one question."""
    fields: dict[str, Any] = {name: (kind, ...) for name, kind in types.items()}
    return cast("type[A]", create_model(answer.__name__, __base__=answer, **fields))
