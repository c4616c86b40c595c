"""How much a model is to think, as a user asks for it and as each kind of endpoint takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ...core.errors import InvalidConfig

ThinkingForm = Literal["template", "effort", "switch", "budget", "dashscope"]
"""How an endpoint is told: options of the chat template (servers of open models), the parameter
`reasoning_effort` (OpenAI and most hosted APIs), the parameter `thinking` with a type (DeepSeek, Z.ai,
Moonshot) and a budget in tokens (Anthropic), or `enable_thinking` and `thinking_budget` (Alibaba)."""

NAMES = ("reasoning_effort", "thinking", "enable_thinking", "thinking_budget")
"""Of the options in a model string; `enable_thinking` is another name for `thinking`."""

_YES, _NO = ("true", "on", "yes", "1"), ("false", "off", "no", "0")
_BUDGETS = {"minimal": 1024, "low": 1024, "medium": 4096, "high": 16384}
"""Tokens for an effort, where an endpoint takes a budget only; other names of efforts take the most."""
LEAST_BUDGET = 1024
"""Tokens. Anthropic takes no smaller budget."""


@dataclass(frozen=True)
class Thinking:
    """How much a model is to think; what is None is left to the model.

    on: whether it thinks before it answers.
    effort: "none", "minimal", "low", "medium", "high", or another name that the provider knows.
    budget: the most tokens of thoughts.
    """

    on: bool | None = None
    effort: str | None = None
    budget: int | None = None

    @property
    def wanted(self) -> bool | None:
        """Whether it is to think, as far as any of the three says so."""
        if self.on is not None:
            return self.on
        if self.effort is not None:
            return self.effort != "none"
        return self.budget > 0 if self.budget is not None else None

    def parameters(self, form: ThinkingForm, cap: int | None = None) -> dict[str, object]:
        """The parameters of a request's body that say so to an endpoint of this form; `cap` is the most
        tokens of the reply, thoughts included, of which a budget takes half at most."""
        if form == "effort":
            effort = self._effort()
            return {} if effort is None else {"reasoning_effort": effort}
        if form == "template":
            return self._template()
        if form in ("switch", "budget"):
            if not self.wanted:
                return {} if self.wanted is None else {"thinking": {"type": "disabled"}}
            if form == "switch":
                return {"thinking": {"type": "enabled"}}
            budget = self._budget() if cap is None else min(self._budget(), cap // 2)
            enabled = {"type": "enabled", "budget_tokens": budget}
            return {"thinking": enabled} if budget >= LEAST_BUDGET else {}
        told = {"enable_thinking": self.wanted, "thinking_budget": self.budget or None}
        return {name: value for name, value in told.items() if value is not None}

    def _effort(self) -> str | None:
        if self.wanted is False:
            return "none"
        if self.effort is not None or self.budget is None:
            return self.effort
        return next((name for name, most in _BUDGETS.items() if self.budget <= most), "high")

    def _budget(self) -> int:
        if self.budget is not None:
            return max(self.budget, LEAST_BUDGET)
        return _BUDGETS.get(self.effort or "medium", _BUDGETS["high"])

    def _template(self) -> dict[str, object]:
        """Chat templates read the names they know and pass over the others."""
        options: dict[str, object] = {}
        if self.wanted is not None:
            options |= {"enable_thinking": self.wanted, "thinking": self.wanted}
        if self.effort is not None:
            options["reasoning_effort"] = self.effort
        if self.budget is not None:
            options["thinking_budget"] = self.budget
        told = {"reasoning_effort": self.effort, "chat_template_kwargs": options or None}
        return {name: value for name, value in told.items() if value is not None}


def split_thinking(name: str) -> tuple[str, Thinking | None]:
    """A model string without the options of thinking at its end (`?reasoning_effort=low&...`), and these.

    Options of other names stay in the string. Raises InvalidConfig for a value that cannot be meant.
    """
    place, mark, query = name.rpartition("?")
    pairs = [pair.partition("=") for pair in query.split("&")] if mark else []
    given = {key: value for key, _, value in pairs if key in NAMES}
    if not given:
        return name, None
    left = "&".join("".join(pair) for pair in pairs if pair[0] not in NAMES)
    return (f"{place}?{left}" if left else place), _read(given, name)


def _read(given: dict[str, str], name: str) -> Thinking:
    switch = given.get("thinking", given.get("enable_thinking"))
    effort, budget = given.get("reasoning_effort"), given.get("thinking_budget")
    if switch is not None and switch.lower() not in (*_YES, *_NO):
        raise InvalidConfig(f"{name!r}: thinking is on or off, not {switch!r}")
    if effort is not None and not re.fullmatch(r"[a-z]{1,20}", effort):
        raise InvalidConfig(f"{name!r}: reasoning_effort is a word such as low, not {effort!r}")
    if budget is not None and not re.fullmatch(r"[0-9]{1,9}", budget):
        raise InvalidConfig(f"{name!r}: thinking_budget is a number of tokens, not {budget!r}")
    return Thinking(
        None if switch is None else switch.lower() in _YES,
        effort,
        None if budget is None else int(budget),
    )
