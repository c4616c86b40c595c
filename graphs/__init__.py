"""The machines: one LangGraph state machine per published method, and the one that composes them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .machine import Card, Machine, Settings

METHODS = (
    "metacognition",
    "direct",
    "self_consistency",
    "rema_plan",
    "rema",
    "metamind",
    "metamind_choice",
    "critique_revise",
    "behavior_reuse",
    "behavior_improve",
    "behavior_curate",
    "multi_critique",
)
"""Every method by name; the file of that name in this folder is the method."""


RECURSION_LIMIT = 1000
"""Supersteps of LangGraph at most: methods end by limits of their own, long before."""
DEFAULT_METHOD = "metacognition"
"""The method of whoever names none."""


class Method(NamedTuple):
    """A method's card, the type of its settings, and its machine."""

    card: Card
    settings: type[Settings]
    graph: Machine


@cache
def method(name: str) -> Method:
    """The method of that name, loaded when first asked for (LangGraph costs a second)."""
    module = import_module(f"{__name__}.{name}")
    return Method(module.CARD, module.graph.context_schema, module.graph)
