"""The methods that are known by name, and the modules that hold them."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .machine import Card, Machine, Settings


class Method(NamedTuple):
    """A method's card, the type of its settings, and its machine."""

    card: Card
    settings: type[Settings]
    graph: Machine


_modules: dict[str, str] = {}


def register(name: str, module: str) -> None:
    """Make the module with this dotted name, which has CARD and graph, the method of that name."""
    _modules[name] = module


def method_names() -> tuple[str, ...]:
    """Every registered name, in the order of registration."""
    return tuple(_modules)


def module_of(name: str) -> str:
    """The dotted name of the module that holds the method."""
    return _modules[name]


def is_loaded(name: str) -> bool:
    """Whether the module of that method has been imported already."""
    return _modules.get(name) in sys.modules


@cache
def method(name: str) -> Method:
    """The method of that name, loaded when first asked for (LangGraph costs a second)."""
    module = import_module(_modules[name])
    return Method(module.CARD, module.graph.context_schema, module.graph)
