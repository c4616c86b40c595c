"""Reading a refusal: which parameter an endpoint does not accept, or which number of tokens it names.

Servers agree on no status and no wording. What is read here decides only what is tried next; it is learned
when the request that was changed this way succeeds (see `models/profiles/learning.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...core.errors import Refusal
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

NOT_BREAKING = frozenset({"system_role", "cap", "stream"})
"""Parameters not suspected where a server only says that it has no such thing (404) or broke (500)."""

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
LEAST_CAP = 32
"""Tokens. A shorter reply is not tried."""

_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3}\b)")
_CONTEXT = re.compile(
    r"context|reduce the length|(prompt|input|messages?|request).{0,40}(too long|too large|exceeds?)"
    r"|too (long|many tokens)|maximum (prompt|input|model|sequence|number of tokens)|token (limit|count)"
    r"|max_(model|seq)_len|max_new_tokens|requested token"
)
_CAP = re.compile(NAMES["cap"])
_REPLY = re.compile(r"completion|output tokens|generat|you requested|requested (a total|token)")
_PROMPT_ALONE = re.compile(
    r"(prompt|input|messages?).{0,60}(too long|resulted in|exceed|token count|longer)"
)
_OF_REPLY = re.compile(
    r"at most \d+ (completion|output)|output tokens (for|allowed)|number of output tokens|afford"
    r"|max_?(completion_|output_|new_)?tokens\W{1,3}(value|must|should|cannot|can be|is too large|: ?\d+ ?>)"
    r"|range of max_?tokens|maxoutputtokens|maximum tokens you requested|valid range"
)
_WITH_PROMPT = re.compile(
    r"maximum (context|model)|context (length|limit|size)|inputs?`? tokens|\d \+ \d"
)
_NAMED_LIMIT = re.compile(
    r"context (?:length|window|size|limit)(?: of| is|:)*\W{0,3}(?:only )?(?:\d+ \+ \d+ > )?(\d{2,9})"
    r"|context length of only (\d{2,9})"
    r"|(?:maximum|context|model)[^.\d]{0,40}(?:length|limit|len) is (\d{2,9})"
    r"|at most (\d{2,9})|range (?:of [a-z_]+ )?(?:is|should be)[^\[\d]*\[?\d+, ?(\d{2,9})"
    r"|less than or equal to\W{1,3}(\d{2,9})|(?:<=|≤) ?`?(\d{2,9})|can only afford (\d{2,9})"
    r"|supported range is from \d+ \(inclusive\) to (\d{2,9})|lower than (\d{2,9})|: ?limit (\d{2,9})"
    r"|> (\d{2,9})\b|\bn_ctx\W{1,4}(\d{2,9})|allowed \((\d{2,9})|model limit of (\d{2,9})"
    r"|available context size \((\d{2,9})|limit of (\d{2,9})"
)
_PROMPT_TOKENS = re.compile(
    r"(\d+) (?:tokens )?(?:`?inputs?\b|in the (?:messages|prompt|input)|of text input|from the input)"
    r"|(\d+) prompt tokens"
    r"|(?:contains|resulted in|has|prompt length|input token count)(?: at least)?\W{1,3}(\d+)(?! output)"
    r"|context limit: (\d+) \+|too long: (\d+)|n_prompt_tokens\W{1,4}(\d+)|request \((\d+) tokens"
)


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


def suspects(refusal: Refusal, present: frozenset[str], *, retried: bool) -> frozenset[str]:
    """Which of the parameters that were sent a refusal may be about that names none.

    A 500 may pass by itself: it is about a parameter only when the request was `retried` in vain.
    """
    if refusal.status not in STATUSES or _NO_PARAMETER.search(said(refusal)):
        return frozenset()
    if refusal.status == 500 and not retried:
        return frozenset()
    return present - NOT_BREAKING if refusal.status in (404, 500) else present


def changed(profile: Profile, parameter: str, refusal: Refusal) -> Profile | None:
    """The profile of an endpoint that refused this parameter this way; None where nothing is left to try."""
    words = said(refusal)
    if parameter == "limit":
        return _limited(profile, refusal, words)
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


def speaks_of_tokens(refusal: Refusal) -> bool:
    """Whether a refusal is about the number of tokens: of the context, of a reply, or of a minute."""
    words = said(refusal)
    if refusal.status in (402, 429):
        return bool(re.search(r"can only afford|request too large", words))
    if refusal.status not in STATUSES:
        return False
    return bool(_CONTEXT.search(words)) or bool(_CAP.search(words) and re.search(r"\d", words))


def may_fit(refusal: Refusal) -> bool:
    """Whether a shorter reply may make the request fit: not where the prompt alone is too long."""
    words = said(refusal)
    if refusal.cap is None or refusal.cap <= LEAST_CAP:
        return False
    limit, prompt = _limit(refusal, words), _prompt(words)
    if limit is not None and prompt is not None and prompt >= limit:
        return False
    about_replies = _CAP.search(words) or _REPLY.search(words)
    return bool(about_replies) or bool(
        limit and limit > LEAST_CAP and not _PROMPT_ALONE.search(words)
    )


def _limited(profile: Profile, refusal: Refusal, words: str) -> Profile | None:
    """The profile of an endpoint that named a limit; a quarter of the cap where it named none."""
    limit, cap = _limit(refusal, words), refusal.cap or 0
    if limit is None or limit < LEAST_CAP:
        return replace(profile, most_completion=max(cap // 4, LEAST_CAP))
    if _OF_REPLY.search(words) and not _WITH_PROMPT.search(words):
        fits = limit if limit < cap else cap // 4
        return replace(profile, most_completion=max(fits, LEAST_CAP))
    if profile.context is not None and limit >= profile.context:
        return replace(profile, most_completion=max(cap // 4, LEAST_CAP))
    return replace(profile, context=limit)


def _limit(refusal: Refusal, words: str) -> int | None:
    """The number of tokens that a refusal names as the most; None where it names none."""
    words = _SEPARATOR.sub("", words)
    if (named := _NAMED_LIMIT.search(words)) is not None:
        found = int(next(group for group in named.groups() if group))
        return found - 1 if f"{found} (exclusive)" in words else found
    prompt, cap = _prompt(words) or 0, refusal.cap or 0
    numbers = {int(number) for number in re.findall(r"\d{2,9}", words)}
    left = {n for n in numbers if n not in (cap, prompt, cap + prompt, refusal.status)}
    totals = {n for n in left if n > cap and n - cap in numbers}
    return max((n for n in left - totals if n < max(cap, prompt)), default=None)


def _prompt(words: str) -> int | None:
    """The tokens of the prompt as the server counted them."""
    found = _PROMPT_TOKENS.search(_SEPARATOR.sub("", words))
    return int(next(group for group in found.groups() if group)) if found else None


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
