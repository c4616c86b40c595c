"""The methods: one LangGraph state machine per published method, and the one that composes them."""

from __future__ import annotations

from ..runtime.prompts import register_prompts
from ..runtime.registry import Method, method, register

_MODULES = {
    "metacognition": "compose.metacognition",
    "direct": "baselines.direct",
    "self_consistency": "baselines.self_consistency",
    "rema_plan": "steering.rema_plan",
    "rema": "steering.rema",
    "metamind": "mind.metamind",
    "metamind_choice": "mind.metamind_choice",
    "critique_revise": "critique.critique_revise",
    "behavior_reuse": "handbook.behavior_reuse",
    "behavior_improve": "handbook.behavior_improve",
    "behavior_curate": "handbook.behavior_curate",
    "multi_critique": "critique.multi_critique",
    "ensemble": "compose.ensemble",
}
METHODS = tuple(_MODULES)
"""Every method by name; the file of that name in one of these folders is the method."""
DEFAULT_METHOD = "metacognition"
"""The method of whoever names none."""

for _name, _module in _MODULES.items():
    register(_name, f"{__name__}.{_module}")
register_prompts("metamind", f"{__name__}.mind.metamind_state")

__all__ = ["DEFAULT_METHOD", "METHODS", "Method", "method"]
