"""The filter of a LangGraph store search, with the comparisons its own stores know."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...core.errors import InvalidInput

_COMPARISONS: Final = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def matches(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether every wanted field of a stored value is as the filter says."""
    return all(_compare(value.get(name), condition) for name, condition in wanted.items())


def _compare(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if any(str(name).startswith("$") for name in wanted):
            return all(_operate(value, name, operand) for name, operand in wanted.items())
        return isinstance(value, Mapping) and matches(value, wanted)
    if isinstance(wanted, (list, tuple)):
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and len(value) == len(wanted)
            and all(_compare(one, other) for one, other in zip(value, wanted, strict=True))
        )
    return value == wanted


def _operate(value: Any, name: str, operand: Any) -> bool:
    if name == "$eq":
        return value == operand
    if name == "$ne":
        return value != operand
    if name not in _COMPARISONS:
        raise InvalidInput(f"no filter operator {name!r}; there are $eq $ne $gt $gte $lt $lte")
    try:
        return _COMPARISONS[name](float(value), float(operand))
    except (TypeError, ValueError):
        return False
