"""From given values to a method's settings: unknown names and wrong kinds are told, each with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.errors import InvalidConfig

if TYPE_CHECKING:
    from pydantic import TypeAdapter

C = TypeVar("C")


def read_settings(schema: type[C], given: Mapping[str, Any], method: str) -> C:
    """Settings of that type with these changed; numbers may be given as text, as the command line does.

    Raises InvalidConfig for a name that is none of theirs (with the nearest) and for a wrong kind.
    """
    known = {f.name for f in fields(schema)}  # pyright: ignore[reportArgumentType]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = (
                f", did you mean {near[0]!r}?" if near else f"; it has: {', '.join(sorted(known))}"
            )
            raise InvalidConfig(f"{method} has no setting {name!r}{hint}")
    try:
        return _reader(schema).validate_python({**given})
    except ValueError as error:
        raise InvalidConfig(f"{method}: {_in_words(error)}") from error


@cache
def _reader(schema: type[C]) -> TypeAdapter[C]:
    from pydantic import TypeAdapter

    return TypeAdapter(schema)


def _in_words(error: ValueError) -> str:
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    faults = error.errors(include_url=False)
    return "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
