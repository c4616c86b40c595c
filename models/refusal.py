"""Reading a refusal: which parameter an endpoint does not accept, or which number of tokens it names.

Servers agree on no status and no wording. What is read here decides only what is tried next; it is learned
when the request that was changed this way succeeds (see `models/learning.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..core.errors import Refusal
from .profile import Profile

STATUSES = frozenset({400, 404, 405, 413, 415, 422, 500, 501})
"""With these a parameter may be refused."""
CLEAR = frozenset({400, 413, 415, 422})
"""With these the server has not worked on the request."""

NAMES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "stream_options": r"stream[_ ]?options|include[_ ]?usage",
        "logprobs": r"log[_ -]?prob",
        "response_format": (
            r"response[_ ]?(format|schema)|json[_ ]?(schema|mode|object)|structured[_ ]?(output|response)"
            r"|guided|grammar|additionalproperties|\bschema\b"
        ),
        "seed": r"\bseed\b",
        "temperature": r"temperature",
        "stop": r"\bstop\b|stop[_ ]?sequences?",
        "n": (
            r"\bn\b|(number|multiple|more than one|only one|single) (of )?"
            r"(completion|choice|sample|candidate|generation|output|response)|candidate[_ ]?count"
            r"|num[_ ]?(generations|return[_ ]?sequences)|best[_ ]?of"
        ),
        "cap": r"max[_ ]?((completion|output|new|generated|gen)[_ ]?)?tokens|maxoutputtokens|max[_ ]?length",
        "system_role": (
            r"(?<!safety )\bsystem\b|developer (instruction|message|role)"
            r"|\broles?\b.*\b(alternate|support|must|only|allow)|alternate"
            r"|first message|messages?\[?\W*\d*\]?\W*role"
        ),
        "stream": r"\bstream(ing|ed)?\b",
    }.items()
}
"""By parameter, what a refusal of it says; what is asked first is what mentions most surely."""

ORDER = (
    "stream_options",
    "logprobs",
    "seed",
    "response_format",
    "stop",
    "temperature",
    "n",
    "system_role",
    "cap",
    "stream",
)
"""In which parameters are left out when a refusal names none: the least missed first."""

_REFUSES = re.compile(
    r"support|unknown|unrecogni[sz]ed|unexpected|invalid|permit|allow|enabled|must|only|cannot|can't"
    r"|unavailable|available|extra|refus|disabled|implement|incompatible|illegal|too (large|many|high)"
)
_NO_PARAMETER = re.compile(
    r"(model|deployment|endpoint|route|path|url|resource)\b.{0,80}(not found|not exist|doesn't exist|unknown)"
    r"|no such model|unknown model|invalid model|content (policy|management|filter)|safety|moderation"
    r"|api[ _-]?key|billing|\bquota\b|out of memory"
)
_LARGER = re.compile(r"positive|greater than (zero|0)|> ?0\b|(at least|minimum|>=) ?0?\.\d")
_MOST_SAMPLES = re.compile(
    r"(?:at most|maximum|max|up to|<=|≤|less than or equal to|between 1 and)\D{0,20}(\d+)"
)
LEAST_TEMPERATURE = 0.01


def said(refusal: Refusal) -> str:
    """The refusal's words in lower case, on one line."""
    return " ".join(refusal.text.replace("\\n", " ").lower().split())


def named_parameter(refusal: Refusal, present: frozenset[str]) -> str | None:
    """Which of the parameters that were sent the refusal speaks of; None where it names none."""
    if refusal.status not in STATUSES:
        return None
    if (field := _field(refusal.text)) is not None:
        for name in NAMES:
            if name in present and NAMES[name].search(field):
                return name
    words = said(refusal)
    if refusal.status not in CLEAR and not _REFUSES.search(words):
        return None
    for name in present - NAMES.keys():  # options of a family, by their own names
        if name.lower() in words:
            return name
    return next((name for name in NAMES if name in present and NAMES[name].search(words)), None)


def may_be_a_parameter(refusal: Refusal) -> bool:
    """Whether a refusal that names no parameter may be about one all the same."""
    return refusal.status in STATUSES - {404} and not _NO_PARAMETER.search(said(refusal))


def changed(profile: Profile, parameter: str, refusal: Refusal) -> Profile | None:
    """The profile of an endpoint that refused this parameter this way; None where nothing is left to try."""
    words = said(refusal)
    if parameter == "system_role":
        return replace(profile, system_role=False) if profile.system_role else None
    if parameter == "n":
        most = _MOST_SAMPLES.search(words)
        named = int(most[1]) if most else 1
        fewer = named < (profile.most_samples or named + 1) and 1 < named < 128
        return replace(profile, most_samples=named if fewer else 1)
    if parameter == "response_format":
        if profile.typed == "text":
            return None
        return replace(profile, typed="json_object" if profile.typed == "json_schema" else "text")
    if parameter == "cap":
        if profile.cap == "max_tokens":
            return replace(profile, cap="max_completion_tokens")
        return profile.without("cap") if "cap" not in profile.left_out else None
    if parameter == "temperature" and profile.lowest_temperature is None and _LARGER.search(words):
        return replace(profile, lowest_temperature=LEAST_TEMPERATURE)
    return profile.without(parameter) if parameter not in profile.left_out else None


def _field(text: str) -> str | None:
    """The parameter that a JSON error names in a field of its own."""
    try:
        found = next(_fields(json.loads(text)), None)
    except (ValueError, RecursionError):
        return None
    return found.lower() if found else None


def _fields(error: Any, depth: int = 0) -> Iterator[str]:
    if depth > 6:
        return
    if isinstance(error, list):
        for part in error[:20]:
            yield from _fields(part, depth + 1)
    elif isinstance(error, dict):
        if isinstance(named := error.get("param"), str) and named:
            yield named
        if isinstance(where := error.get("loc"), list):
            yield ".".join(map(str, where))
        for part in error.values():
            yield from _fields(part, depth + 1)
