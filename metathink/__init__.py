"""Metacognitive multi-agent reasoning: agents that plan, criticise, remember and know when to stop.

    import metathink as mt
    answer = await mt.think("...", method="rema", model="embedded", budget=mt.Budget(tokens=8000))

Names are loaded when first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import methods, prompts, resume, stream, think, think_all, think_sync
    from .core.answer import Answer
    from .core.approval import Approval, Decision
    from .core.budget import Budget, Price
    from .core.errors import MetathinkError
    from .core.partial import Partial
    from .core.record import RunRecord, Step, Words
    from .core.run import Run
    from .core.usage import Usage
    from .meta.answers.equivalence import same
    from .models.endpoints.recorded import recorded
    from .models.endpoints.scripted import scripted
    from .models.open import open_model, routed

__version__ = "0.1.0"

_HOMES = {
    "Answer": ".core.answer",
    "Approval": ".core.approval",
    "Budget": ".core.budget",
    "Decision": ".core.approval",
    "MetathinkError": ".core.errors",
    "Partial": ".core.partial",
    "Price": ".core.budget",
    "Run": ".core.run",
    "RunRecord": ".core.record",
    "Step": ".core.record",
    "Usage": ".core.usage",
    "Words": ".core.record",
    "methods": ".api",
    "prompts": ".api",
    "open_model": ".models.open",
    "recorded": ".models.endpoints.recorded",
    "resume": ".api",
    "routed": ".models.open",
    "same": ".meta.answers.equivalence",
    "scripted": ".models.endpoints.scripted",
    "stream": ".api",
    "think": ".api",
    "think_all": ".api",
    "think_sync": ".api",
}

__all__ = [
    "Answer",
    "Approval",
    "Budget",
    "Decision",
    "MetathinkError",
    "Partial",
    "Price",
    "Run",
    "RunRecord",
    "Step",
    "Usage",
    "Words",
    "methods",
    "open_model",
    "prompts",
    "recorded",
    "resume",
    "routed",
    "same",
    "scripted",
    "stream",
    "think",
    "think_all",
    "think_sync",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
